/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_OUTBOX_H
#define X4_IKE_OUTBOX_H

/*
 * The last message that an exchange sent: sent again when no answer comes, and when the peer
 * repeats the message that it answered.
 */

#include "x4/ike/exchange.h"

/*
 * Sends, and keeps a copy in place of the one before. `answers` is the digest of the message that
 * this one answers, 0 if it begins the exchange; `awaited`: an answer is expected, so it is sent
 * again by timer. bfalse: not sent; the caller disposes of the exchange.
 */
bval x4_outbox_send(x4s_ike_xchg *xchg, const void *data, size_t len, uint64_t answers,
                    bval awaited) x4m_must_use;

/* What was sent, while it is kept; else nothing. */
x4s_chunk x4_outbox_last(const x4s_ike_xchg *xchg);

/* The answer came: no more repetitions. The message is kept for duplicates. */
void x4_outbox_stop(x4s_ike_xchg *xchg);

/* It was not the answer: the message is sent again as before. */
void x4_outbox_resume(x4s_ike_xchg *xchg);

/* Whether the kept message answered the message of that digest; if so it is sent again in bounds.
 */
bval x4_outbox_repeat(x4s_ike_xchg *xchg, uint64_t digest);

/* Keeps the message for duplicates a while longer, then forgets it. */
void x4_outbox_retire(x4s_ike_xchg *xchg);

void x4_outbox_drop(x4s_ike_xchg *xchg);

#endif
