/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_ENGINE_H
#define X4_IKE_ENGINE_H

/*
 * The instance: what all exchanges of one instance share.
 */

#include "x4/crypto/crypto.h"
#include "x4/ike/charon.h"
#include "x4/ike/recall.h"
#include "x4/misc/list.h"
#include "x4/misc/siphash.h"
#include "x4/misc/table.h"
#include "x4/misc/wheel.h"

/* A timer that knows what to do. */
typedef struct x4s_ike_timer {
    x4s_timer timer;
    void (*fire)(struct x4s_ike_timer *timer);
} x4s_ike_timer;

struct x4s_charon {
    x4s_charon_config config; /* defaults filled in */
    const x4s_allocator *allocator;
    x4s_ike_stats *stats;
    x4s_crypto *crypto;
    x4_msec now;
    unsigned depth;       /* of API calls within callbacks */
    bval busy;            /* a message came since the last tick */
    bval closing;         /* x4_charon_term is at work: nothing new begins */
    x4_msec refuse_after; /* the next refused first message that is answered */
    uint32_t unproven;    /* phase 1 exchanges of peers that are not authenticated */
    uint32_t aggressive;  /* those of them in aggressive mode */
    uint64_t tokens;      /* of the budget for aggressive mode, x4/ike/admission.c */
    x4_msec tokens_at;    /* when they were counted */

    uint8_t hash_key[x4c_siphash_key];
    x4s_wheel wheel;
    x4s_table half_open_by_packet;
    x4s_table half_open_by_cookies;
    x4s_list half_open; /* oldest first, but for the young ones */
    x4s_list young;     /* half-open for less than x4c_limit_young_ms; oldest first */
    uint32_t young_count;
    x4s_ike_recall recall; /* first messages that were not answered */
    x4_msec pressed_at;    /* when that was told last; 0: never */
    x4s_table crowds;      /* what is half-open, by where it comes from, x4/ike/crowd.c */
    x4s_table by_cookies;  /* phase 1 exchanges */
    x4s_table by_first;    /* of peers in aggressive mode, by their first message */
    x4s_table by_peer;     /* ISAKMP SAs by the peer's identity and place */
    x4s_table by_message;  /* phase 2 exchanges by ISAKMP SA and message ID */
    x4s_table by_spi;      /* IPsec SAs by the peer's identity and the peer's SPI */
    x4s_table by_more_spi; /* the same, by the further SPIs of bundles */
    x4s_table assemblies;  /* messages that come in fragments, x4/ike/fragment.c */
    x4s_list assemblies_by_age;
    x4s_list work;     /* public-key jobs that wait for the next tick */
    x4s_list new_work; /* the same of peers that begin, which come after them; oldest first */
    x4s_list signing;  /* signatures that do */
    x4s_list keys;     /* private keys, x4/ike/keyring.h */
    x4s_table keys_by_digest;
    x4s_list dead; /* exchanges that wait for the outermost call to return */
};

static inline uint64_t x4_engine_hash(const x4s_charon *charon, const void *data, size_t len)
{
    return x4_siphash(charon->hash_key, data, len);
}

static inline void x4_engine_set(x4s_charon *charon, x4s_ike_timer *timer, x4_msec delay)
{
    x4_wheel_set(&charon->wheel, &timer->timer, charon->now + delay);
}

static inline void x4_engine_cancel(x4s_charon *charon, x4s_ike_timer *timer)
{
    x4_wheel_cancel(&charon->wheel, &timer->timer);
}

/* Below `bound`, which is not 0; for jitter, not for secrets that matter. */
uint32_t x4_engine_random_below(x4s_charon *charon, uint32_t bound);

/* A new cookie of ours, from the user's source if there is one. */
bval x4_engine_cookie(x4s_charon *charon, x4e_ike_role role, uint8_t cookie[8]) x4m_must_use;

#endif
