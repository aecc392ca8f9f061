/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_MESSAGE_ID_H
#define X4_IKE_MESSAGE_ID_H

/*
 * The message IDs of one ISAKMP SA: ours and the peer's.
 *
 * HASH(1) does not tell who sent a message (RFC 2409 5.5, 5.7): what we have sent could come back
 * to us as the peer's. So our message IDs are numbered, and the number is encrypted with a key that
 * follows from SKEYID_a and our role: they look random, none comes twice, and an ID of ours is
 * known for as long as the SA lives, by decrypting it, without remembering any.
 *
 * An instance that goes on with an SA (resume) has the same key, but does not know how far the
 * instance before it has counted. It takes x4c_limit_own_ids_spare numbers and one for each second
 * that the SA is old as used and counts on from there. That holds over any number of resumes as
 * long as age_sec is right and no instance needed more; what it needed more would be taken as the
 * peer's if it came back. The price is that a message ID which the peer draws by chance from those
 * is refused: one of 2^32 for each number used.
 */

#include "x4/ike/charon.h"
#include "x4/ike/limits.h"

typedef struct x4s_message_ids {
    uint32_t own;                        /* numbers of ours that are used: those below */
    uint32_t numbered[x4c_limit_recent]; /* the peer's last of dead peer detection, a ring */
    uint32_t *others;                    /* the peer's last of all others, a ring that grows */
    uint8_t numbered_next;
    uint8_t others_next;
    uint8_t others_room;
} x4s_message_ids;

/* A message ID for an exchange of ours, not zero (RFC 2409 5.5). 0: there is none. */
uint32_t x4_message_id_new(x4s_ike_xchg1 *xchg);

/* Whether a message that has to be the peer's first with this ID is a replay, or is ours. */
bval x4_message_id_used(x4s_ike_xchg1 *xchg, uint32_t message_id);

/*
 * The peer has used the message ID. `numbered`: the message has a number of its own that tells a
 * replay, as those of dead peer detection do. They are many, and push out none but each other.
 */
void x4_message_id_take(x4s_ike_xchg1 *xchg, uint32_t message_id, bval numbered);

/* The SA goes on here, so many seconds after its phase 1 was completed elsewhere. */
void x4_message_id_resume(x4s_ike_xchg1 *xchg, uint32_t age_sec);

/* Gives back what was remembered. */
void x4_message_id_free(x4s_ike_xchg1 *xchg);

#endif
