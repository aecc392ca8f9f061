/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/lists.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shard/ctl/answer.h"
#include "shard/ctl/leases.h"
#include "shard/ctl/table.h"

#define CELL_MAX  1200
#define CELLS_MAX 6

struct cells {
    char text[CELLS_MAX][CELL_MAX];
};

struct list {
    const char *command; /* of ikehubctl */
    const char *request;
    const char *event; /* that each comes as; NULL: the response has them as sections */
    const char *headings[CELLS_MAX];
    size_t columns;
    void (*fill)(struct cells *cells, const json_t *item);
};

/* -------------------------------------------------------------------------- cells */

static void put(char *cell, const char *text)
{
    snprintf(cell, CELL_MAX, "%s", text);
}

static void put_number(char *cell, const json_t *item, const char *key)
{
    snprintf(cell, CELL_MAX, "%" JSON_INTEGER_FORMAT, ctl_tree_number(item, key));
}

static void append(char *cell, const char *separator, const char *text)
{
    const size_t used = strlen(cell);
    snprintf(cell + used, CELL_MAX - used, "%s%s", used ? separator : "", text);
}

static void put_list(char *cell, const json_t *item, const char *key)
{
    size_t index;
    json_t *value;
    json_array_foreach(json_object_get(item, key), index, value)
        append(cell, ",", json_string_value(value));
}

/* -------------------------------------------------------------------------- rows */

/* "public key+XAuth" */
static void put_class(char *cell, const json_t *connection, const char *first, const char *second)
{
    const json_t *key = json_object_get(connection, first);
    const json_t *user = json_object_get(connection, second);
    if (key)
        append(cell, "+", ctl_tree_text(key, "class"));
    if (user)
        append(cell, "+", ctl_tree_text(user, "class"));
}

static void fill_connection(struct cells *cells, const json_t *item)
{
    const char *name;
    json_t *child;
    put(cells->text[0], ctl_tree_text(item, "name"));
    put_list(cells->text[1], item, "local_addrs");
    put_list(cells->text[2], item, "remote_addrs");
    put_class(cells->text[3], item, "local-1", "local-2");
    put(cells->text[4], ctl_tree_text(json_object_get(item, "remote-1"), "id"));
    json_object_foreach(json_object_get(item, "children"), name, child)
        append(cells->text[5], ",", name);
}

static void put_date(char *cell, const json_t *item, const char *key)
{
    struct tm utc;
    const time_t when = (time_t)ctl_tree_number(item, key);
    if (when && gmtime_r(&when, &utc))
        strftime(cell, CELL_MAX, "%Y-%m-%d", &utc);
}

static void fill_cert(struct cells *cells, const json_t *item)
{
    put(cells->text[0], ctl_tree_text(item, "type"));
    put(cells->text[1], ctl_tree_text(item, "flag"));
    put(cells->text[2], *ctl_tree_text(item, "has_privkey") ? "ours" : "");
    put_date(cells->text[3], item, "not-after");
    put(cells->text[4], ctl_tree_text(item, "subject"));
}

static void fill_authority(struct cells *cells, const json_t *item)
{
    put(cells->text[0], ctl_tree_text(item, "name"));
    put(cells->text[1], ctl_tree_text(item, "cacert"));
}

static void fill_pool(struct cells *cells, const json_t *item)
{
    put(cells->text[0], ctl_tree_text(item, "name"));
    put(cells->text[1], ctl_tree_text(item, "base"));
    put_number(cells->text[2], item, "size");
    put_number(cells->text[3], item, "online");
    put_number(cells->text[4], item, "offline");
}

static const struct list lists[] = {
    {"list-conns",
     "list-conns",
     "list-conn",
     {"NAME", "LOCAL", "REMOTE", "AUTH", "PEER", "CHILDREN"},
     6,
     fill_connection},
    {"list-certs",
     "list-certs",
     "list-cert",
     {"TYPE", "FLAG", "KEY", "EXPIRES", "SUBJECT"},
     5,
     fill_cert},
    {"list-authorities",
     "list-authorities",
     "list-authority",
     {"NAME", "SUBJECT"},
     2,
     fill_authority},
    {"list-pools", "get-pools", NULL, {"NAME", "BASE", "SIZE", "ONLINE", "OFFLINE"}, 5, fill_pool},
};

/* -------------------------------------------------------------------------- listing */

struct listing {
    const struct list *list;
    bool json;
    size_t count;
    struct ctl_table table;
    json_t *response;
};

/* Of a certificate the bytes are left out: they are no text. */
static void write_item(struct listing *listing, json_t *item)
{
    if (listing->json) {
        json_object_del(item, "data");
        fputs(listing->count++ ? ",\n" : "[\n", stdout);
        json_dumpf(item, stdout, JSON_COMPACT);
        return;
    }
    struct cells cells = {0};
    const char *row[CELLS_MAX];
    listing->list->fill(&cells, item);
    for (size_t i = 0; i < listing->list->columns; i++)
        row[i] = cells.text[i];
    ctl_table_row(&listing->table, row);
}

/* What is under a name has the name as a member. */
static void write_named(struct listing *listing, json_t *items)
{
    const char *name;
    json_t *item;
    json_object_foreach(items, name, item)
    {
        if (!json_is_object(item))
            continue;
        json_object_set_new(item, "name", json_string(name));
        write_item(listing, item);
    }
}

static void on_event(void *user, x4s_chunk message)
{
    struct listing *listing = user;
    json_t *event = ctl_tree(message);
    if (json_object_get(event, "type"))
        write_item(listing, event);
    else
        write_named(listing, event);
    json_decref(event);
}

static void on_response(void *user, x4s_chunk message)
{
    struct listing *listing = user;
    ctl_answer_keep(&listing->response, message);
    if (!listing->list->event)
        write_named(listing, listing->response);
}

static enum ctl_outcome ask(struct ctl_client *client, const struct ctl_options *options,
                            struct listing *listing)
{
    const struct list *list = listing->list;
    const enum ctl_outcome outcome =
        list->event ? ctl_client_register(client, list->event) : CTL_ANSWERED;
    if (outcome != CTL_ANSWERED)
        return outcome;
    struct vici_writer request = ctl_client_begin(client, list->request);
    if (options->ike)
        vici_text(&request, "ike", options->ike);
    return ctl_client_ask(client, &request, on_event, on_response, listing);
}

static const struct list *find(const char *command)
{
    const struct list *list = lists;
    while (strcmp(list->command, command) != 0)
        list++;
    return list;
}

enum ctl_status ctl_list(struct ctl_client *client, const struct ctl_options *options)
{
    if (options->leases)
        return ctl_leases(client, options);
    struct listing listing = {.list = find(options->command->name), .json = options->json};
    if (!listing.json)
        ctl_table_begin(&listing.table, stdout, listing.list->columns, listing.list->headings);
    enum ctl_status status =
        ctl_answer_status(ask(client, options, &listing), options->command->name);
    if (status == CTL_DONE)
        status = ctl_answer_success(listing.response);
    if (!listing.json)
        ctl_table_end(&listing.table);
    else if (status == CTL_DONE)
        puts(listing.count ? "\n]" : "[]");
    json_decref(listing.response);
    return status;
}

/* -------------------------------------------------------------------------- counters */

static void write_counters(const json_t *counters)
{
    static const char *const headings[] = {"COUNTER", "VALUE"};
    struct ctl_table table;
    const char *name;
    json_t *value;
    ctl_table_begin(&table, stdout, x4m_countof(headings), headings);
    json_object_foreach((json_t *)(uintptr_t)counters, name, value)
    {
        char text[24];
        snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        ctl_table_row(&table, (const char *const[]){name, text});
    }
    ctl_table_end(&table);
}

enum ctl_status ctl_counters(struct ctl_client *client, const struct ctl_options *options)
{
    json_t *response = NULL;
    enum ctl_status status =
        ctl_answer_get(client, options->reset ? "reset-counters" : "get-counters", &response);
    if (status == CTL_DONE)
        status = ctl_answer_success(response);
    const json_t *counters = json_object_get(json_object_get(response, "counters"), "");
    if (status == CTL_DONE && options->json) {
        json_dumpf(options->reset ? response : counters, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (status == CTL_DONE && !options->reset) {
        write_counters(counters);
    }
    json_decref(response);
    return status;
}
