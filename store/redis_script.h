/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_SCRIPT_H
#define STORE_REDIS_SCRIPT_H

/*
 * What is done on the server as one step, in Lua. Each script looks at one key, so that a cluster
 * can run it wherever the key is.
 *
 * An estate is a hash `ikehub:{ESTATE}`: owner, token, and until when (milliseconds of the server's
 * clock) the owner has it. A partition of it is a hash `ikehub:{ESTATE.PARTITION}`: records by
 * their names, and `fence`, the token of the owner; who comes with a lower one is refused. What a
 * server has that lost its memory, or an older copy of it, shows in the fence too: it is not there,
 * or not the owner's.
 */

#include "x4/core/types.h"
#include "x4/crypto/crypto.h"

enum redis_script {
    REDIS_SCRIPT_WRITE,   /* token, life, number of records, names and records, names to erase */
    REDIS_SCRIPT_FENCE,   /* token, life: puts up the fence before what is there */
    REDIS_SCRIPT_REBUILD, /* token, life: the same, and what an older owner left there goes */
    REDIS_SCRIPT_CLAIM,   /* node, lease, at least, force */
    REDIS_SCRIPT_RENEW,   /* node, lease, token */
    REDIS_SCRIPT_RELEASE, /* node, token */
    REDIS_SCRIPTS,
};

enum {
    REDIS_SCRIPT_DIGEST = 40,
};

/* The digests of all of them, as EVALSHA wants them. */
struct redis_scripts {
    char digest[REDIS_SCRIPTS][REDIS_SCRIPT_DIGEST + 1];
};

/* False: SHA-1 cannot be computed. */
bool redis_scripts_init(struct redis_scripts *scripts);

const char *redis_script_text(enum redis_script script);

#endif
