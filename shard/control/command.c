/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/command.h"

#include <stdlib.h>
#include <string.h>

#include "shard/control/state.h"

struct entry {
    const char *name;
    control_begin_fn begin;
    x4e_trace_level level; /* of the line that says who asked for it */
    bool settled;          /* it begins when all that was loaded before is used */
};

static const struct entry entries[] = {
    {"version", control_begin_version, x4c_trace_debug, false},
    {"stats", control_begin_stats, x4c_trace_debug, false},
    {"list-sas", control_begin_list_sas, x4c_trace_debug, false},
    {"initiate", control_begin_initiate, x4c_trace_notice, true},
    {"terminate", control_begin_terminate, x4c_trace_notice, false},
    {"drain", control_begin_drain, x4c_trace_notice, false},
    {"adopt", control_begin_adopt, x4c_trace_notice, false},
    {"handover", control_begin_handover, x4c_trace_notice, false},
    {"reload-settings", control_begin_reload, x4c_trace_notice, false},
    {"load-conn", control_begin_load_conn, x4c_trace_info, false},
    {"load-pool", control_begin_load_pool, x4c_trace_info, false},
    {"load-authority", control_begin_load_authority, x4c_trace_info, false},
    {"load-shared", control_begin_load_shared, x4c_trace_info, false},
    {"load-key", control_begin_load_key, x4c_trace_info, false},
    {"load-cert", control_begin_load_cert, x4c_trace_info, false},
    {"load-token", control_begin_load_token, x4c_trace_info, false},
    {"unload-conn", control_begin_unload_conn, x4c_trace_info, false},
    {"unload-pool", control_begin_unload_pool, x4c_trace_info, false},
    {"unload-authority", control_begin_unload_authority, x4c_trace_info, false},
    {"unload-shared", control_begin_unload_shared, x4c_trace_info, false},
    {"unload-key", control_begin_unload_key, x4c_trace_info, false},
    {"clear-creds", control_begin_clear_creds, x4c_trace_notice, false},
    {"flush-certs", control_begin_flush_certs, x4c_trace_notice, false},
    {"get-conns", control_begin_get_conns, x4c_trace_debug, false},
    {"get-authorities", control_begin_get_authorities, x4c_trace_debug, false},
    {"get-shared", control_begin_get_shared, x4c_trace_debug, false},
    {"get-keys", control_begin_get_keys, x4c_trace_debug, false},
    {"get-pools", control_begin_get_pools, x4c_trace_debug, true},
    {"list-conns", control_begin_list_conns, x4c_trace_debug, true},
    {"list-certs", control_begin_list_certs, x4c_trace_debug, true},
    {"list-authorities", control_begin_list_authorities, x4c_trace_debug, true},
    {"list-policies", control_begin_list_policies, x4c_trace_debug, false},
    {"rekey", control_begin_rekey, x4c_trace_notice, false},
    {"get-counters", control_begin_get_counters, x4c_trace_debug, false},
    {"reset-counters", control_begin_reset_counters, x4c_trace_notice, false},
    {"trace", control_begin_trace, x4c_trace_notice, false},
    {"install", control_begin_install, x4c_trace_notice, false},
    {"uninstall", control_begin_uninstall, x4c_trace_notice, false},
    {"redirect", control_begin_redirect, x4c_trace_notice, false},
};

static void tell(const struct control_client *client, const struct entry *entry)
{
    struct hub_log *log = hub_log(client->control->hub);
    if (!control_log_begin(client, entry->level, "control"))
        return;
    hub_log_text(log, "command", entry->name);
    hub_log_end(log);
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

/* -------------------------------------------------------------------------- waiting to begin */

/* A command that waits until what was loaded is used. */
struct settle_command {
    struct control_command command;
    struct control_settle settle;
    const struct entry *entry;
    size_t len;
    uint8_t message[];
};

static void on_settled(struct control_settle *settle)
{
    struct settle_command *waiting = x4m_container(settle, struct settle_command, settle);
    struct control_client *client = waiting->command.client;
    const struct entry *entry = waiting->entry;
    waiting->command.asked++; /* it stays while the message is read */
    control_command_end(&waiting->command);
    entry->begin(client, (x4s_chunk){waiting->message, waiting->len});
    waiting->command.asked--;
    release(&waiting->command);
    control_client_serve_later(client);
}

static void on_abandoned(struct control_command *command)
{
    control_commit_forget(&x4m_container(command, struct settle_command, command)->settle);
}

/* False: there is nothing to wait for. */
static bool settle(struct control_client *client, const struct entry *entry, x4s_chunk message)
{
    if (client->control->commit.done == client->control->commit.changes)
        return false;
    struct settle_command *waiting = control_command_new(client, sizeof(*waiting) + message.len);
    if (!waiting)
        return true;
    waiting->command.abandoned = on_abandoned;
    waiting->settle.settled = on_settled;
    waiting->entry = entry;
    waiting->len = message.len;
    if (message.len)
        memcpy(waiting->message, message.data, message.len);
    return control_commit_settle(client->control, &waiting->settle);
}

bool control_command_begin(struct control_client *client, x4s_chunk name, x4s_chunk message)
{
    for (size_t i = 0; i < x4m_countof(entries); i++) {
        if (!vici_is(name, entries[i].name))
            continue;
        tell(client, &entries[i]);
        if (!entries[i].settled || !settle(client, &entries[i], message))
            entries[i].begin(client, message);
        return true;
    }
    return false;
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

/* Clients that keep numbers in a signed int write those of 2^31 and more as negative ones. */
static bool read_signed(x4s_chunk message, const char *key, uint32_t *number)
{
    char text[NUMBER_TEXT];
    char *end;
    if (!control_argument_text(message, key, text, sizeof(text)) || *text != '-')
        return false;
    const long value = strtol(text, &end, 10);
    *number = (uint32_t)value;
    return !*end && value < 0 && value >= INT32_MIN;
}

/* What a caller failed to fill in shall not stand for all. */
bool control_argument_id(x4s_chunk message, const char *key, uint32_t *number)
{
    x4s_chunk value;
    const bool given = vici_find(message, key, &value);
    return (control_argument_number(message, key, 0, number) ||
            read_signed(message, key, number)) &&
           (!given || *number);
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
