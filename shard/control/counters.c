/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * get-counters and reset-counters: what was counted since the last reset, of the daemon as a whole.
 * A reset is for these two commands alone: nobody else who reads the counters sees it.
 */
#include "shard/control/state.h"
#include "shard/control/tally.h"

static void put_counter(void *user, const char *name, enum hub_counter_kind kind, uint64_t value)
{
    if (kind == HUB_COUNTER)
        vici_number(user, name, value);
}

/* The section without a name is the whole daemon's. */
static void respond_counters(struct control_tally *tally)
{
    struct control_client *client = tally->command.client;
    struct shard_tally sum = control_tally_sum(tally);
    shard_tally_subtract(&sum, &client->control->base);
    struct vici_writer writer = control_client_response(client);
    vici_flag(&writer, "success", true);
    vici_section(&writer, "counters");
    vici_section(&writer, "");
    hub_statistics_each(&sum, put_counter, &writer);
    vici_section_end(&writer);
    vici_section_end(&writer);
    control_client_put(client, &writer);
}

static void respond_reset(struct control_tally *tally)
{
    tally->command.client->control->base = control_tally_sum(tally);
    control_client_confirm(tally->command.client);
}

static void begin(struct control_client *client, x4s_chunk message,
                  void (*respond)(struct control_tally *tally))
{
    x4s_chunk name;
    if (vici_find(message, "name", &name) && name.len)
        control_client_refuse(client, "single connections are not counted");
    else
        control_tally_begin(client, respond);
}

void control_begin_get_counters(struct control_client *client, x4s_chunk message)
{
    begin(client, message, respond_counters);
}

void control_begin_reset_counters(struct control_client *client, x4s_chunk message)
{
    begin(client, message, respond_reset);
}
