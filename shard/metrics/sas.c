/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/sas.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "shard/identity.h"

static const char gauge[] = "gauge";
static const char counter[] = "counter";

enum family { FAMILY_UP, FAMILY_AGE, FAMILY_BYTES, FAMILY_PACKETS, FAMILY_COUNT };

static const struct {
    const char *name;
    const char *type;
    const char *help;
} families[] = {
    [FAMILY_UP] = {"ikehub_sa_up", gauge, "1: the ISAKMP SA is up; 0: only its children are."},
    [FAMILY_AGE] = {"ikehub_sa_age_seconds", gauge, "Time since the ISAKMP SA came up."},
    [FAMILY_BYTES] = {"ikehub_child_bytes_total", counter,
                      "What a child has carried, as the kernel counts it."},
    [FAMILY_PACKETS] = {"ikehub_child_packets_total", counter, "The same in packets."},
};

/* The series of a family stand together, and SAs come one by one: a text for each. */
struct told {
    struct metrics_text of[FAMILY_COUNT];
};

static void *begin(void)
{
    struct told *told = calloc(1, sizeof(*told));
    for (size_t i = 0; told && i < FAMILY_COUNT; i++)
        metrics_text_family(&told->of[i], families[i].name, families[i].type, families[i].help);
    return told;
}

/* -------------------------------------------------------------------------- an SA */

static struct metrics_text *begin_series(struct told *told, enum family family,
                                         const struct shard_sa_record *record)
{
    struct metrics_text *text = &told->of[family];
    char identity[HUB_IDENTITY_TEXT];
    char peer[x4c_net_addr_text];
    metrics_text_begin(text, families[family].name, "");
    metrics_text_label_number(text, "sa", record->number);
    metrics_text_label(text, "connection", record->connection);
    metrics_text_label(text, "identity", hub_identity_format(&record->remote_id, identity));
    metrics_text_label(text, "peer", x4_net_addr_format(&record->link.remote, peer));
    return text;
}

static void put_sa(struct told *told, const struct shard_sa_record *record)
{
    metrics_text_value(begin_series(told, FAMILY_UP, record), record->up);
    if (record->up)
        metrics_text_value(begin_series(told, FAMILY_AGE, record), record->age_sec);
}

static void put_way(struct told *told, enum family family, const struct shard_sa_record *record,
                    const struct shard_child_record *child, const char *direction, uint64_t value)
{
    struct metrics_text *text = begin_series(told, family, record);
    char spi[9];
    snprintf(spi, sizeof(spi), "%08" PRIx32, child->spi_in);
    metrics_text_label(text, "child", child->name);
    metrics_text_label(text, "spi", spi);
    metrics_text_label(text, "direction", direction);
    metrics_text_value(text, value);
}

static void put_child(struct told *told, const struct shard_sa_record *record,
                      const struct shard_child_record *child)
{
    put_way(told, FAMILY_BYTES, record, child, "in", child->in.bytes);
    put_way(told, FAMILY_BYTES, record, child, "out", child->out.bytes);
    put_way(told, FAMILY_PACKETS, record, child, "in", child->in.packets);
    put_way(told, FAMILY_PACKETS, record, child, "out", child->out.packets);
}

static void each(void *context, const struct shard_sa_record *record, uint32_t shard)
{
    struct told *told = context;
    (void)shard;
    if (!record->established)
        return;
    put_sa(told, record);
    for (uint32_t i = 0; i < record->child_count; i++)
        if (record->children[i].up && record->children[i].counted)
            put_child(told, record, &record->children[i]);
}

/* -------------------------------------------------------------------------- the text */

static void put_complete(struct metrics_text *text, bool more)
{
    static const char name[] = "ikehub_sa_series_complete";
    metrics_text_family(text, name, gauge, "0: there are more SAs than ikehub.metrics.sas.");
    metrics_text_begin(text, name, "");
    metrics_text_value(text, !more);
}

static void end(void *context, bool more, struct metrics_text *text)
{
    struct told *told = context;
    if (text)
        put_complete(text, more);
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (text) {
            metrics_text_raw(text, told->of[i].data, told->of[i].len);
            text->failed = text->failed || told->of[i].failed;
        }
        free(told->of[i].data);
    }
    free(told);
}

const struct metrics_teller metrics_sas_teller = {
    .begin = begin, .each = each, .end = end, .traffic = true};
