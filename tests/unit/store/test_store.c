/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/memory_store.h"

static const uint8_t hash_key[x4c_siphash_key];
static const struct store_estate here = {.name = "here", .token = 5};

static struct {
    unsigned loaded;
    unsigned load_ends;
    unsigned fenced;
    unsigned again;
    uint64_t token;
    enum store_result result;
} seen;

static bool on_watch(void *context, int fd)
{
    (void)context;
    (void)fd;
    return true;
}

static void on_unwatch(void *context, int fd)
{
    (void)context;
    (void)fd;
}

static void on_loaded(void *context, const char *estate, unsigned partition,
                      const struct store_name *name, const uint8_t *data, size_t len)
{
    (void)context;
    (void)name;
    assert_string_equal(estate, "here");
    assert_int_equal(partition, 3);
    assert_int_equal(len, 4);
    assert_memory_equal(data, "data", 4);
    seen.loaded++;
}

static void on_load_end(void *context, const char *estate, unsigned partition,
                        enum store_result result)
{
    (void)context;
    (void)estate;
    (void)partition;
    seen.load_ends++;
    seen.result = result;
}

static void on_fenced(void *context, const struct store_estate *estate)
{
    (void)context;
    assert_ptr_equal(estate, &here);
    seen.fenced++;
}

static void on_owned(void *context, const char *estate, uint64_t token, const char *holder,
                     enum store_result result)
{
    (void)context;
    (void)estate;
    (void)holder;
    seen.token = token;
    seen.result = result;
}

static void on_again(void *context)
{
    (void)context;
    seen.again++;
}

static const struct store_user user = {
    .watch = on_watch,
    .unwatch = on_unwatch,
    .loaded = on_loaded,
    .load_end = on_load_end,
    .fenced = on_fenced,
    .owned = on_owned,
    .again = on_again,
};

static struct store *open_store(size_t queue)
{
    static struct store_options options;
    options = (struct store_options){.node = "here", .queue = queue};
    struct store_error error;
    memory_store_reset();
    memset(&seen, 0, sizeof(seen));
    struct store *store = store_open(&memory_store_ops, &options, &user, hash_key, &error);
    assert_non_null(store);
    return store;
}

static bool put(struct store *store, uint8_t number, const char *data, x4_msec now)
{
    const struct store_put what = {
        .estate = &here,
        .name = {.len = 1, .bytes = {number}},
        .partition = 3,
        .data = data,
        .len = data ? (uint32_t)strlen(data) : 0,
    };
    return store_put(store, &what, now);
}

static struct store_stats stats_of(const struct store *store, x4_msec now)
{
    struct store_stats stats;
    store_stats(store, now, &stats);
    return stats;
}

static void on_answer(struct store_ticket *ticket, enum store_result result)
{
    (void)ticket;
    (void)result;
}

static void test_writes_at_the_end_of_a_round(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    assert_true(put(store, 1, "data", 98));
    assert_true(put(store, 2, "data", 99));
    store_flush(store, 99);
    assert_int_equal(memory_store.batches, 0);
    store_flush(store, 98 + STORE_GATHER_MS);
    assert_int_equal(memory_store.batches, 1);
    assert_int_equal(stats_of(store, 103).lag_ms, 5);
    store_tick(store, 103);
    assert_int_equal(memory_store_count(), 2);
    assert_int_equal(stats_of(store, 103).length, 0);
    assert_int_equal(stats_of(store, 103).queue.writes, 2);
    assert_true(put(store, 1, NULL, 104));
    assert_int_equal(store_tick(store, 104), STORE_GATHER_MS);
    store_flush(store, 104 + STORE_GATHER_MS);
    store_tick(store, 104 + STORE_GATHER_MS);
    assert_int_equal(memory_store_count(), 1);
    store_close(store);
}

/* What was put while an older version was under way follows it, at the end too. */
static void test_closes_with_the_last_version(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    assert_true(put(store, 1, "data", 98));
    store_flush(store, 98 + STORE_GATHER_MS);
    assert_int_equal(memory_store.batches, 1);
    assert_true(put(store, 1, NULL, 104));
    store_close(store);
    assert_int_equal(memory_store.batches, 2);
    assert_int_equal(memory_store_count(), 0);
}

/* Neither many nor what somebody waits for. */
static void test_gathers_no_longer_than_it_has_to(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    for (uint8_t i = 0; i < STORE_GATHER; i++) {
        store_flush(store, 100);
        assert_int_equal(memory_store.batches, 0);
        assert_true(put(store, i, "data", 100));
    }
    store_flush(store, 100);
    assert_int_equal(memory_store.batches, 1);
    struct store_ticket ticket = {.answer = on_answer};
    const struct store_put what = {.estate = &here,
                                   .name = store_name_child(0x1000),
                                   .partition = 3,
                                   .data = "data",
                                   .len = 4,
                                   .ticket = &ticket};
    assert_true(store_put(store, &what, 100));
    store_flush(store, 100);
    assert_int_equal(memory_store.batches, 2);
    store_ticket_cancel(&ticket);
    store_close(store);
}

static void test_loads(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    assert_true(put(store, 1, "data", 0));
    assert_true(put(store, 2, "data", 0));
    store_flush(store, STORE_GATHER_MS);
    store_tick(store, 0);
    store_load(store, "here", 3);
    store_load(store, "here", 4);
    assert_int_equal(seen.load_ends, 0);
    store_tick(store, 0);
    assert_int_equal(seen.loaded, 2);
    assert_int_equal(seen.load_ends, 2);
    assert_int_equal(seen.result, STORE_DONE);
    store_close(store);
}

/* No more than so many batches are under way, and none is longer than allowed. */
static void test_bounds_what_is_under_way(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    memory_store.late = true;
    for (unsigned i = 0; i < (STORE_FLIGHTS_MAX + 1) * STORE_BATCH_MAX; i++) {
        const struct store_put what = {
            .estate = &here,
            .name = {.len = 2, .bytes = {(uint8_t)(i >> 8), (uint8_t)i}},
            .partition = 3,
            .data = "data",
            .len = 4,
        };
        assert_true(store_put(store, &what, 0));
    }
    store_flush(store, STORE_GATHER_MS);
    store_flush(store, STORE_GATHER_MS);
    assert_int_equal(memory_store.batches, STORE_FLIGHTS_MAX);
    assert_int_equal(memory_store.most, STORE_BATCH_MAX);
    memory_store.late = false;
    store_tick(store, 0);
    assert_int_equal(memory_store.batches, STORE_FLIGHTS_MAX + 1);
    store_close(store);
    assert_int_equal(memory_store_count(), (STORE_FLIGHTS_MAX + 1) * STORE_BATCH_MAX);
}

static void test_tries_again_ever_more_slowly(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    memory_store.result = STORE_AWAY;
    assert_true(put(store, 1, "data", 0));
    store_flush(store, STORE_GATHER_MS);
    assert_int_equal(store_tick(store, 0), STORE_RETRY_MS);
    store_flush(store, STORE_RETRY_MS - 1);
    assert_int_equal(memory_store.batches, 1);
    store_flush(store, STORE_RETRY_MS);
    assert_int_equal(memory_store.batches, 2);
    assert_int_equal(store_tick(store, STORE_RETRY_MS), 2 * STORE_RETRY_MS);
    x4_msec now = STORE_RETRY_MS;
    for (int i = 0; i < 10; i++) {
        now += STORE_RETRY_MAX_MS;
        store_flush(store, now);
        store_tick(store, now);
    }
    assert_int_equal(store_tick(store, now), STORE_RETRY_MAX_MS);
    assert_int_equal(stats_of(store, now).lag_ms, now);
    assert_int_equal(stats_of(store, now).away, 12);
    memory_store.result = STORE_DONE;
    now += STORE_RETRY_MAX_MS;
    store_flush(store, now);
    store_tick(store, now);
    assert_int_equal(memory_store_count(), 1);
    assert_int_equal(stats_of(store, now).lag_ms, 0);
    store_close(store);
}

static void test_puts_again_what_had_no_room(void **state)
{
    (void)state;
    struct store *store = open_store(2);
    memory_store.late = true;
    assert_true(put(store, 1, "data", 0));
    assert_true(put(store, 2, "data", 0));
    assert_false(put(store, 3, "data", 0));
    store_flush(store, STORE_GATHER_MS);
    store_tick(store, 0);
    assert_int_equal(seen.again, 0);
    memory_store.late = false;
    store_tick(store, 1);
    assert_int_equal(seen.again, 1);
    store_tick(store, 2);
    assert_int_equal(seen.again, 1);
    store_close(store);
}

static void test_room_for_half(void **state)
{
    (void)state;
    struct store *store = open_store(4);
    assert_int_equal(store_room(store), 2);
    assert_true(put(store, 1, "data", 0));
    assert_int_equal(store_room(store), 1);
    for (uint8_t i = 2; i <= 4; i++)
        assert_true(put(store, i, "data", 0));
    assert_int_equal(store_room(store), 0);
    store_flush(store, STORE_GATHER_MS);
    assert_int_equal(store_room(store), 0); /* under way is not written */
    store_tick(store, 0);
    assert_int_equal(store_room(store), 2);
    store_close(store);
    store = open_store(1);
    assert_int_equal(store_room(store), 1);
    store_close(store);
}

static void test_puts_again_what_may_be_lost(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    memory_store.forgot = true;
    store_tick(store, 0);
    assert_int_equal(seen.again, 1);
    assert_int_equal(stats_of(store, 0).again, 1);
    store_close(store);
}

static void test_is_fenced(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    memory_store.token = here.token + 1;
    assert_true(put(store, 1, "data", 0));
    store_flush(store, STORE_GATHER_MS);
    store_tick(store, 0);
    assert_int_equal(seen.fenced, 1);
    assert_int_equal(memory_store_count(), 0);
    assert_int_equal(stats_of(store, 0).queue.refused[STORE_FENCED], 1);
    assert_true(put(store, 1, "data", 0));
    store_forget(store, &here);
    assert_int_equal(stats_of(store, 0).length, 0);
    store_close(store);
}

static void test_passes_ownership_on(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    store_claim(store, "here", 41, false);
    store_tick(store, 0);
    assert_int_equal(seen.token, 42);
    store_renew(store, &here);
    store_tick(store, 0);
    assert_int_equal(seen.result, STORE_FENCED);
    store_release(store, &here);
    store_tick(store, 0);
    assert_int_equal(seen.token, 0);
    store_close(store);
}

static void test_writes_the_rest_when_closed(void **state)
{
    (void)state;
    struct store *store = open_store(0);
    assert_true(put(store, 1, "data", 0));
    store_close(store);
    assert_int_equal(memory_store_count(), 1);
    store_close(NULL);
}

static void test_says_why_it_does_not_open(void **state)
{
    (void)state;
    static const struct store_options options = {.node = "here"};
    struct store_error error;
    memory_store_reset();
    memory_store.unusable = true;
    assert_null(store_open(&memory_store_ops, &options, &user, hash_key, &error));
    assert_string_equal(error.text, "not today");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_at_the_end_of_a_round),
        cmocka_unit_test(test_closes_with_the_last_version),
        cmocka_unit_test(test_gathers_no_longer_than_it_has_to),
        cmocka_unit_test(test_loads),
        cmocka_unit_test(test_bounds_what_is_under_way),
        cmocka_unit_test(test_tries_again_ever_more_slowly),
        cmocka_unit_test(test_puts_again_what_had_no_room),
        cmocka_unit_test(test_room_for_half),
        cmocka_unit_test(test_puts_again_what_may_be_lost),
        cmocka_unit_test(test_is_fenced),
        cmocka_unit_test(test_passes_ownership_on),
        cmocka_unit_test(test_writes_the_rest_when_closed),
        cmocka_unit_test(test_says_why_it_does_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
