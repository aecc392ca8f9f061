/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/series.h"

#include <stddef.h>
#include <string.h>

#include "shard/keep/ownership.h"
#include "shard/radius/desk.h"
#include "shard/reload.h"

/* -------------------------------------------------------------------------- of each shard */

static void put_number(struct metrics_text *text, const struct metrics_family *family,
                       uint64_t value)
{
    if (family->per_unit > 1)
        metrics_text_fraction(text, value, family->per_unit);
    else
        metrics_text_value(text, value);
}

static uint64_t counter_at(const struct shard_tally *tally, size_t offset)
{
    uint64_t value;
    memcpy(&value, (const char *)tally + offset, sizeof(value));
    return value;
}

/* Of a shard that did not answer nothing is known: the series have a gap then. */
void metrics_put_shards(struct metrics_text *text, const struct metrics_family *family,
                        const struct metrics_view *view)
{
    for (uint32_t i = 0; i < view->count; i++) {
        for (size_t k = 0; view->shards[i].answered && k < family->row_count; k++) {
            const struct metrics_row *row = &family->rows[k];
            metrics_text_begin(text, family->name, "");
            metrics_text_label_number(text, "shard", i);
            if (row->label)
                metrics_text_label(text, row->label, row->value);
            put_number(text, family, counter_at(&view->shards[i].tally, row->offset));
        }
    }
}

/* Those of all shards together. Sums of an answer that lacks one would go back and forth. */
void metrics_put_sums(struct metrics_text *text, const struct metrics_family *family,
                      const struct metrics_view *view)
{
    for (size_t k = 0; metrics_view_is_whole(view) && k < family->row_count; k++) {
        const struct metrics_row *row = &family->rows[k];
        metrics_text_begin(text, family->name, "");
        if (row->label)
            metrics_text_label(text, row->label, row->value);
        put_number(text, family, counter_at(&view->sum, row->offset));
    }
}

/* -------------------------------------------------------------------------- reasons */

/* Of the tally's member at `offset`, one counter for each reason of libike's. */
static void put_reasons_of(struct metrics_text *text, const struct metrics_family *family,
                           const struct shard_tally *tally, const uint32_t *shard)
{
    for (size_t i = 0; i < x4c_ike_reason_count; i++) {
        const uint64_t count = counter_at(tally, family->rows[0].offset + i * sizeof(uint64_t));
        if (!count)
            continue;
        metrics_text_begin(text, family->name, "");
        if (shard)
            metrics_text_label_number(text, "shard", *shard);
        metrics_text_label(text, "reason", x4_ike_reason_name((x4e_ike_reason)i));
        metrics_text_value(text, count);
    }
}

void metrics_put_shard_reasons(struct metrics_text *text, const struct metrics_family *family,
                               const struct metrics_view *view)
{
    for (uint32_t i = 0; i < view->count; i++)
        put_reasons_of(text, family, &view->shards[i].tally, &i);
}

void metrics_put_reasons(struct metrics_text *text, const struct metrics_family *family,
                         const struct metrics_view *view)
{
    if (metrics_view_is_whole(view))
        put_reasons_of(text, family, &view->sum, NULL);
}

/* -------------------------------------------------------------------------- handshakes */

static void put_handshake(struct metrics_text *text, unsigned role, unsigned result, uint64_t count)
{
    metrics_text_label(text, "role", shard_role_name(role));
    metrics_text_label(text, "result", shard_result_name((enum shard_result)result));
    metrics_text_value(text, count);
}

static void put_method(struct metrics_text *text, const struct metrics_family *family,
                       const struct metrics_view *view, enum shard_mode mode,
                       enum shard_method method)
{
    for (unsigned role = 0; role < SHARD_ROLES; role++) {
        for (unsigned result = 0; result < SHARD_RESULTS; result++) {
            metrics_text_begin(text, family->name, "");
            metrics_text_label(text, "mode", shard_mode_name(mode));
            metrics_text_label(text, "method", shard_method_name(method));
            put_handshake(text, role, result,
                          view->sum.handshakes.phase1[mode][method][role][result]);
        }
    }
}

void metrics_put_handshakes1(struct metrics_text *text, const struct metrics_family *family,
                             const struct metrics_view *view)
{
    for (unsigned mode = 0; metrics_view_is_whole(view) && mode < SHARD_MODES; mode++)
        for (unsigned method = 0; method < SHARD_METHODS; method++)
            put_method(text, family, view, (enum shard_mode)mode, (enum shard_method)method);
}

void metrics_put_handshakes2(struct metrics_text *text, const struct metrics_family *family,
                             const struct metrics_view *view)
{
    for (unsigned role = 0; metrics_view_is_whole(view) && role < SHARD_ROLES; role++) {
        for (unsigned result = 0; result < SHARD_RESULTS; result++) {
            metrics_text_begin(text, family->name, "");
            put_handshake(text, role, result, view->sum.handshakes.phase2[role][result]);
        }
    }
}

static void put_durations(struct metrics_text *text, const char *name, const char *const *labels,
                          const struct shard_durations *durations)
{
    const struct metrics_histogram histogram = {
        .bounds = shard_duration_bounds_ms,
        .bound_count = x4m_countof(shard_duration_bounds_ms),
        .buckets = durations->buckets,
        .sum = durations->sum_ms,
        .per_unit = 1000,
    };
    metrics_text_histogram(text, name, labels, &histogram);
}

void metrics_put_took1(struct metrics_text *text, const struct metrics_family *family,
                       const struct metrics_view *view)
{
    for (unsigned mode = 0; metrics_view_is_whole(view) && mode < SHARD_MODES; mode++) {
        for (unsigned method = 0; method < SHARD_METHODS; method++) {
            const char *const labels[] = {"mode", shard_mode_name((enum shard_mode)mode), "method",
                                          shard_method_name((enum shard_method)method), NULL};
            put_durations(text, family->name, labels, &view->sum.handshakes.took1[mode][method]);
        }
    }
}

void metrics_put_took2(struct metrics_text *text, const struct metrics_family *family,
                       const struct metrics_view *view)
{
    static const char *const none[] = {NULL};
    if (metrics_view_is_whole(view))
        put_durations(text, family->name, none, &view->sum.handshakes.took2);
}

/* -------------------------------------------------------------------------- answers */

/* The residence's buckets, which are finer, gathered into these. */
static const uint32_t residence_bounds_us[] = {
    127, 255, 511, 1023, 2047, 4095, 8191, 16383, 32767, 65535, 131071, 262143, 524287, 1048575};

#define RESIDENCE_BUCKETS (x4m_countof(residence_bounds_us) + 1)

void metrics_put_residence(struct metrics_text *text, const struct metrics_family *family,
                           const struct metrics_view *view)
{
    static const char *const none[] = {NULL};
    uint64_t buckets[RESIDENCE_BUCKETS];
    if (!metrics_view_is_whole(view))
        return;
    const uint64_t sum_us = shard_residence_gather(&view->sum.residence, residence_bounds_us,
                                                   x4m_countof(residence_bounds_us), buckets);
    const struct metrics_histogram histogram = {
        .bounds = residence_bounds_us,
        .bound_count = x4m_countof(residence_bounds_us),
        .buckets = buckets,
        .sum = sum_us,
        .per_unit = 1000000,
    };
    metrics_text_histogram(text, family->name, none, &histogram);
}

/* -------------------------------------------------------------------------- the process */

void metrics_put_build(struct metrics_text *text, const struct metrics_family *family,
                       const struct metrics_view *view)
{
    metrics_text_begin(text, family->name, "");
    metrics_text_label(text, "version", view->build->version);
    metrics_text_label(text, "modp", view->build->modp);
    metrics_text_label(text, "backend", view->build->backend);
    metrics_text_label(text, "kernel", view->build->kernel);
    metrics_text_value(text, 1);
}

static void put_single(struct metrics_text *text, const struct metrics_family *family,
                       uint64_t value)
{
    metrics_text_begin(text, family->name, "");
    put_number(text, family, value);
}

void metrics_put_started(struct metrics_text *text, const struct metrics_family *family,
                         const struct metrics_view *view)
{
    put_single(text, family, view->build->started_ms);
}

void metrics_put_process_cpu(struct metrics_text *text, const struct metrics_family *family,
                             const struct metrics_view *view)
{
    (void)view;
    put_single(text, family, hub_process_cpu_us());
}

void metrics_put_memory(struct metrics_text *text, const struct metrics_family *family,
                        const struct metrics_view *view)
{
    (void)view;
    put_single(text, family, hub_process_rss_kb() * 1024);
}

void metrics_put_shard_up(struct metrics_text *text, const struct metrics_family *family,
                          const struct metrics_view *view)
{
    for (uint32_t i = 0; i < view->count; i++) {
        metrics_text_begin(text, family->name, "");
        metrics_text_label_number(text, "shard", i);
        metrics_text_value(text, view->shards[i].answered);
    }
}

void metrics_put_stalls(struct metrics_text *text, const struct metrics_family *family,
                        const struct metrics_view *view)
{
    put_single(text, family, hub_stalls(view->hub));
}

void metrics_put_requests(struct metrics_text *text, const struct metrics_family *family,
                          const struct metrics_view *view)
{
    metrics_text_begin(text, family->name, "");
    metrics_text_label(text, "result", "answered");
    metrics_text_value(text, view->scrapes);
    metrics_text_begin(text, family->name, "");
    metrics_text_label(text, "result", "refused");
    metrics_text_value(text, view->refused);
}

/* -------------------------------------------------------------------------- configuration */

void metrics_put_connections(struct metrics_text *text, const struct metrics_family *family,
                             const struct metrics_view *view)
{
    put_single(text, family, view->config->connection_count);
}

void metrics_put_loads(struct metrics_text *text, const struct metrics_family *family,
                       const struct metrics_view *view)
{
    const struct hub_reload_report report = hub_reload_report(view->hub);
    metrics_text_begin(text, family->name, "");
    metrics_text_label(text, "result", "completed");
    metrics_text_value(text, report.loads);
    metrics_text_begin(text, family->name, "");
    metrics_text_label(text, "result", "failed");
    metrics_text_value(text, report.failures);
}

void metrics_put_loaded(struct metrics_text *text, const struct metrics_family *family,
                        const struct metrics_view *view)
{
    put_single(text, family, (uint64_t)hub_reload_report(view->hub).loaded_at);
}

void metrics_put_pool_size(struct metrics_text *text, const struct metrics_family *family,
                           const struct metrics_view *view)
{
    for (size_t i = 0; i < view->pool_count; i++) {
        metrics_text_begin(text, family->name, "");
        metrics_text_label(text, "pool", view->config->pools[i].name);
        metrics_text_value(text, view->config->pools[i].size);
    }
}

void metrics_put_pool_leased(struct metrics_text *text, const struct metrics_family *family,
                             const struct metrics_view *view)
{
    for (size_t i = 0; metrics_view_is_whole(view) && i < view->pool_count; i++) {
        metrics_text_begin(text, family->name, "");
        metrics_text_label(text, "pool", view->config->pools[i].name);
        metrics_text_value(text, view->pools[i].online);
    }
}

void metrics_put_certs(struct metrics_text *text, const struct metrics_family *family,
                       const struct metrics_view *view)
{
    for (size_t i = 0; i < view->expiry->count; i++) {
        const struct metrics_cert *cert = &view->expiry->list[i];
        metrics_text_begin(text, family->name, "");
        metrics_text_label(text, "subject", cert->subject);
        metrics_text_label(text, "fingerprint", cert->fingerprint);
        metrics_text_label(text, "kind", cert->own ? "own" : "authority");
        metrics_text_value(text, (uint64_t)x4m_max(cert->not_after, (int64_t)0));
    }
}

/* -------------------------------------------------------------------------- what may not be */

void metrics_put_estates(struct metrics_text *text, const struct metrics_family *family,
                         const struct metrics_view *view)
{
    const struct possession *possession;
    for (uint32_t i = 0; (possession = hub_ownership_possession(view->hub, i)); i++) {
        metrics_text_begin(text, family->name, "");
        metrics_text_label(text, "estate", possession->lease.held.name);
        metrics_text_value(text, possession->phase == POSSESSION_SERVED);
    }
}

/* Offsets are those of struct radius_counters. */
void metrics_put_radius(struct metrics_text *text, const struct metrics_family *family,
                        const struct metrics_view *view)
{
    const struct radius_counters *counters = hub_radius_counters(view->hub);
    for (size_t k = 0; counters && k < family->row_count; k++) {
        uint64_t value;
        memcpy(&value, (const char *)counters + family->rows[k].offset, sizeof(value));
        metrics_text_begin(text, family->name, "");
        if (family->rows[k].label)
            metrics_text_label(text, family->rows[k].label, family->rows[k].value);
        metrics_text_value(text, value);
    }
}
