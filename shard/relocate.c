/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/relocate.h"

#include <stdlib.h>

#include "shard/keep/persist.h"
#include "shard/radius/session.h"
#include "shard/rekey.h"
#include "shard/report.h"
#include "shard/snapshot.h"
#include "shard/stray.h"
#include "shard/twin.h"

/* A child on its way. */
struct moving_child {
    struct shard_letter letter;
    struct shard_sa_name heir;
    const struct hub_child *config;
    struct shard_copy *copy; /* of its record, or NULL */
    x4s_ike_keys2 keys;      /* without keys: they are in the kernel */
    x4_msec up_at;           /* and these as of struct shard_child */
    uint32_t began_ms;
    uint32_t soft_sec;
    uint32_t life_sec;
    struct hub_kernel_parcel *parcel; /* what the kernel has of it, or NULL */
    bool adopted;
};

/* What is left of `seconds` after `up_at`, at least one; 0 for none. */
static uint32_t left(const struct shard *shard, x4_msec up_at, uint32_t seconds)
{
    const x4_msec end = up_at + (x4_msec)seconds * 1000;
    if (!seconds)
        return 0;
    return end > shard->now ? (uint32_t)((end - shard->now + 999) / 1000) : 1;
}

/* -------------------------------------------------------------------------- the new shard */

static struct shard_child *take_in(struct shard_sa *sa, const struct moving_child *moving)
{
    struct shard_child *child =
        shard_child_new(sa, moving->config, (x4e_ike_role)moving->keys.role);
    if (!child)
        return NULL;
    shard_child_enlist(child, &moving->keys);
    child->up_at = moving->up_at;
    child->began_ms = moving->began_ms;
    child->soft_sec = moving->soft_sec;
    child->life_sec = moving->life_sec;
    child->adopted = moving->adopted;
    child->came = true;
    child->installed = moving->parcel != NULL;
    return child;
}

static bool resume(struct shard_sa *sa, struct shard_child *child, x4s_ike_keys2 *keys)
{
    x4s_ike_config2 config = child->config->phase2;
    config.userdata = child;
    config.resume = keys;
    config.life_sec = 0;
    config.soft_sec = left(sa->shard, child->up_at, child->soft_sec);
    keys->life_left_sec = left(sa->shard, child->up_at, child->life_sec);
    return x4_charon_init2(sa->xchg, &config);
}

/* Its ISAKMP SA has gone while it was on its way. */
static void lose(struct shard *shard, const struct moving_child *moving)
{
    const struct hub_kernel_request request = {
        .op = HUB_KERNEL_DELETE,
        .spi_in = moving->keys.in.spi,
        .spi_out = moving->keys.out.spi,
    };
    shard_report_lost(shard, moving->config, &moving->keys);
    if (moving->parcel && !hub_kernel_submit(shard->kernel, &request))
        shard->counters.no_memory++;
}

void shard_relocate_settle(struct shard_child *child)
{
    x4m_list_each(link, &child->sa->children)
    {
        struct shard_child *other = x4m_container(link, struct shard_child, of_sa);
        if (other == child || !other->up || other->replaced || child->replaced ||
            !(other->came || child->came) || other->role == child->role ||
            !shard_child_is_same(other, child))
            continue;
        shard_rekey_replace(other->up_at < child->up_at ? other : child);
    }
}

static void settle(struct shard_child *child)
{
    shard_twin_settle_child(child);
    shard_relocate_settle(child);
}

static void arrive(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct moving_child *moving = x4m_container(letter, struct moving_child, letter);
    struct shard_sa *sa = shard_sa_named(shard, &moving->heir);
    struct shard_child *child = sa ? take_in(sa, moving) : NULL;
    if (moving->parcel)
        hub_kernel_adopt(shard->kernel, moving->parcel);
    if (child && resume(sa, child, &moving->keys)) {
        shard_stray_came(shard, child->spi_out);
        shard_persist_give(child, moving->copy);
        shard_report_relocated(child);
        shard_session_child_up(child, false);
        if (sa->forgot && child->adopted)
            shard_child_end(child, SHARD_END_initial_contact, false);
        else
            settle(child);
    } else {
        lose(shard, moving);
        shard_persist_lose(shard, moving->copy);
        if (child)
            shard_child_free(child);
        else if (moving->keys.cpi_in)
            shard_cpi_give(shard->cpis, moving->keys.cpi_in);
    }
    shard_unuse(shard, moving->heir.connection->config);
    shard_unuse(shard, moving->config->connection->config);
    free(moving);
}

/* -------------------------------------------------------------------------- the old shard */

static bool can_go(const struct shard_child *child)
{
    return child->up && !child->rekeying && !child->replaced && child->xchg;
}

/* The letter leads into the snapshots of the child and of the SA that it goes to. */
static struct moving_child *pack(const struct shard_child *child, const struct shard_sa_name *heir)
{
    struct moving_child *moving = calloc(1, sizeof(*moving));
    if (!moving)
        return NULL;
    moving->letter.deliver = arrive;
    moving->heir = *heir;
    moving->config = child->config;
    shard_use(child->sa->shard, heir->connection->config);
    shard_use(child->sa->shard, child->config->connection->config);
    moving->keys = (x4s_ike_keys2){
        .transform = child->suite,
        .role = (x4e_ike_role)child->role,
        .in.spi = child->spi_in,
        .out.spi = child->spi_out,
        .cpi_in = child->cpi_in,
        .cpi_out = child->cpi_out,
        .selectors = child->selectors,
        .local = child->local,
        .remote = child->remote,
    };
    moving->up_at = child->up_at;
    moving->began_ms = child->began_ms;
    moving->soft_sec = child->soft_sec;
    moving->life_sec = child->life_sec;
    moving->adopted = child->adopted || !shard_twin_is_abroad(child->sa, heir);
    return moving;
}

void shard_relocate_children(struct shard_sa *sa, const struct shard_sa_name *heir)
{
    struct shard *shard = sa->shard;
    const bool was_ending = sa->ending;
    sa->ending = true; /* so that it outlives its last child */
    x4m_list_each(link, &sa->children)
    {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        struct moving_child *moving = can_go(child) ? pack(child, heir) : NULL;
        if (!moving)
            continue;
        shard_session_child_gone(child);
        moving->parcel = hub_kernel_release(shard->kernel, child->spi_in);
        moving->copy = shard_persist_take(child);
        child->relocated = true;
        shard_stray_left(shard, child->spi_out, heir->shard);
        shard->counters.relocated++;
        x4_charon_term2(child->xchg, bfalse);
        shard_post_send(&shard->post, heir->shard, &moving->letter);
    }
    sa->ending = was_ending;
    shard_sa_settle(sa);
}
