/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The engine that walks an exchange through its steps, and ends it once.
 */

#include "tests/unit/ike/fake.h"

/* What the steps here ask for, by test. */
static struct {
    x4e_ike_reason verify_says;
    x4e_ike_reason prepare_says;
    unsigned verified;
    unsigned prepared;
} act;

static x4e_ike_reason verify(x4s_ike_xchg *xchg)
{
    (void)xchg;
    act.verified++;
    return act.verify_says;
}

static x4e_ike_reason prepare(x4s_ike_xchg *xchg)
{
    (void)xchg;
    act.prepared++;
    return act.prepare_says;
}

static const x4s_ike_step initiator[] = {
    {.name = "1", .produce = fake_produce, .awaited = btrue},
    {.name = "2",
     .shape = FAKE_SHAPE,
     .consume = fake_consume,
     .produce = fake_produce,
     .awaited = btrue},
    {.name = "4", .shape = FAKE_SHAPE, .consume = fake_consume, .last = btrue},
};

static const x4s_ike_step responder[] = {
    {.name = "1", .shape = FAKE_SHAPE, .consume = fake_consume, .produce = fake_produce},
    {.name = "3",
     .shape = FAKE_SHAPE,
     .consume = fake_consume,
     .produce = fake_produce,
     .last = btrue},
};

static const x4s_ike_step working[] = {
    {.name = "1",
     .shape = FAKE_SHAPE,
     .consume = fake_consume,
     .work = x4c_dh_generate,
     .verify = verify,
     .prepare = prepare,
     .produce = fake_produce,
     .last = btrue},
};

static struct fake_xchg *begin(struct fake *fake, const x4s_ike_step *steps, x4e_ike_role role)
{
    struct fake_xchg *xchg = calloc(1, sizeof(*xchg));
    memset(&act, 0, sizeof(act));
    x4_xchg_begin(&xchg->base, &fake->charon, &fake_kind, steps, role, NULL);
    return xchg;
}

static void close_all(struct fake *fake, struct fake_xchg *xchg)
{
    x4_xchg_dispose(&xchg->base, x4c_ike_terminated, bfalse);
    assert_int_equal(xchg->disposed, 1);
    assert_int_equal(xchg->left, 1);
    fake_free(fake);
    assert_int_equal(xchg->released, 1);
    free(xchg);
}

static x4e_ike_reason receive(struct fake_xchg *xchg, uint64_t digest)
{
    x4s_ike_message message = fake_message(digest);
    return x4_xchg_receive(&xchg->base, &message);
}

static void test_initiator(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = begin(fake, initiator, x4c_ike_initiator);
    assert_int_equal(xchg->base.state, x4c_state_new);
    x4_xchg_start(&xchg->base);
    assert_int_equal(xchg->sends, 1);
    assert_int_equal(xchg->base.state, x4c_state_awaiting);
    assert_int_equal(receive(xchg, 2), x4c_ike_none);
    assert_int_equal(xchg->sends, 2);
    assert_int_equal(xchg->established, 0);
    assert_int_equal(receive(xchg, 4), x4c_ike_none);
    assert_int_equal(xchg->established, 1);
    assert_int_equal(xchg->base.state, x4c_state_established);
    assert_int_equal(xchg->sends, 2); /* there is nothing to answer */
    fake_run(fake, 100000);
    assert_int_equal(xchg->disposed, 0);
    close_all(fake, xchg);
}

static void test_responder(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = begin(fake, responder, x4c_ike_responder);
    assert_int_equal(xchg->base.state, x4c_state_awaiting);
    assert_int_equal(receive(xchg, 1), x4c_ike_none);
    assert_int_equal(receive(xchg, 3), x4c_ike_none);
    assert_int_equal(xchg->established, 1);
    assert_int_equal(xchg->sends, 2);
    assert_int_equal(x4_xchg_duplicate(&xchg->base, 3), x4c_ike_duplicate);
    assert_int_equal(x4_xchg_duplicate(&xchg->base, 5), x4c_ike_none);
    close_all(fake, xchg);
}

/* A message that is not accepted changes nothing: neither step nor schedule. */
static void test_refused_messages(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = begin(fake, initiator, x4c_ike_initiator);
    x4_xchg_start(&xchg->base);
    x4s_ike_message shapeless = {.digest = 2};
    assert_int_equal(x4_xchg_receive(&xchg->base, &shapeless), x4c_ike_missing_payload);
    xchg->consume_says = x4c_ike_bad_nonce;
    assert_int_equal(receive(xchg, 2), x4c_ike_bad_nonce);
    assert_ptr_equal(xchg->base.step, &initiator[1]);
    assert_int_equal(x4_xchg_duplicate(&xchg->base, 2), x4c_ike_none);
    fake_run(fake, 1000);
    assert_int_equal(xchg->sends, 2); /* still sent again */
    close_all(fake, xchg);
}

static void test_deadline(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = begin(fake, responder, x4c_ike_responder);
    fake_run(fake, 59999);
    assert_int_equal(xchg->disposed, 0);
    fake_run(fake, 1);
    assert_int_equal(xchg->reason, x4c_ike_timed_out);
    assert_int_equal(receive(xchg, 1), x4c_ike_none); /* nobody is there to act on it */
    assert_int_equal(xchg->sends, 0);
    close_all(fake, xchg);
}

static void test_our_failures_end_it(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 2; how++) {
        struct fake *fake = fake_new();
        struct fake_xchg *xchg = begin(fake, responder, x4c_ike_responder);
        xchg->build_says = how == 0 ? x4c_ike_no_spi : x4c_ike_none;
        xchg->send_fails = how == 1;
        (void)receive(xchg, 1);
        assert_int_equal(xchg->reason, how == 0 ? x4c_ike_no_spi : x4c_ike_send_failed);
        assert_int_equal(xchg->was, x4c_state_awaiting);
        close_all(fake, xchg);
    }
}

/* -------------------------------------------------------------------------- work */

/* A message with work to do: the exchange computes until it is told. */
static struct fake_xchg *computing(struct fake *fake)
{
    struct fake_xchg *xchg = begin(fake, working, x4c_ike_responder);
    assert_true(x4_work_new(&xchg->base, x4c_group_ecp256));
    assert_int_equal(receive(xchg, 1), x4c_ike_none);
    assert_int_equal(xchg->base.state, x4c_state_computing);
    assert_int_equal(xchg->sends + act.verified + act.prepared, 0);
    assert_false(x4_list_empty(&fake->charon.work));
    return xchg;
}

static void test_work_then_verify_then_prepare(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = computing(fake);
    x4_work_run(&fake->charon);
    assert_int_equal(act.verified, 1);
    assert_int_equal(act.prepared, 1);
    assert_int_equal(xchg->sends, 1);
    assert_int_equal(xchg->established, 1);
    assert_int_equal(fake->stats.dh_jobs, 1);
    close_all(fake, xchg);
}

/* What fails to verify was not the peer's message: another one is awaited. */
static void test_verification_fails(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = computing(fake);
    act.verify_says = x4c_ike_bad_hash;
    x4_work_run(&fake->charon);
    assert_int_equal(xchg->base.state, x4c_state_awaiting);
    assert_int_equal(act.prepared, 0);
    assert_int_equal(x4_xchg_duplicate(&xchg->base, 1), x4c_ike_duplicate);
    act.verify_says = x4c_ike_none;
    assert_int_equal(receive(xchg, 2), x4c_ike_none);
    x4_work_run(&fake->charon);
    assert_int_equal(xchg->established, 1);
    close_all(fake, xchg);
}

/* If none comes, the reason that is known is told. */
static void test_verification_fails_for_good(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = computing(fake);
    act.verify_says = x4c_ike_bad_hash;
    x4_work_run(&fake->charon);
    fake_run(fake, 60000);
    assert_int_equal(xchg->reason, x4c_ike_bad_hash);
    close_all(fake, xchg);
}

static void test_failures_of_ours_after_the_work(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        struct fake *fake = fake_new();
        struct fake_xchg *xchg = computing(fake);
        act.verify_says = how == 0 ? x4c_ike_no_psk : x4c_ike_none;
        act.prepare_says = how == 1 ? x4c_ike_no_prikey : x4c_ike_none;
        if (how == 2)
            x4_xchg_computed(&xchg->base, bfalse);
        else
            x4_work_run(&fake->charon);
        static const x4e_ike_reason reasons[] = {x4c_ike_no_psk, x4c_ike_no_prikey,
                                                 x4c_ike_crypto_failed};
        assert_int_equal(xchg->reason, reasons[how]);
        assert_int_equal(xchg->sends, 0);
        assert_true(x4_list_empty(&fake->charon.work));
        close_all(fake, xchg);
    }
}

/* Disposed of while the work waits: it is not done, and its end is nobody's. */
static void test_disposed_while_computing(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = computing(fake);
    x4_xchg_dispose(&xchg->base, x4c_ike_terminated, bfalse);
    assert_true(x4_list_empty(&fake->charon.work));
    x4_xchg_computed(&xchg->base, btrue);
    x4_xchg_signed(&xchg->base, btrue);
    assert_int_equal(act.verified, 0);
    assert_int_equal(xchg->established, 0);
    close_all(fake, xchg);
}

/* -------------------------------------------------------------------------- life and end */

static struct fake_xchg *living(struct fake *fake, uint32_t soft, uint32_t hard)
{
    struct fake_xchg *xchg = begin(fake, initiator, x4c_ike_initiator);
    x4_xchg_establish(&xchg->base);
    x4_xchg_live(&xchg->base, soft, hard);
    return xchg;
}

static void test_ageing_and_expiry(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = living(fake, 10, 20);
    assert_int_equal(x4_xchg_life_left(&xchg->base), 20);
    fake_run(fake, 9999);
    assert_int_equal(xchg->aged, 0);
    fake_run(fake, 1);
    assert_int_equal(xchg->aged, 1);
    fake_run(fake, 9001);
    assert_int_equal(x4_xchg_life_left(&xchg->base), 1); /* rounded up: 0 would be no limit */
    fake_run(fake, 999);
    assert_int_equal(xchg->reason, x4c_ike_expired);
    assert_int_equal(xchg->told_delete, 1);
    assert_int_equal(xchg->aged, 1);
    close_all(fake, xchg);
}

static void test_no_limits(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = living(fake, 0, 0);
    assert_int_equal(x4_xchg_life_left(&xchg->base), 0);
    fake_run(fake, (x4_msec)1000 * 1000 * 1000);
    assert_int_equal(xchg->aged + xchg->disposed, 0);
    close_all(fake, xchg);
}

/* The peer of an established exchange gets a Delete if it shall, of another one the error. */
static void test_who_is_told(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = living(fake, 0, 0);
    x4_xchg_dispose(&xchg->base, x4c_ike_terminated, bfalse);
    assert_int_equal(xchg->told_delete + xchg->told_error, 0);
    close_all(fake, xchg);

    fake = fake_new();
    xchg = begin(fake, responder, x4c_ike_responder);
    x4_xchg_dispose(&xchg->base, x4c_ike_no_policy2, btrue);
    assert_int_equal(xchg->told_error, 1);
    assert_int_equal(xchg->notify, 18); /* INVALID-ID-INFORMATION */
    assert_int_equal(xchg->told_delete, 0);
    close_all(fake, xchg);
}

/* The end that comes while the user is asked for the context is told with it, afterwards. */
static void test_end_while_being_introduced(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = begin(fake, responder, x4c_ike_responder);
    int context;
    x4_xchg_introduce(&xchg->base);
    x4_xchg_dispose(&xchg->base, x4c_ike_refused, bfalse);
    assert_int_equal(xchg->disposed, 0);
    assert_false(x4_xchg_introduced(&xchg->base, &context));
    assert_ptr_equal(xchg->user, &context);
    assert_int_equal(xchg->reason, x4c_ike_refused);
    close_all(fake, xchg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_initiator),
        cmocka_unit_test(test_responder),
        cmocka_unit_test(test_refused_messages),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_our_failures_end_it),
        cmocka_unit_test(test_work_then_verify_then_prepare),
        cmocka_unit_test(test_verification_fails),
        cmocka_unit_test(test_verification_fails_for_good),
        cmocka_unit_test(test_failures_of_ours_after_the_work),
        cmocka_unit_test(test_disposed_while_computing),
        cmocka_unit_test(test_ageing_and_expiry),
        cmocka_unit_test(test_no_limits),
        cmocka_unit_test(test_who_is_told),
        cmocka_unit_test(test_end_while_being_introduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
