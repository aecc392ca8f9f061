/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/kin.h"

#include <string.h>

#include "shard/config/numbers.h"

bool hub_connection_same(const struct hub_connection *a, const struct hub_connection *b)
{
    return a == b || hub_connection_number(a) == hub_connection_number(b);
}

bool hub_child_same(const struct hub_child *a, const struct hub_child *b)
{
    return a == b ||
           (hub_connection_same(a->connection, b->connection) && strcmp(a->name, b->name) == 0);
}

static bool is_same_traffic(const struct hub_traffic *a, const struct hub_traffic *b)
{
    return a->dynamic == b->dynamic && x4_net_selector_equal(&a->selector, &b->selector);
}

bool hub_child_carries_same(const struct hub_child *a, const struct hub_child *b)
{
    return a == b ||
           (is_same_traffic(&a->local, &b->local) && is_same_traffic(&a->remote, &b->remote));
}

const struct hub_child *hub_connection_child(const struct hub_connection *connection,
                                             const char *name)
{
    for (size_t i = 0; i < connection->child_count; i++) {
        if (strcmp(connection->children[i].name, name) == 0)
            return &connection->children[i];
    }
    return NULL;
}

/* -------------------------------------------------------------------------- the peer */

static bool has_address(const struct hub_addresses *addresses, const x4s_net_addr *addr)
{
    for (size_t i = 0; i < addresses->range_count; i++) {
        if (x4_net_selector_has_addr(&addresses->ranges[i], addr))
            return true;
    }
    return addresses->any;
}

static bool is_same_pattern(const struct hub_identity *a, const struct hub_identity *b)
{
    return a->kind == b->kind && (a->kind == HUB_IDENTITY_ANY || hub_identity_same(&a->id, &b->id));
}

static bool authenticates_alike(const struct hub_connection *a, const struct hub_connection *b)
{
    return !a->auth == !b->auth && !a->user == !b->user && a->asks_user == b->asks_user;
}

const struct hub_connection *hub_connection_in(const struct hub_config *config,
                                               const struct hub_connection *was,
                                               const x4s_net_addr *remote)
{
    if (was->config == config)
        return was;
    const struct hub_connection *now = hub_connection_numbered(config, hub_connection_number(was));
    if (!now || !hub_identity_same(&now->phase1.id, &was->phase1.id) ||
        !is_same_pattern(&now->remote_id, &was->remote_id) || !authenticates_alike(now, was) ||
        !has_address(&now->remote_addrs, remote))
        return NULL;
    return now;
}
