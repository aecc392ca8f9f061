/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/revival.h"

#include <stdlib.h>

#include "shard/hub_state.h"
#include "shard/keep/storage.h"
#include "shard/state.h"

/* An order to a shard. */
struct order {
    struct shard_letter letter;
    uint32_t estate;
    uint64_t token;
};

static void send_orders(struct hub *hub, uint32_t estate, uint64_t token, shard_deliver_fn deliver)
{
    for (uint32_t i = 0; i < hub->count; i++) {
        struct order *order = calloc(1, sizeof(*order));
        if (!order && hub_log_begin(&hub->log, x4c_trace_error, "no-memory"))
            hub_log_end(&hub->log);
        if (!order)
            continue;
        order->letter.deliver = deliver;
        order->estate = estate;
        order->token = token;
        shard_post_send(&hub->post, i, &order->letter);
    }
}

static void on_serve(void *member, struct shard_letter *letter)
{
    const uint32_t estate = x4m_container(letter, struct order, letter)->estate;
    free(letter);
    shard_revive_end(member, estate);
}

void hub_serve(struct hub *hub, uint32_t estate)
{
    send_orders(hub, estate, 0, on_serve);
    hub_begin(hub);
}

static void tell(struct hub *hub, const struct hub_revival *revival)
{
    struct hub_log *log = &hub->log;
    const struct shard_revived *sum = &revival->sum;
    if (!hub_log_begin(log, x4c_trace_notice, "revived"))
        return;
    hub_log_text(log, "estate", hub_storage_estate(hub->storage, sum->estate));
    hub_log_number(log, "isakmp_sas", sum->isakmp_sas);
    hub_log_number(log, "children", sum->children);
    hub_log_number(log, "refused", sum->refused);
    hub_log_number(log, "ms", revival->took_ms);
    hub_log_number(log, "read_ms", sum->read_us / 1000);
    hub_log_number(log, "open_ms", sum->open_us / 1000);
    hub_log_number(log, "resume_ms", sum->resume_us / 1000);
    hub_log_end(log);
}

static void add(struct shard_revived *sum, const struct shard_revived *of_shard)
{
    sum->isakmp_sas += of_shard->isakmp_sas;
    sum->children += of_shard->children;
    sum->refused += of_shard->refused;
    sum->read_us = x4m_max(sum->read_us, of_shard->read_us);
    sum->open_us = x4m_max(sum->open_us, of_shard->open_us);
    sum->resume_us = x4m_max(sum->resume_us, of_shard->resume_us);
}

/* From a shard: all that is its own is there. */
static void on_revived(void *member, struct shard_letter *letter)
{
    struct hub *hub = member;
    const struct shard_revived *revived = x4m_container(letter, struct shard_revived, letter);
    struct hub_revival *revival = &hub->revivals[revived->estate];
    add(&revival->sum, revived);
    free(letter);
    if (--revival->missing)
        return;
    revival->took_ms = shard_clock() - revival->since;
    tell(hub, revival);
    revival->done(hub, revival->sum.estate);
}

static void on_order(void *member, struct shard_letter *letter)
{
    const struct order *order = x4m_container(letter, struct order, letter);
    const uint32_t estate = order->estate;
    const uint64_t token = order->token;
    free(letter);
    shard_revive_begin(member, estate, token, on_revived);
}

void hub_revive(struct hub *hub, uint32_t estate, uint64_t token, hub_revived_fn done)
{
    hub->revivals[estate] = (struct hub_revival){
        .done = done,
        .missing = hub->count,
        .since = shard_clock(),
        .sum = {.estate = estate},
    };
    send_orders(hub, estate, token, on_order);
}
