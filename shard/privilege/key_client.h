/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KEY_CLIENT_H
#define SHARD_PRIVILEGE_KEY_CLIENT_H

/*
 * A shard's way to the key process: signatures are asked for and come later, at the shard's ring.
 * Nothing here waits.
 *
 * What was asked of a process that ended is asked of the next one once more, so that handshakes go
 * on. What that one ends over, too, is given up: it shall not do so again and again.
 */

#include <stdbool.h>
#include <stdint.h>

#include "x4/crypto/sign_job.h"

/* Signatures that one shard waits for; at 0.2 ms each, the last of them waits for 0.2 s. */
#define KEY_CLIENT_WAITING_MAX 1024

struct key_client;

struct key_client_counters {
    uint64_t made;
    uint64_t again;   /* asked of another process */
    uint64_t unknown; /* the process does not have the key */
    uint64_t refused; /* or does not sign that with it, or could not */
    uint64_t busy;    /* too many wait */
    uint64_t lost;    /* given up: two processes ended over it */
};

/* Without a process. NULL: no memory. */
struct key_client *key_client_new(void);

/* Closes the socket. No key of its holder is used any more. */
void key_client_free(struct key_client *client);

/* Of keys whose SubjectPublicKeyInfo is that of a KEY_FOUND message (x4s_ike_prikey). */
const x4s_key_holder *key_client_holder(const struct key_client *client);

/*
 * Takes over a socket whose role is KEY_ROLE_SIGNER (key_process.h), and asks there for all that
 * waits. It is to be watched, by its owner; there is none before.
 */
void key_client_connect(struct key_client *client, int fd);

/*
 * It is readable. False: the process has ended; the socket is to be watched no more and closed, and
 * another is wanted, at once if it did answer.
 */
bool key_client_ready(struct key_client *client);

/* Whether the process has said anything yet. */
bool key_client_heard(const struct key_client *client);

/* Ends the connection: the socket is the caller's again, or -1. */
int key_client_disconnect(struct key_client *client);

const struct key_client_counters *key_client_counters(const struct key_client *client);

#endif
