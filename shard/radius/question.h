/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_QUESTION_H
#define SHARD_RADIUS_QUESTION_H

/*
 * What a shard asks the control thread to ask a RADIUS server, as a letter (shard/post.h). A
 * question about a user comes back with the verdict; an accounting record does not.
 */

#include "shard/post.h"
#include "shard/radius/client.h"
#include "shard/radius/verdict.h"

struct radius_question {
    struct shard_letter letter;
    struct radius_request request; /* attributes and password are in `data` */
    shard_deliver_fn answered;     /* in the shard; NULL: nothing comes back */
    uint32_t sa;                   /* number of the ISAKMP SA */
    uint32_t ticket;               /* of that SA's questions this one */
    struct radius_verdict verdict;
    size_t size; /* of `data` */
    uint8_t data[];
};

/* One allocation with a copy of both. NULL: no memory. */
struct radius_question *radius_question_new(enum radius_service service, x4s_chunk attributes,
                                            x4s_chunk password);

/* To the control thread, which `desk` is of. */
void radius_question_send(struct shard_post *post, shard_deliver_fn desk,
                          struct radius_question *question);

/* Wipes and releases. */
void radius_question_free(struct radius_question *question);

#endif
