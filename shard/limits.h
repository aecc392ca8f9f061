/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_LIMITS_H
#define SHARD_LIMITS_H

/*
 * The limits against strangers are configured for the daemon; each shard has its share of those
 * that count in all or in a second, rounded up. Datagrams are steered by a keyed hash of a cookie,
 * so strangers spread evenly, whatever they do.
 *
 * The counts of an address and of a network are not shared out: the few peers behind one address
 * need not spread evenly, and would be refused by chance.
 */

#include <stdint.h>

#include "x4/ike/bounds.h"

/* `whole` has no field of these at 0. `shards` is 1 or more. */
x4s_ike_limits shard_limits_share(const x4s_ike_limits *whole, uint32_t shards);

#endif
