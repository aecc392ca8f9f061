/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/config/config_text.h"

#define NETS(lines) "ikehub {\n shared_nets {\n" lines "\n} }\n"

static void assert_net(const x4s_ike_shared_net *net, const char *addr, uint8_t bits,
                       uint32_t half_open)
{
    x4s_net_addr expected;
    assert_true(x4_net_addr_parse(addr, &expected));
    assert_true(x4_net_addr_same_ip(&net->addr, &expected));
    assert_int_equal(net->bits, bits);
    assert_int_equal(net->half_open, half_open);
}

static void test_networks(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        NETS("a {\n addrs = 100.64.0.0/10, 203.0.113.7\n init_limit_half_open = 2000\n}\n"
             "b {\n addrs = 2001:db8::/33\n init_limit_half_open = 1\n}"),
        "");
    const x4s_ike_limits *limits = &config->daemon.limits;
    assert_int_equal(limits->shared_net_count, 3);
    assert_net(&limits->shared_nets[0], "100.64.0.0", 10, 2000);
    assert_net(&limits->shared_nets[1], "203.0.113.7", 32, 2000);
    assert_net(&limits->shared_nets[2], "2001:db8::", 33, 1);
    hub_config_free(config);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {NETS("a {\n addrs = 10.0.0.0/8\n}"),
         "f.conf:3: init_limit_half_open in ikehub.shared_nets.a: expected a number\n"},
        {NETS("a {\n init_limit_half_open = 5\n}"),
         "f.conf:3: addrs in ikehub.shared_nets.a: expected addresses and subnets\n"},
        {NETS("a {\n addrs = %any\n init_limit_half_open = 5\n}"),
         "f.conf:4: addrs in ikehub.shared_nets.a: expected addresses and subnets\n"},
        {NETS("a {\n addrs = 10.0.0.1-10.0.0.5\n init_limit_half_open = 5\n}"),
         "f.conf:4: addrs in ikehub.shared_nets.a: expected addresses and subnets\n"},
        {NETS("a {\n addrs = 10.0.0.1\n init_limit_half_open = 0\n}"),
         "f.conf:5: init_limit_half_open in ikehub.shared_nets.a: expected a number from 1 to "
         "10000000, found '0'\n"},
        {NETS("a {\n what = 5\n}"),
         "f.conf:4: unknown option 'what' in ikehub.shared_nets.a\n"
         "f.conf:3: addrs in ikehub.shared_nets.a: expected addresses and subnets\n"
         "f.conf:3: init_limit_half_open in ikehub.shared_nets.a: expected a number\n"},
    };
    RUN(cases);
}

static void test_too_many(void **state)
{
    (void)state;
    char text[4096] = "ikehub { shared_nets { a {\n addrs = 10.0.0.0";
    for (unsigned i = 1; i <= x4c_ike_shared_nets_max; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), ",10.0.0.%u", i);
    strcat(text, "\n init_limit_half_open = 1\n} } }\n");
    assert_errors(text, "f.conf:2: addrs in ikehub.shared_nets.a: expected no more than 64 subnets "
                        "in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
