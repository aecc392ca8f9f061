/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/survey.h"

#include <stdio.h>
#include <stdlib.h>

#include "shard/hub_state.h"
#include "shard/radius/desk.h"

#define NAME_MAX_LEN 64

struct hub_survey {
    const char *name;
    uint32_t missing;
    struct shard_tally tallies[];
};

struct survey_question {
    struct hub_question question;
    struct shard_tally tally;
};

/* -------------------------------------------------------------------------- lines */

static void write_one(struct hub *hub, const char *name, uint32_t shard,
                      const struct shard_tally *tally)
{
    char event[NAME_MAX_LEN];
    snprintf(event, sizeof(event), "shard-%s", name);
    if (!hub_log_begin(&hub->log, x4c_trace_notice, event))
        return;
    hub_log_number(&hub->log, "shard", shard);
    hub_statistics_put(&hub->log, tally);
    hub_log_end(&hub->log);
}

static void put_radius(struct hub *hub)
{
    const struct radius_counters *counters = hub_radius_counters(hub);
    if (!counters)
        return;
    hub_log_number(&hub->log, "radius_requests", counters->requests);
    hub_log_number(&hub->log, "radius_resends", counters->resends);
    hub_log_number(&hub->log, "radius_answers", counters->answers);
    hub_log_number(&hub->log, "radius_unproven", counters->unproven);
    hub_log_number(&hub->log, "radius_unexpected", counters->unexpected);
    hub_log_number(&hub->log, "radius_unanswered", counters->unanswered);
    hub_log_number(&hub->log, "radius_refused", counters->refused);
}

static void write_sum(struct hub *hub, const char *name, const struct shard_tally *sum)
{
    if (!hub_log_begin(&hub->log, x4c_trace_notice, name))
        return;
    hub_statistics_put(&hub->log, sum);
    hub_log_number(&hub->log, "rss_kb", hub_process_rss_kb());
    hub_log_number(&hub->log, "shards", hub->count);
    put_radius(hub);
    if (hub->stalls)
        hub_log_number(&hub->log, "shard_stalls", hub->stalls);
    hub_log_end(&hub->log);
}

static void write_lines(struct hub *hub, const char *name, const struct shard_tally *tallies)
{
    struct shard_tally sum = {0};
    for (uint32_t i = 0; i < hub->count; i++) {
        shard_tally_add(&sum, &tallies[i]);
        if (hub->count > 1)
            write_one(hub, name, i, &tallies[i]);
    }
    sum.cpu_us = hub_process_cpu_us();
    write_sum(hub, name, &sum);
}

/* -------------------------------------------------------------------------- asking */

static void ask(struct shard *shard, struct hub_question *question)
{
    shard_tally_take(shard, &x4m_container(question, struct survey_question, question)->tally);
}

static void end(struct hub *hub)
{
    struct hub_survey *survey = hub->survey;
    hub->survey = NULL;
    if (survey->missing == 0)
        write_lines(hub, survey->name, survey->tallies);
    free(survey);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    hub->survey->tallies[question->shard] =
        x4m_container(question, struct survey_question, question)->tally;
    if (--hub->survey->missing == 0)
        end(hub);
}

static void ask_all(struct hub *hub)
{
    for (uint32_t i = 0; i < hub->count; i++) {
        struct survey_question *question = calloc(1, sizeof(*question));
        if (!question)
            return;
        question->question.ask = ask;
        question->question.answered = answered;
        hub_ask(hub, i, &question->question);
    }
}

static bool have_ended(const struct hub *hub)
{
    return hub->gone == hub->count;
}

void hub_survey(struct hub *hub, const char *name)
{
    if (hub->survey)
        return;
    hub->survey = calloc(1, sizeof(*hub->survey) + hub->count * sizeof(hub->survey->tallies[0]));
    if (!hub->survey)
        return;
    hub->survey->name = name;
    hub->survey->missing = hub->count;
    if (!have_ended(hub)) {
        ask_all(hub);
        return;
    }
    for (uint32_t i = 0; i < hub->count; i++)
        hub->survey->tallies[i] = hub->members[i].worker.tally;
    hub->survey->missing = 0;
    end(hub);
}

void hub_survey_forget(struct hub *hub)
{
    free(hub->survey);
    hub->survey = NULL;
}
