/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/residence.h"

#include <stddef.h>
#include <string.h>

/* Where the header has the initiator cookie and the message ID (RFC 2408 3.1). */
#define COOKIE_AT     0
#define MESSAGE_ID_AT 20

/* -------------------------------------------------------------------------- buckets */

/* log2 of PARTS */
#define PARTS_BITS 3
_Static_assert(SHARD_RESIDENCE_PARTS == 1 << PARTS_BITS, "a power of two");

static unsigned doublings_of(uint64_t value)
{
    if (value < SHARD_RESIDENCE_PARTS)
        return 0;
    return 63 - PARTS_BITS - (unsigned)__builtin_clzll(value);
}

static size_t bucket_of(uint64_t us)
{
    const uint64_t value = us < SHARD_RESIDENCE_MAX_US ? us : SHARD_RESIDENCE_MAX_US;
    const unsigned doublings = doublings_of(value);
    return SHARD_RESIDENCE_PARTS * doublings + (size_t)(value >> doublings);
}

static uint64_t last_of(size_t bucket)
{
    if (bucket < SHARD_RESIDENCE_PARTS)
        return bucket;
    const size_t doublings = bucket / SHARD_RESIDENCE_PARTS - 1;
    const uint64_t part = SHARD_RESIDENCE_PARTS + bucket % SHARD_RESIDENCE_PARTS;
    return ((part + 1) << doublings) - 1;
}

/* -------------------------------------------------------------------------- messages */

/* Both are of random numbers, the peer's: who chooses them takes places of his own messages. */
static struct shard_resident *place_of(struct shard_residence *residence, const uint8_t *message,
                                       uint32_t *message_id)
{
    uint32_t cookie;
    memcpy(&cookie, message + COOKIE_AT, sizeof(cookie));
    memcpy(message_id, message + MESSAGE_ID_AT, sizeof(*message_id));
    return &residence->waiting[(cookie ^ *message_id) & (SHARD_RESIDENCE_WAITING - 1)];
}

void shard_residence_arrive(struct shard_residence *residence, const struct ring_datagram *datagram)
{
    residence->arrived_ns = datagram->arrived_ns;
}

void shard_residence_settle(struct shard_residence *residence, const struct ring_datagram *datagram)
{
    if (residence->arrived_ns == 0)
        return;
    uint32_t message_id;
    struct shard_resident *place = place_of(residence, datagram->data, &message_id);
    memcpy(place->cookie, datagram->data + COOKIE_AT, sizeof(place->cookie));
    place->message_id = message_id;
    place->arrived_ns = residence->arrived_ns;
    residence->arrived_ns = 0;
}

static uint64_t take_waiting(struct shard_residence *residence, const uint8_t *message)
{
    uint32_t message_id;
    struct shard_resident *place = place_of(residence, message, &message_id);
    if (place->message_id != message_id ||
        memcmp(place->cookie, message + COOKIE_AT, sizeof(place->cookie)) != 0)
        return 0;
    const uint64_t arrived_ns = place->arrived_ns;
    place->arrived_ns = 0;
    return arrived_ns;
}

void shard_residence_answer(struct shard_residence *residence, const void *message)
{
    uint64_t arrived_ns = residence->arrived_ns;
    residence->arrived_ns = 0;
    if (arrived_ns == 0)
        arrived_ns = take_waiting(residence, message);
    if (arrived_ns && residence->answered_count < SHARD_RESIDENCE_ANSWERS)
        residence->answered_ns[residence->answered_count++] = arrived_ns;
}

/* The clock may have been set back meanwhile. */
void shard_residence_end_round(struct shard_residence *residence, uint64_t now_ns)
{
    for (uint32_t i = 0; i < residence->answered_count; i++) {
        const uint64_t arrived_ns = residence->answered_ns[i];
        const uint64_t stayed_ns = now_ns > arrived_ns ? now_ns - arrived_ns : 0;
        residence->counts.buckets[bucket_of(stayed_ns / 1000)]++;
    }
    residence->answered_count = 0;
}

/* -------------------------------------------------------------------------- reading */

uint64_t shard_residence_count(const struct shard_residence_counts *counts)
{
    uint64_t count = 0;
    for (size_t i = 0; i < SHARD_RESIDENCE_BUCKETS; i++)
        count += counts->buckets[i];
    return count;
}

uint64_t shard_residence_quantile(const struct shard_residence_counts *counts, unsigned per_mille)
{
    const uint64_t wanted = (shard_residence_count(counts) * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < SHARD_RESIDENCE_BUCKETS; i++) {
        seen += counts->buckets[i];
        if (seen > 0 && seen >= wanted)
            return last_of(i);
    }
    return 0;
}

uint64_t shard_residence_gather(const struct shard_residence_counts *counts, const uint32_t *bounds,
                                size_t bound_count, uint64_t *buckets)
{
    uint64_t sum_us = 0;
    size_t bucket = 0;
    memset(buckets, 0, (bound_count + 1) * sizeof(buckets[0]));
    for (size_t i = 0; i < SHARD_RESIDENCE_BUCKETS; i++) {
        while (bucket < bound_count && last_of(i) > bounds[bucket])
            bucket++;
        buckets[bucket] += counts->buckets[i];
        sum_us += counts->buckets[i] * last_of(i);
    }
    return sum_us;
}
