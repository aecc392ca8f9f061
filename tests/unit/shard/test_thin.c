/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/thin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <time.h>

#include "ioring/backend.h"
#include "tests/unit/shard/fake_libike.h"

#define MS        UINT64_C(1000000)
#define BEGINNING (1000000 * MS)

/* A batch each millisecond for so long, the first datagram of which is of that age. Steps. */
static unsigned run(struct shard_thin *thin, uint64_t *now_ns, unsigned ms, uint64_t age_ns)
{
    unsigned steps = 0;
    for (unsigned i = 0; i < ms; i++) {
        *now_ns += MS;
        steps += shard_thin_judge(thin, *now_ns - age_ns, *now_ns);
    }
    return steps;
}

/* Late once, or for a while, or at an unknown time, is nothing. */
static void test_nothing_happens(void **state)
{
    (void)state;
    struct shard_thin thin = {.permille = SHARD_THIN_ALL};
    uint64_t now_ns = BEGINNING;
    assert_int_equal(run(&thin, &now_ns, 5000, SHARD_THIN_LATE_NS), 0);
    assert_int_equal(run(&thin, &now_ns, 99, 500 * MS), 0);
    assert_int_equal(run(&thin, &now_ns, 1, 0), 0);
    assert_int_equal(run(&thin, &now_ns, 99, 500 * MS), 0);
    for (unsigned i = 0; i < 1000; i++) {
        now_ns += MS;
        assert_false(shard_thin_judge(&thin, 0, now_ns));
        assert_false(shard_thin_judge(&thin, now_ns + MS, now_ns)); /* the clock was set back */
    }
    assert_int_equal(thin.permille, SHARD_THIN_ALL);
}

/* A quarter less, and then not again before something comes that has come since. */
static void test_down(void **state)
{
    (void)state;
    struct shard_thin thin = {.permille = SHARD_THIN_ALL};
    uint64_t now_ns = BEGINNING;
    assert_int_equal(run(&thin, &now_ns, 101, 300 * MS), 1);
    assert_int_equal(thin.permille, 750);
    assert_int_equal(run(&thin, &now_ns, 300, 300 * MS), 0);
    assert_int_equal(run(&thin, &now_ns, 1, 300 * MS), 1);
    assert_int_equal(thin.permille, 562);
    (void)run(&thin, &now_ns, 10000, 25 * MS);
    assert_int_equal(thin.permille, 1);
}

/* A quarter more each half second; for a silence as many steps as it was long. */
static void test_up(void **state)
{
    (void)state;
    struct shard_thin thin = {.permille = 100, .changed_ns = BEGINNING};
    uint64_t now_ns = BEGINNING;
    assert_int_equal(run(&thin, &now_ns, 499, 0), 0);
    assert_int_equal(run(&thin, &now_ns, 1, 0), 1);
    assert_int_equal(thin.permille, 126);
    assert_int_equal(run(&thin, &now_ns, 1000, 0), 2);
    assert_int_equal(thin.permille, 198);
    now_ns += 1000 * MS;
    assert_int_equal(run(&thin, &now_ns, 1, 0), 1);
    assert_int_equal(thin.permille, 311);
    now_ns += 60000 * MS;
    assert_int_equal(run(&thin, &now_ns, 1, 0), 1);
    assert_int_equal(thin.permille, SHARD_THIN_ALL);
    assert_int_equal(run(&thin, &now_ns, 1000, 0), 0);
}

/* A queue: how many came in each millisecond and wait, and in which one the first of them came. */
struct queue {
    unsigned waiting[60000];
    unsigned first;
};

static void serve(struct queue *queue, unsigned now, unsigned served)
{
    while (queue->first < now && served >= queue->waiting[queue->first])
        served -= queue->waiting[queue->first++];
    queue->waiting[queue->first] -= served < queue->waiting[queue->first] ? served : 0;
}

/* Where three come for each one that is served, about a third is let in, and waits less and less.
 */
static void test_settles(void **state)
{
    (void)state;
    enum { SERVED = 100 }; /* in a millisecond */
    static struct queue queue;
    struct shard_thin thin = {.permille = SHARD_THIN_ALL};
    unsigned oldest = 0;
    unsigned lowest = SHARD_THIN_ALL;
    unsigned highest = 0;
    unsigned sum = 0;
    for (unsigned ms = 0; ms < 60000; ms++) {
        queue.waiting[ms] = 3 * SERVED * thin.permille / SHARD_THIN_ALL;
        (void)shard_thin_judge(&thin, BEGINNING + queue.first * MS, BEGINNING + ms * MS);
        serve(&queue, ms, SERVED);
        if (ms < 20000)
            continue;
        oldest = x4m_max(ms - queue.first, oldest);
        lowest = x4m_min(thin.permille, lowest);
        highest = x4m_max(thin.permille, highest);
        sum += thin.permille;
    }
    assert_in_range(lowest, 150, 333);
    assert_in_range(highest, 333, 500);
    assert_in_range(sum / 40000, 270, 333);
    assert_true(oldest < 300);
}

/* The ring is told, steps down are counted, and one line a minute says so. */
static void test_what_follows(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct ring_datagram late = {
        .arrived_ns = (uint64_t)(now.tv_sec - 5) * 1000000000,
    };
    f->shard.now = 1000;
    f->shard.thin.late_ns = 1;
    shard_thin_batch(&f->shard, &late);
    assert_int_equal(f->shard.ring->permille, 750);
    assert_int_equal(f->shard.counters.thinned, 1);
    assert_non_null(strstr(fixture_log(f), " event=thinned permille=750\n"));
    f->shard.thin.changed_ns = f->shard.thin.late_ns = 1;
    shard_thin_batch(&f->shard, &late);
    assert_int_equal(f->shard.ring->permille, 562);
    assert_int_equal(f->shard.counters.thinned, 2);
    assert_null(strstr(fixture_log(f), "permille=562"));
    f->shard.thin.changed_ns = 1;
    f->shard.thin.permille = 900;
    /* What has just come is not late, unless this process was stopped for so long. */
    for (unsigned i = 0; i < 1000 && f->shard.thin.permille == 900; i++) {
        clock_gettime(CLOCK_REALTIME, &now);
        late.arrived_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
        f->shard.thin.late_ns = 0;
        shard_thin_batch(&f->shard, &late);
    }
    assert_int_equal(f->shard.ring->permille, SHARD_THIN_ALL);
    assert_int_equal(f->shard.counters.thinned, 2);
    fixture_free(f);
}

static bool is_stale(struct shard *shard, uint64_t age_ns, int cookie_byte)
{
    uint8_t message[28];
    const struct ring_datagram datagram = {
        .data = message,
        .size = sizeof(message),
        .arrived_ns = age_ns == UINT64_MAX ? 0 : shard->thin.now_ns - age_ns,
    };
    memset(message, 1, sizeof(message));
    memset(message + 8, 0, 8);
    if (cookie_byte >= 0)
        message[cookie_byte] = 1;
    return shard_thin_stale(shard, &datagram);
}

/* Only first messages are left out, and only late ones. */
static void test_stale(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    f->shard.thin.now_ns = BEGINNING;
    assert_false(is_stale(&f->shard, 0, -1));
    assert_false(is_stale(&f->shard, SHARD_THIN_STALE_NS, -1));
    assert_true(is_stale(&f->shard, SHARD_THIN_STALE_NS + 1, -1));
    assert_false(is_stale(&f->shard, SHARD_THIN_STALE_NS + 1, 8));
    assert_false(is_stale(&f->shard, SHARD_THIN_STALE_NS + 1, 15));
    assert_false(is_stale(&f->shard, UINT64_MAX, -1));
    assert_int_equal(f->shard.counters.stale, 1);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_happens),
        cmocka_unit_test(test_down),
        cmocka_unit_test(test_up),
        cmocka_unit_test(test_settles),
        cmocka_unit_test(test_what_follows),
        cmocka_unit_test(test_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
