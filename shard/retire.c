/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/retire.h"

#include <stdlib.h>

#include "shard/config/numbers.h"
#include "shard/hub_state.h"
#include "shard/snapshot.h"

#define LOOK_MS 1000

struct survey_question {
    struct hub_question question;
    struct shard_uses uses[HUB_SNAPSHOTS_MAX];
};

struct farewell_question {
    struct hub_question question;
    const struct hub_snapshot *snapshot;
};

static struct hub_snapshot *slots_end(struct hub *hub)
{
    return hub->retire.slots + HUB_SNAPSHOTS_MAX;
}

/* -------------------------------------------------------------------------- the end of one */

static void release(struct hub *hub, struct hub_snapshot *snapshot)
{
    if (hub_log_begin(&hub->log, x4c_trace_info, "configuration-freed")) {
        hub_log_number(&hub->log, "number", snapshot->number);
        hub_log_end(&hub->log);
    }
    hub_config_free(snapshot->config);
    free(snapshot->pools);
    *snapshot = (struct hub_snapshot){0};
}

static void forget(struct shard *shard, struct hub_question *question)
{
    const struct hub_snapshot *snapshot =
        x4m_container(question, struct farewell_question, question)->snapshot;
    shard_snapshot_forget(shard, snapshot->config, snapshot->pools, snapshot->pool_count);
}

static void forgotten(struct hub *hub, struct hub_question *question)
{
    const struct hub_snapshot *leaving =
        x4m_container(question, struct farewell_question, question)->snapshot;
    struct hub_snapshot *snapshot = &hub->retire.slots[leaving->config->slot];
    if (--snapshot->missing == 0)
        release(hub, snapshot);
}

static void note_pool(void *user, uint32_t pool)
{
    struct hub_snapshot *snapshot = user;
    snapshot->pools[snapshot->pool_count++] = pool;
}

static void discard_questions(struct hub_question **questions, uint32_t count)
{
    while (count > 0)
        free(questions[--count]);
}

/* All or none: false without memory. */
static bool write_farewells(const struct hub *hub, const struct hub_snapshot *snapshot,
                            struct hub_question **questions)
{
    for (uint32_t i = 0; i < hub->count; i++) {
        struct farewell_question *farewell = calloc(1, sizeof(*farewell));
        if (!farewell) {
            discard_questions(questions, i);
            return false;
        }
        farewell->question.ask = forget;
        farewell->question.answered = forgotten;
        farewell->snapshot = snapshot;
        questions[i] = &farewell->question;
    }
    return true;
}

/* Where there is no memory it is tried again after the next survey. */
static void leave(struct hub *hub, struct hub_snapshot *snapshot)
{
    struct hub_question *questions[HUB_SHARDS_MAX] = {0};
    snapshot->pools = calloc(snapshot->config->pool_count + 1, sizeof(*snapshot->pools));
    if (!snapshot->pools)
        return;
    if (!write_farewells(hub, snapshot, questions)) {
        free(snapshot->pools);
        snapshot->pools = NULL;
        return;
    }
    hub_numbers_leave(hub->retire.numbers, snapshot->config, note_pool, snapshot);
    snapshot->leaving = true;
    snapshot->missing = hub->count;
    for (uint32_t i = 0; i < hub->count; i++)
        hub_ask(hub, i, questions[i]);
}

/* -------------------------------------------------------------------------- surveys */

static void look_later(struct hub *hub)
{
    if (hub_retire_count(hub) > 1)
        hub_timer_set(hub, &hub->retire.timer, LOOK_MS);
}

static void conclude(struct hub *hub)
{
    for (struct hub_snapshot *slot = hub->retire.slots; slot < slots_end(hub); slot++) {
        if (!slot->surveyed)
            continue;
        const bool unused = slot->known && slot->sum_taken == slot->known_dropped;
        slot->surveyed = false;
        slot->known = true;
        slot->known_dropped = slot->sum_dropped;
        slot->sas = slot->sum_sas;
        if (unused)
            leave(hub, slot);
    }
}

static void copy_uses(struct shard *shard, struct hub_question *question)
{
    struct survey_question *survey = x4m_container(question, struct survey_question, question);
    for (size_t i = 0; i < HUB_SNAPSHOTS_MAX; i++)
        survey->uses[i] = shard->uses[i];
}

static void answered(struct hub *hub, struct hub_question *question)
{
    const struct survey_question *survey =
        x4m_container(question, struct survey_question, question);
    for (size_t i = 0; i < HUB_SNAPSHOTS_MAX; i++) {
        struct hub_snapshot *slot = &hub->retire.slots[i];
        slot->sum_taken += survey->uses[i].taken;
        slot->sum_dropped += survey->uses[i].dropped;
        slot->sum_sas += survey->uses[i].sas;
    }
    if (--hub->retire.missing)
        return;
    if (!hub->retire.incomplete)
        conclude(hub);
    look_later(hub);
}

static void begin_survey(struct hub *hub)
{
    for (struct hub_snapshot *slot = hub->retire.slots; slot < slots_end(hub); slot++) {
        slot->surveyed = slot->config && !slot->leaving && slot != hub->reload.candidate;
        slot->sum_taken = slot->taken;
        slot->sum_dropped = slot->dropped;
        slot->sum_sas = 0;
    }
}

static void look(struct hub *hub, struct hub_timer *timer)
{
    (void)timer;
    begin_survey(hub);
    hub->retire.incomplete = false;
    for (uint32_t i = 0; i < hub->count; i++) {
        struct survey_question *survey = calloc(1, sizeof(*survey));
        if (!survey) {
            hub->retire.incomplete = true;
            continue;
        }
        survey->question.ask = copy_uses;
        survey->question.answered = answered;
        hub->retire.missing++;
        hub_ask(hub, i, &survey->question);
    }
    if (!hub->retire.missing)
        look_later(hub);
}

/* -------------------------------------------------------------------------- slots */

bool hub_retire_init(struct hub *hub)
{
    hub->retire.timer.fire = look;
    hub->retire.numbers = hub_numbers_new();
    return hub->retire.numbers != NULL;
}

void hub_retire_fini(struct hub *hub)
{
    for (struct hub_snapshot *slot = hub->retire.slots; slot < slots_end(hub); slot++) {
        hub_config_free(slot->config);
        free(slot->pools);
    }
    hub_numbers_free(hub->retire.numbers);
}

static struct hub_snapshot *free_slot(struct hub *hub)
{
    for (struct hub_snapshot *slot = hub->retire.slots; slot < slots_end(hub); slot++) {
        if (!slot->config)
            return slot;
    }
    return NULL;
}

bool hub_retire_has_room(const struct hub *hub)
{
    return hub_retire_count(hub) < HUB_SNAPSHOTS_MAX;
}

struct hub_snapshot *hub_retire_enter(struct hub *hub, struct hub_config *config)
{
    struct hub_snapshot *slot = free_slot(hub);
    if (!slot || !hub_numbers_enter(hub->retire.numbers, config))
        return NULL;
    config->slot = (uint32_t)(slot - hub->retire.slots);
    slot->config = config;
    slot->daemon = config->daemon;
    return slot;
}

static void nobody(void *user, uint32_t pool)
{
    (void)user;
    (void)pool;
}

/* What shards have made room for they keep. */
void hub_retire_discard(struct hub *hub, struct hub_snapshot *snapshot)
{
    hub_numbers_leave(hub->retire.numbers, snapshot->config, nobody, NULL);
    hub_config_free(snapshot->config);
    *snapshot = (struct hub_snapshot){0};
}

void hub_retire_succeed(struct hub *hub, struct hub_snapshot *snapshot)
{
    struct hub_snapshot *before = hub->retire.now;
    snapshot->taken++;
    hub->retire.now = snapshot;
    if (!before)
        return;
    before->dropped++;
    if (!hub->retire.missing)
        look_later(hub);
}

uint32_t hub_retire_count(const struct hub *hub)
{
    uint32_t count = 0;
    for (size_t i = 0; i < HUB_SNAPSHOTS_MAX; i++)
        count += hub->retire.slots[i].config != NULL;
    return count;
}

uint64_t hub_retire_old_sas(const struct hub *hub)
{
    uint64_t sas = 0;
    for (size_t i = 0; i < HUB_SNAPSHOTS_MAX; i++) {
        if (&hub->retire.slots[i] != hub->retire.now)
            sas += hub->retire.slots[i].sas;
    }
    return sas;
}

/* -------------------------------------------------------------------------- for others */

const struct hub_config *hub_config_now(const struct hub *hub)
{
    return hub->retire.now->config;
}

void hub_config_hold(struct hub *hub, const struct hub_config *config)
{
    hub->retire.slots[config->slot].taken++;
}

void hub_config_let_go(struct hub *hub, const struct hub_config *config)
{
    hub->retire.slots[config->slot].dropped++;
}
