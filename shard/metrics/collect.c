/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/collect.h"

#include <stdlib.h>
#include <string.h>

#include "shard/reload.h"

struct collect_question {
    struct hub_question question;
    struct metrics_collector *collector;
    uint64_t round;
    const struct hub_config *config;
    struct shard_tally tally;
    size_t pool_count;
    struct shard_pool_usage pools[];
};

/* -------------------------------------------------------------------------- the end of a round */

static struct metrics_view view_of(const struct metrics_collector *collector)
{
    struct metrics_view view = {
        .build = collector->build,
        .hub = collector->hub,
        .count = hub_shard_count(collector->hub),
        .shards = collector->shards,
        .config = collector->config,
        .pools = collector->pools,
        .pool_count = collector->pool_count,
        .expiry = &collector->expiry,
        .scrapes = collector->scrapes,
        .refused = collector->refused,
    };
    for (uint32_t i = 0; i < view.count; i++)
        shard_tally_add(&view.sum, &collector->shards[i].tally);
    return view;
}

static void begin(struct metrics_collector *collector);

/* Who is called back may ask again, and gets the answer of another round. */
static void end(struct metrics_collector *collector)
{
    const struct hub_config *config = collector->config;
    const struct metrics_view view = view_of(collector);
    x4s_list askers;
    x4s_list *link;
    x4_list_init(&askers);
    x4_list_splice(&askers, &collector->askers);
    hub_timer_cancel(collector->hub, &collector->late);
    while ((link = x4_list_pop(&askers))) {
        struct metrics_asker *asker = x4m_container(link, struct metrics_asker, waiting);
        asker->ready(asker, &view);
    }
    collector->under_way = false;
    hub_config_let_go(collector->hub, config);
    if (!x4_list_empty(&collector->askers))
        begin(collector);
}

static void on_late(struct hub *hub, struct hub_timer *timer)
{
    (void)hub;
    end(x4m_container(timer, struct metrics_collector, late));
}

/* -------------------------------------------------------------------------- asking */

/* In the shard's thread. */
static void ask(struct shard *shard, struct hub_question *question)
{
    struct collect_question *mine = x4m_container(question, struct collect_question, question);
    shard_tally_take(shard, &mine->tally);
    shard_pool_usage_take(shard, mine->config, mine->pool_count, mine->pools);
}

/* The configuration of a question is held, since a late answer is of a round that has ended. */
static void answered(struct hub *hub, struct hub_question *question)
{
    struct collect_question *mine = x4m_container(question, struct collect_question, question);
    struct metrics_collector *collector = mine->collector;
    hub_config_let_go(hub, mine->config);
    if (!collector->under_way || mine->round != collector->round)
        return;
    collector->shards[question->shard] = (struct metrics_shard){true, mine->tally};
    shard_pool_usage_add(collector->pools, mine->pools, mine->pool_count);
    if (--collector->missing == 0)
        end(collector);
}

static void ask_shard(struct metrics_collector *collector, uint32_t shard)
{
    struct collect_question *question =
        calloc(1, sizeof(*question) + collector->pool_count * sizeof(question->pools[0]));
    if (!question)
        return;
    question->question.ask = ask;
    question->question.answered = answered;
    question->collector = collector;
    question->round = collector->round;
    question->config = collector->config;
    question->pool_count = collector->pool_count;
    hub_config_hold(collector->hub, collector->config);
    hub_ask(collector->hub, shard, &question->question);
}

static void begin(struct metrics_collector *collector)
{
    struct hub *hub = collector->hub;
    const uint32_t count = hub_shard_count(hub);
    collector->under_way = true;
    collector->round++;
    collector->missing = count;
    collector->config = hub_config_now(hub);
    collector->pool_count = x4m_min(collector->config->pool_count, (size_t)METRICS_POOLS_MAX);
    memset(collector->pools, 0, sizeof(collector->pools));
    memset(collector->shards, 0, count * sizeof(collector->shards[0]));
    hub_config_hold(hub, collector->config);
    metrics_expiry_update(&collector->expiry, collector->config, hub_reload_report(hub).loads);
    hub_timer_set(hub, &collector->late, METRICS_ANSWER_MS);
    for (uint32_t i = 0; i < count; i++)
        ask_shard(collector, i);
}

void metrics_collect(struct metrics_collector *collector, struct metrics_asker *asker)
{
    x4_list_append(&collector->askers, &asker->waiting);
    if (!collector->under_way)
        begin(collector);
}

void metrics_collect_forget(struct metrics_asker *asker)
{
    if (x4_list_linked(&asker->waiting))
        x4_list_remove(&asker->waiting);
}

/* -------------------------------------------------------------------------- life */

bool metrics_collector_init(struct metrics_collector *collector, struct hub *hub,
                            const struct metrics_build *build)
{
    *collector = (struct metrics_collector){.hub = hub, .build = build, .late.fire = on_late};
    x4_list_init(&collector->askers);
    collector->shards = calloc(hub_shard_count(hub), sizeof(collector->shards[0]));
    return collector->shards != NULL;
}

void metrics_collector_fini(struct metrics_collector *collector)
{
    hub_timer_cancel(collector->hub, &collector->late);
    metrics_expiry_fini(&collector->expiry);
    free(collector->shards);
}
