/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Extended authentication in several rounds: tokens, new PINs, challenges; and what users type.
 */

#include "tests/sim/pair.h"

#define TEXT(string)                                                                               \
    {                                                                                              \
        (const uint8_t *)(string), sizeof(string) - 1                                              \
    }

/* Who is asked, and how phase 1 goes. */
static const struct {
    uint16_t auth;
    bool responder; /* is the client */
    bool aggressive;
} stages[] = {
    {x4c_ike_auth_xauth_init_psk, false, false},
    {x4c_ike_auth_xauth_init_psk, false, true},
    {x4c_ike_auth_xauth_resp_psk, true, false},
    {x4c_ike_auth_xauth_resp_psk, true, true},
};

struct stage {
    struct pair pair;
    struct sim_node *client;
    struct sim_node *server;
};

static struct stage stage_new(size_t at)
{
    struct stage stage = {.pair = pair_new(at + 1)};
    struct pair *pair = &stage.pair;
    stage.client = stages[at].responder ? pair->bob : pair->alice;
    stage.server = stages[at].responder ? pair->alice : pair->bob;
    pair->alice->transforms1[0].auth = pair->bob->transforms1[0].auth = stages[at].auth;
    pair->alice->config1.aggressive = pair->bob->config1.aggressive = stages[at].aggressive;
    pair->bob->config1.aggressive_psk = stages[at].aggressive;
    return stage;
}

static void begin(struct stage *stage)
{
    struct pair *pair = &stage->pair;
    pair->a = sim_init1(pair->alice, pair->bob);
    assert_non_null(pair->a);
    sim_run(pair->sim, 5000); /* a question that overtakes the end of phase 1 comes again */
    pair->b = sim_last(pair->bob, 1);
    assert_non_null(pair->b);
}

static struct sim_xchg *servers(const struct stage *stage)
{
    return sim_last(stage->server, 1);
}

/* -------------------------------------------------------------------------- a token */

/* What is asked in each round, and what has to be answered to it. */
static const x4s_ike_cfg_item passcode[] = {
    {.type = x4c_ike_xauth_message, .value = TEXT("token?")},
    {.type = x4c_ike_xauth_passcode},
};
static const x4s_ike_cfg_item next_pin[] = {
    {.type = x4c_ike_xauth_message, .value = TEXT("choose a PIN")},
    {.type = x4c_ike_xauth_next_pin},
};
static const x4s_ike_cfg_item challenge[] = {
    {.type = x4c_ike_xauth_challenge, .value = TEXT("4711")},
    {.type = x4c_ike_xauth_answer},
};
static const x4s_ike_cfg_item domain[] = {
    {.type = x4c_ike_xauth_user_name},
    {.type = x4c_ike_xauth_domain},
};

#define COUNTED(items)                                                                             \
    {                                                                                              \
        (items), x4m_countof(items)                                                                \
    }

static const x4s_ike_cfg questions[] = {
    COUNTED(passcode),
    COUNTED(next_pin),
    COUNTED(challenge),
    COUNTED(domain),
};

static const char *const wanted[] = {
    "answer 16521=6361726f6c 16522=736563726574",
    "answer 16523=363534333231",
    "answer 16528=31323334",
    "answer 16529=31313734",
    "answer 16521=6361726f6c 16526=444f4d",
};

/* What the client's user types for each attribute that is asked for. */
static const x4s_ike_cfg_item known[] = {
    {.type = x4c_ike_xauth_user_name, .value = TEXT("carol")},
    {.type = x4c_ike_xauth_user_password, .value = TEXT("secret")},
    {.type = x4c_ike_xauth_passcode, .value = TEXT("654321")},
    {.type = x4c_ike_xauth_next_pin, .value = TEXT("1234")},
    {.type = x4c_ike_xauth_answer, .value = TEXT("1174")},
    {.type = x4c_ike_xauth_domain, .value = TEXT("DOM")},
};

static x4s_ike_cfg_item typed[x4c_ike_cfg_max];

static bval type_what_is_asked(void *context, const x4s_ike_cfg *asked, x4s_ike_cfg *out)
{
    (void)context;
    *out = (x4s_ike_cfg){typed, 0};
    for (size_t i = 0; i < asked->count; i++)
        for (size_t k = 0; k < x4m_countof(known); k++)
            if (known[k].type == asked->items[i].type)
                typed[out->count++] = known[k];
    return out->count > 0;
}

static void ask_on(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    assert_string_equal(xchg->answer, wanted[job->round]);
    job->verdict = x4c_ike_verdict_accept;
    if (job->round == x4m_countof(questions))
        return;
    job->question = questions[job->round];
    job->verdict = x4c_ike_verdict_ask;
}

static void test_every_kind_of_round(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(stages); i++) {
        struct stage stage = stage_new(i);
        stage.client->calls1.get_xauth = type_what_is_asked;
        stage.server->judge = ask_on;
        begin(&stage);
        assert_true(sim_complete(stage.pair.a));
        assert_true(sim_complete(stage.pair.b));
        assert_int_equal(servers(&stage)->calls[SIM_XAUTH], x4m_countof(wanted));
        assert_int_equal(servers(&stage)->keys1.user.len, 5);
        pair_quick(stage.pair.a);
        pair_quick(stage.pair.b);
        sim_free(stage.pair.sim);
    }
}

/* A wrong passcode begins anew with name and password, where that is allowed. */
static void refuse_passcode(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    job->question = questions[0];
    job->verdict = job->round % 2 ? x4c_ike_verdict_refuse : x4c_ike_verdict_ask;
    if (job->round == 3)
        job->verdict = x4c_ike_verdict_accept;
}

static void test_refused_in_a_later_round(void **state)
{
    (void)state;
    for (uint8_t tries = 1; tries <= 2; tries++) {
        struct stage stage = stage_new(0);
        stage.client->calls1.get_xauth = type_what_is_asked;
        stage.server->judge = refuse_passcode;
        stage.server->config1.xauth_tries = tries;
        begin(&stage);
        assert_int_equal(servers(&stage)->calls[SIM_XAUTH], 2 * tries);
        if (tries == 2)
            assert_true(sim_complete(stage.pair.b));
        else
            assert_true(sim_ended(stage.pair.b, x4c_ike_xauth_refused));
        sim_free(stage.pair.sim);
    }
}

static void think(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    (void)job;
}

/* A server far away takes its time for each round; messages are lost meanwhile. */
static void test_every_round_takes_its_time(void **state)
{
    (void)state;
    struct stage stage = stage_new(0);
    stage.client->calls1.get_xauth = type_what_is_asked;
    stage.server->judge = think;
    stage.pair.sim->network.loss_pct = 20;
    begin(&stage);
    for (size_t round = 0; round <= x4m_countof(questions); round++) {
        sim_run(stage.pair.sim, 15000);
        x4s_ike_xauth_job *job = servers(&stage)->job;
        assert_non_null(job);
        assert_int_equal(job->round, round);
        ask_on(servers(&stage), job);
        job->completed(job);
        stage.server->tick_at = stage.pair.sim->now;
    }
    sim_run(stage.pair.sim, 15000);
    assert_true(sim_complete(stage.pair.a));
    assert_true(sim_complete(stage.pair.b));
    sim_free(stage.pair.sim);
}

/* -------------------------------------------------------------------------- what is typed */

static uint8_t characters[256];

static const x4s_ike_cfg_item *given;

/* What arrives is what was typed, to the byte. */
static void compare(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    assert_int_equal(job->answer.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(job->answer.items[i].type, given[i].type);
        assert_int_equal(job->answer.items[i].value.len, given[i].value.len);
        assert_memory_equal(job->answer.items[i].value.data, given[i].value.data,
                            given[i].value.len);
    }
    job->verdict = x4c_ike_verdict_accept;
}

/* Empty, as long as it may be, with zero bytes in it and at the end. */
static void test_passwords(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 127, 128, 129, 200};
    for (size_t i = 0; i < sizeof(characters); i++)
        characters[i] = (uint8_t)(i + 1); /* the last one is zero */
    for (size_t i = 0; i < x4m_countof(lengths); i++) {
        for (size_t at = 0; at < x4m_countof(stages); at++) {
            const uint8_t *from = characters + sizeof(characters) - lengths[i];
            const x4s_ike_cfg_item items[] = {
                {.type = x4c_ike_xauth_user_name, .value = {(const uint8_t *)"carol", 6}},
                {.type = x4c_ike_xauth_user_password, .value = {from, lengths[i]}},
            };
            const x4s_ike_cfg answer = {items, 2};
            struct stage stage = stage_new(at);
            given = items;
            stage.client->typed = &answer;
            stage.server->judge = compare;
            begin(&stage);
            assert_true(sim_complete(servers(&stage)));
            assert_int_equal(servers(&stage)->keys1.user.len, 5);
            assert_memory_equal(servers(&stage)->keys1.user.data, "carol", 5);
            sim_free(stage.pair.sim);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_round),
        cmocka_unit_test(test_refused_in_a_later_round),
        cmocka_unit_test(test_every_round_takes_its_time),
        cmocka_unit_test(test_passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
