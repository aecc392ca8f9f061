/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/roster.h"

#include "shard/metrics/json.h"
#include "shard/suite.h"

/* -------------------------------------------------------------------------- an SA */

static const char *state_of(const struct shard_sa_record *record)
{
    if (!record->established)
        return "connecting";
    if (!record->up)
        return "orphaned";
    return record->replaced ? "replaced" : "established";
}

static json_t *addr_of(const x4s_net_addr *addr)
{
    char text[x4c_net_addr_text];
    return metrics_json_string(x4_net_addr_format(addr, text));
}

/* The addresses inside that the peer has. */
static json_t *leases_of(const struct shard_sa_record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x4m_countof(record->leases); i++)
        if (record->leases[i].family != x4c_net_none)
            json_array_append_new(list, addr_of(&record->leases[i]));
    return list;
}

static json_t *sa_of(const struct shard_sa_record *record, uint32_t shard)
{
    char identity[HUB_IDENTITY_TEXT];
    char suite[HUB_SUITE_TEXT];
    json_t *object = json_object();
    json_object_set_new(object, "number", json_integer(record->number));
    json_object_set_new(object, "shard", json_integer(shard));
    json_object_set_new(object, "connection", metrics_json_string(record->connection));
    json_object_set_new(object, "state", json_string(state_of(record)));
    if (record->remote_id.data.len)
        json_object_set_new(object, "identity",
                            metrics_json_string(hub_identity_format(&record->remote_id, identity)));
    json_object_set_new(object, "peer", addr_of(&record->link.remote));
    json_object_set_new(object, "leases", leases_of(record));
    if (record->established)
        json_object_set_new(object, "suite",
                            metrics_json_string(hub_suite_phase1(&record->suite, suite)));
    json_object_set_new(object, "initiator", json_boolean(record->role == x4c_ike_initiator));
    json_object_set_new(object, "nat", json_boolean(record->behind_local || record->behind_remote));
    json_object_set_new(object, "age_s", json_integer(record->age_sec));
    json_object_set_new(object, "expires_s", json_integer(record->expire_sec));
    json_object_set_new(object, "children",
                        json_integer((json_int_t)record->child_count + record->children_untold));
    return object;
}

/* -------------------------------------------------------------------------- the list */

static void *begin(void)
{
    return json_array();
}

static void each(void *told, const struct shard_sa_record *record, uint32_t shard)
{
    json_array_append_new(told, sa_of(record, shard));
}

static void end(void *told, bool more, struct metrics_text *text)
{
    json_t *found = json_object();
    json_object_set_new(found, "sas", told);
    json_object_set_new(found, "more", json_boolean(more));
    if (text)
        metrics_json_put(text, found);
    else
        json_decref(found);
}

const struct metrics_teller metrics_roster_teller = {.begin = begin, .each = each, .end = end};
