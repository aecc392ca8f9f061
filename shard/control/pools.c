/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * get-pools: the pools of the newest snapshot, how many addresses of each are in use, and with
 * `leases` who has or had which. A response is one message, which many leases do not fit into: then
 * the pool has `next`, and the client asks on with `name` and `after`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/config/numbers.h"
#include "shard/config/settings.h"
#include "shard/control/command.h"
#include "shard/control/state.h"
#include "shard/identity.h"
#include "shard/pool.h"
#include "shard/pool_usage.h"
#include "shard/snapshot.h"
#include "shard/state.h"

/* Of all pools of a response. */
#define LEASES_MAX 1024

/* Of the message, for what each pool says of itself. */
#define ROOM_FOR_POOL ((size_t)512)

/* A lease as the shard told it. */
struct told_lease {
    struct told_lease *next;
    x4s_net_addr addr;
    bool online;
    x4e_ike_id_type type;
    size_t len;
    uint8_t owner[];
};

struct usage {
    struct shard_pool_usage counted;
    struct told_lease *leases;
    bool more; /* there are others behind these */
    bool lost; /* nobody has the address that they are to begin after */
};

/* What a request asks for. */
struct wanted {
    char name[SETTINGS_NAME_MAX + 1]; /* empty: all pools */
    bool leases;
    x4s_net_addr after; /* no family: from the beginning */
    size_t leases_max;  /* of one pool */
};

struct pools_command {
    struct control_command command;
    const struct hub_config *config;
    struct wanted wanted;
    uint32_t shards;      /* that there are */
    uint32_t missing;     /* that have not answered */
    struct usage usage[]; /* of each pool of the snapshot */
};

/* Each shard fills in those that it keeps. */
struct pools_question {
    struct control_question control;
    const struct hub_config *config;
    size_t pool_count; /* of it, which may be gone when the answer comes */
    struct wanted wanted;
    bool no_memory;
    struct usage usage[];
};

static bool is_wanted(const struct wanted *wanted, const struct hub_pool *pool)
{
    return !*wanted->name || strcmp(pool->name, wanted->name) == 0;
}

static void free_leases(struct told_lease *lease)
{
    while (lease) {
        struct told_lease *next = lease->next;
        free(lease);
        lease = next;
    }
}

static struct pools_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct pools_question, control.question);
}

/* -------------------------------------------------------------------------- in the shard */

/* A list that is being made; `place` is where the next goes. */
struct telling {
    struct told_lease **place;
    size_t left;
    x4s_net_addr after; /* no family: from the beginning */
};

static bool tell_lease(struct telling *telling, const struct shard_pool_lease *lease)
{
    struct told_lease *told = malloc(sizeof(*told) + lease->owner.data.len);
    if (!told)
        return false;
    *told = (struct told_lease){
        .addr = lease->addr,
        .online = lease->online,
        .type = lease->owner.type,
        .len = lease->owner.data.len,
    };
    memcpy(told->owner, lease->owner.data.data, told->len);
    *telling->place = told;
    telling->place = &told->next;
    telling->left--;
    return true;
}

/* True: there may be more in the next. */
static bool tell_pool(struct telling *telling, const struct shard_pool *pool, struct usage *usage,
                      bool *no_memory)
{
    struct shard_pool_lease lease;
    while (shard_pool_next(pool, telling->after.family ? &telling->after : NULL, &lease)) {
        usage->more = telling->left == 0;
        *no_memory = !usage->more && !tell_lease(telling, &lease);
        if (usage->more || *no_memory)
            return false;
        telling->after = lease.addr;
    }
    telling->after = (x4s_net_addr){0};
    return true;
}

/* The addresses of all estates, from that on which the list is to go on after. */
static void tell_leases(const struct shard *shard, uint32_t number, const struct wanted *wanted,
                        struct usage *usage, bool *no_memory)
{
    const uint32_t parts = shard_estates_parts(&shard->estates);
    struct telling telling = {&usage->leases, wanted->leases_max, wanted->after};
    uint32_t i = 0;
    while (wanted->after.family && i < parts &&
           !shard_pool_knows(shard_snapshot_pool(shard, number, i), &wanted->after))
        i++;
    usage->lost = i == parts;
    while (i < parts &&
           tell_pool(&telling, shard_snapshot_pool(shard, number, i), usage, no_memory))
        i++;
}

/* In the shard's thread. */
static void ask(struct shard *shard, struct hub_question *question)
{
    struct pools_question *mine = question_of(question);
    for (size_t i = 0; i < mine->config->pool_count; i++) {
        const struct hub_pool *pool = &mine->config->pools[i];
        struct usage *usage = &mine->usage[i];
        if (is_wanted(&mine->wanted, pool) && shard_pool_usage_of(shard, pool, &usage->counted) &&
            mine->wanted.leases)
            tell_leases(shard, hub_pool_number(pool), &mine->wanted, usage, &mine->no_memory);
    }
}

/* -------------------------------------------------------------------------- the response */

static void put_lease(struct vici_writer *writer, size_t index, const struct told_lease *lease)
{
    char addr[x4c_net_addr_text];
    char identity[HUB_IDENTITY_TEXT];
    char key[24];
    const x4s_ike_id owner = {lease->type, {lease->owner, lease->len}};
    snprintf(key, sizeof(key), "%zu", index);
    vici_section(writer, key);
    vici_text(writer, "address", x4_net_addr_format(&lease->addr, addr));
    vici_text(writer, "identity", hub_identity_format(&owner, identity));
    vici_text(writer, "status", lease->online ? "online" : "offline");
    vici_section_end(writer);
}

static bool has_room(const struct vici_writer *writer, size_t others)
{
    return writer->bytes.size - writer->bytes.len > HUB_IDENTITY_TEXT + others * ROOM_FOR_POOL;
}

static void put_leases(struct vici_writer *writer, const struct usage *usage, size_t pools)
{
    const struct told_lease *last = NULL;
    const struct told_lease *lease = usage->leases;
    char text[x4c_net_addr_text];
    size_t index = 0;
    vici_section(writer, "leases");
    for (; lease && has_room(writer, pools); lease = lease->next) {
        put_lease(writer, index++, lease);
        last = lease;
    }
    vici_section_end(writer);
    if (last && (lease || usage->more))
        vici_text(writer, "next", x4_net_addr_format(&last->addr, text));
}

static void put_pool(struct vici_writer *writer, const struct hub_pool *pool,
                     const struct usage *usage, const struct wanted *wanted)
{
    char text[x4c_net_addr_text];
    x4s_net_addr base = {.family = pool->range.family};
    memcpy(base.ip, pool->range.from, sizeof(base.ip));
    vici_section(writer, pool->name);
    vici_text(writer, "base", x4_net_addr_format(&base, text));
    vici_number(writer, "size", pool->size);
    vici_number(writer, "online", usage->counted.online);
    vici_number(writer, "offline", usage->counted.offline);
    if (wanted->leases)
        put_leases(writer, usage, *wanted->name ? 1 : pool->config->pool_count + 1);
    vici_section_end(writer);
}

static bool is_lost(const struct pools_command *pools)
{
    bool lost = false;
    for (size_t i = 0; i < pools->config->pool_count; i++)
        lost = lost || pools->usage[i].lost;
    return lost;
}

static void finish(struct pools_command *pools)
{
    struct control_client *client = pools->command.client;
    if (is_lost(pools)) {
        control_client_refuse(client, "nobody has or had the address that the leases are to "
                                      "begin after: list them again");
        control_command_end(&pools->command);
        return;
    }
    struct vici_writer writer = control_client_response(client);
    for (size_t i = 0; i < pools->config->pool_count; i++)
        if (is_wanted(&pools->wanted, &pools->config->pools[i]))
            put_pool(&writer, &pools->config->pools[i], &pools->usage[i], &pools->wanted);
    control_client_put(client, &writer);
    control_command_end(&pools->command);
}

/* One shard keeps a pool, the others have nothing of it. */
static void take(struct pools_command *pools, struct pools_question *mine)
{
    for (size_t i = 0; i < pools->config->pool_count; i++) {
        if (hub_pool_home(&pools->config->pools[i], pools->shards) != mine->control.question.shard)
            continue;
        pools->usage[i] = mine->usage[i];
        mine->usage[i].leases = NULL;
    }
}

static void question_fini(struct pools_question *mine)
{
    for (size_t i = 0; i < mine->pool_count; i++)
        free_leases(mine->usage[i].leases);
}

/* A list that is not whole is not passed off as one. */
static void answered(struct hub *hub, struct hub_question *question)
{
    struct pools_question *mine = question_of(question);
    struct control_command *command = mine->control.command;
    (void)hub;
    if (!control_command_answered(&mine->control)) {
        question_fini(mine);
        return;
    }
    struct pools_command *pools = x4m_container(command, struct pools_command, command);
    struct control_client *client = command->client;
    take(pools, mine);
    client->broken = client->broken || mine->no_memory;
    question_fini(mine);
    if (--pools->missing && !client->broken)
        return;
    if (!client->broken)
        finish(pools);
    control_client_serve(client);
}

static void on_released(struct control_command *command)
{
    struct pools_command *pools = x4m_container(command, struct pools_command, command);
    for (size_t i = 0; i < pools->config->pool_count; i++)
        free_leases(pools->usage[i].leases);
    hub_config_let_go(command->control->hub, pools->config);
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
    question->pool_count = count;
    question->wanted = pools->wanted;
    control_command_ask(&pools->command, shard, &question->control);
}

/* NULL, or what is wrong with the request. */
static const char *read_wanted(x4s_chunk message, const struct hub_config *config,
                               struct wanted *wanted)
{
    char after[x4c_net_addr_text];
    if (!control_argument_text(message, "name", wanted->name, sizeof(wanted->name)) ||
        !control_argument_text(message, "after", after, sizeof(after)) ||
        (*after && !x4_net_addr_parse(after, &wanted->after)))
        return "a pool's name, or an address of it, is malformed";
    if (*after && !*wanted->name)
        return "an address says nothing without the name of its pool";
    wanted->leases = control_argument_flag(message, "leases");
    wanted->leases_max = *wanted->name || !config->pool_count
                             ? LEASES_MAX
                             : x4m_max(LEASES_MAX / config->pool_count, (size_t)1);
    return NULL;
}

void control_begin_get_pools(struct control_client *client, x4s_chunk message)
{
    struct hub *hub = client->control->hub;
    const struct hub_config *config = hub_config_now(hub);
    struct wanted wanted = {0};
    const char *wrong = read_wanted(message, config, &wanted);
    if (wrong) {
        control_client_refuse(client, wrong);
        return;
    }
    struct pools_command *pools =
        control_command_new(client, sizeof(*pools) + config->pool_count * sizeof(pools->usage[0]));
    if (!pools)
        return;
    pools->command.released = on_released;
    pools->config = config;
    hub_config_hold(hub, config);
    pools->wanted = wanted;
    pools->shards = pools->missing = hub_shard_count(hub);
    for (uint32_t i = 0; i < hub_shard_count(hub) && !client->broken; i++)
        ask_shard(pools, i);
}
