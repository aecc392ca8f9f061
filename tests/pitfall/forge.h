/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PITFALL_FORGE_H
#define PITFALL_FORGE_H

/*
 * A peer with odd habits: a world of two nodes with the eavesdropper of tests/sim/spy.h between
 * them, who says in the name of one what a test makes up, or changes what passes.
 *
 * What passes is changed for Bob only: after a change under encryption the chaining values of the
 * two ends differ, and the eavesdropper goes on in Alice's place.
 */

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    FORGE_SEEN = 64,
};

struct forge {
    struct pair pair;
    struct spy *spy;

    /* Sees each message as plain text, `spy->last.order` being its place in its exchange (of
     * messages in the clear the one that it is going to have); true: it was changed. */
    bool (*change)(struct forge *forge, uint8_t *plain, size_t *len);
    bool (*swallow)(struct forge *forge); /* the message that was just seen is lost */
    unsigned order;
    bool rehash; /* make the authentication of what was changed right again */

    /* What Bob said last under encryption; spoken: how often he did. */
    uint8_t answer[SPY_MESSAGE_MAX];
    size_t answer_len;
    unsigned spoken;

    uint64_t seen[FORGE_SEEN]; /* digests, a ring: what is sent again is only passed on */
    unsigned seen_count;
    bool passing;                      /* what is sent now is ours */
    void *test;                        /* the test's own */
    uint8_t template[SPY_MESSAGE_MAX]; /* a first message of quick mode: forge_template() */
    size_t template_len;
};

/* Without and with an ISAKMP SA. */
void forge_begin(struct forge *forge);
void forge_open(struct forge *forge);
void forge_close(struct forge *forge);

/*
 * Says a message in the clear under the keys; what is behind the chain of payloads is padding. Its
 * HASH is made. `order`: its place in its exchange. Returns what the one who is told made of it.
 */
x4e_ike_reason forge_tell_bob(struct forge *forge, unsigned order, uint8_t *plain, size_t len);
x4e_ike_reason forge_tell_alice(struct forge *forge, unsigned order, uint8_t *plain, size_t len);

/* A notify about the ISAKMP SA in Alice's name. */
x4e_ike_reason forge_notify(struct forge *forge, uint32_t message_id, uint16_t type,
                            const void *data, size_t len);

/* Keeps the first message of a quick mode that Alice would begin. */
void forge_template(struct forge *forge);

/* A copy of it under another message ID. */
size_t forge_quick(const struct forge *forge, uint32_t message_id, uint8_t *plain);

/* The third message of a quick mode that was begun in Alice's name. */
x4e_ike_reason forge_third(struct forge *forge, uint32_t message_id);

/* Changes of a message in the clear; all lengths around follow. */
void edit_insert(uint8_t *message, size_t *len, size_t at, const void *bytes, size_t count);
void edit_remove(uint8_t *message, size_t *len, size_t at, size_t count);
void edit_append(uint8_t *message, size_t *len, uint8_t type, const void *body, size_t count);

/* Where the attribute is in the first transform of the SA payload, 0 if it is not there. */
size_t edit_attribute(const uint8_t *message, size_t len, uint16_t type);

#endif
