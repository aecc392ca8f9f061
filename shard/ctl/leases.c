/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/leases.h"

#include <stdio.h>
#include <string.h>

#include "shard/ctl/answer.h"
#include "shard/ctl/table.h"

#define ADDRESS_MAX 64

struct leases {
    bool json;
    size_t count;
    struct ctl_table table;
};

static void write_lease(struct leases *leases, const char *pool, const json_t *lease)
{
    const char *const cells[] = {pool, ctl_tree_text(lease, "address"),
                                 ctl_tree_text(lease, "status"), ctl_tree_text(lease, "identity")};
    if (!leases->json) {
        ctl_table_row(&leases->table, cells);
        return;
    }
    json_t *row = json_pack("{s:s, s:s, s:s, s:s}", "pool", cells[0], "address", cells[1], "status",
                            cells[2], "identity", cells[3]);
    fputs(leases->count++ ? ",\n" : "[\n", stdout);
    json_dumpf(row, stdout, JSON_COMPACT);
    json_decref(row);
}

static void write_leases(struct leases *leases, const char *pool, const json_t *told)
{
    const char *index;
    json_t *lease;
    json_object_foreach(json_object_get(told, "leases"), index, lease)
        write_lease(leases, pool, lease);
}

/* The leases of a pool behind an address; it is the last one then, or empty where there are none.
 */
static enum ctl_status ask_part(struct ctl_client *client, struct leases *leases, const char *pool,
                                char after[ADDRESS_MAX])
{
    json_t *response = NULL;
    struct vici_writer request = ctl_client_begin(client, "get-pools");
    vici_flag(&request, "leases", true);
    vici_text(&request, "name", pool);
    if (*after)
        vici_text(&request, "after", after);
    enum ctl_status status = ctl_answer_status(
        ctl_client_ask(client, &request, NULL, ctl_answer_keep, &response), "list-pools");
    if (status == CTL_DONE)
        status = ctl_answer_success(response);
    const json_t *told = json_object_get(response, pool);
    write_leases(leases, pool, told);
    snprintf(after, ADDRESS_MAX, "%s", ctl_tree_text(told, "next"));
    json_decref(response);
    return status;
}

static enum ctl_status ask_pool(struct ctl_client *client, struct leases *leases, const char *pool)
{
    char after[ADDRESS_MAX] = "";
    enum ctl_status status;
    do {
        status = ask_part(client, leases, pool, after);
    } while (status == CTL_DONE && *after);
    return status;
}

static enum ctl_status ask_pools(struct ctl_client *client, struct leases *leases)
{
    json_t *pools = NULL;
    json_t *pool;
    const char *name;
    enum ctl_status status = ctl_answer_get(client, "get-pools", &pools);
    json_object_foreach(pools, name, pool) if (status == CTL_DONE && json_is_object(pool)) status =
        ask_pool(client, leases, name);
    json_decref(pools);
    return status;
}

enum ctl_status ctl_leases(struct ctl_client *client, const struct ctl_options *options)
{
    static const char *const headings[] = {"POOL", "ADDRESS", "STATUS", "IDENTITY"};
    struct leases leases = {.json = options->json};
    if (!leases.json)
        ctl_table_begin(&leases.table, stdout, x4m_countof(headings), headings);
    const enum ctl_status status = ask_pools(client, &leases);
    if (!leases.json)
        ctl_table_end(&leases.table);
    else if (status == CTL_DONE)
        puts(leases.count ? "\n]" : "[]");
    return status;
}
