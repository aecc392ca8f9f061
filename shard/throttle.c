/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/throttle.h"

#include <stdlib.h>

#define WAYS 4 /* places that one key may have */

_Static_assert(SHARD_THROTTLE_SLOTS % WAYS == 0, "sets are whole");

bool shard_throttle_init(struct shard_throttle *throttle)
{
    throttle->slots = calloc(SHARD_THROTTLE_SLOTS, sizeof(*throttle->slots));
    return throttle->slots != NULL;
}

void shard_throttle_fini(struct shard_throttle *throttle)
{
    free(throttle->slots);
    throttle->slots = NULL;
}

/* The place of the key, else the one that it would get. */
static struct shard_throttle_slot *place_of(const struct shard_throttle *throttle, uint64_t key)
{
    struct shard_throttle_slot *set = &throttle->slots[key % (SHARD_THROTTLE_SLOTS / WAYS) * WAYS];
    struct shard_throttle_slot *least = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].paid_at < least->paid_at)
            least = &set[i];
    }
    return least;
}

static x4_msec debt_after(const struct shard_throttle *throttle, x4_msec now,
                          const struct shard_throttle_claim *claim)
{
    const struct shard_throttle_slot *slot = place_of(throttle, claim->key);
    bool owes = slot->key == claim->key && slot->paid_at > now;
    return claim->price + (owes ? slot->paid_at - now : 0);
}

x4_msec shard_throttle_charge(struct shard_throttle *throttle, x4_msec now,
                              const struct shard_throttle_claim *claims, size_t count)
{
    x4_msec wait = 0;
    for (size_t i = 0; i < count; i++) {
        x4_msec debt = debt_after(throttle, now, &claims[i]);
        if (debt > SHARD_THROTTLE_FREE_MS + SHARD_THROTTLE_WAIT_MS)
            return x4c_never;
        if (debt > SHARD_THROTTLE_FREE_MS)
            wait = x4m_max(wait, debt - SHARD_THROTTLE_FREE_MS);
    }
    for (size_t i = 0; i < count; i++) {
        x4_msec debt = debt_after(throttle, now, &claims[i]);
        *place_of(throttle, claims[i].key) =
            (struct shard_throttle_slot){.key = claims[i].key, .paid_at = now + debt};
    }
    return wait;
}

void shard_throttle_refund(struct shard_throttle *throttle,
                           const struct shard_throttle_claim *claims, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct shard_throttle_slot *slot = place_of(throttle, claims[i].key);
        if (slot->key == claims[i].key)
            slot->paid_at -= x4m_min(slot->paid_at, claims[i].price);
    }
}
