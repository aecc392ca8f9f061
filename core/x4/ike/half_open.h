/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_HALF_OPEN_H
#define X4_IKE_HALF_OPEN_H

/*
 * First messages of main mode that were answered. Anybody can send them from any address, so one
 * costs a slot of a few hundred bytes and a short answer, no callback but a query and the answer's
 * send, no public-key work, and nothing is ever sent again by timer. The exchange itself is made
 * when the peer echoes our cookie and thereby proves that it receives at its address.
 *
 * The answer is never longer than the message. It needs the SA payload, which is a part of the
 * peer's; vendor IDs are left out where they would not fit, the least important first, and what was
 * left out is not agreed on.
 *
 * Where more than half of limits.half_open is used slots live shorter: their time goes down evenly,
 * to a tenth when all are. Then the oldest gives way, if it is not young: an answer is of use only
 * if its slot is still there when the peer's next message comes. Where so many are young that there
 * is no room for all first messages, those that come again go first (x4/ike/admission.h).
 */

#include "x4/ike/crowd.h"
#include "x4/ike/engine.h"
#include "x4/ike/message.h"

typedef struct x4s_ike_half_open {
    x4s_table_link by_packet;
    x4s_table_link by_cookies;
    x4s_list link; /* of the young ones or the others, oldest first */
    x4s_ike_place place;
    x4s_charon *charon;
    x4s_ike_timer timer;
    x4_msec made_at;
    x4s_net_link net;
    uint8_t cookies[16];
    uint64_t digest; /* of the first message */
    x4s_ike_transform1 agreed;
    x4_msec answered_at;
    uint32_t common; /* abilities of both sides, x4/ike/vendor.h */
    bval fragments;  /* are taken */
    bval young;      /* for x4c_limit_young_ms */
    uint16_t chosen; /* index of the offered transform */
    uint16_t sa_len;
    uint8_t answers;
    uint8_t sa_body[]; /* as it came: HASH_I and HASH_R cover it (RFC 2409 5) */
} x4s_ike_half_open;

/* A main mode message without responder cookie: answers it. */
x4e_ike_reason x4_half_open_receive(x4s_charon *charon, x4s_ike_message *message);

/* The slot that a second message goes on with, or NULL. */
x4s_ike_half_open *x4_half_open_find(x4s_charon *charon, const x4s_ike_message *message);

void x4_half_open_free(x4s_ike_half_open *slot);

/* Forgets all. */
void x4_half_open_clear(x4s_charon *charon);

#endif
