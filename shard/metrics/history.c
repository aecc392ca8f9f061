/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/history.h"

static void count_handshakes(const struct shard_handshakes *handshakes,
                             struct metrics_sample *sample)
{
    for (unsigned mode = 0; mode < SHARD_MODES; mode++) {
        for (unsigned method = 0; method < SHARD_METHODS; method++) {
            for (unsigned role = 0; role < SHARD_ROLES; role++) {
                const uint64_t *results = handshakes->phase1[mode][method][role];
                sample->completed1 += results[SHARD_COMPLETED];
                sample->failed1 += results[SHARD_FAILED];
            }
        }
    }
    for (unsigned role = 0; role < SHARD_ROLES; role++)
        sample->completed2 += handshakes->phase2[role][SHARD_COMPLETED];
}

struct metrics_sample metrics_sample_of(const struct metrics_view *view)
{
    const struct shard_tally *sum = &view->sum;
    struct metrics_sample sample = {
        .at_ms = shard_wall_clock(),
        .isakmp_sas = sum->ike.phase1,
        .child_sas = sum->ike.phase2,
        .half_open = sum->ike.half_open + sum->ike.unproven,
        .received = sum->ring.received,
        .sent = sum->ring.sent,
        .dropped = metrics_drops_of(sum),
        .cpu_us = sum->cpu_us,
        .store_queue = sum->store.queue,
        .store_lag_ms = sum->store.lag_ms,
    };
    count_handshakes(&sum->handshakes, &sample);
    return sample;
}

/* A shard that did not answer would look like a fall and a rise. */
static void on_view(struct metrics_asker *asker, const struct metrics_view *view)
{
    struct metrics_history *history = x4m_container(asker, struct metrics_history, asker);
    if (!metrics_view_is_whole(view))
        return;
    history->samples[history->next] = metrics_sample_of(view);
    history->next = (history->next + 1) % METRICS_SAMPLES;
    history->count = x4m_min(history->count + 1, (size_t)METRICS_SAMPLES);
}

static void on_timer(struct hub *hub, struct hub_timer *timer)
{
    struct metrics_history *history = x4m_container(timer, struct metrics_history, timer);
    metrics_collect_forget(&history->asker);
    metrics_collect(history->collector, &history->asker);
    hub_timer_set(hub, timer, METRICS_SAMPLE_MS);
}

void metrics_history_begin(struct metrics_history *history, struct metrics_collector *collector)
{
    history->collector = collector;
    history->timer.fire = on_timer;
    history->asker.ready = on_view;
    hub_timer_set(collector->hub, &history->timer, 0);
}

void metrics_history_end(struct metrics_history *history)
{
    if (!history->collector)
        return;
    metrics_collect_forget(&history->asker);
    hub_timer_cancel(history->collector->hub, &history->timer);
}

const struct metrics_sample *metrics_history_sample(const struct metrics_history *history,
                                                    size_t number)
{
    const size_t oldest = history->count < METRICS_SAMPLES ? 0 : history->next;
    return &history->samples[(oldest + number) % METRICS_SAMPLES];
}
