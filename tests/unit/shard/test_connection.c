/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { hub { version = 1\n proposals = aes128-sha256-modp2048\n"
    "local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n } } }\n"
    "secrets { ike { secret = abc\n } }\n";

/* What is in a list stays in it while there come to be a great many more. */
static void test_room(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_connection *first = shard_connection_of(&f->shard, sa->connection);
    assert_true(shard_connections_room(&f->shard, 100000));
    assert_true(shard_connections_limit(&f->shard) >= 100000);
    assert_ptr_equal(shard_connection_numbered(&f->shard, 0), first);
    assert_int_equal(count_list(&first->sas), 1);
    assert_true(x4_list_empty(&shard_connection_numbered(&f->shard, 99999)->sas));
    const uint32_t limit = shard_connections_limit(&f->shard);
    assert_true(shard_connections_room(&f->shard, 1));
    assert_int_equal(shard_connections_limit(&f->shard), limit);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
