/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/listing.h"
#include "shard/metrics/json.h"
#include "shard/suite.h"

struct roster_question {
    struct hub_question question;
    struct metrics_roster *roster;
    struct shard_listing listing;
};

static struct roster_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct roster_question, question);
}

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

/* -------------------------------------------------------------------------- pieces */

/* In the shard's thread. */
static void ask(struct shard *shard, struct hub_question *question)
{
    shard_listing_tell(shard, &question_of(question)->listing);
}

static void nothing(struct hub *hub, struct hub_question *question)
{
    (void)hub;
    (void)question;
}

/* Where there is no memory to say so it stays until the shard's end. */
static void end_walk(struct hub *hub, uint32_t shard, struct shard_roll_walk *walk)
{
    struct roster_question *question = walk ? calloc(1, sizeof(*question)) : NULL;
    if (!question)
        return;
    question->question.ask = ask;
    question->question.answered = nothing;
    question->listing.walk = walk;
    question->listing.end = true;
    hub_ask(hub, shard, &question->question);
}

static void finish(struct metrics_roster *roster)
{
    json_t *found = json_object();
    json_object_set(found, "sas", roster->sas);
    json_object_set_new(found, "more", json_boolean(roster->more));
    if (roster->ready)
        roster->ready(roster->context, found);
    else
        json_decref(found);
    metrics_roster_free(roster);
}

static void answered(struct hub *hub, struct hub_question *question);

static bool ask_for_piece(struct metrics_roster *roster, struct shard_roll_walk *walk)
{
    struct roster_question *question = calloc(1, sizeof(*question));
    if (!question)
        return false;
    question->question.ask = ask;
    question->question.answered = answered;
    question->roster = roster;
    question->listing.walk = walk;
    memcpy(question->listing.connection, roster->connection, sizeof(roster->connection));
    roster->pieces++;
    hub_ask(roster->hub, roster->shard, &question->question);
    return true;
}

static bool is_full(const struct metrics_roster *roster)
{
    return !roster->ready || json_array_size(roster->sas) >= METRICS_ROSTER_MAX ||
           roster->pieces >= METRICS_ROSTER_PIECES;
}

/* The next piece of the walk, or of the next shard. */
static void go_on(struct metrics_roster *roster, struct shard_roll_walk *walk)
{
    const bool last = !walk && roster->shard + 1 == hub_shard_count(roster->hub);
    if (!last && !is_full(roster)) {
        roster->shard += !walk;
        if (ask_for_piece(roster, walk))
            return;
    }
    roster->more = !last;
    end_walk(roster->hub, roster->shard, walk);
    finish(roster);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    struct roster_question *mine = question_of(question);
    struct metrics_roster *roster = mine->roster;
    (void)hub;
    for (const struct shard_sa_record *record = mine->listing.records; record;
         record = record->next)
        if (json_array_size(roster->sas) < METRICS_ROSTER_MAX)
            json_array_append_new(roster->sas, sa_of(record, question->shard));
    shard_listing_free(mine->listing.records);
    go_on(roster, mine->listing.more ? mine->listing.walk : NULL);
}

/* -------------------------------------------------------------------------- life */

struct metrics_roster *metrics_roster_begin(struct hub *hub, x4s_list *rosters,
                                            const char *connection,
                                            void (*ready)(void *context, json_t *found),
                                            void *context)
{
    struct metrics_roster *roster = calloc(1, sizeof(*roster));
    if (!roster)
        return NULL;
    x4_list_append(rosters, &roster->of_metrics);
    roster->hub = hub;
    roster->ready = ready;
    roster->context = context;
    roster->sas = json_array();
    snprintf(roster->connection, sizeof(roster->connection), "%s", connection);
    if (roster->sas && ask_for_piece(roster, NULL))
        return roster;
    metrics_roster_free(roster);
    return NULL;
}

void metrics_roster_forget(struct metrics_roster *roster)
{
    roster->ready = NULL;
}

void metrics_roster_free(struct metrics_roster *roster)
{
    x4_list_remove(&roster->of_metrics);
    json_decref(roster->sas);
    free(roster);
}
