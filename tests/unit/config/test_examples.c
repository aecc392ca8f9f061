/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configurations as operators of strongSwan have them for IKEv1, as they are: each loads, and what
 * is warned of is what means nothing here.
 */
#include "tests/unit/config/config_text.h"

/* Two sites, of the kind that tutorials show. */
static const char site_to_site[] = "# /etc/swanctl/swanctl.conf\n"
                                   "connections {\n"
                                   "  gw-gw {\n"
                                   "    local_addrs  = 192.0.2.1\n"
                                   "    remote_addrs = 192.0.2.2\n"
                                   "    local {\n"
                                   "      auth = psk\n"
                                   "      id = moon.strongswan.org\n"
                                   "    }\n"
                                   "    remote {\n"
                                   "      auth = psk\n"
                                   "      id = sun.strongswan.org\n"
                                   "    }\n"
                                   "    children {\n"
                                   "      net-net {\n"
                                   "        local_ts  = 10.1.0.0/16\n"
                                   "        remote_ts = 10.2.0.0/16\n"
                                   "        updown = /usr/local/libexec/ipsec/_updown iptables\n"
                                   "        rekey_time = 5400\n"
                                   "        rekey_bytes = 500000000\n"
                                   "        rekey_packets = 1000000\n"
                                   "        start_action = trap\n"
                                   "        esp_proposals = aes128gcm128-modp3072\n"
                                   "      }\n"
                                   "    }\n"
                                   "    version = 1\n"
                                   "    mobike = no\n"
                                   "    reauth_time = 10800\n"
                                   "    proposals = aes128-sha256-modp3072\n"
                                   "  }\n"
                                   "}\n"
                                   "secrets {\n"
                                   "  ike-1 {\n"
                                   "    id-1 = moon.strongswan.org\n"
                                   "    secret = 0x45a30759df97dc26a15b88ff\n"
                                   "  }\n"
                                   "  ike-2 {\n"
                                   "    id-2 = sun.strongswan.org\n"
                                   "    secret = \"This is a strong password\"\n"
                                   "  }\n"
                                   "  ike-3 {\n"
                                   "    id-3a = moon.strongswan.org\n"
                                   "    id-3b = sun.strongswan.org\n"
                                   "    secret = 0sv+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL\n"
                                   "  }\n"
                                   "}\n";

/* Clients with users and addresses, as for Cisco's and Apple's. */
static const char remote_access[] = "connections {\n"
                                    "  rw {\n"
                                    "    version = 1\n"
                                    "    local_addrs = 192.0.2.1\n"
                                    "    pools = rw_pool\n"
                                    "    dpd_delay = 60s\n"
                                    "    dpd_timeout = 180s\n"
                                    "    send_cert = always\n"
                                    "    unique = never\n"
                                    "    local {\n"
                                    "      auth = psk\n"
                                    "      id = moon.strongswan.org\n"
                                    "    }\n"
                                    "    remote {\n"
                                    "      auth = psk\n"
                                    "    }\n"
                                    "    remote-xauth {\n"
                                    "      auth = xauth\n"
                                    "    }\n"
                                    "    children {\n"
                                    "      net {\n"
                                    "        local_ts = 0.0.0.0/0, ::/0\n"
                                    "        dpd_action = clear\n"
                                    "        inactivity = 1h\n"
                                    "        esp_proposals = aes256-sha1, default\n"
                                    "      }\n"
                                    "    }\n"
                                    "    proposals = aes256-sha1-modp1024, aes256-sha256-kyber1\n"
                                    "  }\n"
                                    "}\n"
                                    "pools {\n"
                                    "  rw_pool {\n"
                                    "    addrs = 10.3.0.0/28\n"
                                    "    dns = 10.1.0.53, 10.1.0.54\n"
                                    "    split_include = 10.1.0.0/16\n"
                                    "    28672 = \"Welcome\"\n"
                                    "  }\n"
                                    "}\n"
                                    "secrets {\n"
                                    "  ike {\n"
                                    "    secret = group\n"
                                    "  }\n"
                                    "  xauth-carol {\n"
                                    "    id = carol\n"
                                    "    secret = \"4iChxLT3\"\n"
                                    "  }\n"
                                    "  eap-dave {\n"
                                    "    id = dave\n"
                                    "    secret = \"ryftzG4A\"\n"
                                    "  }\n"
                                    "}\n"
                                    "authorities {\n"
                                    "  strongswan {\n"
                                    "    crl_uris = http://crl.strongswan.org/strongswan.crl\n"
                                    "  }\n"
                                    "}\n";

/* L2TP over transport mode, with what templates have in common, and a daemon's section. */
static const char l2tp[] = "ikehub {\n"
                           "  listen = 192.0.2.1\n"
                           "}\n"
                           "conn-defaults {\n"
                           "  version = 1\n"
                           "  encap = yes\n"
                           "  proposals = aes256-sha1-modp2048, 3des-sha1-modp1024\n"
                           "}\n"
                           "connections {\n"
                           "  l2tp : conn-defaults {\n"
                           "    local {\n"
                           "      auth = psk\n"
                           "    }\n"
                           "    remote {\n"
                           "      auth = psk\n"
                           "    }\n"
                           "    children {\n"
                           "      l2tp {\n"
                           "        mode = transport\n"
                           "        local_ts = dynamic[udp/1701]\n"
                           "        remote_ts = dynamic[udp]\n"
                           "        esp_proposals = aes256-sha1, 3des-sha1\n"
                           "      }\n"
                           "    }\n"
                           "  }\n"
                           "  ikev2-clients {\n"
                           "    version = 2\n"
                           "    remote {\n"
                           "      auth = eap-mschapv2\n"
                           "    }\n"
                           "  }\n"
                           "}\n"
                           "secrets {\n"
                           "  ike {\n"
                           "    secret = everybody\n"
                           "  }\n"
                           "  ntlm-dave {\n"
                           "    id = dave\n"
                           "    secret = 0x00\n"
                           "  }\n"
                           "}\n";

/* The warnings of a configuration: all that begin as told, and no other. */
static struct hub_config *load(const char *text, const char *const *warnings, size_t count)
{
    struct told told;
    struct hub_config *config = parse(text, &told);
    if (!config)
        fail_msg("%s", told.text);
    const char *at = told.text;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(at, warnings[i], strlen(warnings[i])) != 0)
            fail_msg("expected '%s' before: %s", warnings[i], at);
        at = strchr(at, '\n') + 1;
    }
    assert_string_equal(at, "");
    return config;
}

#define LOAD(text, warnings) load(text, warnings, sizeof(warnings) / sizeof((warnings)[0]))

static void two_sites(void **state)
{
    (void)state;
    static const char *const warnings[] = {
        "warning: f.conf:18: updown in connections.gw-gw.children.net-net changes nothing here",
    };
    struct hub_config *config = LOAD(site_to_site, warnings);
    assert_int_equal(config->connection_count, 1);
    assert_int_equal(config->secret_count, 3);
    hub_config_free(config);
}

static void clients(void **state)
{
    (void)state;
    static const char *const errors = "send_cert in connections.rw: expected a certificate";
    struct told told;
    assert_null(parse(remote_access, &told));
    assert_non_null(strstr(told.text, errors));

    char text[sizeof(remote_access)];
    memcpy(text, remote_access, sizeof(text));
    memset(strstr(text, "    send_cert = always"), ' ', strlen("    send_cert = always"));
    static const char *const warnings[] = {
        "warning: f.conf:54: crl_uris in authorities.strongswan changes nothing here",
        "warning: f.conf:7: dpd_timeout in connections.rw changes nothing here",
        "warning: f.conf:28: proposals in connections.rw: 'kyber1' is not supported and left out",
        "warning: f.conf:22: local_ts in connections.rw.children.net: the first selector counts",
        "warning: f.conf:24: inactivity in connections.rw.children.net changes nothing here",
    };
    struct hub_config *config = LOAD(text, warnings);
    assert_int_equal(config->user_count, 2);
    assert_int_equal(config->pools[0].attributes.count, 4);
    assert_true(config->connections[0].asks_user);
    hub_config_free(config);
}

static void transport_mode(void **state)
{
    (void)state;
    static const char *const warnings[] = {
        "warning: f.conf:37: section 'ntlm-dave' in secrets changes nothing here",
        "warning: f.conf:27: version in connections.ikev2-clients: IKEv2 is not spoken here",
    };
    struct hub_config *config = LOAD(l2tp, warnings);
    assert_int_equal(config->connection_count, 1);
    assert_int_equal(config->connections[0].phase1.id.type, x4c_ike_id_ipv4);
    hub_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sites),
        cmocka_unit_test(clients),
        cmocka_unit_test(transport_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
