/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/estate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    LEASE = 9600,
    OVER = LEASE - LEASE / ESTATE_MARGIN,
};

static struct {
    struct estate estate;
    char asked; /* 'c', 'f', 'r', 'l': the last question */
    unsigned questions;
    uint64_t at_least;
    char told[64]; /* events, a letter each */
    char holder[16];
} t;

static void on_claim(void *context, const char *estate, uint64_t at_least, bool force)
{
    (void)context;
    assert_string_equal(estate, "hub1");
    t.asked = force ? 'f' : 'c';
    t.at_least = at_least;
    t.questions++;
}

static void on_renew(void *context, const struct store_estate *estate)
{
    (void)context;
    assert_ptr_equal(estate, &t.estate.held);
    t.asked = 'r';
    t.questions++;
}

static void on_release(void *context, const struct store_estate *estate)
{
    (void)context;
    assert_ptr_equal(estate, &t.estate.held);
    t.asked = 'l';
    t.questions++;
}

static void tell(char letter)
{
    t.told[strlen(t.told)] = letter;
}

static void on_taken(void *context, struct estate *estate)
{
    (void)context;
    (void)estate;
    tell('t');
}

static void on_lost(void *context, struct estate *estate, const char *holder)
{
    (void)context;
    (void)estate;
    snprintf(t.holder, sizeof(t.holder), "%s", holder);
    tell('l');
}

static void on_isolated(void *context, struct estate *estate, bool isolated)
{
    (void)context;
    (void)estate;
    tell(isolated ? 'i' : 'b');
}

static void on_released(void *context, struct estate *estate)
{
    (void)context;
    (void)estate;
    tell('r');
}

static int setup(void **state)
{
    static const struct estate_host host = {
        .claim = on_claim,
        .renew = on_renew,
        .release = on_release,
        .taken = on_taken,
        .lost = on_lost,
        .isolated = on_isolated,
        .released = on_released,
    };

    (void)state;
    memset(&t, 0, sizeof(t));
    estate_init(&t.estate, &host, "hub1", LEASE);
    return 0;
}

static void answer(enum store_result result, x4_msec now)
{
    estate_answered(&t.estate, result == STORE_DONE ? 7 : 0, "", result, now);
}

/* Claimed at 1000, answered at 1500. */
static void own(void)
{
    estate_claim(&t.estate, false, 1000);
    answer(STORE_DONE, 1500);
    assert_string_equal(t.told, "t");
    assert_int_equal(t.estate.held.token, 7);
    t.questions = 0;
    t.told[0] = '\0';
}

static void test_claim(void **state)
{
    (void)state;
    assert_int_equal(estate_tick(&t.estate, 0), x4c_never);
    estate_claim(&t.estate, false, 1000);
    assert_int_equal(t.asked, 'c');
    assert_int_equal(t.at_least, 0);
    assert_int_equal(estate_tick(&t.estate, 1000), x4c_never);
    assert_int_equal(t.questions, 1);
    answer(STORE_DONE, 1500);
    assert_string_equal(t.told, "t");
    assert_int_equal(t.estate.state, ESTATE_OURS);
}

static void test_another_has_it(void **state)
{
    (void)state;
    estate_claim(&t.estate, false, 1000);
    estate_answered(&t.estate, 0, "hub2", STORE_FENCED, 1500);
    assert_string_equal(t.told, "l");
    assert_string_equal(t.holder, "hub2");
    assert_int_equal(estate_tick(&t.estate, 100000), x4c_never);
    estate_claim(&t.estate, true, 100000);
    assert_int_equal(t.asked, 'f');
}

static void test_claim_while_the_store_is_away(void **state)
{
    (void)state;
    estate_claim(&t.estate, true, 1000);
    answer(STORE_AWAY, 3000);
    assert_int_equal(estate_tick(&t.estate, 3000), ESTATE_RETRY_MS);
    assert_int_equal(t.questions, 1);
    (void)estate_tick(&t.estate, 3000 + ESTATE_RETRY_MS);
    assert_int_equal(t.questions, 2);
    assert_int_equal(t.asked, 'f');
    assert_string_equal(t.told, "");
}

/* The token of the next claim is greater though the store forgot. */
static void test_claim_says_what_it_had(void **state)
{
    (void)state;
    own();
    estate_fenced(&t.estate, 1800);
    answer(STORE_FENCED, 1900);
    estate_claim(&t.estate, false, 2000);
    assert_int_equal(t.at_least, 7);
}

static void test_renewed_at_a_third_from_when_it_was_asked(void **state)
{
    (void)state;
    own();
    assert_int_equal(estate_tick(&t.estate, 1500), LEASE / 3 - 500);
    (void)estate_tick(&t.estate, 1000 + LEASE / 3 - 1);
    assert_int_equal(t.questions, 0);
    (void)estate_tick(&t.estate, 1000 + LEASE / 3);
    assert_int_equal(t.asked, 'r');
    assert_int_equal(t.questions, 1);
    answer(STORE_DONE, 5000);
    (void)estate_tick(&t.estate, 1000 + 2 * (LEASE / 3));
    assert_int_equal(t.questions, 2);
    assert_string_equal(t.told, "");
}

/* The answer came late: the lease counts from the question. */
static void test_over_from_when_it_was_asked(void **state)
{
    (void)state;
    own();
    (void)estate_tick(&t.estate, 1000 + OVER - 1);
    assert_string_equal(t.told, "");
    (void)estate_tick(&t.estate, 1000 + OVER);
    assert_string_equal(t.told, "i");
    (void)estate_tick(&t.estate, 1000 + 2 * OVER);
    assert_string_equal(t.told, "i");
}

static void test_answer_that_comes_too_late_to_help(void **state)
{
    (void)state;
    own();
    (void)estate_tick(&t.estate, 5000); /* asked */
    answer(STORE_DONE, 5000 + OVER);
    assert_string_equal(t.told, "");
    (void)estate_tick(&t.estate, 5000 + OVER);
    assert_string_equal(t.told, "i");
}

static void test_isolated_and_back(void **state)
{
    (void)state;
    own();
    for (x4_msec now = 1500; now < 1000 + 2 * OVER; now += 200) {
        (void)estate_tick(&t.estate, now);
        if (t.estate.asked)
            answer(STORE_AWAY, now);
    }
    assert_string_equal(t.told, "i");
    assert_int_equal(t.estate.state, ESTATE_OURS);
    (void)estate_tick(&t.estate, 1000 + 2 * OVER + 1000);
    answer(STORE_DONE, 1000 + 2 * OVER + 1000);
    assert_string_equal(t.told, "ib");
}

static void test_isolated_and_lost(void **state)
{
    (void)state;
    own();
    (void)estate_tick(&t.estate, 1000 + OVER);
    estate_answered(&t.estate, 0, "hub2", STORE_FENCED, 1000 + OVER);
    assert_string_equal(t.told, "il");
    assert_string_equal(t.holder, "hub2");
    assert_int_equal(estate_tick(&t.estate, 1000 + 3 * OVER), x4c_never);
    estate_claim(&t.estate, false, 1000 + 3 * OVER);
    answer(STORE_DONE, 1000 + 3 * OVER);
    assert_string_equal(t.told, "ilt");
}

static void test_write_tells_before_the_renewal(void **state)
{
    (void)state;
    own();
    estate_fenced(&t.estate, 1700);
    estate_fenced(&t.estate, 1700);
    assert_int_equal(t.asked, 'r');
    assert_int_equal(t.questions, 1);
    answer(STORE_FENCED, 1800);
    assert_string_equal(t.told, "l");
}

static void test_release(void **state)
{
    (void)state;
    own();
    estate_release(&t.estate, 2000);
    assert_int_equal(t.asked, 'l');
    answer(STORE_AWAY, 2500);
    (void)estate_tick(&t.estate, 2500 + ESTATE_RETRY_MS);
    assert_int_equal(t.questions, 2);
    answer(STORE_DONE, 2700);
    assert_string_equal(t.told, "r");
    assert_int_equal(t.estate.state, ESTATE_NOT_OURS);
    estate_release(&t.estate, 3000);
    assert_int_equal(t.questions, 2);
}

/* The renewal is answered first; it does not make the estate ours again. */
static void test_release_during_a_renewal(void **state)
{
    (void)state;
    own();
    (void)estate_tick(&t.estate, 5000);
    assert_int_equal(t.asked, 'r');
    estate_release(&t.estate, 5100);
    assert_int_equal(t.questions, 1);
    answer(STORE_DONE, 5200);
    assert_string_equal(t.told, "");
    assert_int_equal(estate_tick(&t.estate, 5200), x4c_never);
    assert_int_equal(t.asked, 'l');
    answer(STORE_DONE, 5300);
    assert_string_equal(t.told, "r");
}

static void test_released_what_another_took(void **state)
{
    (void)state;
    own();
    estate_release(&t.estate, 2000);
    estate_answered(&t.estate, 0, "hub2", STORE_FENCED, 2100);
    assert_string_equal(t.told, "l");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_claim, setup),
        cmocka_unit_test_setup(test_another_has_it, setup),
        cmocka_unit_test_setup(test_claim_while_the_store_is_away, setup),
        cmocka_unit_test_setup(test_claim_says_what_it_had, setup),
        cmocka_unit_test_setup(test_renewed_at_a_third_from_when_it_was_asked, setup),
        cmocka_unit_test_setup(test_over_from_when_it_was_asked, setup),
        cmocka_unit_test_setup(test_answer_that_comes_too_late_to_help, setup),
        cmocka_unit_test_setup(test_isolated_and_back, setup),
        cmocka_unit_test_setup(test_isolated_and_lost, setup),
        cmocka_unit_test_setup(test_write_tells_before_the_renewal, setup),
        cmocka_unit_test_setup(test_release, setup),
        cmocka_unit_test_setup(test_release_during_a_renewal, setup),
        cmocka_unit_test_setup(test_released_what_another_took, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
