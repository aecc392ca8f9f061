/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The last message of an exchange: sent again while its answer is awaited, kept for duplicates.
 */

#include "tests/unit/ike/fake.h"

static const uint8_t hello[] = "hello";

static struct fake_xchg *open_xchg(struct fake *fake)
{
    static const x4s_ike_step steps[] = {{.name = "one"}};
    struct fake_xchg *xchg = calloc(1, sizeof(*xchg));
    x4_xchg_begin(&xchg->base, &fake->charon, &fake_kind, steps, x4c_ike_responder, NULL);
    return xchg;
}

static void close_all(struct fake *fake, struct fake_xchg *xchg)
{
    x4_xchg_dispose(&xchg->base, x4c_ike_terminated, bfalse);
    fake_free(fake);
    free(xchg);
}

/* 1 s, then twice as long each time up to 4 s, four times; then the exchange is given up. */
static void test_schedule(void **state) /* req 2408-5.1-3 2408-5.1-6 2408-5.1-7 2408-5.1-8 */
{
    (void)state;
    static const x4_msec after[] = {1000, 2000, 4000, 4000};
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, btrue));
    for (size_t i = 0; i < x4m_countof(after); i++) {
        fake_run(fake, after[i] - 1);
        assert_int_equal(xchg->sends, i + 1);
        fake_run(fake, 1);
        assert_int_equal(xchg->sends, i + 2);
        assert_memory_equal(xchg->data, hello, sizeof(hello));
    }
    assert_int_equal(fake->stats.resends, x4m_countof(after));
    fake_run(fake, 4000);
    assert_int_equal(xchg->disposed, 1);
    assert_int_equal(xchg->reason, x4c_ike_timed_out);
    assert_int_equal(xchg->sends, 5);
    close_all(fake, xchg);
}

/* What an unauthenticated notify said explains why nothing else came. */
static void test_hint(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    xchg->base.hint = x4c_ike_peer_no_proposal;
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, btrue));
    fake_run(fake, 20000);
    assert_int_equal(xchg->reason, x4c_ike_peer_no_proposal);
    close_all(fake, xchg);
}

static void test_not_awaited_is_not_sent_again(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, bfalse));
    fake_run(fake, 50000);
    assert_int_equal(xchg->sends, 1);
    close_all(fake, xchg);
}

static void test_stop_and_resume(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, btrue));
    x4_outbox_stop(&xchg->base);
    fake_run(fake, 20000);
    assert_int_equal(xchg->sends, 1);
    x4_outbox_resume(&xchg->base);
    fake_run(fake, 1000);
    assert_int_equal(xchg->sends, 2);
    close_all(fake, xchg);
}

/* The same message again is answered again, at most every 500 ms; another one is not it. */
static void test_duplicates(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    assert_false(x4_outbox_repeat(&xchg->base, 7));
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, bfalse));
    assert_false(x4_outbox_repeat(&xchg->base, 8));
    assert_true(x4_outbox_repeat(&xchg->base, 7));
    assert_int_equal(xchg->sends, 1); /* too soon */
    fake_run(fake, 500);
    assert_true(x4_outbox_repeat(&xchg->base, 7));
    assert_int_equal(xchg->sends, 2);
    assert_int_equal(fake->stats.duplicates_answered, 1);
    close_all(fake, xchg);
}

/* A message that answers nothing is nobody's duplicate, not even of digest 0. */
static void test_a_beginning_answers_nothing(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 0, btrue));
    fake_run(fake, 600);
    assert_false(x4_outbox_repeat(&xchg->base, 0));
    close_all(fake, xchg);
}

static void test_retired_is_forgotten_in_time(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, bfalse));
    x4_outbox_retire(&xchg->base);
    fake_run(fake, 29999);
    assert_true(x4_outbox_repeat(&xchg->base, 7));
    fake_run(fake, 1);
    assert_false(x4_outbox_repeat(&xchg->base, 7));
    assert_int_equal(xchg->sends, 2);
    close_all(fake, xchg);
}

/* The user takes over: it is asked at the first interval for ever, and nothing is given up. */
static void test_user_takes_over(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    xchg->takes_resend = true;
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, btrue));
    fake_run(fake, 10000);
    assert_int_equal(xchg->resends, 10);
    assert_int_equal(xchg->resend_cause, x4c_ike_resend_lost);
    assert_int_equal(xchg->sends, 1);
    xchg->resend_says = true;
    fake_run(fake, 1000);
    assert_int_equal(xchg->sends, 2);
    assert_int_equal(xchg->resend_count, 1); /* so often it had been sent */
    assert_true(x4_outbox_repeat(&xchg->base, 7));
    assert_int_equal(xchg->sends, 2); /* too soon: not asked */
    fake_run(fake, 600);
    xchg->resend_says = false;
    assert_true(x4_outbox_repeat(&xchg->base, 7));
    assert_int_equal(xchg->resend_cause, x4c_ike_resend_duplicate);
    assert_int_equal(xchg->sends, 2);
    close_all(fake, xchg);
}

static void end(struct fake_xchg *xchg)
{
    x4_xchg_dispose(&xchg->base, x4c_ike_terminated, bfalse);
}

/* The exchange may end within any of the callbacks. */
static void test_ends_within_callbacks(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        struct fake *fake = fake_new();
        struct fake_xchg *xchg = open_xchg(fake);
        assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, btrue));
        xchg->takes_resend = how > 0;
        xchg->resend_says = how == 1;
        if (how == 0)
            xchg->on_send = end;
        else
            xchg->on_resend = end;
        fake_run(fake, 5000);
        assert_int_equal(xchg->disposed, 1);
        assert_int_equal(xchg->sends, how == 0 ? 2 : 1);
        close_all(fake, xchg);
    }
}

static void test_failures(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = open_xchg(fake);
    fake->books.fail_at = fake->books.calls + 1;
    assert_false(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, btrue));
    assert_int_equal(xchg->sends, 0);
    assert_true(x4_outbox_send(&xchg->base, hello, sizeof(hello), 7, btrue));
    xchg->send_fails = true;
    fake_run(fake, 1000);
    assert_int_equal(xchg->reason, x4c_ike_send_failed);
    close_all(fake, xchg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_hint),
        cmocka_unit_test(test_not_awaited_is_not_sent_again),
        cmocka_unit_test(test_stop_and_resume),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_a_beginning_answers_nothing),
        cmocka_unit_test(test_retired_is_forgotten_in_time),
        cmocka_unit_test(test_user_takes_over),
        cmocka_unit_test(test_ends_within_callbacks),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
