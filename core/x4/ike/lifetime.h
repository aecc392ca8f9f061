/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_LIFETIME_H
#define X4_IKE_LIFETIME_H

/*
 * How long an SA lives, in time and in traffic, and what RESPONDER-LIFETIME says of it (RFC 2407
 * 4.6.3.1).
 */

#include "x4/core/types.h"
#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

/* 0: no limit. */
typedef struct x4s_ike_lifetime {
    uint32_t sec;
    uint32_t kb;
} x4s_ike_lifetime;

static inline bval x4_lifetime_limits(const x4s_ike_lifetime *lifetime)
{
    return lifetime->sec || lifetime->kb;
}

/* What a responder has to tell the peer: of its own limits those below the agreed ones. */
x4s_ike_lifetime x4_lifetime_shortened(const x4s_ike_lifetime *agreed, const x4s_ike_lifetime *own);

/*
 * The data of the notify: attributes whose class for life types is `type_class`, the next one that
 * for durations. What cannot be read limits nothing.
 */
void x4_lifetime_write(x4s_writer *w, uint16_t type_class, const x4s_ike_lifetime *lifetime);
x4s_ike_lifetime x4_lifetime_read(x4s_chunk data, uint16_t type_class);

/* The shorter of two limits, of which 0 is none. */
static inline uint32_t x4_lifetime_least(uint32_t a, uint32_t b)
{
    return a && b ? x4m_min(a, b) : x4m_max(a, b);
}

/* When to age by volume: where that would be too late, a tenth before the end. */
static inline uint32_t x4_lifetime_soft_kb(uint32_t soft_kb, uint32_t life_kb)
{
    return life_kb && soft_kb >= life_kb ? life_kb - (life_kb + 9) / 10 : soft_kb;
}

/*
 * The same where the end is the peer's and not ours: who wants to be told of age by time, and has
 * set no volume for it, is told before that end.
 */
static inline uint32_t x4_lifetime_soft_kb_of_peer(uint32_t soft_kb, bval ages, uint32_t life_kb)
{
    return x4_lifetime_soft_kb(!soft_kb && ages && life_kb ? life_kb : soft_kb, life_kb);
}

#endif
