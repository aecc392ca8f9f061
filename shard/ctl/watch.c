/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/watch.h"

#include <stdio.h>
#include <string.h>

#include "shard/ctl/answer.h"

static const char *const sa_events[] = {"ike-updown",   "ike-rekey",   "ike-update",
                                        "child-updown", "child-rekey", NULL};
static const char *const log_events[] = {"log", NULL};

struct watching {
    const char *name; /* of the event that came */
    bool json;
};

/* -------------------------------------------------------------------------- lines */

/* The section that is named after the connection; an SA or two are in it. */
static const json_t *connection_of(const json_t *event, const char **name)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)event, key, value)
    {
        *name = key;
        if (json_is_object(value))
            return value;
    }
    *name = "";
    return NULL;
}

static void write_children(const json_t *sa)
{
    const char *name;
    json_t *child;
    json_object_foreach(json_object_get(sa, "child-sas"), name, child)
    {
        const json_t *newest = json_object_get(child, "new");
        const json_t *shown = newest ? newest : child;
        printf(" child=%s spi_in=%s spi_out=%s", ctl_tree_text(shown, "name"),
               ctl_tree_text(shown, "spi-in"), ctl_tree_text(shown, "spi-out"));
    }
}

static void write_happening(const char *event, const json_t *message)
{
    const char *connection;
    const json_t *found = connection_of(message, &connection);
    const json_t *newest = json_object_get(found, "new");
    const json_t *sa = newest ? newest : found;
    const bool updown = strstr(event, "updown") != NULL;
    printf("%s%s connection=%s id=%" JSON_INTEGER_FORMAT " peer=%s:%" JSON_INTEGER_FORMAT
           " remote_id=\"%s\"",
           event,
           !updown                         ? ""
           : *ctl_tree_text(message, "up") ? " up"
                                           : " down",
           connection, ctl_tree_number(sa, "uniqueid"), ctl_tree_text(sa, "remote-host"),
           ctl_tree_number(sa, "remote-port"), ctl_tree_text(sa, "remote-id"));
    write_children(sa);
    putchar('\n');
}

static void on_event(void *user, x4s_chunk message)
{
    const struct watching *watching = user;
    json_t *event = ctl_tree(message);
    if (watching->json) {
        json_object_set_new(event, "event", json_string(watching->name));
        json_dumpf(event, stdout, JSON_COMPACT);
        putchar('\n');
    } else if (strcmp(watching->name, "log") == 0) {
        puts(ctl_tree_text(event, "msg"));
    } else {
        write_happening(watching->name, event);
    }
    fflush(stdout);
    json_decref(event);
}

/* -------------------------------------------------------------------------- asking */

static enum ctl_outcome register_all(struct ctl_client *client, const char *const *events)
{
    enum ctl_outcome outcome = CTL_ANSWERED;
    for (; *events && outcome == CTL_ANSWERED; events++)
        outcome = ctl_client_register(client, *events);
    return outcome;
}

/* Which lines are wanted, has to be said before they come. */
static enum ctl_status choose_peer(struct ctl_client *client, const char *peer)
{
    json_t *response = NULL;
    struct vici_writer request = ctl_client_begin(client, "trace");
    vici_text(&request, "peer", peer);
    enum ctl_status status = ctl_answer_status(
        ctl_client_ask(client, &request, NULL, ctl_answer_keep, &response), "trace");
    if (status == CTL_DONE)
        status = ctl_answer_success(response);
    json_decref(response);
    return status;
}

enum ctl_status ctl_watch(struct ctl_client *client, const struct ctl_options *options)
{
    const char *command = options->command->name;
    const bool sas = strcmp(command, "monitor") == 0;
    struct watching watching = {.json = options->json};
    enum ctl_status status = options->operand ? choose_peer(client, options->operand) : CTL_DONE;
    if (status != CTL_DONE)
        return status;
    status = ctl_answer_status(register_all(client, sas ? sa_events : log_events), command);
    if (status != CTL_DONE)
        return status;
    return ctl_answer_status(ctl_client_listen(client, &watching.name, on_event, &watching),
                             command);
}
