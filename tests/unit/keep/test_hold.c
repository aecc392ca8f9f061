/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/hold.h"

#include "tests/unit/keep/sides.h"

/* What the responder's store has counted. */
static struct shard_store_tally run(const char *responder_ends, const char *initiator_ends,
                                    struct side *hub, struct side *spoke)
{
    meet(responder_ends, initiator_ends, hub, spoke);
    const struct shard_store_tally tally = shard_persist_tally_of(hub->shard);
    close_side(spoke);
    close_side(hub);
    return tally;
}

static void test_sends_what_is_kept(void **state)
{
    (void)state;
    struct side *hub = new_side();
    struct side *spoke = new_side();
    memory_store_reset();
    const struct shard_store_tally tally = run("event=ph1-down", "event=ph2-up", hub, spoke);
    assert_int_equal(tally.held, 2);
    assert_int_equal(tally.held_lost, 0);
    assert_int_equal(tally.holding, 0);
    assert_int_equal(tally.writes, 2);
    free(hub);
    free(spoke);
}

/* Main mode 6 is never sent: the peer has nothing, and the SA ends here without a word. */
static void not_kept(enum store_result result, bool late)
{
    struct side *hub = new_side();
    struct side *spoke = new_side();
    memory_store_reset();
    memory_store.result = result;
    memory_store.late = late;
    const struct shard_store_tally tally = run("reason=not_kept", "event=ph1-down", hub, spoke);
    assert_true(tally.held_lost >= 1);
    assert_null(strstr(spoke->text, "event=ph1-up"));
    assert_non_null(strstr(hub->text, "event=ph1-up"));
    assert_int_equal(memory_store_count(), 0);
    free(hub);
    free(spoke);
}

static void test_store_away(void **state)
{
    (void)state;
    not_kept(STORE_AWAY, false);
}

static void test_store_silent(void **state)
{
    (void)state;
    not_kept(STORE_DONE, true);
}

static void test_store_refuses(void **state)
{
    (void)state;
    not_kept(STORE_REFUSED, false);
}

static void test_store_fences(void **state)
{
    (void)state;
    not_kept(STORE_FENCED, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sends_what_is_kept), cmocka_unit_test(test_store_away),
        cmocka_unit_test(test_store_silent),       cmocka_unit_test(test_store_refuses),
        cmocka_unit_test(test_store_fences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
