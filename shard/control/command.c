/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/command.h"

#include <stdlib.h>
#include <string.h>

#include "shard/control/state.h"

struct entry {
    const char *name;
    control_begin_fn begin;
    x4e_trace_level level; /* of the line that says who asked for it */
};

static const struct entry entries[] = {
    {"version", control_begin_version, x4c_trace_debug},
    {"stats", control_begin_stats, x4c_trace_debug},
    {"list-sas", control_begin_list_sas, x4c_trace_debug},
    {"initiate", control_begin_initiate, x4c_trace_notice},
    {"terminate", control_begin_terminate, x4c_trace_notice},
    {"drain", control_begin_drain, x4c_trace_notice},
    {"adopt", control_begin_adopt, x4c_trace_notice},
    {"handover", control_begin_handover, x4c_trace_notice},
    {"reload-settings", control_begin_reload, x4c_trace_notice},
};

static void tell(const struct control_client *client, const struct entry *entry)
{
    struct hub_log *log = hub_log(client->control->hub);
    if (!control_log_begin(client, entry->level, "control"))
        return;
    hub_log_text(log, "command", entry->name);
    hub_log_end(log);
}

bool control_command_begin(struct control_client *client, x4s_chunk name, x4s_chunk message)
{
    for (size_t i = 0; i < x4m_countof(entries); i++) {
        if (!vici_is(name, entries[i].name))
            continue;
        tell(client, &entries[i]);
        entries[i].begin(client, message);
        return true;
    }
    return false;
}

/* -------------------------------------------------------------------------- their life */

void *control_command_new(struct control_client *client, size_t size)
{
    struct control_command *command = calloc(1, size);
    if (!command) {
        control_client_refuse(client, "out of memory");
        return NULL;
    }
    command->client = client;
    command->control = client->control;
    client->command = command;
    x4_list_append(&client->control->commands, &command->of_control);
    return command;
}

static void destroy(struct control_command *command)
{
    x4_list_remove(&command->of_control);
    if (command->released)
        command->released(command);
    free(command);
}

/* Nobody leads to it any more? */
static void release(struct control_command *command)
{
    if (!command->client && !command->asked)
        destroy(command);
}

void control_command_end(struct control_command *command)
{
    command->client->command = NULL;
    command->client = NULL;
    release(command);
}

void control_command_resume(struct control_command *command)
{
    if (command->resume)
        command->resume(command);
}

void control_command_abandon(struct control_command *command)
{
    command->client->command = NULL;
    if (command->abandoned)
        command->abandoned(command);
    command->client = NULL;
    release(command);
}

void control_command_ask(struct control_command *command, uint32_t shard,
                         struct control_question *question)
{
    question->command = command;
    command->asked++;
    hub_ask(command->client->control->hub, shard, &question->question);
}

bool control_command_answered(struct control_question *question)
{
    struct control_command *command = question->command;
    command->asked--;
    if (command->client)
        return true;
    release(command);
    return false;
}

void control_command_forget(struct control *control)
{
    while (!x4_list_empty(&control->commands))
        destroy(x4m_container(control->commands.next, struct control_command, of_control));
}

/* -------------------------------------------------------------------------- arguments */

bool control_argument_text(x4s_chunk message, const char *key, char *text, size_t size)
{
    x4s_chunk value;
    *text = '\0';
    if (!vici_find(message, key, &value) || value.len == 0)
        return true;
    if (value.len >= size || memchr(value.data, '\0', value.len))
        return false;
    memcpy(text, value.data, value.len);
    text[value.len] = '\0';
    return true;
}

#define NUMBER_TEXT 16

bool control_argument_number(x4s_chunk message, const char *key, uint32_t without, uint32_t *number)
{
    char text[NUMBER_TEXT];
    char *end;
    *number = without;
    if (!control_argument_text(message, key, text, sizeof(text)))
        return false;
    if (!*text)
        return true;
    const unsigned long long value = strtoull(text, &end, 10);
    *number = (uint32_t)value;
    return *text >= '0' && *text <= '9' && !*end && value <= UINT32_MAX;
}

/* What a caller failed to fill in shall not stand for all. */
bool control_argument_id(x4s_chunk message, const char *key, uint32_t *number)
{
    x4s_chunk value;
    const bool given = vici_find(message, key, &value);
    return control_argument_number(message, key, 0, number) && (!given || *number);
}

bool control_argument_flag(x4s_chunk message, const char *key)
{
    static const char *const words[] = {"yes", "true", "enabled", "1"};
    x4s_chunk value;
    if (!vici_find(message, key, &value))
        return false;
    for (size_t i = 0; i < x4m_countof(words); i++) {
        if (vici_is(value, words[i]))
            return true;
    }
    return false;
}
