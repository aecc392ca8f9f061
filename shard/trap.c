/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/trap.h"

#include <stdlib.h>

#include "shard/config/numbers.h"
#include "shard/order.h"
#include "shard/report.h"
#include "shard/snapshot.h"

struct shard_trap {
    x4s_list of_shard;
    const struct hub_child *config;
    struct hub_kernel_trap trap;
};

static void trap_free(struct shard *shard, struct shard_trap *trap)
{
    x4_list_remove(&trap->of_shard);
    shard_unuse(shard, trap->config->connection->config);
    free(trap);
}

/* The ends as the first SA would have them. */
static void aim(struct shard_trap *trap)
{
    const struct hub_connection *connection = trap->config->connection;
    struct hub_kernel_trap *kernel = &trap->trap;
    kernel->from = connection->local_addrs.first;
    kernel->to = connection->remote_addrs.first;
    if (!kernel->from.family)
        kernel->from.family = kernel->to.family;
    hub_child_selectors(trap->config, &kernel->from, &kernel->to, &kernel->local, &kernel->remote);
    kernel->transform = trap->config->phase2.transforms[0];
    kernel->options = &trap->config->kernel;
}

static void set(struct shard *shard, const struct hub_child *config)
{
    struct shard_trap *trap = calloc(1, sizeof(*trap));
    if (!trap) {
        shard->counters.no_memory++;
        return;
    }
    trap->config = config;
    shard_use(shard, config->connection->config);
    x4_list_append(&shard->traps, &trap->of_shard);
    aim(trap);
    if (hub_kernel_trap(shard->kernel, &trap->trap))
        return;
    shard->counters.no_memory++;
    trap_free(shard, trap);
}

void shard_trap_set(struct shard *shard, const struct hub_connection *connection)
{
    if (hub_connection_home(connection, shard->steer.count) != shard->steer.index)
        return;
    for (size_t i = 0; i < connection->child_count; i++)
        if (connection->children[i].trap)
            set(shard, &connection->children[i]);
}

void shard_trap_sweep(struct shard *shard)
{
    x4m_list_each(link, &shard->traps)
    {
        struct shard_trap *trap = x4m_container(link, struct shard_trap, of_shard);
        if (trap->config->connection->config == shard->config)
            continue;
        hub_kernel_untrap(shard->kernel, &trap->trap);
        trap_free(shard, trap);
    }
}

/* The packet waits for the SAs, not for the answer. */
static void nobody_asked(void *member, struct shard_letter *letter)
{
    (void)member;
    free(x4m_container(letter, struct shard_outcome, letter));
}

static bool is_ordered(const struct shard *shard, const struct hub_child *config)
{
    for (const x4s_list *link = shard->orders.next; link != &shard->orders; link = link->next)
        if (x4m_container_const(link, struct shard_order, of_shard)->child == config)
            return true;
    return false;
}

void shard_trap_met(struct shard *shard, struct hub_kernel_trap *met)
{
    const struct shard_trap *trap = x4m_container(met, struct shard_trap, trap);
    const struct shard_order order = {
        .connection = trap->config->connection,
        .child = trap->config,
        .deliver = nobody_asked,
    };
    shard_report_wanted(shard, trap->config);
    if (!is_ordered(shard, trap->config))
        shard_order_begin(shard, &order);
}

void shard_trap_fini(struct shard *shard)
{
    while (!x4_list_empty(&shard->traps))
        trap_free(shard, x4m_container(shard->traps.next, struct shard_trap, of_shard));
}
