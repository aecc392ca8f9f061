/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/terminate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shard/initiate.h"
#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections {\n"
    " a { version = 1\n remote_addrs = 198.51.100.0/24\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } }\n"
    " b : connections.a { remote_addrs = 203.0.113.0/24\n } }\n"
    "secrets { ike { secret = abc\n } }\n";

static size_t count_sas(const struct fixture *f)
{
    return f->shard.roll.count;
}

static struct shard_termination piece(struct fixture *f, struct shard_termination termination)
{
    shard_terminate(&f->shard, &termination);
    assert_int_equal(termination.more, termination.walk != NULL);
    return termination;
}

static void test_by_number(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_sa *sa = peer_up(f, "198.51.100.2", "b.example.org");
    peer_child(sa, 1);
    struct shard_termination done = piece(f, (struct shard_termination){.number = 2});
    assert_int_equal(done.sas_ended, 1);
    assert_int_equal(done.children_ended, 1);
    assert_int_equal(fake.told, 2);
    assert_int_equal(count_sas(f), 1);
    assert_null(shard_roll_find(&f->shard.roll, 2));
    assert_int_equal(piece(f, (struct shard_termination){.number = 2}).sas_ended, 0);
    assert_non_null(strstr(fixture_log(f), "reason=on_request"));
    fixture_free(f);
}

static void test_number_and_connection_have_to_agree(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    peer_up(f, "198.51.100.1", "a.example.org");
    assert_int_equal(piece(f, (struct shard_termination){.number = 1, .connection = "b"}).sas_ended,
                     0);
    assert_int_equal(piece(f, (struct shard_termination){.number = 1, .connection = "a"}).sas_ended,
                     1);
    fixture_free(f);
}

static void test_by_connection(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    peer_up(f, "203.0.113.1", "b.example.org");
    for (int i = 0; i < SHARD_TERMINATE_ROUND + 3; i++)
        peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_termination done = piece(f, (struct shard_termination){.connection = "a"});
    assert_int_equal(done.sas_ended, SHARD_TERMINATE_ROUND);
    assert_true(done.more);
    done = piece(f, (struct shard_termination){.connection = "a", .walk = done.walk});
    assert_int_equal(done.sas_ended, 3);
    assert_false(done.more);
    assert_int_equal(count_sas(f), 1);
    assert_int_equal(piece(f, (struct shard_termination){.connection = "c"}).sas_ended, 0);
    fixture_free(f);
}

static void test_those_under_way_end_too(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    peer_begins(f, "198.51.100.1");
    assert_int_equal(piece(f, (struct shard_termination){.connection = "a"}).sas_ended, 1);
    assert_int_equal(count_sas(f), 0);
    fixture_free(f);
}

static void test_by_child_name(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    peer_child(sa, 1);
    peer_child(sa, 2);
    struct shard_termination done = piece(f, (struct shard_termination){.child = "other"});
    assert_int_equal(done.children_ended, 0);
    done = piece(f, (struct shard_termination){.child = "net"});
    assert_int_equal(done.children_ended, 2);
    assert_int_equal(done.sas_ended, 0);
    assert_int_equal(count_sas(f), 1);
    assert_int_equal(f->shard.children.count, 0);
    fixture_free(f);
}

static void test_orphan_goes_with_its_last_child(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    peer_child(sa, 1);
    fake_dispose1(sa->xchg, x4c_ike_expired);
    assert_int_equal(count_sas(f), 1);
    assert_int_equal(piece(f, (struct shard_termination){.child = "net"}).children_ended, 1);
    assert_int_equal(count_sas(f), 0);
    fixture_free(f);
}

static void test_by_child_number(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    const uint32_t spi = peer_child(sa, 1)->spi_in;
    peer_child(sa, 2);
    assert_int_equal(
        piece(f, (struct shard_termination){.spi_in = spi, .connection = "b"}).children_ended, 0);
    assert_int_equal(piece(f, (struct shard_termination){.spi_in = spi}).children_ended, 1);
    assert_int_equal(f->shard.children.count, 1);
    assert_int_equal(piece(f, (struct shard_termination){.spi_in = spi}).children_ended, 0);
    fixture_free(f);
}

static void test_successor_ends_with_it(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    shard_initiate_successor(sa);
    assert_int_equal(count_sas(f), 2);
    assert_int_equal(piece(f, (struct shard_termination){.number = 1}).sas_ended, 2);
    assert_int_equal(count_sas(f), 0);
    fixture_free(f);
}

static void test_may_be_ended(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    for (int i = 0; i < SHARD_TERMINATE_ROUND + 3; i++)
        peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_termination done = piece(f, (struct shard_termination){.connection = "a"});
    assert_true(done.more);
    shard_roll_walk_free(done.walk);
    assert_int_equal(count_sas(f), 3);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_number),
        cmocka_unit_test(test_number_and_connection_have_to_agree),
        cmocka_unit_test(test_by_connection),
        cmocka_unit_test(test_those_under_way_end_too),
        cmocka_unit_test(test_by_child_name),
        cmocka_unit_test(test_orphan_goes_with_its_last_child),
        cmocka_unit_test(test_by_child_number),
        cmocka_unit_test(test_successor_ends_with_it),
        cmocka_unit_test(test_may_be_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
