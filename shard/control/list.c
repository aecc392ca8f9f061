/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list-sas: the ISAKMP SAs of all shards as a stream of list-sa events, shard after shard, piece
 * after piece. The next piece is asked for when the client has room for it.
 */
#include <stdlib.h>
#include <string.h>

#include "shard/control/command.h"
#include "shard/control/sa.h"
#include "shard/control/state.h"
#include "shard/listing.h"
#include "shard/traffic.h"
#include "shard/walk.h"

struct list_command {
    struct control_command command;
    uint32_t shard;               /* that is asked */
    uint32_t last;                /* to be asked */
    struct shard_roll_walk *walk; /* in it; NULL: none was begun */
    char connection[SETTINGS_NAME_MAX + 1];
    uint32_t number;
};

struct list_question {
    struct control_question control;
    struct shard_listing listing;
};

static struct list_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct list_question, control.question);
}

/* In the shard's thread. */
static void on_told(struct shard *shard, void *user)
{
    hub_answer(shard, user);
}

static void ask(struct shard *shard, struct hub_question *question)
{
    struct shard_listing *listing = &question_of(question)->listing;
    shard_listing_tell(shard, listing);
    question->later = shard_traffic_ask(shard, listing->records, on_told, question);
}

/* -------------------------------------------------------------------------- the end */

static void on_abandoned(struct control_command *command)
{
    struct list_command *list = x4m_container(command, struct list_command, command);
    if (!command->asked)
        hub_walk_end(command->client->control->hub, list->shard, list->walk);
}

static void finish(struct list_command *list)
{
    struct vici_writer writer = control_client_response(list->command.client);
    control_client_put(list->command.client, &writer);
    control_command_end(&list->command);
}

/* -------------------------------------------------------------------------- pieces */

static void answered(struct hub *hub, struct hub_question *question);

static void ask_for_piece(struct list_command *list)
{
    struct list_question *question = calloc(1, sizeof(*question));
    if (!question) {
        list->command.client->broken = true;
        return;
    }
    question->control.question.ask = ask;
    question->control.question.answered = answered;
    question->listing.walk = list->walk;
    question->listing.number = list->number;
    memcpy(question->listing.connection, list->connection, sizeof(list->connection));
    control_command_ask(&list->command, list->shard, &question->control);
}

static void put_records(struct control_client *client, const struct shard_sa_record *record)
{
    for (; record; record = record->next) {
        struct vici_writer writer = control_client_event(client, CONTROL_EVENT_list_sa);
        control_sa_put(&writer, record);
        control_client_put(client, &writer);
    }
}

static void go_on(struct list_command *list)
{
    if (list->command.asked || !control_client_has_room(list->command.client))
        return;
    if (list->shard > list->last)
        finish(list);
    else
        ask_for_piece(list);
}

/* A listing that is not whole is not passed off as one. */
static void take(struct list_command *list, const struct shard_listing *piece)
{
    struct control_client *client = list->command.client;
    put_records(client, piece->records);
    client->broken = client->broken || piece->no_memory;
    list->walk = piece->walk;
    if (!piece->more)
        list->shard++;
    if (!client->broken)
        go_on(list);
    control_client_serve(client);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    const struct list_question *mine = question_of(question);
    if (control_command_answered(&question_of(question)->control))
        take(x4m_container(mine->control.command, struct list_command, command), &mine->listing);
    else
        hub_walk_end(hub, question->shard, mine->listing.walk);
    shard_listing_free(mine->listing.records);
}

/* -------------------------------------------------------------------------- the command */

static void on_resume(struct control_command *command)
{
    go_on(x4m_container(command, struct list_command, command));
}

/* A number says which shard it is of. */
static void choose_shards(struct list_command *list)
{
    const uint32_t count = hub_shard_count(list->command.client->control->hub);
    list->last = count - 1;
    if (list->number)
        list->shard = list->last = shard_roll_home(list->number, count);
}

void control_begin_list_sas(struct control_client *client, x4s_chunk message)
{
    struct list_command *list = control_command_new(client, sizeof(*list));
    if (!list)
        return;
    list->command.resume = on_resume;
    list->command.abandoned = on_abandoned;
    if (!control_argument_text(message, "ike", list->connection, sizeof(list->connection)) ||
        !control_argument_id(message, "ike-id", &list->number)) {
        control_client_refuse(client, "expected a name as ike and a number as ike-id");
        control_command_end(&list->command);
        return;
    }
    choose_shards(list);
    if (!control_client_wants(client, CONTROL_EVENT_list_sa))
        list->shard = list->last + 1;
    go_on(list);
}
