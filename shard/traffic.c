/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/traffic.h"

#include <stdlib.h>
#include <time.h>

struct traffic;

struct question {
    struct hub_kernel_query query;
    struct traffic *traffic;
    struct shard_child_record *record;
};

struct traffic {
    struct shard *shard;
    void (*told)(struct shard *shard, void *user);
    void *user;
    uint64_t now;
    uint32_t open; /* questions, and one until all were asked */
    bool asking;
    struct question questions[];
};

/* False: there are more to come. */
static bool close_one(struct traffic *traffic)
{
    if (--traffic->open)
        return false;
    if (!traffic->asking)
        traffic->told(traffic->shard, traffic->user);
    free(traffic);
    return true;
}

static void take(struct shard_direction_record *record, const struct hub_kernel_traffic *traffic,
                 uint64_t now)
{
    record->bytes = traffic->bytes;
    record->packets = traffic->packets;
    record->used = traffic->used_at != 0;
    record->unused_sec = now > traffic->used_at ? now - traffic->used_at : 0;
}

static void on_answered(struct hub_kernel_query *query, int error)
{
    const struct question *question = x4m_container_const(query, struct question, query);
    struct shard_child_record *record = question->record;
    record->counted = error == 0;
    if (record->counted) {
        take(&record->in, &query->in, question->traffic->now);
        take(&record->out, &query->out, question->traffic->now);
    }
    close_one(question->traffic);
}

/* How many there are to ask about. What is only recorded has carried nothing, and that is known. */
static uint32_t count_installed(struct shard_sa_record *records, bool carries)
{
    uint32_t count = 0;
    for (struct shard_sa_record *record = records; record; record = record->next)
        for (uint32_t i = 0; i < record->child_count; i++) {
            record->children[i].counted = !carries;
            count += record->children[i].installed;
        }
    return carries ? count : 0;
}

static void ask_about(struct traffic *traffic, struct shard_sa_record *records)
{
    struct question *question = traffic->questions;
    for (struct shard_sa_record *record = records; record; record = record->next)
        for (uint32_t i = 0; i < record->child_count; i++) {
            struct shard_child_record *child = &record->children[i];
            if (!child->installed)
                continue;
            *question = (struct question){
                .query = {.spi_in = child->spi_in, .answered = on_answered},
                .traffic = traffic,
                .record = child,
            };
            traffic->open++;
            if (!hub_kernel_query(traffic->shard->kernel, &question->query))
                traffic->open--;
            question++;
        }
}

bool shard_traffic_ask(struct shard *shard, struct shard_sa_record *records,
                       void (*told)(struct shard *shard, void *user), void *user)
{
    const uint32_t count = count_installed(records, shard->kernel->backend->carries);
    if (!count)
        return false;
    struct traffic *traffic = calloc(1, sizeof(*traffic) + count * sizeof(traffic->questions[0]));
    if (!traffic)
        return false;
    traffic->shard = shard;
    traffic->told = told;
    traffic->user = user;
    traffic->now = (uint64_t)time(NULL);
    traffic->open = 1;
    traffic->asking = true;
    ask_about(traffic, records);
    if (close_one(traffic))
        return false;
    traffic->asking = false;
    return true;
}
