/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keepalive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { a { version = 1\n local_addrs = 192.0.2.1\n remote_addrs = 198.51.100.0/24\n"
    "  local { auth = psk\n }\n  remote { auth = psk\n }\n"
    "  children { net { remote_ts = 10.2.0.0/16\n } } } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

/* However often it is told of the NAT: one each interval for each ISAKMP SA, not more. */
static void one_for_each_sa(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    shard_keepalive_start(sa);
    shard_keepalive_start(sa);
    peer_child(sa, 1);
    peer_child(sa, 2);
    fixture_pass(f, 19 * 1000);
    assert_int_equal(f->shard.counters.keepalives, 0);
    for (unsigned i = 1; i <= 5; i++) {
        fixture_pass(f, 20 * 1000);
        assert_int_equal(f->shard.counters.keepalives, i);
    }
    shard_keepalive_stop(sa);
    fixture_pass(f, 60 * 1000);
    assert_int_equal(f->shard.counters.keepalives, 5);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_for_each_sa)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
