/* SPDX-License-Identifier: BSD-2-Clause */

/* What a connection's options become in libike's configuration. */

#include "tests/unit/config/config_text.h"

/* What lies between the peers: NATs, short links, silence. */
static void transport(void **state) /* req 3948-4-3 */
{
    (void)state;
    struct hub_config *config = assert_config(CONNECTION(""), "");
    const x4s_ike_config1 *phase1 = &config->connections[0].phase1;
    assert_int_equal(phase1->natt,
                     x4c_ike_natt_rfc | x4c_ike_natt_03 | x4c_ike_natt_02n | x4c_ike_natt_02);
    assert_false(phase1->natt_force);
    assert_int_equal(phase1->dpd_sec, 0);
    assert_int_equal(phase1->fragmentation, x4c_ike_fragment_yes);
    assert_int_equal(phase1->fragment_size, 1280);
    assert_int_equal(config->daemon.keep_alive_sec, 20);
    hub_config_free(config);

    config = assert_config("ikehub {\n keep_alive = 0s\n fragment_size = 600\n}\n" CONNECTION(
                               "encap = yes\ndpd_delay = 30s\nfragmentation = force"),
                           "");
    phase1 = &config->connections[0].phase1;
    assert_true(phase1->natt_force);
    assert_int_equal(phase1->dpd_sec, 30);
    assert_int_equal(phase1->fragmentation, x4c_ike_fragment_force);
    assert_int_equal(phase1->fragment_size, 600);
    assert_int_equal(config->daemon.keep_alive_sec, 0);
    hub_config_free(config);

    static const struct error_case cases[] = {
        {"ikehub {\n port_nat_t = 0\n}\n" CONNECTION("encap = yes"),
         "f.conf:5: encap in connections.office: expected a port for NAT traversal: port_nat_t of "
         "section ikehub is 0\n"},
        {IKEHUB("fragment_size = 255"), "f.conf:2: fragment_size in ikehub: expected a number "
                                        "from 256 to 65535, found '255'\n"},
    };
    RUN(cases);
}

/* A child that begins again when the peer was dead. */
static void dpd_action(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(CHILD("dpd_action = restart"), "");
    assert_true(config->connections[0].children[0].restart);
    hub_config_free(config);
    config = assert_config(CHILD("dpd_action = clear"), "");
    assert_false(config->connections[0].children[0].restart);
    hub_config_free(config);
}

/* Aggressive mode has one group: what the initiator offers comes first, in its order. */
static void aggressive(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "ikehub {\n i_dont_care_about_security_and_use_aggressive_mode_psk = yes\n}\n" CONNECTION(
            "aggressive = yes\nproposals = aes256-sha256-modp2048, aes256-sha1-ecp256, "
            "aes128-sha1-modp2048, aes128-md5-modp1024"),
        "");
    const struct hub_connection *office = &config->connections[0];
    assert_true(office->phase1.aggressive);
    assert_true(office->phase1.aggressive_psk);
    assert_int_equal(office->phase1.transform_count, 4);
    assert_int_equal(office->offer_count, 2);
    assert_int_equal(office->phase1.transforms[0].key_bits, 256);
    assert_int_equal(office->phase1.transforms[1].key_bits, 128);
    assert_int_equal(office->phase1.transforms[1].group, x4c_group_modp2048);
    assert_int_equal(office->phase1.transforms[2].group, x4c_group_ecp256);
    assert_int_equal(office->phase1.transforms[3].group, x4c_group_modp1024);
    hub_config_free(config);

    config = assert_config(
        CONNECTION("aggressive = yes"),
        "warning: f.conf:2: aggressive in connections.office: as responder it is refused without "
        "ikehub.i_dont_care_about_security_and_use_aggressive_mode_psk = yes\n");
    assert_false(config->connections[0].phase1.aggressive_psk);
    hub_config_free(config);

    config =
        assert_config(CONNECTION("proposals = aes256-sha256-modp2048, aes256-sha1-ecp256"), "");
    assert_false(config->connections[0].phase1.aggressive);
    assert_int_equal(config->connections[0].offer_count, 2);
    hub_config_free(config);
}

#define USERS "secrets { ike {\n secret = x\n}\n xauth-1 {\n id = carol\n secret = y\n} }\n"

static const struct hub_connection *only(const struct hub_config *config)
{
    assert_int_equal(config->connection_count, 1);
    return &config->connections[0];
}

/* Who asks for a user, and who is asked. */
static void users(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "connections { office {\n" AUTH "remote-2 {\n auth = xauth\n}\n} }\n" USERS, "");
    assert_true(only(config)->asks_user);
    assert_true(only(config)->phase1.unity);
    assert_int_equal(only(config)->phase1.xauth_tries, 3);
    assert_int_equal(only(config)->phase1.transforms[0].auth, x4c_ike_auth_xauth_init_psk);
    const x4s_chunk carol = {(const uint8_t *)"carol", 5};
    assert_non_null(hub_config_user(config, carol));
    assert_null(hub_config_user(config, (x4s_chunk){carol.data, 4}));
    hub_config_free(config);

    config = assert_config("connections { office {\n" AUTH
                           "local-2 {\n auth = xauth\n xauth_id = carol\n}\n} }\n" USERS,
                           "");
    assert_false(only(config)->asks_user);
    assert_non_null(only(config)->user);
    hub_config_free(config);

    static const struct error_case cases[] = {
        {"connections { office {\n" AUTH
         "local-2 {\n auth = xauth\n xauth_id = dave\n}\n} }\n" USERS,
         "f.conf:11: xauth_id in connections.office.local-2: expected a user that section secrets "
         "has a password for\n"},
        {"connections { office {\n" AUTH "local-2 {\n auth = xauth\n xauth_id = carol\n}\n"
         "remote-2 {\n auth = xauth\n}\n} }\n" USERS,
         "f.conf:14: auth in connections.office.remote-2: expected xauth on one side: only one has "
         "a user\n"},
        {"connections { office {\n" AUTH "remote-2 {\n auth = xauth\n id = x\n}\n} }\n" USERS,
         "f.conf:11: id in connections.office.remote-2: expected it in section 'remote'\n"},
        {"connections { office {\nremote_addrs = 192.0.2.1\n" AUTH "remote-2 {\n auth = xauth\n}\n"
         "children { net {\n start_action = start\n dpd_action = restart\n} }\n} }\n" USERS,
         "f.conf:14: start_action in connections.office.children.net: expected none: a peer whose "
         "user is asked begins by itself\n"
         "f.conf:15: dpd_action in connections.office.children.net: expected clear: a peer whose "
         "user is asked begins by itself\n"},
        {"connections { office {\nlocal {\n auth = psk\n id = hub\n xauth_id = x\n certs = y\n}\n"
         "remote {\n auth = psk\n revocation = strict\n} } }\n" USERS,
         "f.conf:6: certs in connections.office.local: expected auth = pubkey beside it\n"
         "f.conf:5: xauth_id in connections.office.local: expected auth = xauth beside it\n"
         "f.conf:10: revocation in connections.office.remote: expected auth = pubkey beside it\n"},
        {CONNECTION("send_cert = always"),
         "f.conf:2: send_cert in connections.office: expected a certificate in local\n"},
        {"secrets { xauth-1 {\n id = carol\n} }",
         "f.conf:1: secret in secrets.xauth-1: expected a password that is not empty\n"},
        {"secrets { eap-1 {\n secret = x\n} }",
         "f.conf:1: id in secrets.eap-1: expected the name of a user\n"},
    };
    RUN(cases);
}

static void pools(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "pools { inside {\n addrs = 10.3.0.0/24\n dns = 10.0.0.53, fd00::53\n} }\n" CONNECTION(
            "pools = inside"),
        "");
    const struct hub_pool *pool = only(config)->pools[HUB_INSIDE_IP4];
    assert_non_null(pool);
    assert_int_equal(pool->size, 254);
    assert_int_equal(pool->first, 1);
    assert_int_equal(pool->attributes.count, 2);
    assert_int_equal(pool->attributes.items[1].type, x4c_ike_cfg_ip6_dns);
    assert_false(only(config)->push);
    hub_config_free(config);
    config = assert_config(
        "pools { inside {\n addrs = 10.3.0.0/24\n} }\n" CONNECTION("pools = inside\n pull = no"),
        "");
    assert_true(only(config)->push);
    hub_config_free(config);

    /* One of each kind; what gives no address is told. */
    config =
        assert_config("pools { four {\n addrs = 10.3.0.0/24\n} six {\n addrs = fd03::/112\n}\n"
                      "more {\n addrs = fd04::/112\n} }\n" CONNECTION("pools = six, more, four"),
                      "warning: f.conf:10: pools in connections.office: 'six' gives addresses "
                      "to clients, not 'more'\n");
    assert_string_equal(only(config)->pools[HUB_INSIDE_IP4]->name, "four");
    assert_string_equal(only(config)->pools[HUB_INSIDE_IP6]->name, "six");
    assert_false(hub_connection_asks(only(config)));
    assert_ptr_equal(hub_connection_pool(only(config), x4c_net_ipv6),
                     only(config)->pools[HUB_INSIDE_IP6]);
    hub_config_free(config);

    config = assert_config(CONNECTION("vips = ::, 10.3.0.7, 0.0.0.0"),
                           "warning: f.conf:2: vips in connections.office: one address of each "
                           "kind is asked for\n");
    assert_true(hub_connection_asks(only(config)));
    assert_int_equal(only(config)->vips[HUB_INSIDE_IP4].ip[3], 7);
    assert_int_equal(only(config)->vips[HUB_INSIDE_IP6].family, x4c_net_ipv6);
    hub_config_free(config);

    static const struct error_case cases[] = {
        {"pools { p {\n addrs = 10.0.0.0/7\n} }",
         "f.conf:2: addrs in pools.p: expected one subnet or range of at most 16,777,216 "
         "addresses\n"},
        {"pools { p { } }", "f.conf:1: addrs in pools.p: expected one subnet or range of at most "
                            "16,777,216 addresses\n"},
        {"pools { p {\n addrs = 10.3.0.0/24\n split_include = 10.0.0.1-10.0.0.4\n} }",
         "f.conf:3: split_include in pools.p: expected IPv4 subnets, found '10.0.0.1-10.0.0.4'\n"},
        {"pools { p {\n addrs = 10.3.0.0/24\n static { a {\n id = carol\n addr = 10.3.0.9\n} }\n} "
         "}",
         "f.conf:2: addrs in pools.p: expected the addresses of section static to be of the same "
         "kind and outside of these\n"},
        {"pools { p {\n addrs = 10.3.0.0/24\n static { a {\n id = *.example.org\n} }\n} }",
         "f.conf:4: id in pools.p.static.a: expected one identity\n"
         "f.conf:3: addr in pools.p.static.a: expected one address\n"},
        {"pools { p {\n addrs = 10.3.0.0/24\n static { a {\n id = x\n addr = 10.4.0.1\n}\n"
         "b {\n id = x\n addr = 10.4.0.2\n} }\n} }",
         "f.conf:1: static in pools.p: expected each identity once\n"},
        {"pools { p {\n addrs = 10.3.0.0/24\n} }\n" CONNECTION("vips = ::\npools = p"),
         "f.conf:5: vips in connections.office: expected no pools, and no pull = no, beside it: "
         "this side asks the peer\n"},
        {CONNECTION("vips = 0.0.0.0\npull = no"),
         "f.conf:2: vips in connections.office: expected no pools, and no pull = no, beside it: "
         "this side asks the peer\n"},
        {CONNECTION("vips = 10.0.0.0/8"),
         "f.conf:2: vips in connections.office: '10.0.0.0/8' is no address: expected like "
         "192.0.2.1 or 2001:db8::1, found '10.0.0.0/8'\n"},
        {CONNECTION("pull = no"),
         "f.conf:2: pull in connections.office: expected pools beside it\n"},
        {CONNECTION("pools = none"),
         "f.conf:2: pools in connections.office: expected names of section pools, found 'none'\n"},
    };
    RUN(cases);
}

static void static_leases(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "pools { p {\naddrs = 10.3.0.0/24\nstatic {\nb {\nid = dave\naddr = 10.4.0.2\n}\n"
        "a {\nid = carol\naddr = 10.4.0.1\n}\nc {\nid = dav\naddr = 10.4.0.3\n} } } }",
        "");
    static const struct {
        const char *owner;
        uint8_t last; /* 0: none */
    } cases[] = {{"carol", 1}, {"dave", 2}, {"dav", 3}, {"da", 0}, {"davee", 0}, {"", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const x4s_chunk owner = {(const uint8_t *)cases[i].owner, strlen(cases[i].owner)};
        const x4s_net_addr *addr = hub_pool_static(&config->pools[0], owner);
        assert_int_equal(addr ? addr->ip[3] : 0, cases[i].last);
    }
    hub_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transport), cmocka_unit_test(dpd_action), cmocka_unit_test(aggressive),
        cmocka_unit_test(users),     cmocka_unit_test(pools),      cmocka_unit_test(static_leases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
