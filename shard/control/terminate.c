/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * terminate: SAs end, shard after shard, piece after piece. A client that goes ends what is left of
 * the command, not what was done. rekey: the same for SAs that are made anew; what comes of that,
 * events and the log tell.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "shard/control/command.h"
#include "shard/control/state.h"
#include "shard/terminate.h"
#include "shard/walk.h"

struct terminate_command {
    struct control_command command;
    uint32_t shard;
    uint32_t last; /* shard to be asked */
    struct shard_termination wanted;
    uint32_t sas_ended;
    uint32_t children_ended;
};

struct terminate_question {
    struct control_question control;
    struct shard_termination termination;
};

static struct terminate_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct terminate_question, control.question);
}

/* In the shard's thread. */
static void ask(struct shard *shard, struct hub_question *question)
{
    shard_terminate(shard, &question_of(question)->termination);
}

/* -------------------------------------------------------------------------- the end */

static void finish(struct terminate_command *terminate)
{
    struct control_client *client = terminate->command.client;
    const uint32_t ended = terminate->wanted.spi_in || *terminate->wanted.child
                               ? terminate->children_ended
                               : terminate->sas_ended;
    control_client_log(client, "%s %" PRIu32 " ISAKMP SAs, %" PRIu32 " children",
                       terminate->wanted.rekey ? "renewing" : "ended", terminate->sas_ended,
                       terminate->children_ended);
    struct vici_writer writer = control_client_response(client);
    vici_flag(&writer, "success", ended > 0);
    vici_number(&writer, "matches", ended);
    if (!terminate->wanted.rekey)
        vici_number(&writer, "terminated", ended);
    if (!ended)
        vici_text(&writer, "errmsg", "there is no such SA");
    control_client_put(client, &writer);
    control_command_end(&terminate->command);
}

/* -------------------------------------------------------------------------- pieces */

static void go_on(struct terminate_command *terminate);

static void answered(struct hub *hub, struct hub_question *question)
{
    const struct terminate_question *mine = question_of(question);
    const struct shard_termination *piece = &mine->termination;
    if (!control_command_answered(&question_of(question)->control)) {
        hub_walk_end(hub, question->shard, piece->walk);
        return;
    }
    struct terminate_command *terminate =
        x4m_container(mine->control.command, struct terminate_command, command);
    struct control_client *client = terminate->command.client;
    terminate->sas_ended += piece->sas_ended;
    terminate->children_ended += piece->children_ended;
    terminate->wanted.walk = piece->walk;
    if (!piece->more)
        terminate->shard++;
    go_on(terminate);
    control_client_serve(client);
}

static void go_on(struct terminate_command *terminate)
{
    if (terminate->shard > terminate->last) {
        finish(terminate);
        return;
    }
    struct terminate_question *question = calloc(1, sizeof(*question));
    if (!question) {
        terminate->command.client->broken = true;
        return;
    }
    question->control.question.ask = ask;
    question->control.question.answered = answered;
    question->termination = terminate->wanted;
    control_command_ask(&terminate->command, terminate->shard, &question->control);
}

/* -------------------------------------------------------------------------- the command */

static bool read_arguments(x4s_chunk message, struct shard_termination *wanted)
{
    return control_argument_text(message, "ike", wanted->connection, sizeof(wanted->connection)) &&
           control_argument_text(message, "child", wanted->child, sizeof(wanted->child)) &&
           control_argument_id(message, "ike-id", &wanted->number) &&
           control_argument_id(message, "child-id", &wanted->spi_in) &&
           (*wanted->connection || *wanted->child || wanted->number || wanted->spi_in);
}

static void begin(struct control_client *client, x4s_chunk message, bool rekey)
{
    const uint32_t count = hub_shard_count(client->control->hub);
    struct terminate_command *terminate = control_command_new(client, sizeof(*terminate));
    if (!terminate)
        return;
    if (!read_arguments(message, &terminate->wanted)) {
        control_client_refuse(client, "expected ike, child, ike-id or child-id");
        control_command_end(&terminate->command);
        return;
    }
    terminate->wanted.rekey = rekey;
    terminate->last = count - 1;
    if (terminate->wanted.number)
        terminate->shard = terminate->last = shard_roll_home(terminate->wanted.number, count);
    go_on(terminate);
}

/* Deletes are not answered, so there is nothing to wait for: timeout and force are met as it is. */
void control_begin_terminate(struct control_client *client, x4s_chunk message)
{
    begin(client, message, false);
}

/* An ISAKMP SA of IKEv1 can only be made anew from the beginning: reauth is met as it is. */
void control_begin_rekey(struct control_client *client, x4s_chunk message)
{
    begin(client, message, true);
}
