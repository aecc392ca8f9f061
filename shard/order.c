/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/order.h"

#include <stdio.h>
#include <stdlib.h>

#include "shard/config/kin.h"
#include "shard/connection.h"
#include "shard/snapshot.h"

static void forget(struct shard *shard, struct shard_order *order)
{
    x4_list_remove(&order->of_shard);
    shard_unuse(shard, order->connection->config);
    free(order);
}

/* Who cannot be told for want of memory waits until its time is over. */
static void answer(struct shard *shard, struct shard_order *order, bool up, const char *text)
{
    struct shard_outcome *outcome = calloc(1, sizeof(*outcome));
    if (outcome) {
        outcome->letter.deliver = order->deliver;
        outcome->asker = order->asker;
        outcome->number = order->number;
        outcome->up = up;
        snprintf(outcome->text, sizeof(outcome->text), "%s", text);
        shard_post_send(&shard->post, shard_post_control(&shard->post), &outcome->letter);
    }
    forget(shard, order);
}

/* The configuration may have changed since the order was given. */
static const struct hub_child *child_wanted(const struct shard_order *order,
                                            const struct shard_sa *sa)
{
    const struct hub_connection *now = shard_connection_now(sa);
    return now ? hub_connection_child(now, order->child->name) : NULL;
}

static void begin_child(struct shard *shard, struct shard_order *order, struct shard_sa *sa)
{
    const struct hub_child *config = child_wanted(order, sa);
    if (!config) {
        answer(shard, order, false, "the child is not configured any more");
        return;
    }
    struct shard_child *child = shard_initiate_find(sa, config);
    if (child && child->up) {
        answer(shard, order, true, "the child is up already");
        return;
    }
    order->begun = child ? child : shard_initiate_child(sa, config);
    if (!order->begun)
        answer(shard, order, false, "the child cannot be begun: the daemon's log says why");
}

static void go_on(struct shard *shard, struct shard_order *order, struct shard_sa *sa)
{
    if (order->child)
        begin_child(shard, order, sa);
    else
        answer(shard, order, true, "the ISAKMP SA is up");
}

void shard_order_begin(struct shard *shard, const struct shard_order *wanted)
{
    struct shard_order *order = malloc(sizeof(*order));
    if (!order) {
        shard->counters.no_memory++;
        return;
    }
    *order = *wanted;
    shard_use(shard, order->connection->config);
    x4_list_append(&shard->orders, &order->of_shard);
    struct shard_sa *sa = shard_initiate_usable(shard, order->connection);
    if (sa) {
        go_on(shard, order, sa);
        return;
    }
    order->attempt = shard_initiate_connection(shard, order->connection);
    if (!order->attempt)
        answer(shard, order, false, shard->draining ? "the daemon is draining" : "out of memory");
}

static struct shard_order *order_of(x4s_list *link)
{
    return x4m_container(link, struct shard_order, of_shard);
}

void shard_order_sa_up(const struct shard_attempt *attempt, struct shard_sa *sa)
{
    x4m_list_each(link, &sa->shard->orders)
    {
        struct shard_order *order = order_of(link);
        if (order->attempt != attempt)
            continue;
        order->attempt = NULL;
        go_on(sa->shard, order, sa);
    }
}

void shard_order_attempt_over(struct shard *shard, const struct shard_attempt *attempt,
                              const char *why)
{
    x4m_list_each(link, &shard->orders)
    {
        if (order_of(link)->attempt == attempt)
            answer(shard, order_of(link), false, why);
    }
}

static void answer_child(const struct shard_child *child, bool up, const char *text)
{
    struct shard *shard = child->sa->shard;
    x4m_list_each(link, &shard->orders)
    {
        if (order_of(link)->begun == child)
            answer(shard, order_of(link), up, text);
    }
}

void shard_order_child_up(const struct shard_child *child)
{
    answer_child(child, true, "the child is up");
}

void shard_order_child_over(const struct shard_child *child, const char *why)
{
    answer_child(child, false, why);
}

void shard_order_fini(struct shard *shard)
{
    x4m_list_each(link, &shard->orders) forget(shard, order_of(link));
}
