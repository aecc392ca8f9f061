/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Extended authentication: who is let in, who is not, what may happen while somebody types.
 */

#include <openssl/evp.h>
#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"
#include "tests/unit/crypto/fixture.h"

#define TEXT(string)                                                                               \
    {                                                                                              \
        (const uint8_t *)(string), sizeof(string) - 1                                              \
    }

static const x4s_ike_cfg_item right_items[] = {
    {.type = x4c_ike_xauth_user_name, .value = TEXT("carol")},
    {.type = x4c_ike_xauth_user_password, .value = TEXT("secret")},
};
static const x4s_ike_cfg right = {right_items, 2};

static const x4s_ike_cfg_item wrong_items[] = {
    {.type = x4c_ike_xauth_user_name, .value = TEXT("carol")},
    {.type = x4c_ike_xauth_user_password, .value = TEXT("guess")},
};
static const x4s_ike_cfg wrong = {wrong_items, 2};

/* -------------------------------------------------------------------------- the stage */

/* The nodes point to it, so it stays where it is when a stage is handed on. */
struct keys {
    EVP_PKEY *pairs[2];
    fixture_der private_keys[2];
    fixture_der public_keys[2];
};

struct stage {
    struct pair pair;
    struct sim_node *client;
    struct sim_node *server;
    struct keys *keys; /* NULL: none are needed */
};

static bool client_responds(uint16_t auth)
{
    return auth == x4c_ike_auth_xauth_resp_psk || auth == x4c_ike_auth_xauth_resp_rsa ||
           auth == x4c_ike_auth_hybrid_resp_rsa;
}

static bool needs_keys(uint16_t auth)
{
    return auth != x4c_ike_auth_psk && auth != x4c_ike_auth_xauth_init_psk &&
           auth != x4c_ike_auth_xauth_resp_psk;
}

/* Each knows the other's public key. */
static void give_keys(struct stage *stage)
{
    struct sim_node *nodes[] = {stage->pair.alice, stage->pair.bob};
    struct keys *keys = stage->keys = calloc(1, sizeof(*keys));
    for (unsigned i = 0; i < 2; i++) {
        keys->pairs[i] = fixture_rsa(1024);
        keys->private_keys[i] = fixture_private(keys->pairs[i]);
        keys->public_keys[i] = fixture_spki(keys->pairs[i]);
        nodes[i]->prikey.der = fixture_chunk(&keys->private_keys[i]);
        nodes[!i]->pubkey = fixture_chunk(&keys->public_keys[i]);
        nodes[i]->psk = NULL;
    }
}

static struct stage stage_new(uint64_t seed, uint16_t auth)
{
    struct stage stage = {.pair = pair_new(seed)};
    struct pair *pair = &stage.pair;
    stage.client = client_responds(auth) ? pair->bob : pair->alice;
    stage.server = client_responds(auth) ? pair->alice : pair->bob;
    pair->alice->transforms1[0].auth = pair->bob->transforms1[0].auth = auth;
    stage.client->typed = &right;
    stage.server->user = "carol";
    stage.server->password = "secret";
    if (needs_keys(auth))
        give_keys(&stage);
    return stage;
}

static struct stage stage_psk(uint64_t seed)
{
    return stage_new(seed, x4c_ike_auth_xauth_init_psk);
}

static void stage_free(struct stage *stage)
{
    sim_free(stage->pair.sim);
    for (unsigned i = 0; stage->keys && i < 2; i++)
        EVP_PKEY_free(stage->keys->pairs[i]);
    free(stage->keys);
}

/* Begins; both ends of phase 1 exist afterwards. */
static void begin(struct stage *stage)
{
    struct pair *pair = &stage->pair;
    pair->a = sim_init1(pair->alice, pair->bob);
    assert_non_null(pair->a);
    sim_settle(pair->sim);
    pair->b = sim_last(pair->bob, 1);
    assert_non_null(pair->b);
}

static struct sim_xchg *servers(const struct stage *stage)
{
    return sim_last(stage->server, 1);
}

static struct sim_xchg *clients(const struct stage *stage)
{
    return sim_last(stage->client, 1);
}

static void assert_let_in(const struct stage *stage)
{
    assert_true(sim_complete(clients(stage)));
    assert_true(sim_complete(servers(stage)));
    const x4s_chunk *name = &servers(stage)->keys1.user;
    assert_int_equal(name->len, 5);
    assert_memory_equal(name->data, "carol", 5);
    assert_int_equal(clients(stage)->keys1.user.len, 0);
}

static void assert_kept_out(const struct stage *stage)
{
    assert_true(sim_ended(clients(stage), x4c_ike_xauth_refused));
    assert_true(sim_ended(servers(stage), x4c_ike_xauth_refused));
    assert_int_equal(clients(stage)->calls[SIM_COMPLETED], 0);
    assert_int_equal(servers(stage)->calls[SIM_COMPLETED], 0);
    assert_int_equal(stage->server->stats.phase1, 0);
    assert_int_equal(stage->server->stats.unproven, 0);
}

/* -------------------------------------------------------------------------- coming about */

static const uint16_t methods[] = {
    x4c_ike_auth_xauth_init_psk, x4c_ike_auth_xauth_resp_psk,  x4c_ike_auth_xauth_init_rsa,
    x4c_ike_auth_xauth_resp_rsa, x4c_ike_auth_hybrid_init_rsa, x4c_ike_auth_hybrid_resp_rsa,
};

static void test_methods(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * x4m_countof(methods); i++) {
        struct stage stage = stage_new(i, methods[i / 2]);
        struct pair *pair = &stage.pair;
        bool aggressive = i % 2;
        pair->alice->config1.aggressive = pair->bob->config1.aggressive = aggressive;
        pair->bob->config1.aggressive_psk = aggressive;
        begin(&stage);
        sim_run(pair->sim, 3000); /* the question may have to be repeated: it may come too early */
        assert_let_in(&stage);
        assert_string_equal(clients(&stage)->asked, "asked 16520:0000 16521= 16522=");
        assert_string_equal(servers(&stage)->answer, "answer 16521=6361726f6c 16522=736563726574");
        uint64_t least = (aggressive ? 3 : 6) + 4;
        assert_in_range(pair->sim->network.sent, least, least + 1);
        pair_quick(pair->a);
        pair_quick(pair->b);
        stage_free(&stage);
    }
}

/* The question overtakes the message before it: it comes again. */
static void test_overtaking(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) {
        struct stage stage = stage_psk(seed);
        stage.pair.sim->network.delay_max_ms = 50;
        begin(&stage);
        sim_run(stage.pair.sim, 5000);
        assert_let_in(&stage);
        stage_free(&stage);
    }
}

/* With hybrid methods only one of them has a key. */
static void test_hybrid_needs_no_key(void **state)
{
    (void)state;
    static const uint16_t hybrids[] = {x4c_ike_auth_hybrid_init_rsa, x4c_ike_auth_hybrid_resp_rsa};
    for (unsigned i = 0; i < 2; i++) {
        struct stage stage = stage_new(i, hybrids[i]);
        stage.client->prikey.der.len = 0;
        stage.client->calls1.get_prikey = NULL;
        stage.server->pubkey.len = 0;
        begin(&stage);
        assert_let_in(&stage);
        assert_int_equal(clients(&stage)->calls[SIM_GET_PRIKEY], 0);
        assert_int_equal(servers(&stage)->calls[SIM_GET_PUBKEY], 0);
        stage_free(&stage);
    }
}

/* Without the callbacks that a method needs it is not usable. */
static void test_missing_callbacks(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    stage.client->calls1.get_xauth = NULL;
    assert_null(sim_init1(stage.client, stage.server));
    stage_free(&stage);

    stage = stage_psk(1);
    stage.server->calls1.xauth = NULL;
    sim_init1(stage.client, stage.server);
    sim_settle(stage.pair.sim);
    assert_int_equal(stage.server->refused[x4c_ike_bad_config], 1);
    stage_free(&stage);
}

static void accept(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    job->verdict = x4c_ike_verdict_accept;
}

/* Android's passwords and names may end with a zero byte. */
static void test_trailing_zero(void **state)
{
    (void)state;
    static const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_xauth_user_name, .value = {(const uint8_t *)"carol", 6}},
        {.type = x4c_ike_xauth_user_password, .value = {(const uint8_t *)"secret", 6}},
    };
    static const x4s_ike_cfg typed = {items, 2};
    struct stage stage = stage_psk(1);
    stage.client->typed = &typed;
    stage.server->judge = accept;
    begin(&stage);
    assert_string_equal(servers(&stage)->answer, "answer 16521=6361726f6c00 16522=736563726574");
    assert_let_in(&stage);
    stage_free(&stage);
}

/* -------------------------------------------------------------------------- refusals */

static void test_wrong_password(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    stage.client->typed = &wrong;
    begin(&stage);
    assert_kept_out(&stage);
    assert_int_equal(servers(&stage)->calls[SIM_XAUTH], 1);
    stage_free(&stage);
}

static void type_right(struct sim_xchg *xchg, enum sim_call call)
{
    struct stage *stage = xchg->node->sim->test;
    if (call == SIM_XAUTH)
        stage->client->typed = &right; /* from the second time on */
}

static void test_second_try(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    stage.pair.sim->test = &stage;
    stage.client->typed = &wrong;
    stage.server->config1.xauth_tries = 3;
    stage.server->hook = type_right;
    begin(&stage);
    assert_let_in(&stage);
    assert_int_equal(servers(&stage)->calls[SIM_XAUTH], 2);
    stage_free(&stage);
}

static void test_all_tries(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    stage.client->typed = &wrong;
    stage.server->config1.xauth_tries = 3;
    begin(&stage);
    assert_kept_out(&stage);
    assert_int_equal(servers(&stage)->calls[SIM_XAUTH], 3);
    stage_free(&stage);
}

/* Nobody types: the client says that it gives up, and the user's check is not bothered. */
static void test_no_answer(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    stage.client->typed = NULL;
    begin(&stage);
    assert_kept_out(&stage);
    assert_int_equal(servers(&stage)->calls[SIM_XAUTH], 0);
    stage_free(&stage);
}

static void test_answer_too_large(void **state)
{
    (void)state;
    static const uint8_t bytes[1100];
    static const x4s_ike_cfg_item long_name[] = {
        {.type = x4c_ike_xauth_user_name, .value = {bytes, sizeof(bytes)}}};
    x4s_ike_cfg_item many[9];
    for (unsigned i = 0; i < 9; i++)
        many[i] = right_items[i % 2];
    const x4s_ike_cfg answers[] = {{long_name, 1}, {many, 9}};
    for (unsigned i = 0; i < 2; i++) {
        struct stage stage = stage_psk(i);
        stage.client->typed = &answers[i];
        begin(&stage);
        assert_kept_out(&stage);
        assert_int_equal(servers(&stage)->calls[SIM_XAUTH], 0);
        stage_free(&stage);
    }
}

/* -------------------------------------------------------------------------- rounds and verdicts */

static const x4s_ike_cfg_item passcode_items[] = {
    {.type = x4c_ike_xauth_message, .value = TEXT("token?")},
    {.type = x4c_ike_xauth_passcode},
};

static void ask_for_passcode(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    job->question = (x4s_ike_cfg){passcode_items, 2};
    job->verdict = job->round == 1 ? x4c_ike_verdict_accept : x4c_ike_verdict_ask;
}

static void test_passcode(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    stage.server->judge = ask_for_passcode;
    begin(&stage);
    assert_let_in(&stage);
    assert_string_equal(clients(&stage)->asked, "asked 16524=746f6b656e3f 16523=");
    assert_int_equal(servers(&stage)->calls[SIM_XAUTH], 2);
    stage_free(&stage);
}

static void ask_forever(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    job->question = (x4s_ike_cfg){passcode_items, 2};
    job->verdict = x4c_ike_verdict_ask;
}

static void test_rounds_are_bounded(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    stage.server->judge = ask_forever;
    begin(&stage);
    assert_kept_out(&stage);
    assert_int_equal(servers(&stage)->calls[SIM_XAUTH], 8);
    stage_free(&stage);
}

static void think(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    (void)job;
}

/* The verdict comes when the server far away has answered; the answer is still there. */
static void test_later_verdict(void **state)
{
    (void)state;
    static const x4e_ike_verdict verdicts[] = {x4c_ike_verdict_accept, x4c_ike_verdict_refuse};
    for (unsigned i = 0; i < 2; i++) {
        struct stage stage = stage_psk(i);
        stage.server->judge = think;
        begin(&stage);
        sim_run(stage.pair.sim, 60000);
        x4s_ike_xauth_job *job = servers(&stage)->job;
        const x4s_ike_cfg_item *password =
            x4_ike_cfg_find(&job->answer, x4c_ike_xauth_user_password, 0);
        assert_memory_equal(password->value.data, "secret", 6);
        assert_null(sim_peer(clients(&stage)));
        job->verdict = verdicts[i];
        job->completed(job);
        stage.server->tick_at = stage.pair.sim->now;
        sim_settle(stage.pair.sim);
        if (i == 0)
            assert_let_in(&stage);
        else
            assert_kept_out(&stage);
        stage_free(&stage);
    }
}

/* -------------------------------------------------------------------------- time */

static void test_no_verdict(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    stage.server->judge = think;
    begin(&stage);
    sim_run(stage.pair.sim, 119000);
    assert_false(servers(&stage)->calls[SIM_DISPOSED]);
    sim_run(stage.pair.sim, 2000);
    assert_true(sim_ended(servers(&stage), x4c_ike_timed_out));
    assert_true(clients(&stage)->calls[SIM_DISPOSED]);
    assert_int_equal(stage.server->stats.unproven, 0);
    stage_free(&stage);
}

static bool lose_transactions(void *context, const struct sim_datagram *datagram)
{
    unsigned *lost = context;
    if (datagram->data[WIRE_EXCHANGE_AT] != WIRE_TRANSACTION)
        return true;
    ++*lost;
    return false;
}

/* The client does not hear the question: it comes again at growing intervals. */
static void test_question_repeated(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    struct sim *sim = stage.pair.sim;
    unsigned lost = 0;
    sim->network.tap = lose_transactions;
    sim->network.tap_context = &lost;
    begin(&stage);
    sim_run(sim, 100000);
    assert_in_range(lost, 5, 8);
    assert_false(servers(&stage)->calls[SIM_DISPOSED]);
    sim_run(sim, 30000);
    assert_true(sim_ended(servers(&stage), x4c_ike_timed_out));
    stage_free(&stage);
}

static void test_loss(void **state)
{
    (void)state;
    unsigned let_in = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct stage stage = stage_psk(seed);
        struct sim *sim = stage.pair.sim;
        sim->network.loss_pct = 20;
        sim->network.duplicate_pct = 20;
        sim_init1(stage.client, stage.server);
        sim_run(sim, 200000);
        const struct sim_xchg *server = servers(&stage);
        let_in += server && sim_complete(server) && sim_complete(clients(&stage));
        assert_true(!server || sim_complete(server) || server->calls[SIM_DISPOSED]);
        assert_true(sim_complete(clients(&stage)) || clients(&stage)->calls[SIM_DISPOSED]);
        sim_free(sim);
    }
    assert_true(let_in > 90);
}

/* -------------------------------------------------------------------------- meanwhile */

static struct stage stage_thinking(void)
{
    struct stage stage = stage_psk(1);
    stage.server->judge = think;
    stage.client->config1.initial_contact = btrue;
    begin(&stage);
    assert_non_null(servers(&stage)->job);
    return stage;
}

static void accept_now(struct stage *stage)
{
    x4s_ike_xauth_job *job = servers(stage)->job;
    job->verdict = x4c_ike_verdict_accept;
    job->completed(job);
    stage->server->tick_at = stage->pair.sim->now;
    sim_settle(stage->pair.sim);
}

/* Nothing else goes on until it is done, on either side. */
static void test_nothing_else(void **state)
{
    (void)state;
    struct stage stage = stage_thinking();
    const x4s_ike_cfg nothing = {NULL, 0};
    for (unsigned i = 0; i < 2; i++) {
        struct sim_xchg *xchg = i ? servers(&stage) : clients(&stage);
        assert_null(sim_init2(xchg));
        assert_false(sim_configure(xchg, x4c_ike_cfg_request, &nothing));
    }
    assert_int_equal(stage.server->stats.phase1, 0);
    assert_int_equal(stage.server->stats.unproven, 1);
    accept_now(&stage);
    assert_let_in(&stage);
    stage_free(&stage);
}

/* INITIAL-CONTACT came with phase 1; it counts when the user is let in. */
static void test_contact_waits(void **state)
{
    (void)state;
    struct stage stage = stage_thinking();
    assert_int_equal(servers(&stage)->calls[SIM_NOTIFIED], 0);
    accept_now(&stage);
    assert_int_equal(servers(&stage)->calls[SIM_NOTIFIED], 1);
    stage_free(&stage);
}

static void test_ended_meanwhile(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct stage stage = stage_thinking();
        struct sim_xchg *server = servers(&stage);
        sim_term(i ? server : clients(&stage), btrue);
        sim_settle(stage.pair.sim);
        assert_true(server->calls[SIM_DISPOSED]);
        assert_true(clients(&stage)->calls[SIM_DISPOSED]);
        assert_int_equal(server->calls[SIM_COMPLETED], 0);
        stage_free(&stage);
    }
}

/* -------------------------------------------------------------------------- afterwards */

/* The user's name goes along when another instance takes the SA over. */
static void test_resume(void **state)
{
    (void)state;
    struct stage stage = stage_psk(1);
    begin(&stage);
    struct sim_xchg *quick = pair_quick(stage.pair.a);
    struct sim_node *heir = sim_add(stage.pair.sim);
    stage.server->deaf = true;
    sim_swap_addresses(stage.server, heir);
    struct sim_xchg *resumed = sim_resume1(heir, servers(&stage));
    assert_non_null(resumed);
    assert_non_null(sim_resume2(resumed, sim_peer(quick)));
    pair_quick(stage.pair.a);
    assert_int_equal(resumed->calls[SIM_XAUTH], 0);
    sim_term(quick, btrue);
    sim_settle(stage.pair.sim);
    assert_int_equal(heir->stats.phase2, 1);
    stage_free(&stage);
}

/* Users of one group at one address are two peers: neither deletes what is the other's. */
static void test_users_of_one_group(void **state)
{
    (void)state;
    static const x4s_ike_cfg_item dave_items[] = {
        {.type = x4c_ike_xauth_user_name, .value = TEXT("dave")},
        {.type = x4c_ike_xauth_user_password, .value = TEXT("secret")},
    };
    static const x4s_ike_cfg dave = {dave_items, 2};
    struct stage stage = stage_psk(1);
    begin(&stage);
    struct sim_xchg *carols = pair_quick(stage.pair.a);
    struct sim_xchg *peer = sim_peer(carols);
    stage.client->typed = &dave;
    stage.server->user = "dave";
    stage.client->last_spi = carols->keys2.in.spi - 1; /* the same SPI at the same address */
    struct sim_xchg *second = sim_init1(stage.client, stage.server);
    sim_settle(stage.pair.sim);
    struct sim_xchg *daves = pair_quick(second);
    assert_int_equal(daves->keys2.in.spi, carols->keys2.in.spi);
    sim_term(daves, btrue);
    sim_settle(stage.pair.sim);
    assert_true(sim_complete(peer));
    stage_free(&stage);
}

/* -------------------------------------------------------------------------- announcements */

struct tape {
    const uint8_t *wanted;
    size_t len;
    unsigned seen;
};

static bool look_for(void *context, const struct sim_datagram *datagram)
{
    struct tape *tape = context;
    for (size_t at = 0; at + tape->len <= datagram->len; at++)
        if (memcmp(datagram->data + at, tape->wanted, tape->len) == 0) {
            tape->seen++;
            break;
        }
    return true;
}

/* XAUTH is announced only where it is configured: some clients stumble over it. */
static void test_vendor_ids(void **state)
{
    (void)state;
    static const uint8_t xauth[] = {0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12};
    static const uint8_t unity[] = {0x12, 0xf5, 0xf2, 0x8c, 0x45, 0x71, 0x68, 0xa9,
                                    0x70, 0x2d, 0x9f, 0xe2, 0x74, 0xcc, 0x01, 0x00};
    for (unsigned i = 0; i < 8; i++) {
        bool extended = i & 1;
        bool with_unity = i & 2;
        struct stage stage =
            stage_new(i, extended ? x4c_ike_auth_xauth_init_psk : x4c_ike_auth_psk);
        struct tape tape = {with_unity ? unity : xauth, with_unity ? sizeof(unity) : sizeof(xauth),
                            0};
        stage.pair.sim->network.tap = look_for;
        stage.pair.sim->network.tap_context = &tape;
        stage.client->config1.unity = stage.server->config1.unity = with_unity;
        stage.client->config1.aggressive = stage.server->config1.aggressive = (i & 4) != 0;
        stage.server->config1.aggressive_psk = btrue;
        begin(&stage);
        assert_int_equal(tape.seen, with_unity || extended ? 2 : 0);
        stage_free(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_overtaking),
        cmocka_unit_test(test_hybrid_needs_no_key),
        cmocka_unit_test(test_missing_callbacks),
        cmocka_unit_test(test_trailing_zero),
        cmocka_unit_test(test_wrong_password),
        cmocka_unit_test(test_second_try),
        cmocka_unit_test(test_all_tries),
        cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_answer_too_large),
        cmocka_unit_test(test_passcode),
        cmocka_unit_test(test_rounds_are_bounded),
        cmocka_unit_test(test_later_verdict),
        cmocka_unit_test(test_no_verdict),
        cmocka_unit_test(test_question_repeated),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_nothing_else),
        cmocka_unit_test(test_contact_waits),
        cmocka_unit_test(test_ended_meanwhile),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_users_of_one_group),
        cmocka_unit_test(test_vendor_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
