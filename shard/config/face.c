/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/face.h"

#include <string.h>

#include "shard/config/index.h"

static bool same_addresses(const struct hub_addresses *a, const struct hub_addresses *b)
{
    if (a->any != b->any || a->range_count != b->range_count)
        return false;
    for (size_t i = 0; i < a->range_count; i++)
        if (!x4_net_selector_equal(&a->ranges[i], &b->ranges[i]))
            return false;
    return true;
}

static bool same_transform(const x4s_ike_transform1 *a, const x4s_ike_transform1 *b)
{
    return a->cipher == b->cipher && a->key_bits == b->key_bits && a->hash == b->hash &&
           a->group == b->group && a->auth == b->auth;
}

static bool same_transforms(const x4s_ike_config1 *a, const x4s_ike_config1 *b)
{
    if (a->transform_count != b->transform_count)
        return false;
    for (size_t i = 0; i < a->transform_count; i++)
        if (!same_transform(&a->transforms[i], &b->transforms[i]))
            return false;
    return true;
}

bool hub_face_same(const struct hub_connection *a, const struct hub_connection *b)
{
    return same_addresses(&a->remote_addrs, &b->remote_addrs) &&
           same_addresses(&a->local_addrs, &b->local_addrs) &&
           hub_identity_same(&a->phase1.id, &b->phase1.id) &&
           same_transforms(&a->phase1, &b->phase1);
}

/* Addresses and identity tell most of them apart. */
uint64_t hub_face_hash(const struct hub_connection *connection)
{
    const struct hub_addresses *remote = &connection->remote_addrs;
    uint64_t hash = hub_hash_identity(&connection->phase1.id) + remote->range_count;
    for (size_t i = 0; i < remote->range_count; i++) {
        const x4s_net_selector *range = &remote->ranges[i];
        x4s_net_addr addr = {.family = range->family};
        memcpy(addr.ip, range->from, sizeof(addr.ip));
        hash = hash * 31 + hub_hash_prefix(&addr, (unsigned)x4_net_addr_size(addr.family) * 8);
    }
    return hash;
}

bool hub_face_takes(const struct hub_connection *connection, const x4s_ike_transform1 *offered,
                    size_t count)
{
    const x4s_ike_config1 *phase1 = &connection->phase1;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < phase1->transform_count; k++)
            if (same_transform(&offered[i], &phase1->transforms[k]))
                return true;
    return false;
}
