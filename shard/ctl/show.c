/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shard/ctl/answer.h"
#include "shard/ctl/sa_rows.h"
#include "shard/ctl/table.h"

#define NUMBER_TEXT 24

/* Of ctl_table: the names, the total, and as many shards as still fit. */
#define SHARDS_SHOWN (CTL_COLUMNS_MAX - 2)

static const char *number_text(json_int_t number, char text[NUMBER_TEXT])
{
    snprintf(text, NUMBER_TEXT, "%" JSON_INTEGER_FORMAT, number);
    return text;
}

static void write_json(const json_t *value, size_t flags)
{
    json_dumpf(value, stdout, flags);
    putchar('\n');
}

/* -------------------------------------------------------------------------- status */

static void write_configuration(const json_t *configuration)
{
    const json_int_t sas = ctl_tree_number(configuration, "old-sas");
    const json_int_t kept = ctl_tree_number(configuration, "in-memory");
    printf("configuration of %s\n", ctl_tree_text(configuration, "loaded"));
    if (kept > 1)
        printf("%" JSON_INTEGER_FORMAT " of before in memory, for %" JSON_INTEGER_FORMAT
               " ISAKMP SAs and what is on its way\n",
               kept - 1, sas);
}

static void write_estates(json_t *estates)
{
    const char *name;
    json_t *phase;
    json_object_foreach(estates, name, phase)
    {
        printf("estate %s: %s\n", name, json_string_value(phase));
    }
}

static void write_status(const json_t *version, const json_t *stats)
{
    const json_t *ikehub = json_object_get(stats, "ikehub");
    const json_t *total = json_object_get(ikehub, "total");
    const json_t *uptime = json_object_get(stats, "uptime");
    printf("%s %s, up %s, since %s\n", ctl_tree_text(version, "daemon"),
           ctl_tree_text(version, "version"), ctl_tree_text(uptime, "running"),
           ctl_tree_text(uptime, "since"));
    write_configuration(json_object_get(ikehub, "configuration"));
    write_estates(json_object_get(ikehub, "estates"));
    if (*ctl_tree_text(ikehub, "draining"))
        puts("draining: no more SAs begin");
    printf("%zu shards, %" JSON_INTEGER_FORMAT " kB\n",
           json_object_size(json_object_get(ikehub, "shards")), ctl_tree_number(ikehub, "rss_kb"));
    printf("Diffie-Hellman of MODP groups: %s\n", ctl_tree_text(ikehub, "modp"));
    printf("%" JSON_INTEGER_FORMAT " ISAKMP SAs, %" JSON_INTEGER_FORMAT
           " half open, %" JSON_INTEGER_FORMAT " children\n",
           ctl_tree_number(total, "isakmp_sas"),
           ctl_tree_number(json_object_get(stats, "ikesas"), "half-open"),
           ctl_tree_number(total, "children"));
}

static void write_status_json(json_t *version, const json_t *stats)
{
    static const char *const keys[] = {"uptime", "ikesas"};
    const json_t *ikehub = json_object_get(stats, "ikehub");
    for (size_t i = 0; i < x4m_countof(keys); i++)
        json_object_set(version, keys[i], json_object_get(stats, keys[i]));
    json_object_set_new(
        version, "shards",
        json_integer((json_int_t)json_object_size(json_object_get(ikehub, "shards"))));
    json_object_set_new(version, "draining",
                        json_boolean(*ctl_tree_text(ikehub, "draining") != '\0'));
    json_object_set(version, "configuration", json_object_get(ikehub, "configuration"));
    json_object_set(version, "estates", json_object_get(ikehub, "estates"));
    json_object_set(version, "modp", json_object_get(ikehub, "modp"));
    json_object_set(version, "rss_kb", json_object_get(ikehub, "rss_kb"));
    json_object_set(version, "children",
                    json_object_get(json_object_get(ikehub, "total"), "children"));
    write_json(version, JSON_INDENT(2));
}

enum ctl_status ctl_show_status(struct ctl_client *client, const struct ctl_options *options)
{
    json_t *version;
    json_t *stats = NULL;
    enum ctl_status status = ctl_answer_get(client, "version", &version);
    if (status == CTL_DONE)
        status = ctl_answer_get(client, "stats", &stats);
    if (status == CTL_DONE && options->json)
        write_status_json(version, stats);
    else if (status == CTL_DONE)
        write_status(version, stats);
    json_decref(version);
    json_decref(stats);
    return status;
}

/* -------------------------------------------------------------------------- stats */

static void write_counters(const json_t *ikehub)
{
    static const char *const numbers[SHARDS_SHOWN] = {"0", "1", "2", "3", "4", "5", "6", "7"};
    const json_t *shards = json_object_get(ikehub, "shards");
    const size_t count = json_object_size(shards);
    const size_t shown = count > 1 ? x4m_min(count, (size_t)SHARDS_SHOWN) : 0;
    const char *cells[CTL_COLUMNS_MAX] = {"COUNTER", "TOTAL"};
    char text[CTL_COLUMNS_MAX][NUMBER_TEXT];
    struct ctl_table table;
    const char *name;
    json_t *value;
    for (size_t i = 0; i < shown; i++)
        cells[2 + i] = numbers[i];
    ctl_table_begin(&table, stdout, 2 + shown, cells);
    json_object_foreach(json_object_get(ikehub, "total"), name, value)
    {
        cells[0] = name;
        cells[1] = number_text(json_integer_value(value), text[1]);
        for (size_t i = 0; i < shown; i++)
            cells[2 + i] = number_text(ctl_tree_number(json_object_get(shards, numbers[i]), name),
                                       text[2 + i]);
        ctl_table_row(&table, cells);
    }
    ctl_table_end(&table);
}

enum ctl_status ctl_show_stats(struct ctl_client *client, const struct ctl_options *options)
{
    json_t *stats;
    const enum ctl_status status = ctl_answer_get(client, "stats", &stats);
    if (status == CTL_DONE && options->json)
        write_json(stats, JSON_INDENT(2));
    else if (status == CTL_DONE)
        write_counters(json_object_get(stats, "ikehub"));
    json_decref(stats);
    return status;
}

/* -------------------------------------------------------------------------- list-sas */

struct list {
    bool json;
    size_t count;
    struct ctl_table table;
    json_t *response;
};

/* An event has one SA under the name of its connection; in JSON the name is a member. */
static void on_sa(void *user, x4s_chunk message)
{
    struct list *list = user;
    const char *name;
    json_t *sa;
    json_t *event = ctl_tree(message);
    json_object_foreach(event, name, sa)
    {
        json_object_set_new(sa, "name", json_string(name));
        if (!list->json) {
            ctl_sa_rows(&list->table, sa);
            continue;
        }
        fputs(list->count++ ? ",\n" : "[\n", stdout);
        json_dumpf(sa, stdout, JSON_COMPACT);
    }
    json_decref(event);
}

static void on_end(void *user, x4s_chunk message)
{
    ctl_answer_keep(&((struct list *)user)->response, message);
}

static enum ctl_outcome ask_for_sas(struct ctl_client *client, const struct ctl_options *options,
                                    struct list *list)
{
    const enum ctl_outcome outcome = ctl_client_register(client, "list-sa");
    if (outcome != CTL_ANSWERED)
        return outcome;
    struct vici_writer request = ctl_client_begin(client, "list-sas");
    if (options->ike)
        vici_text(&request, "ike", options->ike);
    if (options->ike_id)
        vici_text(&request, "ike-id", options->ike_id);
    return ctl_client_ask(client, &request, on_sa, on_end, list);
}

/* What came before the daemon hung up is no array: nobody shall take it for the whole. */
static void end_list(struct list *list, enum ctl_status status)
{
    if (!list->json)
        ctl_table_end(&list->table);
    else if (status == CTL_DONE)
        puts(list->count ? "\n]" : "[]");
}

enum ctl_status ctl_show_sas(struct ctl_client *client, const struct ctl_options *options)
{
    struct list list = {.json = options->json};
    if (!list.json)
        ctl_sa_rows_begin(&list.table, stdout);
    enum ctl_status status = ctl_answer_status(ask_for_sas(client, options, &list), "list-sas");
    if (status == CTL_DONE)
        status = ctl_answer_success(list.response);
    end_list(&list, status);
    json_decref(list.response);
    return status;
}
