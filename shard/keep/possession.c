/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/possession.h"

#include <stdlib.h>

#include "shard/hub_state.h"
#include "shard/keep/depart.h"
#include "shard/keep/ownership.h"
#include "shard/keep/revival.h"

/* After another has the estate, until it is claimed again. */
#define CLAIM_AGAIN_MS 200

/* How long a handover waits for the store to have all records; then it is called off. */
#define WRITE_MS 5000

static void on_read(struct hub *hub, uint32_t number);

static void tell(struct possession *possession, x4e_trace_level level, const char *event,
                 const char *holder)
{
    struct hub_log *log = hub_log(possession->hub);
    if (!hub_log_begin(log, level, event))
        return;
    hub_log_text(log, "estate", possession->lease.held.name);
    if (holder && *holder)
        hub_log_text(log, "holder", holder);
    hub_log_end(log);
    hub_log_flush(log);
}

const char *possession_phase_name(enum possession_phase phase)
{
    static const char *const names[] = {
        [POSSESSION_AWAY] = "away",           [POSSESSION_READING] = "reading",
        [POSSESSION_SERVED] = "served",       [POSSESSION_WRITING] = "writing",
        [POSSESSION_RELEASING] = "releasing", [POSSESSION_LEAVING] = "leaving",
    };
    return names[phase];
}

/* -------------------------------------------------------------------------- requests */

static void answer(struct possession *possession, const char *error)
{
    struct hub_estate_request *request = possession->request;
    possession->request = NULL;
    if (request)
        request->done(request, error);
}

static bool take_on(struct possession *possession, struct hub_estate_request *request)
{
    if (possession->request) {
        request->done(request, "somebody else has asked for something with it");
        return false;
    }
    request->possession = possession;
    possession->request = request;
    return true;
}

void possession_forget(struct hub_estate_request *request)
{
    if (request->possession && request->possession->request == request)
        request->possession->request = NULL;
}

/* -------------------------------------------------------------------------- orders to shards */

struct order {
    struct shard_letter letter;
    uint32_t estate;
    uint32_t round;
    bool forgotten;
};

static void send_orders(struct possession *possession, shard_deliver_fn deliver, bool forgotten)
{
    struct hub *hub = possession->hub;
    possession->missing = hub->count;
    possession->round++;
    for (uint32_t i = 0; i < hub->count; i++) {
        struct order *order = calloc(1, sizeof(*order));
        if (!order && hub_log_begin(&hub->log, x4c_trace_error, "no-memory"))
            hub_log_end(&hub->log);
        if (!order)
            continue;
        order->letter.deliver = deliver;
        order->estate = possession->number;
        order->round = possession->round;
        order->forgotten = forgotten;
        shard_post_send(&hub->post, i, &order->letter);
    }
}

/* A shard has done its step. NULL: others have not, or the step was called off. */
static struct possession *departed(struct hub *hub, struct shard_letter *letter)
{
    const struct shard_departed *departed = x4m_container(letter, struct shard_departed, letter);
    struct possession *possession = hub_ownership_possession(hub, departed->estate);
    const bool last =
        possession && possession->round == departed->round && --possession->missing == 0;
    free(letter);
    return last ? possession : NULL;
}

static void on_cancel(void *member, struct shard_letter *letter)
{
    const uint32_t estate = x4m_container(letter, struct order, letter)->estate;
    free(letter);
    shard_depart_cancel(member, estate);
}

/* -------------------------------------------------------------------------- claiming */

static bool is_wanted(const struct possession *possession)
{
    const struct hub_store *store = &possession->storage->copy.store;
    return possession->number == store->home || store->takeover;
}

static void claim_later(struct possession *possession, x4_msec delay)
{
    possession->claim_at = is_wanted(possession) ? shard_clock() + delay : 0;
}

static void read_all(struct possession *possession)
{
    possession->phase = POSSESSION_READING;
    possession->elsewhere = false;
    possession->claim_at = 0;
    hub_revive(possession->hub, possession->number, possession->lease.held.token, on_read);
}

void possession_init(struct possession *possession, const struct hub_storage *storage,
                     uint32_t number)
{
    *possession = (struct possession){.storage = storage, .number = number};
}

/* Others have a lease's time to take theirs first. */
void possession_begin(struct possession *possession, struct hub *hub)
{
    const struct hub_store *store = &possession->storage->copy.store;
    possession->hub = hub;
    claim_later(possession, possession->number == store->home ? 0 : store->redis.lease_ms);
}

/* -------------------------------------------------------------------------- leaving */

/* The lease may be ours all the same: the store was away, and is back. */
static void gone(struct possession *possession)
{
    possession->phase = POSSESSION_AWAY;
    tell(possession, x4c_trace_notice, "estate-left", NULL);
    if (possession->lease.state == ESTATE_OURS && !possession->lease.isolated)
        read_all(possession);
    else if (possession->lease.state == ESTATE_NOT_OURS && !possession->claim_at)
        claim_later(possession, CLAIM_AGAIN_MS);
}

static void on_gone(void *member, struct shard_letter *letter)
{
    struct possession *possession = departed(member, letter);
    if (!possession)
        return;
    gone(possession);
    hub_ownership_go_on(possession->hub);
}

static void on_leave(void *member, struct shard_letter *letter)
{
    const struct order order = *x4m_container(letter, struct order, letter);
    free(letter);
    shard_depart_end(member, order.estate, order.round, order.forgotten, on_gone);
}

static void leave(struct possession *possession, bool forgotten)
{
    possession->phase = POSSESSION_LEAVING;
    send_orders(possession, on_leave, forgotten);
}

/* -------------------------------------------------------------------------- the lease */

static bool may_serve(const struct possession *possession)
{
    const bool stop = possession->storage->copy.store.isolated_stop;
    return possession->lease.state == ESTATE_OURS && !(possession->lease.isolated && stop);
}

static void on_read(struct hub *hub, uint32_t number)
{
    struct possession *possession = hub_ownership_possession(hub, number);
    if (!possession)
        return;
    if (!may_serve(possession)) {
        answer(possession, "it was lost while it was read");
        leave(possession, possession->lease.state != ESTATE_OURS);
        return;
    }
    possession->phase = POSSESSION_SERVED;
    hub_serve(hub, number);
    tell(possession, x4c_trace_notice, "estate-served", NULL);
    answer(possession, NULL);
}

void possession_taken(struct possession *possession)
{
    tell(possession, x4c_trace_notice, "estate-taken", NULL);
    read_all(possession);
}

static void stay_away(struct possession *possession, const char *holder)
{
    if (!possession->elsewhere)
        tell(possession, x4c_trace_notice, "estate-elsewhere", holder);
    possession->elsewhere = true;
    answer(possession, "the store refuses it");
    claim_later(possession, CLAIM_AGAIN_MS);
}

void possession_lost(struct possession *possession, const char *holder)
{
    switch (possession->phase) {
    case POSSESSION_AWAY:
        stay_away(possession, holder);
        break;
    case POSSESSION_SERVED:
    case POSSESSION_WRITING:
        tell(possession, x4c_trace_error, "estate-lost", holder);
        answer(possession, "another node has taken it");
        leave(possession, true);
        break;
    case POSSESSION_RELEASING: /* the answer to the first release was lost */
        possession_released(possession);
        break;
    case POSSESSION_READING: /* it is left when it is read */
    case POSSESSION_LEAVING:
        tell(possession, x4c_trace_error, "estate-lost", holder);
        break;
    }
}

void possession_isolated(struct possession *possession, bool isolated)
{
    tell(possession, x4c_trace_error, isolated ? "estate-isolated" : "estate-reached", NULL);
    if (isolated && possession->phase == POSSESSION_SERVED && !may_serve(possession))
        leave(possession, false);
    else if (!isolated && possession->phase == POSSESSION_AWAY)
        read_all(possession);
}

/* -------------------------------------------------------------------------- wishes */

void possession_adopt(struct possession *possession, struct hub_estate_request *request)
{
    const bool here = possession->phase == POSSESSION_SERVED;
    const bool free =
        possession->phase == POSSESSION_AWAY && possession->lease.state != ESTATE_OURS;
    if (!free)
        request->done(request, here ? "it is served here" : "it is on its way");
    else if (take_on(possession, request))
        estate_claim(&possession->lease, true, shard_clock());
}

static void on_written(void *member, struct shard_letter *letter)
{
    struct possession *possession = departed(member, letter);
    if (!possession)
        return;
    possession->phase = POSSESSION_RELEASING;
    estate_release(&possession->lease, shard_clock());
    hub_ownership_go_on(possession->hub);
}

static void on_write(void *member, struct shard_letter *letter)
{
    const struct order order = *x4m_container(letter, struct order, letter);
    free(letter);
    shard_depart_begin(member, order.estate, order.round, on_written);
}

void possession_hand_over(struct possession *possession, struct hub_estate_request *request)
{
    if (possession->phase != POSSESSION_SERVED) {
        request->done(request, "it is not served here");
        return;
    }
    if (!take_on(possession, request))
        return;
    possession->phase = POSSESSION_WRITING;
    possession->give_up_at = shard_clock() + WRITE_MS;
    send_orders(possession, on_write, false);
}

static void call_off(struct possession *possession)
{
    answer(possession, "the store did not have all records in time");
    if (!may_serve(possession)) {
        leave(possession, false);
        return;
    }
    possession->phase = POSSESSION_SERVED;
    send_orders(possession, on_cancel, false);
}

void possession_released(struct possession *possession)
{
    tell(possession, x4c_trace_notice, "estate-released", NULL);
    claim_later(possession, possession->storage->copy.store.redis.lease_ms);
    answer(possession, NULL);
    leave(possession, true);
}

x4_msec possession_tick(struct possession *possession, x4_msec now)
{
    if (possession->phase == POSSESSION_WRITING && now >= possession->give_up_at)
        call_off(possession);
    if (possession->phase == POSSESSION_AWAY && possession->claim_at &&
        now >= possession->claim_at) {
        possession->claim_at = 0;
        if (possession->lease.state == ESTATE_NOT_OURS)
            estate_claim(&possession->lease, false, now);
    }
    x4_msec wait = estate_tick(&possession->lease, now);
    if (possession->phase == POSSESSION_AWAY && possession->claim_at)
        wait = x4m_min(wait, possession->claim_at - now);
    if (possession->phase == POSSESSION_WRITING)
        wait = x4m_min(wait, possession->give_up_at - now);
    return wait;
}
