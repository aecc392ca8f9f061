/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/usage.h"

#include <errno.h>
#include <stdlib.h>

#include "shard/state.h"

struct shard_usage {
    struct shard *shard;
    struct hub_kernel_traffic in;
    struct hub_kernel_traffic out;
    uint32_t holds;   /* the session's, and one for each open question */
    uint32_t open;    /* questions */
    x4s_list records; /* that wait for them */
    x4s_list meters;  /* few: of the children that there are */
};

/* What of a child its session has taken into account. */
struct meter {
    x4s_list of_usage;
    uint32_t spi_in;
    struct hub_kernel_traffic in;
    struct hub_kernel_traffic out;
    uint32_t holds; /* the usage's, and one for each open question */
};

struct record {
    x4s_list waiting;
    bool counts;
    struct radius_writer writer;
};

struct question {
    struct hub_kernel_query query;
    struct shard_usage *usage;
    struct meter *meter;
    bool before; /* what it brings was before the session */
};

static void let_go(struct shard_usage *usage)
{
    if (--usage->holds == 0)
        free(usage);
}

static void let_go_of_meter(struct meter *meter)
{
    if (--meter->holds == 0)
        free(meter);
}

/* -------------------------------------------------------------------------- records */

static void put_octets(struct radius_writer *writer, uint8_t low, uint8_t high, uint64_t octets)
{
    radius_put_number(writer, low, (uint32_t)octets);
    if (octets >> 32)
        radius_put_number(writer, high, (uint32_t)(octets >> 32));
}

static void put_usage(struct radius_writer *writer, const struct shard_usage *usage)
{
    put_octets(writer, RADIUS_ACCT_INPUT_OCTETS, RADIUS_ACCT_INPUT_GIGAWORDS, usage->in.bytes);
    put_octets(writer, RADIUS_ACCT_OUTPUT_OCTETS, RADIUS_ACCT_OUTPUT_GIGAWORDS, usage->out.bytes);
    radius_put_number(writer, RADIUS_ACCT_INPUT_PACKETS, (uint32_t)usage->in.packets);
    radius_put_number(writer, RADIUS_ACCT_OUTPUT_PACKETS, (uint32_t)usage->out.packets);
}

static void send_record(const struct shard_usage *usage, const struct radius_writer *writer)
{
    struct shard *shard = usage->shard;
    struct radius_question *question =
        writer->full ? NULL
                     : radius_question_new(RADIUS_ACCOUNTING,
                                           (x4s_chunk){writer->data, writer->len}, (x4s_chunk){0});
    if (question)
        radius_question_send(&shard->post, shard->radius, question);
    else
        shard->counters.no_memory++;
}

static void send_waiting(struct shard_usage *usage)
{
    x4s_list *link;
    while (!usage->open && (link = x4_list_pop(&usage->records))) {
        struct record *record = x4m_container(link, struct record, waiting);
        if (record->counts && usage->shard->kernel->backend->carries)
            put_usage(&record->writer, usage);
        send_record(usage, &record->writer);
        free(record);
    }
}

bool shard_usage_is_waiting(const struct shard_usage *usage)
{
    return !x4_list_empty(&usage->records);
}

void shard_usage_send(struct shard_usage *usage, const struct radius_writer *writer, bool counts)
{
    struct record *record = calloc(1, sizeof(*record));
    if (!record) {
        usage->shard->counters.no_memory++;
        return;
    }
    record->writer = *writer;
    record->counts = counts;
    x4_list_append(&usage->records, &record->waiting);
    send_waiting(usage);
}

/* -------------------------------------------------------------------------- questions */

/* An SA that could not be read has carried no less than before. */
static void count(struct hub_kernel_traffic *sum, struct hub_kernel_traffic *known,
                  const struct hub_kernel_traffic *now)
{
    if (now->bytes < known->bytes || now->packets < known->packets)
        return;
    sum->bytes += now->bytes - known->bytes;
    sum->packets += now->packets - known->packets;
    *known = *now;
}

static void on_answered(struct hub_kernel_query *query, int error)
{
    struct question *question = x4m_container(query, struct question, query);
    struct shard_usage *usage = question->usage;
    struct meter *meter = question->meter;
    struct hub_kernel_traffic ignored = {0};
    (void)error;
    count(question->before ? &ignored : &usage->in, &meter->in, &query->in);
    count(question->before ? &ignored : &usage->out, &meter->out, &query->out);
    free(question);
    let_go_of_meter(meter);
    usage->open--;
    send_waiting(usage);
    let_go(usage);
}

static void ask(struct shard_usage *usage, struct meter *meter, bool before)
{
    struct question *question = calloc(1, sizeof(*question));
    if (!question) {
        usage->shard->counters.no_memory++;
        return;
    }
    question->query.spi_in = meter->spi_in;
    question->query.answered = on_answered;
    question->usage = usage;
    question->meter = meter;
    question->before = before;
    usage->holds++;
    usage->open++;
    meter->holds++;
    if (!hub_kernel_query(usage->shard->kernel, &question->query))
        on_answered(&question->query, ENOMEM);
}

/* -------------------------------------------------------------------------- children */

static struct meter *meter_of(x4s_list *link)
{
    return x4m_container(link, struct meter, of_usage);
}

static void end_meter(struct meter *meter)
{
    x4_list_remove(&meter->of_usage);
    let_go_of_meter(meter);
}

void shard_usage_begin(struct shard_usage *usage, uint32_t spi_in, bool fresh)
{
    if (!usage->shard->kernel->backend->carries)
        return;
    struct meter *meter = calloc(1, sizeof(*meter));
    if (!meter) {
        usage->shard->counters.no_memory++;
        return;
    }
    meter->holds = 1;
    meter->spi_in = spi_in;
    x4_list_append(&usage->meters, &meter->of_usage);
    if (!fresh)
        ask(usage, meter, true);
}

void shard_usage_ask(struct shard_usage *usage)
{
    x4m_list_each(link, &usage->meters) ask(usage, meter_of(link), false);
}

void shard_usage_end(struct shard_usage *usage, uint32_t spi_in)
{
    x4m_list_each(link, &usage->meters)
    {
        struct meter *meter = meter_of(link);
        if (meter->spi_in != spi_in)
            continue;
        ask(usage, meter, false);
        end_meter(meter);
        return;
    }
}

/* -------------------------------------------------------------------------- their life */

struct shard_usage *shard_usage_new(struct shard *shard)
{
    struct shard_usage *usage = calloc(1, sizeof(*usage));
    if (!usage)
        return NULL;
    usage->shard = shard;
    usage->holds = 1;
    x4_list_init(&usage->records);
    x4_list_init(&usage->meters);
    return usage;
}

void shard_usage_free(struct shard_usage *usage)
{
    while (!x4_list_empty(&usage->meters))
        end_meter(meter_of(usage->meters.next));
    let_go(usage);
}
