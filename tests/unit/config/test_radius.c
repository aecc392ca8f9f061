/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/config/config_text.h"

#define SERVER       "servers { a {\naddress = 192.0.2.1\nsecret = s\n} }\n"
#define RADIUS(line) "ikehub { radius {\n" line "\n" SERVER "} }\n"
#define ONE(line)    "ikehub { radius { servers { a {\n" line "\n} } } }\n"
#define USER(line)                                                                                 \
    "ikehub { radius {\n" SERVER "} }\n" SECRET                                                    \
    "connections { c {\nlocal {\nauth = psk\nid = hub\n}\nremote {\nauth = psk\n}\n"               \
    "remote-user {\nauth = xauth-radius\n" line "\n} } }\n"

static void defaults(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(RADIUS(""), "");
    const struct hub_radius *radius = &config->daemon.radius;
    assert_int_equal(radius->server_count, 1);
    assert_string_equal(radius->servers[0].name, "a");
    assert_int_equal(radius->servers[0].auth_port, 1812);
    assert_int_equal(radius->servers[0].acct_port, 1813);
    assert_string_equal(radius->nas_identifier, "ikehub");
    assert_false(radius->accounting);
    assert_true(radius->station_port);
    assert_int_equal(radius->timeout_ms, 2000);
    assert_int_equal(radius->tries, 4);
    assert_int_equal(radius->base_pct, 140);
    assert_int_equal(radius->dae_listen.family, x4c_net_none);
    hub_config_free(config);

    config = assert_config("", "");
    assert_int_equal(config->daemon.radius.server_count, 0);
    hub_config_free(config);
}

static void everything(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "ikehub { radius {\naccounting = yes\naccounting_interval = 5m\nnas_identifier = gate\n"
        "station_id_with_port = no\nretransmit_timeout = 0.5\nretransmit_base = 2\n"
        "retransmit_tries = 1\n"
        "servers { low {\naddress = 192.0.2.1\nsecret = s\n}\n"
        "high {\naddress = 2001:db8::1\nsecret = 0x6162\nauth_port = 1\nacct_port = 2\n"
        "preference = 9\n}\nlow-too {\naddress = 192.0.2.3\nsecret = s\n} }\n"
        "dae {\nenable = yes\nlisten = 192.0.2.9\nport = 3798\nsecret = d\n} } }\n",
        "");
    const struct hub_radius *radius = &config->daemon.radius;
    assert_int_equal(radius->server_count, 3);
    assert_string_equal(radius->servers[0].name, "high");
    assert_string_equal(radius->servers[1].name, "low");
    assert_string_equal(radius->servers[2].name, "low-too");
    assert_memory_equal(radius->servers[0].secret.data, "ab", 2);
    assert_int_equal(radius->servers[0].auth_port, 1);
    assert_int_equal(radius->servers[0].acct_port, 2);
    assert_true(radius->accounting);
    assert_int_equal(radius->interval_sec, 300);
    assert_int_equal(radius->timeout_ms, 500);
    assert_int_equal(radius->base_pct, 200);
    assert_int_equal(radius->dae_listen.family, x4c_net_ipv4);
    assert_int_equal(radius->dae_port, 3798);
    hub_config_free(config);
}

static void wrong(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {RADIUS("accounting = perhaps"),
         "f.conf:2: accounting in ikehub.radius: expected yes or no, found 'perhaps'\n"},
        {RADIUS("accounting_interval = often"), "f.conf:2: accounting_interval in ikehub.radius: "
                                                "expected a time like 3600, 60s, 90m, 4h or 1d, "
                                                "found 'often'\n"},
        {RADIUS("station_id_with_port = 2"),
         "f.conf:2: station_id_with_port in ikehub.radius: expected yes or no, found '2'\n"},
        {RADIUS("retransmit_timeout = 0"), "f.conf:2: retransmit_timeout in ikehub.radius: "
                                           "expected seconds from 0.1 to 60, with up to three "
                                           "decimals, found '0'\n"},
        {RADIUS("retransmit_base = 0.5"), "f.conf:2: retransmit_base in ikehub.radius: expected "
                                          "seconds from 1 to 10, with up to three decimals, found "
                                          "'0.5'\n"},
        {RADIUS("retransmit_tries = 0"), "f.conf:2: retransmit_tries in ikehub.radius: expected a "
                                         "number from 1 to 20, found '0'\n"},
        {RADIUS("server = 192.0.2.1"), "f.conf:2: unknown option 'server' in ikehub.radius, did "
                                       "you mean 'servers'?\n"},
        {"ikehub { radius {\n} }",
         "f.conf:1: servers in ikehub.radius: expected a section with a server\n"},
        {ONE("address = radius.example.org\nsecret = s"),
         "f.conf:2: address in ikehub.radius.servers.a: 'radius.example.org' is no address: "
         "expected like 192.0.2.1 or 2001:db8::1\n"
         "f.conf:2: address in ikehub.radius.servers.a: expected one address\n"
         "f.conf:1: servers in ikehub.radius: expected a section with a server\n"},
        {ONE("address = 192.0.2.1"),
         "f.conf:1: secret in ikehub.radius.servers.a: expected a secret that is not empty\n"},
        {ONE("address = 192.0.2.1\nsecret = s\nauth_port = 0"),
         "f.conf:4: auth_port in ikehub.radius.servers.a: expected a number from 1 to 65535\n"},
        {ONE("address = 192.0.2.1\nsecret = s\nacct_port = x"),
         "f.conf:4: acct_port in ikehub.radius.servers.a: expected a number from 1 to 65535\n"},
        {ONE("address = 192.0.2.1\nsecret = s\npreference = 100"),
         "f.conf:4: preference in ikehub.radius.servers.a: expected a number from 0 to 99\n"},
        {RADIUS("dae {\nenable = yes\nlisten = 192.0.2.1\n}"),
         "f.conf:2: secret in ikehub.radius.dae: expected a secret that is not empty\n"},
        {RADIUS("dae {\nenable = yes\nsecret = x\n}"),
         "f.conf:2: listen in ikehub.radius.dae: expected one address\n"},
    };
    RUN(cases);
}

static void users(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(USER("groups = sales,  the managers"), "");
    assert_true(config->connections[0].radius);
    assert_int_equal(config->connections[0].group_count, 2);
    assert_string_equal(config->connections[0].groups[0], "sales");
    assert_string_equal(config->connections[0].groups[1], "the managers");
    hub_config_free(config);

    static const struct error_case cases[] = {
        {SECRET "connections { c {\nlocal {\nauth = psk\nid = hub\n}\nremote {\nauth = psk\n}\n"
                "remote-user {\nauth = xauth-radius\n} } }\n",
         "f.conf:15: auth in connections.c.remote-user: expected servers in section "
         "ikehub.radius\n"},
        {CONNECTION("pools = radius"), "f.conf:2: pools in connections.office: expected a remote "
                                       "section with auth = xauth-radius beside radius\n"},
    };
    RUN(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(everything),
        cmocka_unit_test(wrong),
        cmocka_unit_test(users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
