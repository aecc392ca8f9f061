/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_REFUSAL_H
#define STORE_REDIS_REFUSAL_H

/*
 * What an error reply means: its first word, by the table in the source.
 */

#include "store/redis_address.h"

enum redis_refusal {
    REDIS_REFUSAL_OTHER,     /* our mistake, or a word that is not known */
    REDIS_REFUSAL_NO_SCRIPT, /* the server does not have it: to be sent in full */
    REDIS_REFUSAL_MOVED,     /* the slot is another node's for good */
    REDIS_REFUSAL_ASK,       /* this one time another node is to be asked */
    REDIS_REFUSAL_LATER,     /* the same server, a little later */
    REDIS_REFUSAL_READ_ONLY, /* the server is a replica */
    REDIS_REFUSAL_DENIED,    /* password or permissions */
    REDIS_REFUSAL_FULL,      /* it takes no writes: memory, disk, too few replicas */
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
