/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initiate: first all shards are asked who has an ISAKMP SA of the connection, then that one, or
 * the one that would start the connection with the daemon, is given the order. The command waits
 * for the outcome, a letter of the shard's, or until its time is over.
 */
#include <stdlib.h>
#include <string.h>

#include "shard/config/kin.h"
#include "shard/config/numbers.h"
#include "shard/config/settings.h"
#include "shard/control/command.h"
#include "shard/control/state.h"
#include "shard/order.h"

#define TIMEOUT_MAX_MS 3600000

struct initiate_command {
    struct control_command command;
    const struct hub_connection *connection; /* whose configuration is held */
    const struct hub_child *child;           /* NULL: the ISAKMP SA alone */
    uint64_t number;                         /* of the order */
    uint32_t missing; /* shards that have not said whether they have the SA */
    uint32_t home;
    bool waits; /* for the outcome */
    struct hub_timer over;
};

struct initiate_question {
    struct control_question control;
    const struct hub_connection *connection;
    bool has;                 /* the answer to the first question */
    struct shard_order order; /* the second */
};

static struct initiate_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct initiate_question, control.question);
}

static struct initiate_command *command_of(struct control_command *command)
{
    return x4m_container(command, struct initiate_command, command);
}

/* -------------------------------------------------------------------------- the end */

static void on_abandoned(struct control_command *command)
{
    hub_timer_cancel(command->client->control->hub, &command_of(command)->over);
}

static void on_released(struct control_command *command)
{
    const struct initiate_command *initiate = command_of(command);
    if (initiate->connection)
        hub_config_let_go(command->control->hub, initiate->connection->config);
}

static void end(struct initiate_command *initiate, bool up, const char *text)
{
    struct control_client *client = initiate->command.client;
    hub_timer_cancel(client->control->hub, &initiate->over);
    if (up)
        control_client_confirm(client);
    else
        control_client_refuse(client, text);
    control_command_end(&initiate->command);
}

static void on_over(struct hub *hub, struct hub_timer *timer)
{
    struct initiate_command *initiate = x4m_container(timer, struct initiate_command, over);
    struct control_client *client = initiate->command.client;
    (void)hub;
    end(initiate, false, "not up in time; the daemon goes on trying");
    control_client_serve(client);
}

static struct initiate_command *find_waiting(const struct control *control, uint64_t number)
{
    x4m_list_each(link, &control->commands)
    {
        struct control_command *command = x4m_container(link, struct control_command, of_control);
        if (command->abandoned == on_abandoned && command->client &&
            command_of(command)->number == number)
            return command_of(command);
    }
    return NULL;
}

/* In the control thread. */
static void on_outcome(void *member, struct shard_letter *letter)
{
    struct shard_outcome *outcome = x4m_container(letter, struct shard_outcome, letter);
    (void)member;
    struct initiate_command *initiate = find_waiting(outcome->asker, outcome->number);
    if (initiate) {
        struct control_client *client = initiate->command.client;
        control_client_log(client, "%s", outcome->text);
        end(initiate, outcome->up, outcome->text);
        control_client_serve(client);
    }
    free(outcome);
}

/* -------------------------------------------------------------------------- the order */

static void give_order(struct shard *shard, struct hub_question *question)
{
    shard_order_begin(shard, &question_of(question)->order);
}

static void order_given(struct hub *hub, struct hub_question *question)
{
    struct control_command *command = question_of(question)->control.command;
    (void)hub;
    if (!control_command_answered(&question_of(question)->control))
        return;
    struct control_client *client = command->client;
    if (command_of(command)->waits)
        return;
    end(command_of(command), true, "");
    control_client_serve(client);
}

static void order(struct initiate_command *initiate)
{
    struct initiate_question *question = calloc(1, sizeof(*question));
    if (!question) {
        initiate->command.client->broken = true;
        return;
    }
    question->control.question.ask = give_order;
    question->control.question.answered = order_given;
    question->order = (struct shard_order){
        .connection = initiate->connection,
        .child = initiate->child,
        .deliver = on_outcome,
        .asker = initiate->command.client->control,
        .number = initiate->number,
    };
    control_command_ask(&initiate->command, initiate->home, &question->control);
}

/* -------------------------------------------------------------------------- who has it */

static void look(struct shard *shard, struct hub_question *question)
{
    struct initiate_question *mine = question_of(question);
    mine->has = shard_initiate_usable(shard, mine->connection) != NULL;
}

static void looked(struct hub *hub, struct hub_question *question)
{
    struct control_command *command = question_of(question)->control.command;
    (void)hub;
    if (!control_command_answered(&question_of(question)->control))
        return;
    struct initiate_command *initiate = command_of(command);
    struct control_client *client = command->client;
    if (question_of(question)->has)
        initiate->home = question->shard;
    if (--initiate->missing)
        return;
    order(initiate);
    control_client_serve(client);
}

static void ask_who_has_it(struct initiate_command *initiate)
{
    struct control_client *client = initiate->command.client;
    const uint32_t count = hub_shard_count(client->control->hub);
    initiate->home = hub_connection_home(initiate->connection, count);
    initiate->missing = count;
    for (uint32_t i = 0; i < count && !client->broken; i++) {
        struct initiate_question *question = calloc(1, sizeof(*question));
        client->broken = !question;
        if (!question)
            return;
        question->control.question.ask = look;
        question->control.question.answered = looked;
        question->connection = initiate->connection;
        control_command_ask(&initiate->command, i, &question->control);
    }
}

/* -------------------------------------------------------------------------- arguments */

/* The first connection that has both. */
static bool find(struct initiate_command *initiate, struct hub *hub, const char *ike,
                 const char *child)
{
    const struct hub_config *config = hub_config_now(hub);
    for (size_t i = 0; i < config->connection_count; i++) {
        const struct hub_connection *connection = &config->connections[i];
        if (*ike && strcmp(connection->name, ike) != 0)
            continue;
        initiate->child = *child ? hub_connection_child(connection, child) : NULL;
        if (*child && !initiate->child)
            continue;
        initiate->connection = connection;
        hub_config_hold(hub, config);
        return true;
    }
    return false;
}

/* Milliseconds: 0 waits for as long as it takes, -1 not at all. False: it is no time. */
static bool read_timeout(x4s_chunk message, bool *waits, uint32_t *timeout_ms)
{
    x4s_chunk value;
    *waits = !vici_find(message, "timeout", &value) || !vici_is(value, "-1");
    *timeout_ms = 0;
    return !*waits || (control_argument_number(message, "timeout", 0, timeout_ms) &&
                       *timeout_ms <= TIMEOUT_MAX_MS);
}

static const char *read_arguments(struct initiate_command *initiate, struct hub *hub,
                                  x4s_chunk message, uint32_t *timeout_ms)
{
    char ike[SETTINGS_NAME_MAX + 1];
    char child[SETTINGS_NAME_MAX + 1];
    if (!control_argument_text(message, "ike", ike, sizeof(ike)) ||
        !control_argument_text(message, "child", child, sizeof(child)) || (!*ike && !*child))
        return "expected child, ike or both";
    if (!read_timeout(message, &initiate->waits, timeout_ms))
        return "expected milliseconds up to an hour, or -1, as timeout";
    return find(initiate, hub, ike, child) ? NULL : "there is no such connection or child";
}

void control_begin_initiate(struct control_client *client, x4s_chunk message)
{
    uint32_t timeout_ms;
    struct control *control = client->control;
    struct initiate_command *initiate = control_command_new(client, sizeof(*initiate));
    if (!initiate)
        return;
    initiate->command.abandoned = on_abandoned;
    initiate->command.released = on_released;
    initiate->over.fire = on_over;
    initiate->number = ++control->orders;
    const char *wrong = read_arguments(initiate, control->hub, message, &timeout_ms);
    if (wrong) {
        end(initiate, false, wrong);
        return;
    }
    if (timeout_ms)
        hub_timer_set(control->hub, &initiate->over, timeout_ms);
    ask_who_has_it(initiate);
}
