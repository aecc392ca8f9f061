/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/steer.h"

#include <stdio.h>
#include <string.h>

#include "shard/ctl/answer.h"

#define GRACE_MS 2000

struct steering {
    bool json;
    json_t *response;
};

static void on_log(void *user, x4s_chunk message)
{
    const struct steering *steering = user;
    json_t *event = ctl_tree(message);
    if (!steering->json)
        puts(ctl_tree_text(event, "msg"));
    json_decref(event);
}

static void on_response(void *user, x4s_chunk message)
{
    ctl_answer_keep(&((struct steering *)user)->response, message);
}

static void put_argument(struct vici_writer *request, const char *key, const char *value)
{
    if (value)
        vici_text(request, key, value);
}

/* The daemon's time is over before ours, so that it says what it waits for. */
static void put_timeout(struct vici_writer *request, struct ctl_client *client)
{
    vici_number(request, "timeout", (uint64_t)client->timeout_ms);
    client->timeout_ms += GRACE_MS;
}

/* The daemon has strongSwan's names. */
static const char *request_of(const struct ctl_command *command)
{
    return strcmp(command->name, "reload") == 0 ? "reload-settings" : command->name;
}

static enum ctl_outcome ask(struct ctl_client *client, const struct ctl_options *options,
                            struct steering *steering)
{
    const enum ctl_outcome outcome = ctl_client_register(client, "control-log");
    if (outcome != CTL_ANSWERED)
        return outcome;
    struct vici_writer request = ctl_client_begin(client, request_of(options->command));
    put_argument(&request, "ike", options->ike);
    put_argument(&request, "ike-id", options->ike_id);
    put_argument(&request, "child", options->child);
    put_argument(&request, "child-id", *options->child_id ? options->child_id : NULL);
    put_argument(&request, "estate", options->operand);
    put_argument(&request, "now", options->now ? "yes" : NULL);
    if (options->command->options & CTL_WAITS)
        put_timeout(&request, client);
    return ctl_client_ask(client, &request, on_log, on_response, steering);
}

enum ctl_status ctl_steer(struct ctl_client *client, const struct ctl_options *options)
{
    struct steering steering = {.json = options->json};
    enum ctl_status status =
        ctl_answer_status(ask(client, options, &steering), options->command->name);
    if (status == CTL_DONE && options->json) {
        json_dumpf(steering.response, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    if (status == CTL_DONE)
        status = ctl_answer_success(steering.response);
    json_decref(steering.response);
    return status;
}
