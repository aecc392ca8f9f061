/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/mend.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ioring/backend.h"
#include "tests/unit/shard/fake_libike.h"

enum { TRIES = 5, MINUTE_MS = 60000 };

static void test_mended(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    const struct ring_addr before = ring_socket_addr(f->shard.ring, 0);
    assert_true(shard_mend_ring(&f->shard, -EIO));
    const struct ring_addr after = ring_socket_addr(f->shard.ring, 0);
    assert_true(ring_addr_equal(&before, &after));
    assert_int_equal(f->shard.counters.ring_reopened, 1);
    assert_non_null(strstr(fixture_log(f), " event=ring-broken text=\"Input/output error\"\n"));
    assert_non_null(strstr(fixture_log(f), " event=ring-reopened text=epoll\n"));
    fixture_free(f);
}

/* So many tries in a minute, which begin anew after it. */
static void test_given_up(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    assert_true(shard_mend_ring(&f->shard, -EIO));
    f->shard.mended = TRIES;
    assert_false(shard_mend_ring(&f->shard, -EIO));
    assert_int_equal(f->shard.counters.ring_reopened, 1);
    f->shard.mended_at -= MINUTE_MS + 1;
    assert_true(shard_mend_ring(&f->shard, -EIO));
    assert_int_equal(f->shard.mended, 1);
    fixture_free(f);
}

/* It is tried until it works or there are no more tries. */
static void test_tried_again(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    const struct ring_addr before = ring_socket_addr(f->shard.ring, 0);
    f->shard.ring->specs[0].bind.port = 0;
    f->shard.ring->specs[0].bind.ip[0] = 192; /* 192.0.2.0, where nobody lives */
    f->shard.ring->specs[0].bind.ip[2] = 2;
    assert_false(shard_mend_ring(&f->shard, -EIO));
    assert_int_equal(f->shard.mended, TRIES);
    assert_non_null(strstr(fixture_log(f), " event=ring-not-reopened text=\"UDP 192.0.2.0"));
    assert_int_equal(f->shard.counters.ring_reopened, 0);
    f->shard.ring->specs[0].bind = before;
    f->shard.mended = 0;
    assert_true(shard_mend_ring(&f->shard, -EIO));
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mended),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
