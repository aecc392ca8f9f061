/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KEY_PROCESS_H
#define SHARD_PRIVILEGE_KEY_PROCESS_H

/*
 * The process that holds private keys (shard/privilege/key_vault.h) and signs with them. It begins
 * before any key is read, reads the files itself, and speaks key_protocol.h over socket pairs, each
 * of which has a thread of its own: a signature of RSA takes a fifth of a millisecond, and a shard
 * shall wait for its own signatures only.
 *
 * Whoever wants something gets a socket to it over its wire (hub_open_helper()), with its role. Its
 * first message there is KEY_HELLO; the socket's end is the process' end, and another process may
 * be asked for then. When the wire is gone, the process ends.
 */

/* What a socket may ask for. */
enum key_role {
    KEY_ROLE_SIGNER, /* KEY_SIGN */
    KEY_ROLE_DESK,   /* all the rest */
};

/*
 * As hub_process_fn: `charter` is a struct hub_charter, beside whose daemon's configuration the
 * folders are.
 */
int key_process_run(int wire, void *charter);

#endif
