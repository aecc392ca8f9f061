/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t cookie_i[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t cookie_r[8] = {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};

static x4s_chunk chunk_of(const struct store_name *name)
{
    return (x4s_chunk){name->bytes, name->len};
}

static x4s_ike_id fqdn(const char *text)
{
    return (x4s_ike_id){x4c_ike_id_fqdn, {(const uint8_t *)text, strlen(text)}};
}

static void test_names_are_the_protocols(void **state)
{
    (void)state;
    static const uint8_t isakmp[] = {STORE_ISAKMP, 1,    2,    3,    4,    5,    6,    7,   8,
                                     0x11,         0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};
    static const uint8_t child[] = {STORE_CHILD, 0xc0, 0xff, 0xee, 0x01};
    struct store_name name = store_name_isakmp(cookie_i, cookie_r);
    assert_int_equal(name.len, sizeof(isakmp));
    assert_memory_equal(name.bytes, isakmp, sizeof(isakmp));
    name = store_name_child(0xc0ffee01);
    assert_int_equal(name.len, sizeof(child));
    assert_memory_equal(name.bytes, child, sizeof(child));
}

static void test_what_is_read_is_a_name(void **state)
{
    (void)state;
    const struct store_name names[] = {store_name_isakmp(cookie_i, cookie_r), store_name_child(7)};
    struct store_name read;
    for (size_t i = 0; i < x4m_countof(names); i++) {
        assert_true(store_name_read(chunk_of(&names[i]), &read));
        assert_true(store_name_is(&read, &names[i]));
        assert_false(store_name_is(&read, &names[1 - i]));
        for (size_t len = 0; len < names[i].len; len++)
            assert_false(store_name_read((x4s_chunk){names[i].bytes, len}, &read));
    }
    uint8_t bytes[STORE_NAME_MAX + 1] = {STORE_CHILD};
    assert_false(store_name_read((x4s_chunk){bytes, 6}, &read));
    bytes[0] = 3;
    assert_false(store_name_read((x4s_chunk){bytes, 5}, &read));
    bytes[0] = STORE_ISAKMP;
    assert_false(store_name_read((x4s_chunk){bytes, 18}, &read));
}

/* These numbers are in stores: another function would look for records where they are not. */
static void test_partitions_stay_where_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *local;
        const char *remote;
        uint32_t partition;
    } rows[] = {
        {"gw.example", "one.example", 21},
        {"gw.example", "two.example", 31},
        {"one.example", "gw.example", 35},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        const x4s_ike_id local = fqdn(rows[i].local);
        const x4s_ike_id remote = fqdn(rows[i].remote);
        assert_int_equal(store_partition(&local, &remote), rows[i].partition);
    }
}

static void test_the_type_counts(void **state)
{
    (void)state;
    const x4s_ike_id local = fqdn("gw.example");
    x4s_ike_id remote = fqdn("one.example");
    const uint32_t as_name = store_partition(&local, &remote);
    remote.type = x4c_ike_id_key_id;
    assert_int_not_equal(store_partition(&local, &remote), as_name);
}

static void test_partitions_are_alike(void **state)
{
    (void)state;
    enum { PEERS = 64000 };
    uint32_t counts[STORE_PARTITIONS] = {0};
    const x4s_ike_id local = fqdn("gw.example");
    for (unsigned i = 0; i < PEERS; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "peer-%u.example", i);
        const x4s_ike_id remote = fqdn(text);
        const uint32_t partition = store_partition(&local, &remote);
        assert_true(partition < STORE_PARTITIONS);
        counts[partition]++;
    }
    for (size_t i = 0; i < STORE_PARTITIONS; i++)
        assert_in_range(counts[i], PEERS / STORE_PARTITIONS * 8 / 10,
                        PEERS / STORE_PARTITIONS * 12 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_the_protocols),
        cmocka_unit_test(test_what_is_read_is_a_name),
        cmocka_unit_test(test_partitions_stay_where_they_are),
        cmocka_unit_test(test_the_type_counts),
        cmocka_unit_test(test_partitions_are_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
