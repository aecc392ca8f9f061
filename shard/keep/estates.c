/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/estates.h"

#include "shard/keep/storage.h"

void shard_estates_init(struct shard_estates *estates, const struct hub_storage *storage)
{
    const struct hub_store *store = &storage->copy.store;
    estates->count = (uint32_t)store->estate_count;
    estates->home = (uint32_t)store->home;
    for (uint32_t i = 0; i < estates->count; i++)
        estates->of[i] =
            (struct shard_estate){.config = &store->estates[i], .state = SHARD_ESTATE_AWAY};
}

static bool has_address(const struct hub_estate *estate, const x4s_net_addr *local)
{
    for (size_t i = 0; i < estate->address_count; i++)
        if (x4_net_addr_same_ip(&estate->addresses[i], local))
            return true;
    return false;
}

uint32_t shard_estates_at(const struct shard_estates *estates, const x4s_net_addr *local)
{
    for (uint32_t i = 0; i < estates->count; i++)
        if (has_address(estates->of[i].config, local))
            return i;
    return estates->home;
}

static enum shard_estate_state state_at(const struct shard_estates *estates,
                                        const x4s_net_addr *local)
{
    return estates->of[shard_estates_at(estates, local)].state;
}

bool shard_estates_speak(const struct shard_estates *estates, const x4s_net_addr *local)
{
    return state_at(estates, local) != SHARD_ESTATE_AWAY;
}

bool shard_estates_serve(const struct shard_estates *estates, const x4s_net_addr *local)
{
    return state_at(estates, local) == SHARD_ESTATE_SERVED;
}
