/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_RECALL_H
#define X4_IKE_RECALL_H

/*
 * How often a first message has come that was not answered.
 *
 * Who means it sends its first message again, the same bytes from the same place; a flood gains
 * nothing by that, since each repetition costs it as much as another message. So where there is no
 * room for all, those that came more often go first (x4/ike/admission.h).
 *
 * A message is four bytes in a line of sixteen, newest first, and pushes the oldest of its line
 * out: one cache line is looked at. limits.remembered of them are kept, in pieces that are made
 * when they are first needed, so that no call waits for the memory of all; they are kept then. A
 * line and what tells its messages apart are bits of a keyed hash: two of a line are taken for one
 * another once in 268 million times.
 */

#include "x4/ike/charon.h"

struct x4s_ike_message;

#define x4c_recall_line   16
#define x4c_recall_pieces 64

typedef struct x4s_ike_recall {
    uint32_t (*pieces[x4c_recall_pieces])[x4c_recall_line];
} x4s_ike_recall;

/* Counts the message: 1 when it is new, or forgotten, or there is no memory; 15 at most. */
unsigned x4_recall_count(x4s_charon *charon, const struct x4s_ike_message *message);

/* It is being answered: when it comes again it is new. */
void x4_recall_forget(x4s_charon *charon, const struct x4s_ike_message *message);

/* Forgets all. */
void x4_recall_clear(x4s_charon *charon);

#endif
