/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Private keys that somebody else holds: in either role, at once or late, in any order, for
 * exchanges that have ended meanwhile, and for an instance that is gone.
 */

#include "tests/sim/pair.h"
#include "tests/unit/crypto/fixture.h"
#include "x4/crypto/sign.h"

enum { JOBS_MAX = 8 };

/* Holds one key, and whatever was asked of it and not answered yet. */
struct holder {
    x4s_crypto *crypto;
    x4s_private_key *key;
    x4s_sign_job *jobs[JOBS_MAX];
    unsigned count;
    unsigned asked;
    unsigned cancelled;
    bool at_once;
};

struct stage {
    struct pair pair;
    EVP_PKEY *keys[2];
    fixture_der private_keys[2];
    fixture_der public_keys[2];
    struct holder holder;
    x4s_key_holder calls;
};

static void sign(struct holder *holder, x4s_sign_job *job)
{
    x4s_sign_job here = {
        .key = holder->key, .hash_len = job->hash_len, .signature = job->signature};
    memcpy(here.hash, job->hash, here.hash_len);
    x4s_sign_job *const list[] = {&here};
    x4_sign_run(holder->crypto, list, 1);
    assert_int_equal(here.state, x4c_sign_done);
    assert_int_equal(here.signature_size, job->signature_size);
    job->state = x4c_sign_done;
}

static void on_sign(void *context, x4s_sign_job *job)
{
    struct holder *holder = context;
    assert_int_equal(job->state, x4c_sign_pending);
    holder->asked++;
    if (holder->at_once) {
        sign(holder, job);
        return;
    }
    assert_true(holder->count < JOBS_MAX);
    holder->jobs[holder->count++] = job;
}

static unsigned place_of(const struct holder *holder, const x4s_sign_job *job)
{
    unsigned at = 0;
    while (at < holder->count && holder->jobs[at] != job)
        at++;
    assert_true(at < holder->count);
    return at;
}

static void forget(struct holder *holder, unsigned at)
{
    holder->jobs[at] = holder->jobs[--holder->count];
}

/* A job that is not held is nobody's to cancel. */
static void on_cancel(void *context, x4s_sign_job *job)
{
    struct holder *holder = context;
    forget(holder, place_of(holder, job));
    holder->cancelled++;
}

/* Ends one of those that wait; what the holder knows of it is gone before anybody is told. */
static void answer(struct stage *stage, struct sim_node *node, unsigned at)
{
    x4s_sign_job *job = stage->holder.jobs[at];
    sign(&stage->holder, job);
    forget(&stage->holder, at);
    job->completed(job);
    node->tick_at = stage->pair.sim->now;
}

/* One side has its key elsewhere. */
static void stage_new(struct stage *stage, uint64_t seed, uint16_t auth, bool responder)
{
    const char *error;
    *stage = (struct stage){.pair = pair_new(seed)};
    struct sim_node *nodes[] = {stage->pair.alice, stage->pair.bob};
    for (unsigned i = 0; i < 2; i++) {
        stage->keys[i] = auth == x4c_ike_auth_rsa ? fixture_rsa(1024) : fixture_ec("P-256");
        stage->private_keys[i] = fixture_private(stage->keys[i]);
        stage->public_keys[i] = fixture_spki(stage->keys[i]);
        nodes[i]->prikey.der = fixture_chunk(&stage->private_keys[i]);
        nodes[!i]->pubkey = fixture_chunk(&stage->public_keys[i]);
        nodes[i]->transforms1[0].auth = auth;
    }
    stage->holder.crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    stage->holder.key = x4_private_key_new(stage->holder.crypto,
                                           fixture_chunk(&stage->private_keys[responder]), &error);
    assert_non_null(stage->holder.key);
    stage->calls = (x4s_key_holder){on_sign, on_cancel, &stage->holder};
    nodes[responder]->prikey =
        (x4s_ike_prikey){fixture_chunk(&stage->public_keys[responder]), &stage->calls};
}

static void stage_free(struct stage *stage)
{
    sim_free(stage->pair.sim);
    assert_int_equal(stage->holder.count, 0);
    x4_private_key_free(stage->holder.key);
    x4_crypto_free(stage->holder.crypto);
    for (unsigned i = 0; i < 2; i++)
        EVP_PKEY_free(stage->keys[i]);
}

static const struct {
    uint16_t auth;
    bool responder;
    bool aggressive;
} ways[] = {
    {x4c_ike_auth_rsa, false, false},      {x4c_ike_auth_rsa, true, false},
    {x4c_ike_auth_rsa, false, true},       {x4c_ike_auth_rsa, true, true},
    {x4c_ike_auth_ecdsa256, false, false}, {x4c_ike_auth_ecdsa256, true, true},
};

/* As soon as it is asked, or five seconds later, while the peer repeats what it has sent. */
static void test_in_either_role(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * x4m_countof(ways); i++) {
        struct stage stage;
        stage_new(&stage, i + 1, ways[i / 2].auth, ways[i / 2].responder);
        struct sim_node *holding = ways[i / 2].responder ? stage.pair.bob : stage.pair.alice;
        stage.pair.alice->config1.aggressive = ways[i / 2].aggressive;
        stage.pair.bob->config1.aggressive = ways[i / 2].aggressive;
        stage.holder.at_once = i % 2;
        struct sim_xchg *a = sim_init1(stage.pair.alice, stage.pair.bob);
        sim_settle(stage.pair.sim);
        assert_int_equal(stage.holder.asked, 1);
        if (!stage.holder.at_once) {
            assert_false(sim_complete(a));
            sim_run(stage.pair.sim, 5000);
            assert_int_equal(stage.holder.asked, 1);
            assert_int_equal(stage.holder.count, 1);
            answer(&stage, holding, 0);
            sim_settle(stage.pair.sim);
        }
        assert_true(sim_complete(a));
        assert_true(sim_complete(sim_peer(a)));
        pair_quick(a);
        assert_int_equal(stage.holder.asked, 1);
        assert_int_equal(stage.holder.cancelled, 0);
        stage_free(&stage);
    }
}

/* Several wait: each answer is its own exchange's, whichever comes first. */
static void test_out_of_order(void **state)
{
    (void)state;
    enum { COUNT = 6 };
    struct stage stage;
    struct sim_xchg *xchgs[COUNT];
    stage_new(&stage, 1, x4c_ike_auth_rsa, false);
    for (unsigned i = 0; i < COUNT; i++)
        xchgs[i] = sim_init1(stage.pair.alice, stage.pair.bob);
    sim_settle(stage.pair.sim);
    assert_int_equal(stage.holder.count, COUNT);
    while (stage.holder.count)
        answer(&stage, stage.pair.alice, stage.holder.count / 2);
    sim_settle(stage.pair.sim);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(sim_complete(xchgs[i]));
        pair_quick(xchgs[i]);
    }
    assert_int_equal(stage.holder.cancelled, 0);
    stage_free(&stage);
}

/*
 * Of those that wait some end first; the holder is told of each before libike forgets it, so a late
 * answer finds nobody. Then the instance goes.
 */
static void test_ended_first(void **state)
{
    (void)state;
    enum { COUNT = 6 };
    struct stage stage;
    struct sim_xchg *xchgs[COUNT];
    stage_new(&stage, 2, x4c_ike_auth_rsa, false);
    for (unsigned i = 0; i < COUNT; i++)
        xchgs[i] = sim_init1(stage.pair.alice, stage.pair.bob);
    sim_settle(stage.pair.sim);
    assert_int_equal(stage.holder.count, COUNT);
    for (unsigned i = 0; i < 3; i++)
        sim_term(xchgs[i], btrue);
    assert_int_equal(stage.holder.cancelled, 3);
    assert_int_equal(stage.holder.count, 3);
    answer(&stage, stage.pair.alice, 0);
    sim_settle(stage.pair.sim);
    unsigned complete = 0;
    for (unsigned i = 3; i < COUNT; i++)
        complete += sim_complete(xchgs[i]);
    assert_int_equal(complete, 1);
    sim_shut_down(stage.pair.alice);
    assert_int_equal(stage.holder.cancelled, 5);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(xchgs[i]->calls[SIM_DISPOSED], 1);
    stage_free(&stage);
}

/* Answered, but the end comes before the tick that would have gone on: there is nothing to cancel.
 */
static void test_answered_then_ended(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 2; how++) {
        struct stage stage;
        stage_new(&stage, 3 + how, x4c_ike_auth_rsa, false);
        struct sim_xchg *a = sim_init1(stage.pair.alice, stage.pair.bob);
        sim_settle(stage.pair.sim);
        answer(&stage, stage.pair.alice, 0);
        if (how == 0)
            sim_term(a, btrue);
        else
            sim_shut_down(stage.pair.alice);
        assert_int_equal(stage.holder.cancelled, 0);
        assert_int_equal(a->calls[SIM_DISPOSED], 1);
        assert_int_equal(a->calls[SIM_COMPLETED], 0);
        stage_free(&stage);
    }
}

/* A holder that answers with nonsense: the peer refuses it, and nothing of it is believed here. */
static void test_wrong_signature(void **state)
{
    (void)state;
    struct stage stage;
    stage_new(&stage, 5, x4c_ike_auth_rsa, false);
    struct sim_xchg *a = sim_init1(stage.pair.alice, stage.pair.bob);
    sim_settle(stage.pair.sim);
    x4s_sign_job *job = stage.holder.jobs[0];
    memset(job->signature, 1, job->signature_size);
    job->state = x4c_sign_done;
    forget(&stage.holder, 0);
    job->completed(job);
    stage.pair.alice->tick_at = stage.pair.sim->now;
    sim_run(stage.pair.sim, 120000);
    assert_true(stage.pair.bob->refused[x4c_ike_bad_signature] > 0);
    assert_false(sim_complete(a));
    assert_int_equal(a->calls[SIM_DISPOSED], 1);
    stage_free(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_either_role),  cmocka_unit_test(test_out_of_order),
        cmocka_unit_test(test_ended_first),     cmocka_unit_test(test_answered_then_ended),
        cmocka_unit_test(test_wrong_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
