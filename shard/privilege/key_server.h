/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KEY_SERVER_H
#define SHARD_PRIVILEGE_KEY_SERVER_H

/*
 * One socket of the key process: what comes there is done, if its role is to ask for it, and
 * answered.
 */

#include "shard/privilege/key_process.h"
#include "shard/privilege/key_vault.h"

struct key_server {
    struct key_vault *vault;
    unsigned thread; /* its number, for the vault */
    enum key_role role;
    int fd;

    /* For the LOAD of the same number. */
    struct hub_arena *arena;
    struct hub_passphrase *passphrases;
    unsigned passphrase_count;
    uint64_t asked; /* the number that answers have, too */
};

void key_server_hello(const struct key_server *server, uint64_t pid, const char *text);

/*
 * A message; one that is none, or not this socket's to send, has no answer. Waits where the socket
 * has no room for the answer: who does not read keeps only itself waiting.
 */
void key_server_take(struct key_server *server, x4s_chunk bytes);

/* Wipes what it holds; the socket stays open. */
void key_server_fini(struct key_server *server);

#endif
