/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/revival.h"

#include <stdlib.h>
#include <string.h>

#include "shard/keep/revive.h"

/* An order to a shard. */
struct order {
    struct shard_letter letter;
    char estate[STORE_ESTATE_MAX + 1];
};

static struct order *write_order(struct hub *hub, shard_deliver_fn deliver)
{
    struct order *order = calloc(1, sizeof(*order));
    if (order)
        order->letter.deliver = deliver;
    else if (hub_log_begin(&hub->log, x4c_trace_error, "no-memory"))
        hub_log_end(&hub->log);
    return order;
}

static void on_serve(void *member, struct shard_letter *letter)
{
    free(letter);
    shard_revive_end(member);
}

static void let_serve(struct hub *hub)
{
    for (uint32_t i = 0; i < hub->count; i++) {
        struct order *order = write_order(hub, on_serve);
        if (order)
            shard_post_send(&hub->post, i, &order->letter);
    }
    hub_begin(hub);
}

static void tell(struct hub *hub)
{
    struct hub_log *log = &hub->log;
    if (!hub_log_begin(log, x4c_trace_notice, "revived"))
        return;
    hub_log_text(log, "estate", hub->estate);
    hub_log_number(log, "isakmp_sas", hub->revived.isakmp_sas);
    hub_log_number(log, "children", hub->revived.children);
    hub_log_number(log, "refused", hub->revived.refused);
    hub_log_number(log, "ms", shard_clock() - hub->reviving_since);
    hub_log_end(log);
}

/* From a shard: all that is its own is there. */
static void on_revived(void *member, struct shard_letter *letter)
{
    struct hub *hub = member;
    const struct shard_revived *revived = x4m_container(letter, struct shard_revived, letter);
    hub->revived.isakmp_sas += revived->isakmp_sas;
    hub->revived.children += revived->children;
    hub->revived.refused += revived->refused;
    free(letter);
    if (--hub->reviving)
        return;
    tell(hub);
    let_serve(hub);
}

static void on_order(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct order *order = x4m_container(letter, struct order, letter);
    shard_revive_begin(shard, order->estate, on_revived);
    free(order);
}

void hub_revive(struct hub *hub)
{
    if (!hub->estate) {
        hub_begin(hub);
        return;
    }
    hub->reviving = hub->count;
    hub->reviving_since = shard_clock();
    for (uint32_t i = 0; i < hub->count; i++) {
        struct order *order = write_order(hub, on_order);
        if (!order)
            continue;
        memcpy(order->estate, hub->estate, strnlen(hub->estate, STORE_ESTATE_MAX));
        shard_post_send(&hub->post, i, &order->letter);
    }
}
