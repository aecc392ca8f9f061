/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_REFUSAL_H
#define STORE_REDIS_REFUSAL_H

/*
 * What an error reply means: its first word, by the table in the source.
 */

#include "store/redis_address.h"

enum redis_refusal {
    REDIS_REFUSAL_OTHER,     /* people have to help: permissions, memory, disk, our mistakes */
    REDIS_REFUSAL_NO_SCRIPT, /* the server does not have it: to be sent in full */
    REDIS_REFUSAL_MOVED,     /* the slot is another node's for good */
    REDIS_REFUSAL_ASK,       /* this one time another node is to be asked */
    REDIS_REFUSAL_LATER,     /* a little later; or another server is to be asked by then */
};

enum redis_refusal redis_refusal(const char *error);

/* MOVED and ASK: where to. */
struct redis_redirect {
    uint16_t slot;
    struct redis_address to; /* without a host: the one that was asked, at that port */
};

/* "MOVED 3999 127.0.0.1:6381". False: it is no such error. */
bool redis_redirect(const char *error, struct redis_redirect *redirect);

#endif
