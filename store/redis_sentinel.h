/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_SENTINEL_H
#define STORE_REDIS_SENTINEL_H

/*
 * Finds the primary by asking Sentinels, one at a time and the next one when it does not answer.
 * The one that answers is asked again every now and then and whenever the primary is in doubt, and
 * its channel +switch-master is listened to. What a Sentinel says may be old: whoever connects to
 * the address asks the server itself.
 */

#include "store/redis.h"
#include "store/redis_link.h"

struct redis_sentinel;

/* `found` is called with every answer, from within turns of the poll and ticks. */
struct redis_sentinel *
redis_sentinel_open(const struct redis_options *options, struct redis_poll *poll,
                    void (*found)(void *user, const struct redis_address *address), void *user,
                    uint64_t seed);

/* NULL is ignored. */
void redis_sentinel_close(struct redis_sentinel *sentinel);

/* The primary is in doubt. */
void redis_sentinel_ask(struct redis_sentinel *sentinel);

/* Why no primary is known. */
const char *redis_sentinel_trouble(const struct redis_sentinel *sentinel);

x4_msec redis_sentinel_tick(struct redis_sentinel *sentinel);

/*
 * A message of +switch-master: name, old address and port, new address and port. False: it is about
 * another primary, or not understood.
 */
bool redis_switch_master(const char *message, const char *name, struct redis_address *address);

#endif
