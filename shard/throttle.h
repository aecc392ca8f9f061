/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_THROTTLE_H
#define SHARD_THROTTLE_H

/*
 * How often somebody may fail. Who is counted is a number to this: a keyed hash of a user's name,
 * say, or of an address. Every try is charged a price in milliseconds, which time pays off; a try
 * that succeeds gets it back. Who owes more than SHARD_THROTTLE_FREE_MS has to wait for as long as
 * that is exceeded, and whose wait would be longer than SHARD_THROTTLE_WAIT_MS is not looked at.
 * So a name that is charged 5,000 has five tries at once, and then one every five seconds.
 *
 * The memory is a table of a fixed size; nothing is searched, and nothing cleans up. When there are
 * more debtors than places the one of four that owes least is forgotten.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x4/core/types.h"

#define SHARD_THROTTLE_SLOTS   4096 /* 64 KiB */
#define SHARD_THROTTLE_FREE_MS 25000
#define SHARD_THROTTLE_WAIT_MS 20000

struct shard_throttle_slot {
    uint64_t key;
    x4_msec paid_at; /* when nothing is owed any more */
};

struct shard_throttle {
    struct shard_throttle_slot *slots;
};

/* One of those who are charged for a try. */
struct shard_throttle_claim {
    uint64_t key;
    x4_msec price;
};

/* False: no memory. */
bool shard_throttle_init(struct shard_throttle *throttle);
void shard_throttle_fini(struct shard_throttle *throttle);

/*
 * Charges all of them: the milliseconds that the answer has to wait. x4c_never: nobody was charged,
 * and the try is to be refused without a look at it.
 */
x4_msec shard_throttle_charge(struct shard_throttle *throttle, x4_msec now,
                              const struct shard_throttle_claim *claims, size_t count);

/* The try was a success. */
void shard_throttle_refund(struct shard_throttle *throttle,
                           const struct shard_throttle_claim *claims, size_t count);

#endif
