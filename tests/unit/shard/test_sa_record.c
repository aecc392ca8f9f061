/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/sa_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { hub { version = 1\n remote_addrs = %any\n proposals = aes128-sha256-modp2048\n"
    "  rekey_time = 100s\n rand_time = 0s\n over_time = 20s\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   rekey_time = 50s\n rand_time = 0s\n life_time = 60s\n"
    "   esp_proposals = aes128-sha256\n } } } }\n"
    "secrets { ike { secret = abc\n } }\n";

static void test_established(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(sa, 7);
    f->shard.now += 10000;
    struct shard_sa_record *record = shard_sa_record_new(sa);
    assert_non_null(record);
    assert_int_equal(record->number, 1);
    assert_string_equal(record->connection, "hub");
    assert_int_equal(record->local_id.data.len, 15);
    assert_memory_equal(record->local_id.data.data, "hub.example.org", 15);
    assert_memory_equal(record->remote_id.data.data, "a.example.org", 13);
    assert_true(record->established && record->up);
    assert_false(record->replaced || record->user);
    assert_int_equal(record->suite.cipher, x4c_cipher_aes);
    assert_int_equal(record->age_sec, 10);
    assert_int_equal(record->rekey_sec, 90);
    assert_int_equal(record->leases[HUB_INSIDE_IP4].family, x4c_net_none);
    assert_int_equal(record->child_count, 1);
    assert_string_equal(record->children[0].name, "net");
    assert_int_equal(record->children[0].spi_in, child->spi_in);
    assert_int_equal(record->children[0].spi_out, 7);
    assert_int_equal(record->children[0].suite.esp, x4c_ike_esp_aes_cbc);
    assert_int_equal(record->children[0].rekey_sec, 40);
    assert_true(record->children[0].installed);
    free(record);
    fixture_free(f);
}

static void test_leads_to_nothing_of_the_shard(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    peer_child(sa, 7);
    struct shard_sa_record *record = shard_sa_record_new(sa);
    fixture_free(f);
    assert_string_equal(record->connection, "hub");
    assert_memory_equal(record->local_id.data.data, "hub.example.org", 15);
    assert_memory_equal(record->remote_id.data.data, "a.example.org", 13);
    assert_string_equal(record->children[0].name, "net");
    free(record);
}

static void test_not_authenticated(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_begins(f, "198.51.100.1");
    struct shard_sa_record *record = shard_sa_record_new(sa);
    assert_false(record->established || record->up);
    assert_int_equal(record->remote_id.data.len, 0);
    assert_int_equal(record->child_count, 0);
    free(record);
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    fixture_free(f);
}

static void test_orphan(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(sa, 7);
    fake_dispose1(sa->xchg, x4c_ike_expired);
    struct shard_sa_record *record = shard_sa_record_new(sa);
    assert_true(record->established);
    assert_false(record->up);
    assert_int_equal(record->rekey_sec, 0);
    assert_int_equal(record->child_count, 1);
    free(record);
    fake_dispose2(child->xchg, x4c_ike_expired);
    fixture_free(f);
}

static void test_what_is_over_time_is_due_in_a_second(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    f->shard.now += 1000000;
    struct shard_sa_record *record = shard_sa_record_new(sa);
    assert_int_equal(record->rekey_sec, 1);
    assert_int_equal(record->age_sec, 1000);
    free(record);
    fixture_free(f);
}

static void test_children_are_bounded(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    for (uint32_t i = 0; i < SHARD_RECORD_CHILDREN_MAX + 3; i++)
        peer_child(sa, i + 1);
    struct shard_sa_record *record = shard_sa_record_new(sa);
    assert_int_equal(record->child_count, SHARD_RECORD_CHILDREN_MAX);
    assert_int_equal(record->children_untold, 3);
    assert_int_equal(record->children[SHARD_RECORD_CHILDREN_MAX - 1].spi_out,
                     SHARD_RECORD_CHILDREN_MAX);
    free(record);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_established),
        cmocka_unit_test(test_leads_to_nothing_of_the_shard),
        cmocka_unit_test(test_not_authenticated),
        cmocka_unit_test(test_orphan),
        cmocka_unit_test(test_what_is_over_time_is_due_in_a_second),
        cmocka_unit_test(test_children_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
