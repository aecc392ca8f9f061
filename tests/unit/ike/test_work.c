/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Public-key work: collected, done in batches, and gone with its exchange.
 */

#include "tests/unit/ike/fake.h"

#define GROUP x4c_group_ecp256

static const x4s_ike_step steps[] = {
    {.name = "work",
     .shape = FAKE_SHAPE,
     .consume = fake_consume,
     .work = x4c_dh_generate,
     .produce = fake_produce,
     .last = btrue},
};

static struct fake_xchg *waiting(struct fake *fake)
{
    struct fake_xchg *xchg = calloc(1, sizeof(*xchg));
    x4s_ike_message message = fake_message(1);
    x4_xchg_begin(&xchg->base, &fake->charon, &fake_kind, steps, x4c_ike_responder, NULL);
    assert_true(x4_work_new(&xchg->base, GROUP));
    assert_int_equal(x4_xchg_receive(&xchg->base, &message), x4c_ike_none);
    return xchg;
}

static void test_batches(void **state)
{
    (void)state;
    enum { COUNT = x4c_limit_batch + 3 };
    struct fake *fake = fake_new();
    struct fake_xchg *xchgs[COUNT];
    for (unsigned i = 0; i < COUNT; i++)
        xchgs[i] = waiting(fake);
    assert_int_equal(fake->stats.dh_jobs, 0);
    x4_work_run(&fake->charon);
    assert_int_equal(fake->stats.dh_jobs, COUNT);
    assert_int_equal(fake->stats.dh_batches, 2);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(xchgs[i]->established, 1);
        x4_xchg_dispose(&xchgs[i]->base, x4c_ike_terminated, bfalse);
    }
    fake_free(fake);
    for (unsigned i = 0; i < COUNT; i++)
        free(xchgs[i]);
}

static void end_other(struct fake_xchg *xchg)
{
    if (xchg->other->base.state != x4c_state_dead)
        x4_xchg_dispose(&xchg->other->base, x4c_ike_terminated, bfalse);
}

/* The first of a batch disposes of the second, whose result nobody looks at. */
static void test_one_of_a_batch_ends_another(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *first = waiting(fake);
    struct fake_xchg *second = waiting(fake);
    first->other = second;
    second->other = first;
    first->on_established = second->on_established = end_other;
    x4_work_run(&fake->charon);
    assert_int_equal(first->established, 1);
    assert_int_equal(second->established, 0);
    assert_int_equal(second->reason, x4c_ike_terminated);
    x4_xchg_dispose(&first->base, x4c_ike_terminated, bfalse);
    fake_free(fake);
    free(first);
    free(second);
}

static void test_values(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = calloc(1, sizeof(*xchg));
    x4_xchg_begin(&xchg->base, &fake->charon, &fake_kind, steps, x4c_ike_responder, NULL);
    assert_true(x4_work_new(&xchg->base, GROUP));
    assert_int_equal(x4_work_own(&xchg->base).len, x4_dh_public_size(GROUP));
    assert_int_equal(x4_work_their(&xchg->base).len, x4_dh_public_size(GROUP));
    assert_int_equal(x4_work_shared(&xchg->base).len, x4_dh_shared_size(GROUP));

    uint8_t point[64] = {0}; /* not on the curve (RFC 5903 7) */
    assert_int_equal(x4_work_peer(&xchg->base, (x4s_chunk){point, sizeof(point)}), x4c_ike_bad_ke);
    assert_int_equal(x4_work_peer(&xchg->base, (x4s_chunk){point, sizeof(point) - 1}),
                     x4c_ike_bad_ke);
    x4_xchg_dispose(&xchg->base, x4c_ike_terminated, bfalse);
    fake_free(fake);
    free(xchg);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    struct fake_xchg *xchg = calloc(1, sizeof(*xchg));
    x4_xchg_begin(&xchg->base, &fake->charon, &fake_kind, steps, x4c_ike_responder, NULL);
    fake->books.fail_at = fake->books.calls + 1;
    assert_false(x4_work_new(&xchg->base, GROUP));
    assert_null(xchg->base.work);
    x4_xchg_dispose(&xchg->base, x4c_ike_terminated, bfalse);
    fake_free(fake);
    free(xchg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_one_of_a_batch_ends_another),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
