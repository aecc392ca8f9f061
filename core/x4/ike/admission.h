/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_ADMISSION_H
#define X4_IKE_ADMISSION_H

/*
 * What strangers cause is measured, and what is dear is rationed. Each costs some nanoseconds.
 */

#include "x4/ike/engine.h"

/* A full bucket. */
void x4_admission_init(x4s_charon *charon);

/*
 * A bucket of tokens, as many as limits.aggressive_a_second, which comes back in one second: one
 * for each first message of aggressive mode that is computed for. bfalse: there is none left.
 */
bval x4_admission_spend(x4s_charon *charon) x4m_must_use;

/* Bytes of a first message, and bytes that went to an address at which nobody has proven to be. */
void x4_admission_in(x4s_charon *charon, uint8_t exchange, size_t len);
void x4_admission_out(x4s_charon *charon, uint8_t exchange, size_t len);

#endif
