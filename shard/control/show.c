/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * version and stats. What VICI has of threads and queues is of no meaning here and left out; the
 * shards' counters come as the section ikehub.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "shard/control/command.h"
#include "shard/control/event.h"
#include "shard/control/state.h"
#include "shard/control/tally.h"
#include "shard/keep/ownership.h"
#include "shard/reload.h"
#include "shard/state.h"
#include "shard/statistics.h"

#define TIME_TEXT 64

/* -------------------------------------------------------------------------- version */

void control_begin_version(struct control_client *client, x4s_chunk message)
{
    struct utsname system;
    struct vici_writer writer = control_client_response(client);
    (void)message;
    vici_text(&writer, "daemon", "ikehubd");
    vici_text(&writer, "version", IKEHUB_VERSION);
    if (uname(&system) == 0) {
        vici_text(&writer, "sysname", system.sysname);
        vici_text(&writer, "release", system.release);
        vici_text(&writer, "machine", system.machine);
    }
    control_client_put(client, &writer);
}

/* -------------------------------------------------------------------------- stats */

/* "3 days", "2 hours" */
static const char *since_then(uint64_t seconds, char text[TIME_TEXT])
{
    static const struct {
        uint32_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t unit = 0;
    while (unit + 1 < x4m_countof(units) && seconds < 2 * (uint64_t)units[unit].seconds)
        unit++;
    const uint64_t number = seconds / units[unit].seconds;
    snprintf(text, TIME_TEXT, "%" PRIu64 " %s%s", number, units[unit].name, number == 1 ? "" : "s");
    return text;
}

static void put_uptime(struct vici_writer *writer, const struct control *control)
{
    char text[TIME_TEXT];
    struct tm since;
    vici_section(writer, "uptime");
    vici_text(writer, "running", since_then((shard_clock() - control->begun) / 1000, text));
    strftime(text, sizeof(text), "%b %d %H:%M:%S %Y", localtime_r(&control->since, &since));
    vici_text(writer, "since", text);
    vici_section_end(writer);
}

/* What was loaded when, and what of before is still in use. */
static void put_configuration(struct vici_writer *writer, const struct control *control)
{
    char text[TIME_TEXT];
    struct tm loaded;
    const struct hub_reload_report report = hub_reload_report(control->hub);
    vici_section(writer, "configuration");
    strftime(text, sizeof(text), "%b %d %H:%M:%S %Y", localtime_r(&report.loaded_at, &loaded));
    vici_text(writer, "loaded", text);
    vici_number(writer, "loads", report.loads);
    vici_number(writer, "failures", report.failures);
    vici_number(writer, "in-memory", report.configurations);
    vici_number(writer, "old-sas", report.old_sas);
    vici_section_end(writer);
}

/* Of several nodes that serve: which estates are served here. */
static void put_estates(struct vici_writer *writer, struct hub *hub)
{
    const struct possession *possession = hub_ownership_possession(hub, 0);
    if (!possession)
        return;
    vici_section(writer, "estates");
    for (uint32_t i = 0; (possession = hub_ownership_possession(hub, i)); i++)
        vici_text(writer, possession->lease.held.name, possession_phase_name(possession->phase));
    vici_section_end(writer);
}

static void put_counter(void *user, const char *name, enum hub_counter_kind kind, uint64_t value)
{
    (void)kind;
    vici_number(user, name, value);
}

static void put_tally(struct vici_writer *writer, const char *section,
                      const struct shard_tally *tally)
{
    vici_section(writer, section);
    hub_statistics_each(tally, put_counter, writer);
    vici_section_end(writer);
}

static void put_shards(struct vici_writer *writer, const struct control_tally *stats)
{
    char number[16];
    vici_section(writer, "shards");
    for (uint32_t i = 0; i < stats->count; i++) {
        snprintf(number, sizeof(number), "%" PRIu32, i);
        put_tally(writer, number, &stats->tallies[i]);
    }
    vici_section_end(writer);
}

/* Clients that have registered for what happens. */
static uint32_t count_listening(const struct control *control)
{
    uint32_t count = 0;
    for (const x4s_list *link = control->clients.next; link != &control->clients; link = link->next)
        count += control_event_wants(x4m_container_const(link, struct control_client, of_control));
    return count;
}

static void put_stats(struct vici_writer *writer, const struct control_tally *stats)
{
    struct shard_tally sum = control_tally_sum(stats);
    put_uptime(writer, stats->command.client->control);
    vici_section(writer, "ikesas");
    vici_number(writer, "total", sum.ike.phase1);
    vici_number(writer, "half-open", sum.ike.half_open + sum.ike.unproven);
    vici_section_end(writer);
    sum.cpu_us = hub_process_cpu_us();
    vici_section(writer, "ikehub");
    put_configuration(writer, stats->command.client->control);
    put_estates(writer, stats->command.client->control->hub);
    if (stats->command.client->control->drain.begun)
        vici_flag(writer, "draining", true);
    vici_text(writer, "modp", hub_modp_method(stats->command.client->control->hub));
    vici_number(writer, "rss_kb", hub_process_rss_kb());
    vici_number(writer, "clients", stats->command.client->control->client_count);
    vici_number(writer, "listening", count_listening(stats->command.client->control));
    put_tally(writer, "total", &sum);
    put_shards(writer, stats);
    vici_section_end(writer);
}

static void respond_stats(struct control_tally *stats)
{
    struct vici_writer writer = control_client_response(stats->command.client);
    put_stats(&writer, stats);
    control_client_put(stats->command.client, &writer);
}

void control_begin_stats(struct control_client *client, x4s_chunk message)
{
    (void)message;
    control_tally_begin(client, respond_stats);
}
