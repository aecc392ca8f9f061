/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Right messages at the wrong time. A session - main mode, mode config, quick mode, Deletes - is
 * the same in each run, because these worlds have no chance in them; so what is going to be said is
 * known before. Each message of it comes before its time, after its time, where there is no state,
 * and when all is over. None of them changes anything, and the session takes its course.
 */

#include <stdlib.h>

#include "tests/sim/digest.h"
#include "tests/sim/pair.h"
#include "tests/sim/wire.h"

enum {
    MESSAGES_MAX = 32,
    STEPS = 5,
    PHASE1_MESSAGES = 6,
};

struct session {
    struct sim_datagram *messages[MESSAGES_MAX];
    unsigned count;
};

struct world {
    struct pair pair;
    struct session *record; /* where what is sent is kept, or NULL */
    unsigned hold;          /* the number of the message that waits, from 1; 0: none */
    unsigned seen;
    struct sim_datagram *held;
    bool mute;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    if (world->mute)
        return false;
    if (world->record) {
        assert_in_range(world->record->count, 0, MESSAGES_MAX - 1);
        world->record->messages[world->record->count++] = sim_datagram_copy(datagram);
    }
    if (++world->seen != world->hold)
        return true;
    world->held = sim_datagram_copy(datagram);
    return false;
}

static const uint8_t address[] = {10, 3, 0, 1};
static const x4s_ike_cfg_item items[] = {
    {.type = x4c_ike_cfg_ip4_address, .value = {address, sizeof(address)}},
};
static const x4s_ike_cfg attributes = {items, 1};

static void open_world(struct world *world)
{
    world->pair = pair_new(1);
    world->pair.bob->reply = &attributes;
    world->pair.sim->network.tap = tap;
    world->pair.sim->network.tap_context = world;
    assert_true(sim_boot(world->pair.alice) && sim_boot(world->pair.bob));
}

static struct sim_node *receiver_of(const struct world *world, const struct sim_datagram *message)
{
    uint16_t port;
    return sim_find(world->pair.sim, &message->to, &port);
}

static x4e_ike_reason feed(const struct world *world, const struct sim_datagram *message)
{
    return sim_inject(receiver_of(world, message), &message->from, message->data, message->len);
}

static void take_step(struct world *world, unsigned step)
{
    struct pair *pair = &world->pair;
    switch (step) {
    case 0:
        pair->a = sim_init1(pair->alice, pair->bob);
        break;
    case 1:
        assert_true(sim_configure(pair->a, x4c_ike_cfg_request, &attributes));
        break;
    case 2:
        assert_non_null(sim_init2(pair->a));
        break;
    case 3:
        sim_term(sim_last(pair->alice, 2), btrue);
        break;
    default:
        sim_term(pair->a, btrue);
    }
    sim_settle(pair->sim);
}

/* A message that is not due: nothing comes of it. The answer to what was answered before may. */
static void feed_undue(struct world *world, const struct sim_datagram *message, bool past)
{
    const struct sim_node *node = receiver_of(world, message);
    const uint64_t digest = sim_digest(node);
    const size_t bytes = node->ledger.bytes;
    world->mute = true;
    x4e_ike_reason reason = feed(world, message);
    world->mute = false;
    assert_int_equal(sim_digest(node), digest);
    assert_true(past || reason != x4c_ike_none);
    assert_int_equal(node->ledger.bytes, bytes);
}

/*
 * What its receiver is going to get, and has got. The very first message always begins something;
 * once phase 1 is complete, so does the first of any exchange under it.
 */
static void feed_others(struct world *world, const struct session *session)
{
    const struct sim_node *receiver = receiver_of(world, world->held);
    for (unsigned number = 2; number <= session->count; number++) {
        const struct sim_datagram *message = session->messages[number - 1];
        bool past = number < world->hold;
        bool future = number > world->hold && world->hold <= PHASE1_MESSAGES;
        if (receiver_of(world, message) == receiver && (past || future))
            feed_undue(world, message, past);
    }
}

/* The whole session. Where a message waits, the others come first. */
static void run(struct world *world, const struct session *others)
{
    for (unsigned step = 0; step < STEPS; step++) {
        take_step(world, step);
        if (!world->held)
            continue;
        feed_others(world, others);
        assert_int_equal(feed(world, world->held), x4c_ike_none);
        sim_settle(world->pair.sim);
        free(world->held);
        world->held = NULL;
    }
    assert_int_equal(world->pair.bob->stats.phase1, 0);
    assert_int_equal(world->pair.bob->stats.disposed1[x4c_ike_deleted], 1);
    assert_int_equal(world->pair.bob->stats.disposed2[x4c_ike_deleted], 1);
    assert_string_equal(sim_last(world->pair.alice, 1)->answer, "answer 1=0a030001");
}

static void record(struct session *session)
{
    struct world world = {.record = session};
    open_world(&world);
    run(&world, session);
    assert_int_equal(session->count, PHASE1_MESSAGES + 2 + 3 + 1 + 1);
    sim_free(world.pair.sim);
}

static void forget(struct session *session)
{
    for (unsigned i = 0; i < session->count; i++)
        free(session->messages[i]);
}

static void messages_before_and_after_their_time(void **state)
{
    (void)state;
    struct session session = {0};
    record(&session);
    for (unsigned hold = 1; hold <= session.count; hold++) {
        struct world world = {.hold = hold};
        open_world(&world);
        run(&world, &session);
        sim_free(world.pair.sim);
    }
    forget(&session);
}

/* All but the first, which is what a state begins with. */
static void messages_without_a_state(void **state)
{
    (void)state;
    struct session session = {0};
    struct world world = {.mute = true};
    record(&session);
    open_world(&world);
    for (unsigned i = 1; i < session.count; i++)
        assert_int_equal(feed(&world, session.messages[i]), x4c_ike_unknown_sa);
    assert_int_equal(world.pair.bob->stats.messages_out, 0);
    sim_free(world.pair.sim);
    forget(&session);
}

static void messages_after_the_end(void **state)
{
    (void)state;
    struct session session = {0};
    struct world world = {0};
    record(&session);
    open_world(&world);
    run(&world, &session);
    world.mute = true;
    for (unsigned i = 1; i < session.count; i++)
        assert_int_equal(feed(&world, session.messages[i]), x4c_ike_unknown_sa);
    assert_int_equal(sim_count(world.pair.bob, 1) + sim_count(world.pair.bob, 2), 0);
    sim_free(world.pair.sim);
    forget(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_before_and_after_their_time),
        cmocka_unit_test(messages_without_a_state),
        cmocka_unit_test(messages_after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
