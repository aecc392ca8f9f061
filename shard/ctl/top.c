/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/top.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shard/ctl/answer.h"
#include "shard/ctl/table.h"

#define CLEAR    "\033[H\033[2J"
#define CELL_MAX 24

/* What a row shows of a set of counters: as it is, or how fast it grows. */
struct column {
    const char *heading;
    const char *counter;
    bool rate;      /* a second */
    double divisor; /* of the rate */
};

static const struct column columns[] = {
    {"SHARD", NULL, false, 1},
    {"CPU%", "cpu_us", true, 10000},
    {"HANDSHAKES/S", "handshakes", true, 1},
    {"ISAKMP", "isakmp_sas", false, 1},
    {"CHILDREN", "children", false, 1},
    {"HALF-OPEN", "unproven", false, 1},
    {"IN/S", "ring_received", true, 1},
    {"OUT/S", "ring_sent", true, 1},
    {"DROPPED/S", "ring_dropped_kernel", true, 1},
};

#define COLUMNS x4m_countof(columns)

_Static_assert(COLUMNS <= CTL_COLUMNS_MAX, "columns of a table");

/* -------------------------------------------------------------------------- rows */

static double value_of(const struct column *column, const json_t *now, const json_t *before,
                       double seconds)
{
    const json_int_t value = ctl_tree_number(now, column->counter);
    if (!column->rate)
        return (double)value;
    return (double)(value - ctl_tree_number(before, column->counter)) / seconds / column->divisor;
}

static void write_row(struct ctl_table *table, const char *name, const json_t *now,
                      const json_t *before, double seconds)
{
    char text[COLUMNS][CELL_MAX];
    const char *row[COLUMNS] = {name};
    for (size_t i = 1; i < COLUMNS; i++) {
        snprintf(text[i], CELL_MAX, "%.0f", value_of(&columns[i], now, before, seconds));
        row[i] = text[i];
    }
    ctl_table_row(table, row);
}

static void write_table(const json_t *now, const json_t *before, double seconds)
{
    const char *headings[COLUMNS];
    struct ctl_table table;
    const char *name;
    json_t *shard;
    for (size_t i = 0; i < COLUMNS; i++)
        headings[i] = columns[i].heading;
    ctl_table_begin(&table, stdout, COLUMNS, headings);
    json_object_foreach(json_object_get(now, "shards"), name, shard) write_row(
        &table, name, shard, json_object_get(json_object_get(before, "shards"), name), seconds);
    write_row(&table, "all", json_object_get(now, "total"), json_object_get(before, "total"),
              seconds);
    ctl_table_end(&table);
}

static void write_json(const json_t *now, const json_t *before, double seconds)
{
    json_t *view = json_object();
    for (size_t i = 1; i < COLUMNS; i++)
        json_object_set_new(view, columns[i].heading,
                            json_real(value_of(&columns[i], json_object_get(now, "total"),
                                               json_object_get(before, "total"), seconds)));
    json_dumpf(view, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(view);
}

static void write_view(const struct ctl_options *options, const json_t *stats, const json_t *before,
                       double seconds)
{
    const json_t *now = json_object_get(stats, "ikehub");
    const json_t *then = json_object_get(before, "ikehub");
    if (options->json) {
        write_json(now, then, seconds);
    } else {
        fputs(isatty(STDOUT_FILENO) ? CLEAR : "", stdout);
        printf("up %s, %" JSON_INTEGER_FORMAT " kB, %" JSON_INTEGER_FORMAT " clients\n\n",
               ctl_tree_text(json_object_get(stats, "uptime"), "running"),
               ctl_tree_number(now, "rss_kb"), ctl_tree_number(now, "clients"));
        write_table(now, then, seconds);
    }
    fflush(stdout);
}

/* -------------------------------------------------------------------------- again and again */

static double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

enum ctl_status ctl_top(struct ctl_client *client, const struct ctl_options *options)
{
    const struct timespec pause = {.tv_sec = options->interval_sec};
    json_t *before = NULL;
    double then = clock_now();
    enum ctl_status status = ctl_answer_get(client, "stats", &before);
    for (uint32_t i = 0; status == CTL_DONE && (!options->count || i < options->count); i++) {
        json_t *stats = NULL;
        nanosleep(&pause, NULL);
        const double now = clock_now();
        status = ctl_answer_get(client, "stats", &stats);
        if (status == CTL_DONE)
            write_view(options, stats, before, now - then);
        json_decref(before);
        before = stats;
        then = now;
    }
    json_decref(before);
    return status;
}
