/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/config/config_text.h"

#define METRICS(line) "ikehub { metrics {\n" line "\n} }\n"

static void assert_listens(const char *text, const char *wanted)
{
    char addr[x4c_net_addr_text];
    struct hub_config *config = assert_config(text, "");
    assert_string_equal(x4_net_addr_format(&config->daemon.metrics.listen, addr), wanted);
    hub_config_free(config);
}

static void test_off_unless_asked_for(void **state)
{
    (void)state;
    struct hub_config *config = assert_config("", "");
    assert_int_equal(config->daemon.metrics.listen.family, x4c_net_none);
    hub_config_free(config);
}

static void test_where(void **state)
{
    (void)state;
    assert_listens(METRICS(""), "127.0.0.1:9640");
    assert_listens(METRICS("port = 1"), "127.0.0.1:1");
    assert_listens(METRICS("listen = 2001:db8::1"), "[2001:db8::1]:9640");
}

static void test_the_page(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(METRICS(""), "");
    assert_true(config->daemon.metrics.page);
    hub_config_free(config);
    config = assert_config(METRICS("status_page = no"), "");
    assert_false(config->daemon.metrics.page);
    hub_config_free(config);
}

static void test_single_sas(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(METRICS(""), "");
    assert_int_equal(config->daemon.metrics.sas, 0);
    hub_config_free(config);
    config = assert_config(METRICS("sas = 10000"), "");
    assert_int_equal(config->daemon.metrics.sas, 10000);
    hub_config_free(config);
}

static void test_errors(void **state)
{
    (void)state;
    assert_errors(METRICS("listen = 192.0.2.1, 192.0.2.2"),
                  "f.conf:2: listen in ikehub.metrics: expected one address\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off_unless_asked_for),
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_the_page),
        cmocka_unit_test(test_single_sas),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
