/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_ADMISSION_H
#define X4_IKE_ADMISSION_H

/*
 * What strangers cause is measured, and what is dear is rationed. Each costs some nanoseconds.
 */

#include "x4/ike/engine.h"

/*
 * Something that first messages use up. Those that nobody has seen before leave half of it, those
 * that came for the second time a quarter, and so on: of a flood that sends each message once only
 * the first half is used, and who sends n times finds room against one that sends fewer. A message
 * that is let in is as good as new when it comes again, so of m messages a second no more than m/n
 * get beyond what is left to those that came n times.
 */
typedef struct x4s_ike_room {
    uint32_t whole;
    uint32_t left;
} x4s_ike_room;

/*
 * Whether a first message is to be looked at, for which there has to be room in all of these. One
 * that is not is remembered (x4/ike/recall.h). That it has come to this is traced once a minute.
 */
bval x4_admission_first(x4s_charon *charon, const struct x4s_ike_message *message,
                        const x4s_ike_room *rooms, size_t count) x4m_must_use;

/* A full bucket. */
void x4_admission_init(x4s_charon *charon);

/*
 * A bucket of tokens, as many as limits.aggressive_a_second, which comes back in one second: one
 * for each first message of aggressive mode that is computed for. bfalse: there is none left.
 */
bval x4_admission_spend(x4s_charon *charon) x4m_must_use;

/* Tokens that are left. */
uint32_t x4_admission_left(x4s_charon *charon);

/* Bytes of a first message, and bytes that went to an address at which nobody has proven to be. */
void x4_admission_in(x4s_charon *charon, uint8_t exchange, size_t len);
void x4_admission_out(x4s_charon *charon, uint8_t exchange, size_t len);

#endif
