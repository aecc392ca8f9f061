/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_DRAFT_H
#define SIM_DRAFT_H

/*
 * An ISAKMP message in the clear as a header and a list of payloads, to be put together as no peer
 * would. Written out, its lengths and the types of the next payloads are right.
 */

#include "tests/sim/wire.h"

enum {
    DRAFT_PARTS_MAX = 64,
    DRAFT_BODY_MAX = 2048,
};

struct draft_part {
    uint8_t type;
    size_t len; /* of the body */
    uint8_t body[DRAFT_BODY_MAX];
};

struct draft {
    uint8_t header[WIRE_HEADER];
    size_t count;
    struct draft_part parts[DRAFT_PARTS_MAX];
};

/* Takes a message apart, as far as its payloads are a chain. */
void draft_read(struct draft *draft, const uint8_t *message, size_t len);

/* The first payload of a type, or NULL. */
struct draft_part *draft_find(struct draft *draft, uint8_t type);

/*
 * Puts a payload at a place from 0 to `count`. The bytes are not those of a payload that has to
 * make room. NULL: there is none.
 */
struct draft_part *draft_insert(struct draft *draft, size_t at, uint8_t type, const void *body,
                                size_t len);

void draft_remove(struct draft *draft, size_t at);

/* The bytes of the message, as many as have room; returns how many. */
size_t draft_write(const struct draft *draft, uint8_t *out, size_t room);

#endif
