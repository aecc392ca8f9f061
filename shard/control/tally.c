/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/tally.h"

#include <stdlib.h>

#include "shard/control/state.h"

struct tally_question {
    struct control_question control;
    struct shard_tally tally;
};

static struct tally_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct tally_question, control.question);
}

/* In the shard's thread. */
static void ask(struct shard *shard, struct hub_question *question)
{
    shard_tally_take(shard, &question_of(question)->tally);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    struct control_command *command = question_of(question)->control.command;
    (void)hub;
    if (!control_command_answered(&question_of(question)->control))
        return;
    struct control_tally *tally = x4m_container(command, struct control_tally, command);
    struct control_client *client = command->client;
    tally->tallies[question->shard] = question_of(question)->tally;
    if (--tally->missing)
        return;
    tally->respond(tally);
    control_command_end(command);
    control_client_serve(client);
}

static void ask_shard(struct control_tally *tally, uint32_t shard)
{
    struct tally_question *question = calloc(1, sizeof(*question));
    if (!question) {
        tally->command.client->broken = true;
        return;
    }
    question->control.question.ask = ask;
    question->control.question.answered = answered;
    control_command_ask(&tally->command, shard, &question->control);
}

void control_tally_begin(struct control_client *client,
                         void (*respond)(struct control_tally *tally))
{
    const uint32_t count = hub_shard_count(client->control->hub);
    struct control_tally *tally =
        control_command_new(client, sizeof(*tally) + count * sizeof(tally->tallies[0]));
    if (!tally)
        return;
    tally->respond = respond;
    tally->count = tally->missing = count;
    for (uint32_t i = 0; i < count; i++)
        ask_shard(tally, i);
}

struct shard_tally control_tally_sum(const struct control_tally *tally)
{
    struct shard_tally sum = {0};
    for (uint32_t i = 0; i < tally->count; i++)
        shard_tally_add(&sum, &tally->tallies[i]);
    return sum;
}
