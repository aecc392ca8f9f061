/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/limits.h"

static uint32_t share(uint32_t whole, uint32_t shards)
{
    return whole / shards + (whole % shards != 0);
}

x4s_ike_limits shard_limits_share(const x4s_ike_limits *whole, uint32_t shards)
{
    x4s_ike_limits limits = *whole;
    limits.half_open = share(whole->half_open, shards);
    limits.remembered = share(whole->remembered, shards);
    limits.unproven = share(whole->unproven, shards);
    limits.aggressive = share(whole->aggressive, shards);
    limits.aggressive_a_second = share(whole->aggressive_a_second, shards);
    limits.jobs_waiting = share(whole->jobs_waiting, shards);
    return limits;
}
