/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/json.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "shard/keep/ownership.h"
#include "shard/keep/persist.h"
#include "shard/metrics/utf8.h"
#include "shard/radius/desk.h"
#include "shard/reload.h"

/* What the page shows of lists that may be long. */
#define POOLS_SHOWN 50
#define CERTS_SHOWN 20

bool metrics_json_begin(void)
{
    size_t seed;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        return false;
    json_object_seed(seed | 1); /* 0 is jansson's word for a seed of its own */
    return true;
}

/* -------------------------------------------------------------------------- values */

json_t *metrics_json_string(const char *text)
{
    char *clean = hub_utf8_clean(text);
    json_t *value = clean ? json_string_nocheck(clean) : NULL;
    free(clean);
    return value;
}

/* Numbers of JSON's readers are exact up to 2^53, which no counter here reaches. */
static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static void set(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, number(value));
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, metrics_json_string(text));
}

static int append(const char *data, size_t len, void *text)
{
    metrics_text_raw(text, data, len);
    return 0;
}

void metrics_json_put(struct metrics_text *text, json_t *value)
{
    if (!value || json_dump_callback(value, append, text, JSON_COMPACT) != 0)
        text->failed = true;
    json_decref(value);
}

/* -------------------------------------------------------------------------- status */

static json_t *build_of(const struct metrics_view *view)
{
    json_t *build = json_object();
    set_text(build, "version", view->build->version);
    set_text(build, "modp", view->build->modp);
    set_text(build, "backend", view->build->backend);
    set_text(build, "kernel", view->build->kernel);
    return build;
}

static json_t *shard_of(const struct metrics_shard *shard)
{
    const struct shard_tally *tally = &shard->tally;
    json_t *object = json_object();
    json_object_set_new(object, "up", json_boolean(shard->answered));
    set(object, "isakmp_sas", tally->ike.phase1);
    set(object, "child_sas", tally->ike.phase2);
    set(object, "half_open", tally->ike.half_open + tally->ike.unproven);
    set(object, "received", tally->ring.received);
    set(object, "sent", tally->ring.sent);
    set(object, "dropped", metrics_drops_of(tally));
    set(object, "cpu_us", tally->cpu_us);
    return object;
}

static json_t *shards_of(const struct metrics_view *view)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < view->count; i++)
        json_array_append_new(list, shard_of(&view->shards[i]));
    return list;
}

static json_t *reasons_of(const uint64_t *counts)
{
    json_t *object = json_object();
    for (size_t i = 0; i < x4c_ike_reason_count; i++)
        if (counts[i])
            set(object, x4_ike_reason_name((x4e_ike_reason)i), counts[i]);
    return object;
}

static json_t *store_of(const struct metrics_view *view)
{
    const struct shard_store_tally *tally = &view->sum.store;
    if (!view->config->daemon.store.used)
        return json_null();
    json_t *object = json_object();
    set_text(object, "backend",
             view->config->daemon.store.backend == HUB_STORE_REDIS ? "redis" : "embedded");
    set(object, "queue", tally->queue);
    set(object, "lag_ms", tally->lag_ms);
    set(object, "holding", tally->holding);
    set(object, "writes", tally->writes);
    set(object, "erases", tally->erases);
    set(object, "away", tally->away);
    set(object, "refused", tally->refused + tally->fenced + tally->unsealed);
    return object;
}

static json_t *estates_of(const struct metrics_view *view)
{
    const struct possession *possession;
    json_t *list = json_array();
    for (uint32_t i = 0; (possession = hub_ownership_possession(view->hub, i)); i++) {
        json_t *estate = json_object();
        set_text(estate, "name", possession->lease.held.name);
        set_text(estate, "phase", possession_phase_name(possession->phase));
        json_array_append_new(list, estate);
    }
    return list;
}

static json_t *pools_of(const struct metrics_view *view)
{
    json_t *list = json_array();
    for (size_t i = 0; i < view->pool_count && i < POOLS_SHOWN; i++) {
        json_t *pool = json_object();
        set_text(pool, "name", view->config->pools[i].name);
        set(pool, "size", view->config->pools[i].size);
        set(pool, "leased", view->pools[i].online);
        json_array_append_new(list, pool);
    }
    return list;
}

static json_t *certs_of(const struct metrics_view *view)
{
    json_t *list = json_array();
    for (size_t i = 0; i < view->expiry->count && i < CERTS_SHOWN; i++) {
        const struct metrics_cert *cert = &view->expiry->list[i];
        json_t *object = json_object();
        set_text(object, "subject", cert->subject);
        json_object_set_new(object, "own", json_boolean(cert->own));
        json_object_set_new(object, "not_after", json_integer(cert->not_after));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *radius_of(const struct metrics_view *view)
{
    const struct radius_counters *counters = hub_radius_counters(view->hub);
    if (!counters)
        return json_null();
    json_t *object = json_object();
    set(object, "requests", counters->requests);
    set(object, "answers", counters->answers);
    set(object, "unanswered", counters->unanswered);
    set(object, "unproven", counters->unproven);
    return object;
}

static json_t *config_of(const struct metrics_view *view)
{
    const struct hub_reload_report report = hub_reload_report(view->hub);
    json_t *object = json_object();
    set(object, "connections", view->config->connection_count);
    set(object, "connections_up", view->sum.shard.connections_up);
    set(object, "loads", report.loads);
    set(object, "failures", report.failures);
    set(object, "loaded_at", (uint64_t)report.loaded_at);
    return object;
}

/* -------------------------------------------------------------------------- samples */

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    {"at_ms", offsetof(struct metrics_sample, at_ms)},
    {"completed1", offsetof(struct metrics_sample, completed1)},
    {"failed1", offsetof(struct metrics_sample, failed1)},
    {"completed2", offsetof(struct metrics_sample, completed2)},
    {"isakmp_sas", offsetof(struct metrics_sample, isakmp_sas)},
    {"child_sas", offsetof(struct metrics_sample, child_sas)},
    {"half_open", offsetof(struct metrics_sample, half_open)},
    {"received", offsetof(struct metrics_sample, received)},
    {"sent", offsetof(struct metrics_sample, sent)},
    {"dropped", offsetof(struct metrics_sample, dropped)},
    {"cpu_us", offsetof(struct metrics_sample, cpu_us)},
    {"store_queue", offsetof(struct metrics_sample, store_queue)},
    {"store_lag_ms", offsetof(struct metrics_sample, store_lag_ms)},
};

static uint64_t field_of(const struct metrics_sample *sample, size_t field)
{
    uint64_t value;
    memcpy(&value, (const char *)sample + fields[field].offset, sizeof(value));
    return value;
}

static json_t *sample_of(const struct metrics_sample *sample)
{
    json_t *object = json_object();
    for (size_t i = 0; i < x4m_countof(fields); i++)
        set(object, fields[i].name, field_of(sample, i));
    return object;
}

/* Columns, since names would be most of it. */
json_t *metrics_json_history(const struct metrics_history *history)
{
    json_t *object = json_object();
    for (size_t i = 0; i < x4m_countof(fields); i++) {
        json_t *column = json_array();
        for (size_t k = 0; k < history->count; k++)
            json_array_append_new(column, number(field_of(metrics_history_sample(history, k), i)));
        json_object_set_new(object, fields[i].name, column);
    }
    return object;
}

json_t *metrics_json_status(const struct metrics_view *view)
{
    const struct metrics_sample sample = metrics_sample_of(view);
    json_t *object = json_object();
    set(object, "now_ms", shard_wall_clock());
    set(object, "started_ms", view->build->started_ms);
    set(object, "memory_kb", hub_process_rss_kb());
    set(object, "stalls", hub_stalls(view->hub));
    set(object, "answer_p50_us", shard_residence_quantile(&view->sum.residence, 500));
    set(object, "answer_p99_us", shard_residence_quantile(&view->sum.residence, 990));
    set(object, "kernel_pairs", view->sum.kernel_pairs);
    set(object, "kernel_errors", view->sum.shard.kernel_errors);
    json_object_set_new(object, "build", build_of(view));
    json_object_set_new(object, "sample", sample_of(&sample));
    json_object_set_new(object, "shards", shards_of(view));
    json_object_set_new(object, "config", config_of(view));
    json_object_set_new(object, "store", store_of(view));
    json_object_set_new(object, "estates", estates_of(view));
    json_object_set_new(object, "pools", pools_of(view));
    json_object_set_new(object, "radius", radius_of(view));
    json_object_set_new(object, "certificates", certs_of(view));
    json_object_set_new(object, "ended1", reasons_of(view->sum.ike.disposed1));
    json_object_set_new(object, "ended2", reasons_of(view->sum.ike.disposed2));
    json_object_set_new(object, "refused", reasons_of(view->sum.ike.refused));
    return object;
}
