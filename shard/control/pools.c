/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * get-pools: the pools of the newest snapshot, and how many addresses of each are in use. Who has
 * which address is in list-sas.
 */
#include <stdlib.h>
#include <string.h>

#include "shard/config/numbers.h"
#include "shard/control/command.h"
#include "shard/control/state.h"
#include "shard/pool.h"
#include "shard/snapshot.h"
#include "shard/state.h"

struct usage {
    uint32_t online;
    uint32_t offline;
};

struct pools_command {
    struct control_command command;
    const struct hub_config *config;
    uint32_t missing;
    struct usage usage[]; /* of each pool of the snapshot */
};

/* Each shard fills in those that it keeps. */
struct pools_question {
    struct control_question control;
    const struct hub_config *config;
    struct usage usage[];
};

static struct pools_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct pools_question, control.question);
}

/* Of the addresses of all estates. */
static struct usage usage_of(const struct shard *shard, uint32_t number)
{
    struct usage usage = {0};
    for (uint32_t i = 0; i < shard_estates_parts(&shard->estates); i++) {
        const struct shard_pool *pool = shard_snapshot_pool(shard, number, i);
        usage.online += pool->online;
        usage.offline += shard_pool_offline(pool);
    }
    return usage;
}

/* In the shard's thread. */
static void ask(struct shard *shard, struct hub_question *question)
{
    struct pools_question *mine = question_of(question);
    for (size_t i = 0; i < mine->config->pool_count; i++) {
        const struct hub_pool *config = &mine->config->pools[i];
        const uint32_t number = hub_pool_number(config);
        if (hub_pool_home(config, shard->steer.count) != shard->steer.index ||
            number >= shard->pool_limit / shard_estates_parts(&shard->estates))
            continue;
        mine->usage[i] = usage_of(shard, number);
    }
}

static void put_pool(struct vici_writer *writer, const struct hub_pool *pool,
                     const struct usage *usage)
{
    char text[x4c_net_addr_text];
    x4s_net_addr base = {.family = pool->range.family};
    memcpy(base.ip, pool->range.from, sizeof(base.ip));
    vici_section(writer, pool->name);
    vici_text(writer, "base", x4_net_addr_format(&base, text));
    vici_number(writer, "size", pool->size);
    vici_number(writer, "online", usage->online);
    vici_number(writer, "offline", usage->offline);
    vici_section_end(writer);
}

static void finish(struct pools_command *pools)
{
    struct control_client *client = pools->command.client;
    struct vici_writer writer = control_client_response(client);
    for (size_t i = 0; i < pools->config->pool_count; i++)
        put_pool(&writer, &pools->config->pools[i], &pools->usage[i]);
    control_client_put(client, &writer);
    control_command_end(&pools->command);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    struct control_command *command = question_of(question)->control.command;
    (void)hub;
    if (!control_command_answered(&question_of(question)->control))
        return;
    struct pools_command *pools = x4m_container(command, struct pools_command, command);
    struct control_client *client = command->client;
    for (size_t i = 0; i < pools->config->pool_count; i++) {
        pools->usage[i].online += question_of(question)->usage[i].online;
        pools->usage[i].offline += question_of(question)->usage[i].offline;
    }
    if (--pools->missing)
        return;
    finish(pools);
    control_client_serve(client);
}

static void on_released(struct control_command *command)
{
    hub_config_let_go(command->control->hub,
                      x4m_container(command, struct pools_command, command)->config);
}

static void ask_shard(struct pools_command *pools, uint32_t shard)
{
    const size_t count = pools->config->pool_count;
    struct pools_question *question = calloc(1, sizeof(*question) + count * sizeof(struct usage));
    if (!question) {
        pools->command.client->broken = true;
        return;
    }
    question->control.question.ask = ask;
    question->control.question.answered = answered;
    question->config = pools->config;
    control_command_ask(&pools->command, shard, &question->control);
}

void control_begin_get_pools(struct control_client *client, x4s_chunk message)
{
    struct hub *hub = client->control->hub;
    const struct hub_config *config = hub_config_now(hub);
    (void)message;
    struct pools_command *pools =
        control_command_new(client, sizeof(*pools) + config->pool_count * sizeof(pools->usage[0]));
    if (!pools)
        return;
    pools->command.released = on_released;
    pools->config = config;
    hub_config_hold(hub, config);
    pools->missing = hub_shard_count(hub);
    for (uint32_t i = 0; i < hub_shard_count(hub) && !client->broken; i++)
        ask_shard(pools, i);
}
