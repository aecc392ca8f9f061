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

static struct fake_xchg *waiting_as(struct fake *fake, const x4s_ike_kind *kind, x4e_ike_role role)
{
    struct fake_xchg *xchg = calloc(1, sizeof(*xchg));
    x4s_ike_message message = fake_message(1);
    x4_xchg_begin(&xchg->base, &fake->charon, kind, steps, role, NULL);
    assert_true(x4_work_new(&xchg->base, GROUP));
    assert_int_equal(x4_xchg_receive(&xchg->base, &message), x4c_ike_none);
    return xchg;
}

static struct fake_xchg *waiting(struct fake *fake)
{
    return waiting_as(fake, &fake_kind, x4c_ike_responder);
}

/* -------------------------------------------------------------------------- of strangers */

static struct fake *fake_with(uint32_t a_tick, uint32_t waiting)
{
    struct fake *fake = fake_new();
    fake->charon.config.limits.jobs_a_tick = a_tick;
    fake->charon.config.limits.jobs_waiting = waiting;
    fake->charon.config.timing.job_ms = 5000;
    return fake;
}

static struct fake_xchg *stranger(struct fake *fake)
{
    static x4s_ike_kind kind;
    kind = fake_kind;
    kind.of_strangers = btrue;
    return waiting_as(fake, &kind, x4c_ike_responder);
}

static void end_all(struct fake *fake, struct fake_xchg **xchgs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x4_xchg_dispose(&xchgs[i]->base, x4c_ike_terminated, bfalse);
    assert_int_equal(fake->stats.jobs_waiting, 0);
    fake_free(fake);
    for (size_t i = 0; i < count; i++)
        free(xchgs[i]);
}

/* Who is known, or was begun with by us, does not wait for strangers; these get their ration. */
static void test_strangers_wait(void **state)
{
    (void)state;
    enum { STRANGERS = 70, KNOWN = 2 };
    struct fake *fake = fake_with(66, 1000);
    struct fake_xchg *xchgs[STRANGERS + KNOWN];
    for (unsigned i = 0; i < STRANGERS; i++)
        xchgs[i] = stranger(fake);
    xchgs[STRANGERS] = waiting(fake);
    xchgs[STRANGERS + 1] = waiting(fake);
    assert_int_equal(fake->stats.jobs_waiting, STRANGERS);
    x4_work_run(&fake->charon);
    for (unsigned i = 0; i < STRANGERS + KNOWN; i++)
        assert_int_equal(xchgs[i]->established, i >= STRANGERS);
    x4_work_run_new(&fake->charon);
    assert_int_equal(fake->stats.jobs_waiting, 4);
    for (unsigned i = 0; i < STRANGERS; i++)
        assert_int_equal(xchgs[i]->established, i < 66); /* in their order */
    x4_work_run_new(&fake->charon);
    for (unsigned i = 0; i < STRANGERS; i++)
        assert_int_equal(xchgs[i]->established, 1);
    end_all(fake, xchgs, STRANGERS + KNOWN);
}

/* Of too many the oldest ends, and it alone. */
static void test_too_many_wait(void **state)
{
    (void)state;
    struct fake *fake = fake_with(16, 3);
    struct fake_xchg *xchgs[5];
    for (unsigned i = 0; i < 5; i++)
        xchgs[i] = stranger(fake);
    assert_int_equal(fake->stats.jobs_waiting, 3);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(xchgs[i]->disposed, i < 2);
        assert_int_equal(xchgs[i]->reason, i < 2 ? x4c_ike_overloaded : x4c_ike_none);
        assert_int_equal(xchgs[i]->told_error, 0);
    }
    x4_work_run_new(&fake->charon);
    assert_int_equal(fake->stats.dh_jobs, 3);
    end_all(fake, xchgs, 5);
}

/* Their peers have given up by now. */
static void test_waited_too_long(void **state)
{
    (void)state;
    struct fake *fake = fake_with(16, 1000);
    struct fake_xchg *xchgs[3];
    xchgs[0] = stranger(fake);
    xchgs[1] = stranger(fake);
    fake->charon.now += 1;
    xchgs[2] = stranger(fake);
    fake->charon.now += 5000;
    x4_work_run_new(&fake->charon);
    assert_int_equal(xchgs[0]->reason, x4c_ike_overloaded);
    assert_int_equal(xchgs[1]->reason, x4c_ike_overloaded);
    assert_int_equal(xchgs[2]->established, 1);
    assert_int_equal(fake->stats.dh_jobs, 1);
    end_all(fake, xchgs, 3);
}

/* What ends while it waits is no longer counted. */
static void test_ends_while_it_waits(void **state)
{
    (void)state;
    struct fake *fake = fake_with(16, 1000);
    struct fake_xchg *xchgs[] = {stranger(fake), stranger(fake)};
    x4_xchg_dispose(&xchgs[0]->base, x4c_ike_terminated, bfalse);
    assert_int_equal(fake->stats.jobs_waiting, 1);
    x4_work_run_new(&fake->charon);
    assert_int_equal(fake->stats.dh_jobs, 1);
    assert_int_equal(xchgs[1]->established, 1);
    end_all(fake, xchgs, 2);
}

/* -------------------------------------------------------------------------- of all */

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

static void test_values(void **state) /* req 2408-5.7-1 2408-5.7-2 */
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
        cmocka_unit_test(test_strangers_wait),  cmocka_unit_test(test_too_many_wait),
        cmocka_unit_test(test_waited_too_long), cmocka_unit_test(test_ends_while_it_waits),
        cmocka_unit_test(test_batches),         cmocka_unit_test(test_one_of_a_batch_ends_another),
        cmocka_unit_test(test_values),          cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
