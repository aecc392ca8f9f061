/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The API used from within every callback that may use it. What matters is watched over by the
 * nodes themselves: each exchange ends once, no callback comes after the end, nothing leaks.
 */

#include "tests/sim/pair.h"
#include "tests/sim/user.h"

enum {
    LONG_ENOUGH_MS = 300 * 1000,
    NESTED_MAX = 30, /* exchanges that callbacks begin in one world */
};

/* What the next callback of the chosen kind does, and to how many it is still to happen. */
typedef void deed(struct sim_xchg *xchg);

struct plan {
    enum sim_call call;
    int phase;
    deed *deed;
    unsigned left;
    unsigned done;
};

static void end_it(struct sim_xchg *xchg)
{
    sim_term(xchg, btrue);
}

static void end_it_quietly(struct sim_xchg *xchg)
{
    sim_term(xchg, bfalse);
}

static void end_parent(struct sim_xchg *xchg)
{
    struct sim_xchg *parent = xchg->phase == 2 ? xchg->parent : xchg;
    if (parent->handle1)
        sim_term(parent, btrue);
}

static void end_all(struct sim_xchg *xchg)
{
    for (struct sim_xchg *other = xchg->node->xchgs; other; other = other->next) {
        if (other->handle1 || other->handle2)
            sim_term(other, btrue);
    }
}

static struct sim_node *other_node(const struct sim_node *node)
{
    struct sim *sim = node->sim;
    return node == sim->nodes[0] ? sim->nodes[1] : sim->nodes[0];
}

static void begin1(struct sim_xchg *xchg)
{
    sim_init1(xchg->node, other_node(xchg->node));
}

static void begin2(struct sim_xchg *xchg)
{
    struct sim_xchg *parent = xchg->phase == 2 ? xchg->parent : xchg;
    if (parent->handle1)
        sim_init2(parent);
}

static void begin_and_end(struct sim_xchg *xchg)
{
    struct sim_xchg *sa = sim_init1(xchg->node, other_node(xchg->node));
    if (sa && sa->handle1)
        sim_term(sa, btrue);
}

static void begin2_and_end_parent(struct sim_xchg *xchg)
{
    begin2(xchg);
    end_parent(xchg);
}

/* Ticking and receiving nest as well; a datagram of nonsense is enough to enter the library. */
static void tick_and_receive(struct sim_xchg *xchg)
{
    static const uint8_t nonsense[40] = {1};
    sim_inject(xchg->node, &other_node(xchg->node)->addr, nonsense, sizeof(nonsense));
}

static deed *const deeds[] = {end_it,          end_it_quietly, end_parent,    end_all,
                              begin1,          begin2,         begin_and_end, begin2_and_end_parent,
                              tick_and_receive};

static void act(struct sim_xchg *xchg, enum sim_call call)
{
    struct plan *plan = xchg->node->sim->test;
    if (call != plan->call || xchg->phase != plan->phase || plan->left == 0)
        return;
    plan->left--;
    plan->done++;
    plan->deed(xchg);
}

static void end_children(const struct sim_node *node, bval tell)
{
    for (struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next)
        if (xchg->phase == 2 && xchg->handle2 && sim_complete(xchg))
            sim_term(xchg, tell);
}

/* Enough of everything to make each callback come. */
static void live(struct pair *pair)
{
    static const x4s_ike_cfg nothing;
    static const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_xauth_user_name, .value = {(const uint8_t *)"carol", 5}},
        {.type = x4c_ike_xauth_user_password, .value = {(const uint8_t *)"secret", 6}},
    };
    static const x4s_ike_cfg typed = {items, x4m_countof(items)};
    const struct plan *plan = pair->sim->test;
    /* Where users are asked no message of phase 1 makes anybody believe. */
    const uint16_t auth = plan->call == SIM_AGREED ? x4c_ike_auth_psk : x4c_ike_auth_xauth_init_psk;
    struct sim_nat *nat = sim_hide(pair->alice, true);
    for (unsigned i = 0; i < 2; i++) {
        struct sim_node *node = pair->sim->nodes[i];
        node->config1.soft_sec = node->config2.soft_sec = 20;
        node->config1.life_sec = node->config2.life_sec = 60;
        node->config1.initial_contact = btrue;
        node->config1.natt = x4c_ike_natt_rfc;
        node->config1.dpd_sec = 7;
        node->transforms2[0].group = x4c_group_ecp256;
        node->calls1.resend = sim_calls1.resend;
        node->calls2.resend = sim_calls2.resend;
        node->resend_max = 5;
        node->reply = &nothing;
        node->transforms1[0].auth = auth;
        node->typed = &typed;
        node->user = "carol";
        node->password = "secret";
        node->hook = act;
    }
    pair->bob->config1.life_sec = 50; /* which he tells */
    pair->sim->network.loss_pct = 10;
    pair->a = sim_init1(pair->alice, pair->bob);
    sim_init1(pair->bob, pair->alice);
    sim_run(pair->sim, 15 * 1000);
    for (unsigned i = 0; i < 2; i++) {
        struct sim_xchg *sa = sim_last(pair->sim->nodes[i], 1);
        if (sa && sa->handle1 && sim_complete(sa))
            sim_configure(sa, x4c_ike_cfg_request, &nothing);
        if (sa && sa->handle1 && sim_complete(sa))
            sim_init2(sa);
    }
    sim_nat_move(nat);
    if (plan->call == SIM_MISSED) {
        sim_run(pair->sim, 5 * 1000);
        end_children(pair->alice, bfalse);
        end_children(pair->bob, btrue);
    }
    sim_run(pair->sim, LONG_ENOUGH_MS);
}

static unsigned live_by(const struct plan *template, uint64_t seed)
{
    struct plan plan = *template;
    struct pair pair = pair_new(seed);
    pair.sim->test = &plan;
    live(&pair);
    for (unsigned i = 0; i < 2; i++) {
        for (const struct sim_xchg *x = pair.sim->nodes[i]->xchgs; x; x = x->next)
            assert_true(sim_complete(x) || x->calls[SIM_DISPOSED]);
    }
    sim_free(pair.sim);
    return plan.done;
}

static unsigned live_many(enum sim_call call, int phase, deed *what)
{
    unsigned done = 0;
    for (uint64_t seed = 0; seed < 6; seed++) {
        const struct plan once = {.call = call, .phase = phase, .deed = what, .left = 1};
        const struct plan often = {.call = call, .phase = phase, .deed = what, .left = NESTED_MAX};
        done += live_by(&once, seed);
        done += live_by(&often, seed);
    }
    return done;
}

/* In phase 2 ours shorten within quick mode. */
static bool is_of_phase1(int call)
{
    return call == SIM_USED || call == SIM_SHORTENED || call == SIM_NOTIFIED ||
           call == SIM_MISSED || call == SIM_NATT || call == SIM_MOVED || call == SIM_CONFIGURE ||
           call == SIM_CONFIGURED || call == SIM_XAUTH;
}

/* Every deed in every callback of a phase. */
static void act_in_phase(int phase)
{
    for (int call = 0; call < SIM_GET_PSK; call++) {
        unsigned done = 0;
        for (size_t d = 0; d < x4m_countof(deeds); d++)
            done += live_many((enum sim_call)call, phase, deeds[d]);
        bool never = phase == 2 && is_of_phase1(call);
        assert_true(never == (done == 0));
    }
}

static void test_phase1_callbacks(void **state)
{
    (void)state;
    act_in_phase(1);
}

static void test_phase2_callbacks(void **state)
{
    (void)state;
    act_in_phase(2);
}

static void test_init1_ended_in_initiated(void **state)
{
    (void)state;
    struct plan plan = {.call = SIM_INITIATED, .phase = 1, .deed = end_it, .left = 1};
    struct pair pair = pair_new(1);
    pair.sim->test = &plan;
    pair.alice->hook = act;
    const struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    assert_non_null(sa);
    assert_true(sim_ended(sa, x4c_ike_terminated));
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_int_equal(pair.sim->network.sent, 0);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phase1_callbacks),
        cmocka_unit_test(test_phase2_callbacks),
        cmocka_unit_test(test_init1_ended_in_initiated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
