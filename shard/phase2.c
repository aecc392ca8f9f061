/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/phase2.h"

#include <errno.h>
#include <stdlib.h>

#include "shard/connection.h"
#include "shard/event.h"
#include "shard/handshakes.h"
#include "shard/keep/hold.h"
#include "shard/keep/persist.h"
#include "shard/order.h"
#include "shard/peer.h"
#include "shard/radius/session.h"
#include "shard/rekey.h"
#include "shard/relocate.h"
#include "shard/report.h"
#include "shard/transmit.h"
#include "shard/trap.h"
#include "shard/twin.h"

/* -------------------------------------------------------------------------- queries */

/* req 3948-5.1-1 */
static const x4s_ike_config2 *on_policy(void *context1, const x4s_ike_offer2 *offer)
{
    const struct shard_sa *sa = context1;
    sa->shard->drawing = sa->estate;
    const struct hub_connection *now = shard_connection_now(sa);
    const struct hub_child *child =
        hub_config_child(now ? now : sa->connection, shard_sa_local(sa, offer->local.family),
                         shard_sa_remote(sa, offer->remote.family), offer);
    return child ? &child->phase2 : NULL;
}

static bool is_taken(const void *user, uint32_t spi)
{
    const struct shard *shard = user;
    return shard_child_find(shard, spi) || (shard->taken && shard_taken_has(shard->taken, spi));
}

static uint32_t on_get_spi(void *userdata)
{
    struct shard *shard = userdata;
    return shard_spi_next(&shard->spi, shard->drawing, is_taken, shard);
}

static uint16_t on_get_cpi(void *userdata)
{
    const struct shard *shard = userdata;
    return shard_cpi_draw(shard->cpis, shard->drawing, shard_estates_parts(&shard->estates));
}

/* An algorithm that the kernel lacks would be agreed on, and end in a Delete. */
static bval on_validate(void *context, const x4s_ike_offer2 *offer,
                        const x4s_ike_transform2 *transform)
{
    const struct shard_child *child = context;
    (void)offer;
    if (!child || hub_kernel_takes(child->sa->shard->kernel, transform))
        return btrue;
    shard_report_not_taken(child, transform);
    return bfalse;
}

/* -------------------------------------------------------------------------- the kernel */

/* The initiator of a child replaces it, and not all at once (shard/initiate.c). */
static uint32_t sooner(const struct shard_child *child)
{
    const uint64_t random = child->config->kernel.rand_packets;
    if (!random || child->role != x4c_ike_initiator)
        return 0;
    return shard_random_below(child->sa->shard, (uint32_t)x4m_min(random, (uint64_t)UINT32_MAX));
}

static bool submit(struct shard_child *child, enum hub_kernel_op op, const x4s_ike_keys2 *keys)
{
    const struct hub_kernel_request request = {
        .op = op,
        .spi_in = keys->in.spi,
        .spi_out = keys->out.spi,
        .pair = {.link = &child->sa->link,
                 .keys = keys,
                 .options = &child->config->kernel,
                 .sooner = sooner(child)},
    };
    return hub_kernel_submit(child->sa->shard->kernel, &request);
}

/*
 * The peer may send as soon as it has our last message, which leaves when the round ends; the
 * kernel is told before that.
 */
static void expect(struct shard_child *child, const x4s_ike_keys2 *keys)
{
    if (submit(child, HUB_KERNEL_EXPECT, keys))
        child->expected_in = keys->in.spi;
}

static void install(struct shard_child *child, const x4s_ike_keys2 *keys)
{
    child->installed = submit(child, HUB_KERNEL_ADD, keys);
    if (child->installed)
        child->expected_in = 0;
}

static void forget(struct shard_child *child)
{
    const struct hub_kernel_request request = {
        .op = HUB_KERNEL_FORGET,
        .spi_in = child->expected_in,
    };
    if (child->expected_in && !hub_kernel_submit(child->sa->shard->kernel, &request))
        child->sa->shard->counters.no_memory++;
    child->expected_in = 0;
}

static void uninstall(struct shard_child *child)
{
    const struct hub_kernel_request request = {
        .op = HUB_KERNEL_DELETE,
        .spi_in = child->spi_in,
        .spi_out = child->spi_out,
    };
    forget(child);
    if (child->sa->shard->kernel_leaves)
        return;
    shard_session_child_gone(child);
    if (child->installed && !hub_kernel_submit(child->sa->shard->kernel, &request))
        shard_phase2_kernel_done(child->sa->shard, HUB_KERNEL_DELETE, child->spi_in, ENOMEM);
    child->installed = false;
}

/* A pair that could not be added is gone; one that could not be moved is still there. */
void shard_phase2_kernel_done(void *user, enum hub_kernel_op op, uint32_t spi_in, int error)
{
    struct shard *shard = user;
    shard_report_kernel(shard, op, spi_in, error);
    if (!error)
        return;
    shard->counters.kernel_errors++;
    struct shard_child *child = op == HUB_KERNEL_DELETE ? NULL : shard_child_find(shard, spi_in);
    if (!child)
        return;
    if (op == HUB_KERNEL_ADD)
        child->installed = false;
    shard_child_end(child, SHARD_END_kernel_failed, true);
}

static void on_volume_aging(struct shard_child *child, const struct hub_kernel_event *event)
{
    (void)event;
    shard_rekey_aging2(child);
}

static void on_volume_over(struct shard_child *child, const struct hub_kernel_event *event)
{
    (void)event;
    shard_child_end(child, SHARD_END_volume_over, true);
}

static void on_lost(struct shard_child *child, const struct hub_kernel_event *event)
{
    (void)event;
    shard_child_end(child, SHARD_END_kernel_lost, true);
}

static void on_sequence(struct shard_child *child, const struct hub_kernel_event *event)
{
    shard_persist_sequence2(child, event->out_sequence);
}

void shard_phase2_kernel_told(void *user, const struct hub_kernel_event *event)
{
    static void (*const actions[])(struct shard_child *, const struct hub_kernel_event *) = {
        [HUB_KERNEL_AGING] = on_volume_aging,
        [HUB_KERNEL_EXPIRED] = on_volume_over,
        [HUB_KERNEL_LOST] = on_lost,
        [HUB_KERNEL_SEQUENCE] = on_sequence,
    };
    struct shard *shard = user;
    if (event->kind == HUB_KERNEL_WANTED) {
        shard_trap_met(shard, event->trap);
        return;
    }
    struct shard_child *child = shard_child_find(shard, event->spi_in);
    shard_report_told(shard, event);
    if (child)
        actions[event->kind](child, event);
}

void shard_phase2_moved(struct shard_sa *sa)
{
    struct shard *shard = sa->shard;
    x4m_list_each(link, &sa->children)
    {
        const struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        const struct hub_kernel_request request = {
            .op = HUB_KERNEL_MOVE,
            .spi_in = child->spi_in,
            .spi_out = child->spi_out,
            .pair.link = &sa->link,
        };
        if (child->installed && !hub_kernel_submit(shard->kernel, &request))
            shard_phase2_kernel_done(shard, HUB_KERNEL_MOVE, child->spi_in, ENOMEM);
    }
}

/* -------------------------------------------------------------------------- status */

static void on_initiated(void *context, x4s_ike_xchg2 *xchg)
{
    struct shard_child *child = context;
    child->xchg = xchg;
    if (!child->up)
        shard_report_begun2(child);
}

static void *on_responded(void *context1, x4s_ike_xchg2 *xchg, const x4s_ike_config2 *config,
                          const x4s_ike_offer2 *offer)
{
    struct shard_child *child = shard_child_new(context1, hub_child_of(config), x4c_ike_responder);
    if (!child) {
        x4_charon_term2(xchg, bfalse);
        return NULL;
    }
    child->xchg = xchg;
    child->selectors = offer->selectors;
    child->local = offer->local;
    child->remote = offer->remote;
    shard_report_begun2(child);
    return child;
}

/* False: another child took the CPI while the quick mode was under way. */
static bool take_cpi(struct shard_child *child)
{
    if (!child->cpi_in || shard_cpi_take(child->sa->shard->cpis, child->cpi_in))
        return true;
    child->cpi_in = 0;
    return false;
}

static void on_agreed(void *context, const x4s_ike_keys2 *keys)
{
    struct shard_child *child = context;
    if (!child)
        return;
    expect(child, keys);
    shard_persist_agreed2(child, keys);
}

/*
 * A peer gives an SPI to one child at a time. Another that has it was in the store before the peer
 * was answered, which a restart has prevented (shard/keep/resume.c). It must leave the kernel
 * first: what is sent has the same SPI.
 */
static void end_unheard(const struct shard_child *child)
{
    if (!child->sa->connection->acked)
        return;
    x4m_list_each(link, &child->sa->children)
    {
        struct shard_child *other = x4m_container(link, struct shard_child, of_sa);
        if (other == child || !other->up || other->spi_out != child->spi_out ||
            !shard_child_is_same(other, child))
            continue;
        uninstall(other);
        shard_child_end(other, SHARD_END_replaced, false);
        return;
    }
}

static void on_completed(void *context, const x4s_ike_keys2 *keys)
{
    struct shard_child *child = context;
    int error = ENOMEM;
    shard_child_enlist(child, keys);
    shard_handshakes_end2(child, SHARD_COMPLETED);
    end_unheard(child);
    free(child->offer);
    child->offer = NULL;
    shard_report_up2(child, keys);
    if (take_cpi(child))
        install(child, keys);
    else
        error = EADDRINUSE;
    if (child->installed) {
        shard_persist_up2(child, keys);
        shard_event_up2(child);
        shard_session_child_up(child, true);
        shard_order_child_up(child);
        shard_rekey_completed2(child);
        shard_relocate_settle(child);
        shard_twin_settle_child(child);
        return;
    }
    shard_phase2_kernel_done(child->sa->shard, HUB_KERNEL_ADD, child->spi_in, error);
}

static void on_disposed(void *context, x4e_ike_reason reason)
{
    struct shard_child *child = context;
    if (!child)
        return;
    if (child->relocated) {
        shard_child_free(child);
        return;
    }
    if (!child->up)
        shard_handshakes_end2(child, SHARD_FAILED);
    shard_persist_down2(child);
    shard_report_down2(child, reason);
    shard_event_down2(child);
    shard_order_child_over(child, shard_end_text(child->end, reason));
    uninstall(child);
    shard_rekey_disposed2(child);
    shard_child_free(child);
}

static void on_aging(void *context)
{
    shard_rekey_aging2(context);
}

/* Who counts the volume is the kernel, which was told of the one before. */
static void on_shortened(void *context, uint32_t life_left_sec, uint32_t life_kb)
{
    struct shard_child *child = context;
    child->life_sec = shard_peer_life(child->sa->shard, child->up_at, life_left_sec);
    shard_persist_changed2(child);
    shard_report_shortened2(child, life_left_sec, life_kb);
}

/* -------------------------------------------------------------------------- transmission */

static bval on_send(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    const struct shard_child *child = context;
    if (!child)
        return bfalse;
    if (!shard_hold_take(child->sa->shard, child->sa, child, link, data, len))
        shard_transmit(child->sa->shard, link, data, len);
    return btrue;
}

const x4s_ike_calls2 shard_calls2 = {
    .initiated = on_initiated,
    .responded = on_responded,
    .agreed = on_agreed,
    .completed = on_completed,
    .disposed = on_disposed,
    .aging = on_aging,
    .shortened = on_shortened,
    .send = on_send,
    .get_spi = on_get_spi,
    .get_cpi = on_get_cpi,
    .policy = on_policy,
    .validate = on_validate,
};
