/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What is half-open of one address and of one network: counted exactly, bounded, and gone when it
 * is.
 */

#include "tests/unit/ike/host.h"
#include "x4/ike/crowd.h"

enum { MANY = 20000 };

static x4s_net_addr at(const char *text)
{
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse(text, &addr));
    return addr;
}

/* Joins as what does not give way. */
static x4e_ike_reason join(struct host *host, const char *text, x4s_ike_place *place)
{
    const x4s_net_addr addr = at(text);
    *place = (x4s_ike_place){0};
    return x4_crowd_join(host->charon, &addr, place, bfalse);
}

static struct host *host_with(uint32_t address, uint32_t prefix)
{
    struct host *host = host_new();
    host->config.limits.half_open_address = address;
    host->config.limits.half_open_prefix = prefix;
    host_open(host);
    return host;
}

static void leave_all(struct host *host, x4s_ike_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x4_crowd_leave(host->charon, &places[i]);
    assert_int_equal(host->charon->crowds.count, 0);
    host_free(host);
}

static void test_addresses_and_networks(void **state)
{
    (void)state;
    static const struct {
        const char *addr;
        x4e_ike_reason reason;
    } cases[] = {
        {"192.0.2.1", x4c_ike_none},
        {"192.0.2.1", x4c_ike_none},
        {"192.0.2.1", x4c_ike_crowded_address},
        {"192.0.2.2", x4c_ike_none},
        {"192.0.2.255", x4c_ike_crowded_prefix},
        {"192.0.3.0", x4c_ike_none},
        {"2001:db8:1:1::1", x4c_ike_none},
        {"2001:db8:1:1:ffff::2", x4c_ike_none},
        {"2001:db8:1:1::3", x4c_ike_crowded_address},
        {"2001:db8:1:2::1", x4c_ike_none},
        {"2001:db8:1:3::1", x4c_ike_crowded_prefix},
        {"2001:db8:2:1::1", x4c_ike_none},
    };
    x4s_ike_place places[x4m_countof(cases)];
    struct host *host = host_with(2, 3);
    for (size_t i = 0; i < x4m_countof(cases); i++)
        assert_int_equal(join(host, cases[i].addr, &places[i]), cases[i].reason);
    leave_all(host, places, x4m_countof(places));
}

static void test_networks_of_other_sizes(void **state)
{
    (void)state;
    static const char *const in[] = {"10.1.0.1", "10.1.255.1", "2001:db8::1", "2001:db8:ff::1"};
    x4s_ike_place places[6];
    x4s_ike_place more;
    struct host *host = host_new();
    host->config.limits.half_open_prefix = 2;
    host->config.limits.prefix4_bits = 15;
    host->config.limits.prefix6_bits = 31;
    host_open(host);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(join(host, in[i], &places[i]), x4c_ike_none);
    assert_int_equal(join(host, "10.0.0.1", &more), x4c_ike_crowded_prefix); /* 10.0.0.0/15 */
    assert_int_equal(join(host, "2001:db9::1", &more), x4c_ike_crowded_prefix);
    assert_int_equal(join(host, "10.2.0.1", &places[4]), x4c_ike_none);
    assert_int_equal(join(host, "2001:dba::1", &places[5]), x4c_ike_none);
    leave_all(host, places, x4m_countof(places));
}

/* What left makes room, once. */
static void test_leaving(void **state)
{
    (void)state;
    x4s_ike_place first;
    x4s_ike_place second;
    struct host *host = host_with(1, 10);
    assert_int_equal(join(host, "192.0.2.1", &first), x4c_ike_none);
    assert_int_equal(join(host, "192.0.2.1", &second), x4c_ike_crowded_address);
    assert_int_equal(host->charon->crowds.count, 2);
    x4_crowd_leave(host->charon, &first);
    x4_crowd_leave(host->charon, &first);
    assert_int_equal(join(host, "192.0.2.1", &second), x4c_ike_none);
    assert_int_equal(join(host, "192.0.2.1", &first), x4c_ike_crowded_address);
    leave_all(host, &second, 1);
}

static void test_moving(void **state)
{
    (void)state;
    x4s_ike_place slot;
    x4s_ike_place exchange = {0};
    x4s_ike_place more;
    struct host *host = host_with(1, 10);
    assert_int_equal(join(host, "192.0.2.1", &slot), x4c_ike_none);
    x4_crowd_move(&exchange, &slot);
    x4_crowd_leave(host->charon, &slot);
    assert_int_equal(join(host, "192.0.2.1", &more), x4c_ike_crowded_address);
    leave_all(host, &exchange, 1);
}

/* The longest prefix counts, and nothing else does. */
static void test_shared_networks(void **state)
{
    (void)state;
    const x4s_ike_shared_net nets[] = {
        {.addr = at("100.64.0.0"), .bits = 10, .half_open = 4},
        {.addr = at("100.64.7.9"), .bits = 24, .half_open = 2},
        {.addr = at("2001:db8::"), .bits = 33, .half_open = 1},
    };
    static const struct {
        const char *addr;
        x4e_ike_reason reason;
    } cases[] = {
        {"100.64.1.1", x4c_ike_none},       {"100.64.1.1", x4c_ike_none},
        {"100.127.255.255", x4c_ike_none},  {"100.64.7.1", x4c_ike_none},
        {"100.64.7.255", x4c_ike_none},     {"100.64.7.2", x4c_ike_crowded_prefix},
        {"100.64.8.1", x4c_ike_none},       {"100.65.1.1", x4c_ike_crowded_prefix},
        {"100.128.0.1", x4c_ike_none},      {"100.128.0.1", x4c_ike_crowded_address},
        {"2001:db8:7fff::1", x4c_ike_none}, {"2001:db8::1", x4c_ike_crowded_prefix},
        {"2001:db8:8000::1", x4c_ike_none},
    };
    x4s_ike_place places[x4m_countof(cases)];
    struct host *host = host_new();
    host->config.limits.half_open_address = 1;
    host->config.limits.shared_nets = nets;
    host->config.limits.shared_net_count = x4m_countof(nets);
    host_open(host);
    for (size_t i = 0; i < x4m_countof(cases); i++)
        assert_int_equal(join(host, cases[i].addr, &places[i]), cases[i].reason);
    leave_all(host, places, x4m_countof(places));
}

/* Many share the table's buckets, and yet each has its own count. */
static void test_counts_are_exact(void **state)
{
    (void)state;
    x4s_ike_place *places = calloc(2 * MANY, sizeof(*places));
    x4s_ike_place more = {0};
    assert_non_null(places);
    struct host *host = host_with(2, 2 * 256);
    x4s_net_addr addr = at("10.0.0.0");
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < MANY; i++) {
            addr.ip[2] = (uint8_t)(i >> 8);
            addr.ip[3] = (uint8_t)i;
            assert_int_equal(x4_crowd_join(host->charon, &addr, &places[round * MANY + i], bfalse),
                             x4c_ike_none);
        }
    assert_int_equal(host->charon->crowds.count, MANY + (MANY + 255) / 256);
    for (unsigned i = 0; i < MANY; i++) {
        addr.ip[2] = (uint8_t)(i >> 8);
        addr.ip[3] = (uint8_t)i;
        assert_int_equal(x4_crowd_join(host->charon, &addr, &more, bfalse),
                         x4c_ike_crowded_address);
    }
    leave_all(host, places, 2 * MANY);
    free(places);
}

static void test_no_memory(void **state)
{
    (void)state;
    x4s_ike_place place;
    struct host *host = host_with(1, 1);
    for (size_t call = 1; call <= 2; call++) {
        host->books.fail_at = host->books.calls + call;
        assert_int_equal(join(host, "192.0.2.1", &place), x4c_ike_no_memory);
        assert_int_equal(host->charon->crowds.count, 0);
    }
    assert_int_equal(join(host, "192.0.2.1", &place), x4c_ike_none);
    leave_all(host, &place, 1);
}

static const char *error_of(const x4s_ike_limits *limits)
{
    const char *error = NULL;
    struct host *host = host_new();
    host->config.limits = *limits;
    host->charon = x4_charon_init(&host->config, &error);
    assert_int_equal(host->charon == NULL, error != NULL);
    host_free(host);
    return error;
}

static void test_limits(void **state)
{
    (void)state;
    x4s_ike_shared_net nets[x4c_ike_shared_nets_max + 1];
    for (size_t i = 0; i < x4m_countof(nets); i++)
        nets[i] = (x4s_ike_shared_net){.addr = at("10.0.0.0"), .bits = 32, .half_open = 1};
    x4s_ike_limits limits = {.prefix4_bits = 31,
                             .prefix6_bits = 63,
                             .shared_nets = nets,
                             .shared_net_count = x4c_ike_shared_nets_max};
    assert_null(error_of(&limits));
    limits.shared_net_count++;
    assert_string_equal(error_of(&limits), "too many shared networks");
    limits.shared_net_count = 1;
    nets[0].bits = 33;
    assert_string_equal(error_of(&limits), "a shared network is not usable");
    nets[0] = (x4s_ike_shared_net){.addr = at("10.0.0.0"), .bits = 8};
    assert_string_equal(error_of(&limits), "a shared network is not usable");
    nets[0] = (x4s_ike_shared_net){.bits = 0, .half_open = 1};
    assert_string_equal(error_of(&limits), "a shared network is not usable");
    assert_string_equal(error_of(&(x4s_ike_limits){.prefix4_bits = 32}),
                        "a network of limits is not wider than an address");
    assert_string_equal(error_of(&(x4s_ike_limits){.prefix6_bits = 64}),
                        "a network of limits is not wider than an address");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_and_networks),
        cmocka_unit_test(test_networks_of_other_sizes),
        cmocka_unit_test(test_leaving),
        cmocka_unit_test(test_moving),
        cmocka_unit_test(test_shared_networks),
        cmocka_unit_test(test_counts_are_exact),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
