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
#include "shard/control/state.h"
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

struct stats_command {
    struct control_command command;
    uint32_t missing;
    uint32_t count;
    struct shard_tally tallies[];
};

struct stats_question {
    struct control_question control;
    struct shard_tally tally;
};

static struct stats_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct stats_question, control.question);
}

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

static void put_counter(void *user, const char *name, uint64_t value)
{
    vici_number(user, name, value);
}

static void put_tally(struct vici_writer *writer, const char *section,
                      const struct shard_tally *tally)
{
    vici_section(writer, section);
    hub_statistics_each(tally, put_counter, writer);
    vici_section_end(writer);
}

static void put_shards(struct vici_writer *writer, const struct stats_command *stats)
{
    char number[16];
    vici_section(writer, "shards");
    for (uint32_t i = 0; i < stats->count; i++) {
        snprintf(number, sizeof(number), "%" PRIu32, i);
        put_tally(writer, number, &stats->tallies[i]);
    }
    vici_section_end(writer);
}

static void put_stats(struct vici_writer *writer, const struct stats_command *stats)
{
    struct shard_tally sum = {0};
    for (uint32_t i = 0; i < stats->count; i++)
        shard_tally_add(&sum, &stats->tallies[i]);
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
    put_tally(writer, "total", &sum);
    put_shards(writer, stats);
    vici_section_end(writer);
}

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
    struct stats_command *stats = x4m_container(command, struct stats_command, command);
    struct control_client *client = command->client;
    stats->tallies[question->shard] = question_of(question)->tally;
    if (--stats->missing)
        return;
    struct vici_writer writer = control_client_response(client);
    put_stats(&writer, stats);
    control_client_put(client, &writer);
    control_command_end(command);
    control_client_serve(client);
}

static void ask_shard(struct stats_command *stats, uint32_t shard)
{
    struct stats_question *question = calloc(1, sizeof(*question));
    if (!question) {
        stats->command.client->broken = true;
        return;
    }
    question->control.question.ask = ask;
    question->control.question.answered = answered;
    control_command_ask(&stats->command, shard, &question->control);
}

void control_begin_stats(struct control_client *client, x4s_chunk message)
{
    const uint32_t count = hub_shard_count(client->control->hub);
    (void)message;
    struct stats_command *stats =
        control_command_new(client, sizeof(*stats) + count * sizeof(stats->tallies[0]));
    if (!stats)
        return;
    stats->count = stats->missing = count;
    for (uint32_t i = 0; i < count; i++)
        ask_shard(stats, i);
}
