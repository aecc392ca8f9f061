/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void tell(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    if (severity == HUB_ERROR)
        fail_msg("%s", text);
}

static struct hub_config *parse(const char *text)
{
    struct hub_config *config = hub_config_parse("f.conf", text, strlen(text), tell, NULL);
    assert_non_null(config);
    return config;
}

static x4s_net_addr addr(const char *text)
{
    x4s_net_addr out;
    assert_true(x4_net_addr_parse(text, &out));
    return out;
}

/* An identity whose bytes stay valid until the next four are made. */
static const x4s_ike_id *id(const char *text)
{
    static struct {
        struct hub_identity identity;
        uint8_t data[HUB_IDENTITY_MAX];
    } made[4];
    static unsigned next;
    const unsigned i = next++ % 4;
    const char *expected;
    assert_true(hub_identity_parse(text, &made[i].identity, made[i].data, &expected));
    return &made[i].identity.id;
}

#define LOCAL     "local {\n auth = psk\n id = hub\n}\n"
#define REMOTE    "remote {\n auth = psk\n}\n"
#define REMOTE_ID "remote {\n auth = psk\n id = "
#define END       "\n}\n"

/* ------------------------------------------------------------------ responder */

static const struct hub_connection *responder(const struct hub_config *config, const char *local,
                                              const char *remote,
                                              const x4s_ike_transform1 *transform)
{
    const x4s_net_link link = {.local = addr(local), .remote = addr(remote)};
    const x4s_ike_offer1 offer = {.link = &link, .transforms = transform, .transform_count = 1};
    return hub_config_responder(config, &offer);
}

static void assert_responder(const struct hub_config *config, const char *local, const char *remote,
                             const char *name)
{
    const struct hub_connection *found =
        responder(config, local, remote, &config->connections[0].phase1.transforms[0]);
    assert_string_equal(found ? found->name : "none", name);
}

static void by_address(void **state)
{
    (void)state;
    struct hub_config *config = parse(
        "connections {\n"
        "any4 {\n remote_addrs = 0.0.0.0/0\n" LOCAL REMOTE "}\n"
        "wide {\n remote_addrs = 10.0.0.0/8\n" LOCAL REMOTE "}\n"
        "narrow {\n remote_addrs = 10.1.0.0/16, 10.9.9.9\n" LOCAL REMOTE "}\n"
        "range {\n remote_addrs = 10.1.2.3-10.1.2.200\n" LOCAL REMOTE "}\n"
        "host {\n remote_addrs = 10.1.2.77\n" LOCAL REMOTE "}\n"
        "host2 {\n remote_addrs = 10.1.2.77\n" LOCAL REMOTE "}\n"
        "here {\n local_addrs = 10.5.5.5\n remote_addrs = 10.1.2.77\n" LOCAL REMOTE "}\n"
        "six {\n local_addrs = fd09::/64\n remote_addrs = fd09::1-fd09::1:5\n" LOCAL REMOTE "}\n"
        "}\nsecrets {\n ike {\n secret = x\n}\n}\n");
    assert_responder(config, "1.1.1.1", "192.0.2.1", "any4");
    assert_responder(config, "1.1.1.1", "10.200.0.1", "wide");
    assert_responder(config, "1.1.1.1", "10.1.200.1", "narrow");
    assert_responder(config, "1.1.1.1", "10.9.9.9", "narrow");
    assert_responder(config, "1.1.1.1", "10.1.2.2", "narrow");
    assert_responder(config, "1.1.1.1", "10.1.2.3", "range");
    assert_responder(config, "1.1.1.1", "10.1.2.200", "range");
    assert_responder(config, "1.1.1.1", "10.1.2.201", "narrow");
    assert_responder(config, "1.1.1.1", "10.1.2.77", "host");
    assert_responder(config, "10.5.5.5", "10.1.2.77", "host");
    assert_responder(config, "fd09::2", "fd09::1", "six");
    assert_responder(config, "fd09::2", "fd09::1:5", "six");
    assert_responder(config, "fd09::2", "fd09::1:6", "none");
    assert_responder(config, "fd0a::2", "fd09::1", "none");
    hub_config_free(config);

    config = parse("connections { any {\n" LOCAL REMOTE "}\n}\nsecrets { ike {\n secret = x\n} }");
    assert_responder(config, "1.1.1.1", "255.255.255.255", "any");
    assert_responder(config, "::1", "ffff::1", "any");
    hub_config_free(config);
}

#define XAUTH "remote-user {\n auth = xauth\n}\n"

static void assert_begun(const struct hub_config *config, const char *remote, uint16_t auth,
                         uint8_t hash, const char *name)
{
    const x4s_ike_transform1 transform = {.cipher = x4c_cipher_aes,
                                          .key_bits = 128,
                                          .hash = hash,
                                          .group = x4c_group_modp2048,
                                          .auth = auth};
    const struct hub_connection *found = responder(config, "1.1.1.1", remote, &transform);
    assert_string_equal(found ? found->name : "none", name);
}

/* Peers at the same addresses are told apart by what they propose. */
static void by_offer(void **state)
{
    (void)state;
    struct hub_config *config = parse(
        "connections {\n"
        "ours {\n proposals = aes128-sha1-modp2048\n" LOCAL REMOTE
        "local-user {\n auth = xauth\n xauth_id = joe\n}\n}\n"
        "psk {\n proposals = aes128-sha1-modp2048\n" LOCAL REMOTE "}\n"
        "again {\n proposals = aes128-sha1-modp2048\n" LOCAL REMOTE_ID "a.example.org" END "}\n"
        "strong {\n proposals = aes128-sha384-modp2048\n" LOCAL REMOTE "}\n"
        "users {\n proposals = aes128-sha1-modp2048\n" LOCAL REMOTE XAUTH "}\n"
        "near {\n remote_addrs = 10.0.0.0/8\n proposals = aes128-sha256-modp2048\n" LOCAL REMOTE
        "}\n"
        "}\nsecrets {\n ike {\n secret = x\n}\n xauth {\n id = joe\n secret = y\n}\n}\n");
    assert_begun(config, "192.0.2.1", x4c_ike_auth_psk, x4c_hash_sha1, "psk");
    assert_begun(config, "192.0.2.1", x4c_ike_auth_psk, x4c_hash_sha384, "strong");
    assert_begun(config, "192.0.2.1", x4c_ike_auth_xauth_init_psk, x4c_hash_sha1, "users");
    assert_begun(config, "10.0.0.1", x4c_ike_auth_psk, x4c_hash_sha256, "near");
    assert_begun(config, "10.0.0.1", x4c_ike_auth_psk, x4c_hash_sha1, "psk");
    /* Who offers nothing that is wanted is told so, by the connection for its address. */
    assert_begun(config, "192.0.2.1", x4c_ike_auth_rsa, x4c_hash_sha1, "psk");
    assert_begun(config, "10.0.0.1", x4c_ike_auth_rsa, x4c_hash_sha1, "near");
    hub_config_free(config);
}

/* Every address of a range is found, and none beside it. */
static void ranges_are_whole(void **state)
{
    (void)state;
    static const struct {
        unsigned from;
        unsigned to;
    } cases[] = {{0, 255}, {0, 0}, {255, 255}, {1, 254}, {3, 200}, {127, 128}, {64, 127}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text),
                 "connections { c {\n remote_addrs = 255.255.255.%u-255.255.255.%u\n" LOCAL REMOTE
                 "} }\nsecrets { ike {\n secret = x\n} }",
                 cases[i].from, cases[i].to);
        struct hub_config *config = parse(text);
        for (unsigned last = 0; last < 256; last++) {
            char remote[32];
            snprintf(remote, sizeof(remote), "255.255.255.%u", last);
            const bool in = last >= cases[i].from && last <= cases[i].to;
            assert_responder(config, "1.1.1.1", remote, in ? "c" : "none");
        }
        hub_config_free(config);
    }
}

/* ------------------------------------------------------------------ secrets */

static void assert_secret(const struct hub_config *config, const char *local_id,
                          const char *remote_id, const char *remote, const char *name)
{
    const x4s_net_addr l = addr("10.0.0.1");
    const x4s_net_addr r = addr(remote);
    const struct hub_secret *found = hub_config_secret(config, local_id ? id(local_id) : NULL,
                                                       remote_id ? id(remote_id) : NULL, &l, &r);
    assert_string_equal(found ? found->name : "none", name);
}

static void best_secret(void **state)
{
    (void)state;
    struct hub_config *config = parse("secrets {\n"
                                      "ike-all {\n secret = 1\n}\n"
                                      "ike-any {\n secret = 2\n id-1 = hub\n id-2 = %any\n}\n"
                                      "ike-addr {\n secret = 3\n id = 10.0.0.2\n}\n"
                                      "ike-net {\n secret = 4\n id = 10.3.0.0/16\n}\n"
                                      "ike-suffix {\n secret = 5\n id = *.example.org\n}\n"
                                      "ike-exact {\n secret = 6\n id = a.example.org\n}\n"
                                      "ike-both {\n secret = 7\n id-1 = hub\n id-2 = "
                                      "A.example.org\n}\n"
                                      "ike-both2 {\n secret = 8\n id-1 = hub\n id-2 = "
                                      "a.example.org\n}\n"
                                      "}\n");
    assert_secret(config, "hub", "a.example.org", "192.0.2.1", "ike-both");
    assert_secret(config, "other", "a.example.org", "192.0.2.1", "ike-exact");
    assert_secret(config, "hub", "b.example.org", "192.0.2.1", "ike-suffix");
    assert_secret(config, "hub", "b.example.org", "10.0.0.2", "ike-suffix");
    assert_secret(config, "hub", "b.example.net", "10.0.0.2", "ike-addr");
    assert_secret(config, "hub", NULL, "10.0.0.2", "ike-addr");
    assert_secret(config, "hub", NULL, "10.3.4.5", "ike-net");
    assert_secret(config, "hub", "10.3.4.5", "192.0.2.1", "ike-net");
    assert_secret(config, "hub", "10.0.0.2", "192.0.2.1", "ike-addr");
    assert_secret(config, "hub", NULL, "192.0.2.1", "ike-any");
    assert_secret(config, "other", NULL, "192.0.2.1", "ike-all");
    assert_secret(config, NULL, NULL, "fd00::1", "ike-all");
    hub_config_free(config);
}

static void secrets_of_ours(void **state)
{
    (void)state;
    struct hub_config *config = parse("secrets {\n"
                                      "ike-hub {\n secret = 1\n id = hub\n}\n"
                                      "ike-two {\n secret = 2\n id-1 = gate\n id-2 = peer\n}\n"
                                      "ike-me {\n secret = 3\n id = 10.0.0.1\n}\n"
                                      "}\n");
    assert_secret(config, "hub", "whoever", "192.0.2.1", "ike-hub");
    assert_secret(config, "gate", "peer", "192.0.2.1", "ike-two");
    assert_secret(config, "else", "peer", "192.0.2.1", "ike-two");
    assert_secret(config, "gate", "whoever", "192.0.2.1", "ike-me");
    assert_secret(config, "gate", NULL, "192.0.2.1", "ike-me");
    hub_config_free(config);

    config = parse("secrets { ike {\n secret = 2\n id-1 = gate\n id-2 = peer\n} }");
    assert_secret(config, "gate", "whoever", "192.0.2.1", "none");
    hub_config_free(config);
}

/* ------------------------------------------------------------------ refinement */

static const struct hub_connection *named(const struct hub_config *config, const char *name)
{
    const x4s_chunk chunk = {(const uint8_t *)name, strlen(name)};
    const struct hub_connection *connection = hub_config_connection(config, chunk);
    if (!connection)
        fail_msg("no connection %s", name);
    return connection;
}

/* As a responder comes to it: by address first, then by what the peer says to be. */
static void assert_refined(const struct hub_config *config, const char *remote,
                           const char *remote_id, const char *name)
{
    const x4s_net_addr l = addr("10.0.0.1");
    const x4s_net_addr r = addr(remote);
    const struct hub_connection *begun =
        responder(config, "10.0.0.1", remote, &config->connections[0].phase1.transforms[0]);
    assert_non_null(begun);
    const struct hub_secret *secret = hub_connection_secret(config, begun, &l, &r);
    assert_non_null(secret);
    const struct hub_connection *found = hub_config_refine(config, begun, id(remote_id), &l, &r,
                                                           &begun->phase1.transforms[0], secret);
    assert_string_equal(found ? found->name : "none", name);
}

#define SUITE  "proposals = aes128-sha1-modp2048\n"
#define SECRET "secrets { ike {\n secret = x\n} }\n"

static void by_identity(void **state)
{
    (void)state;
    struct hub_config *config = parse(
        "connections {\n"
        "any {\n" SUITE LOCAL REMOTE "}\n"
        "org {\n" SUITE LOCAL REMOTE_ID "*.example.org" END "}\n"
        "a {\n" SUITE LOCAL REMOTE_ID "a.example.org" END "}\n"
        "a2 {\n remote_addrs = 10.2.0.0/16\n" SUITE LOCAL REMOTE_ID "A.example.org" END "}\n"
        "other {\n" SUITE "local {\n auth = psk\n id = gate\n}\n" REMOTE_ID "b.example.org" END
        "}\n"
        "suite {\n proposals = aes256-sha1-modp2048\n" LOCAL REMOTE_ID "c.example.org" END "}\n"
        "here {\n local_addrs = 10.0.0.9\n" SUITE LOCAL REMOTE_ID "d.example.org" END "}\n"
        "}\n" SECRET);
    assert_refined(config, "192.0.2.1", "joe", "any");
    assert_refined(config, "192.0.2.1", "x.example.org", "org");
    assert_refined(config, "192.0.2.1", "a.example.org", "a");
    assert_refined(config, "10.2.3.4", "a.example.org", "a2");
    assert_refined(config, "192.0.2.1", "b.example.org", "org");
    assert_refined(config, "192.0.2.1", "c.example.org", "org");
    assert_refined(config, "192.0.2.1", "d.example.org", "org");
    hub_config_free(config);
}

static void assert_claimed(const struct hub_config *config, const char *remote,
                           const char *remote_id, const char *name)
{
    const x4s_net_link link = {.local = addr("10.0.0.1"), .remote = addr(remote)};
    const x4s_ike_offer1 offer = {
        .link = &link,
        .aggressive = btrue,
        .id = id(remote_id),
        .transforms = config->connections[0].phase1.transforms,
        .transform_count = config->connections[0].phase1.transform_count,
    };
    const struct hub_connection *found = hub_config_claimed(config, &offer);
    assert_string_equal(found ? found->name : "none", name);
}

/* One name, two methods. */
static void by_claim_and_offer(void **state)
{
    (void)state;
    struct hub_config *config =
        parse("connections {\n"
              "users {\n aggressive = yes\n" SUITE LOCAL REMOTE_ID "group" END XAUTH "}\n"
              "plain {\n aggressive = yes\n" SUITE LOCAL REMOTE_ID "group" END "}\n"
              "}\n" SECRET);
    const x4s_net_link link = {.local = addr("10.0.0.1"), .remote = addr("192.0.2.1")};
    for (size_t i = 0; i < 2; i++) {
        const x4s_ike_offer1 offer = {
            .link = &link,
            .aggressive = btrue,
            .id = id("group"),
            .transforms = config->connections[i].phase1.transforms,
            .transform_count = 1,
        };
        assert_ptr_equal(hub_config_claimed(config, &offer), &config->connections[i]);
    }
    const x4s_ike_offer1 nothing = {.link = &link, .aggressive = btrue, .id = id("group")};
    assert_null(hub_config_claimed(config, &nothing));
    hub_config_free(config);
}

/* Aggressive mode: by who the peer says it is, before anything of it is proven. */
static void by_claim(void **state)
{
    (void)state;
    struct hub_config *config =
        parse("connections {\n"
              "main {\n" SUITE LOCAL REMOTE_ID "a.example.org" END "}\n"
              "org {\n aggressive = yes\n" SUITE LOCAL REMOTE_ID "*.example.org" END "}\n"
              "b {\n aggressive = yes\n" SUITE LOCAL REMOTE_ID "b.example.org" END "}\n"
              "near {\n aggressive = yes\n remote_addrs = 10.2.0.0/16\n" SUITE LOCAL REMOTE_ID
              "group" END "}\n"
              "keyless {\n aggressive = yes\n" SUITE LOCAL REMOTE_ID "nokey" END "}\n"
              "}\n"
              "secrets {\n"
              "ike-1 {\n secret = x\n id-1 = hub\n id-2 = *.example.org\n}\n"
              "ike-2 {\n secret = y\n id-1 = hub\n id-2 = group\n}\n"
              "}\n");
    assert_claimed(config, "192.0.2.1", "a.example.org", "org"); /* main does not accept it */
    assert_claimed(config, "192.0.2.1", "b.example.org", "b");
    assert_claimed(config, "10.2.3.4", "group", "near");
    assert_claimed(config, "192.0.2.1", "group", "none");
    assert_claimed(config, "192.0.2.1", "nokey", "none");
    assert_claimed(config, "192.0.2.1", "stranger", "none");
    hub_config_free(config);
}

static void nobody_fits(void **state)
{
    (void)state;
    struct hub_config *config = parse("connections {\n"
                                      "a {\n" SUITE LOCAL REMOTE_ID "a" END "}\n"
                                      "b {\n" SUITE LOCAL REMOTE_ID "b" END "}\n"
                                      "}\n" SECRET);
    assert_refined(config, "192.0.2.1", "a", "a");
    assert_refined(config, "192.0.2.1", "b", "b");
    assert_refined(config, "192.0.2.1", "c", "none");
    assert_refined(config, "192.0.2.1", "keyid:a", "none");
    hub_config_free(config);
}

/* What was begun with is kept among equals, then the file's order counts. */
static void equals(void **state)
{
    (void)state;
    struct hub_config *config = parse("connections {\n"
                                      "a {\n" SUITE LOCAL REMOTE "}\n"
                                      "b {\n" SUITE LOCAL REMOTE "}\n"
                                      "}\n" SECRET);
    assert_refined(config, "192.0.2.1", "x", "a");
    const x4s_net_addr l = addr("10.0.0.1");
    const x4s_net_addr r = addr("192.0.2.1");
    const struct hub_connection *b = named(config, "b");
    assert_ptr_equal(
        hub_config_refine(config, b, id("x"), &l, &r, &b->phase1.transforms[0], config->secrets),
        b);
    hub_config_free(config);
}

/* The secret of a group does not speak for one who has his own. */
static void no_impersonation(void **state)
{
    (void)state;
    struct hub_config *config = parse("connections { all {\n" SUITE LOCAL REMOTE "} }\n"
                                      "secrets {\n ike-group {\n secret = x\n}\n"
                                      "ike-boss {\n secret = y\n id = boss\n}\n}\n");
    assert_refined(config, "192.0.2.1", "joe", "all");
    assert_refined(config, "192.0.2.1", "boss", "none");
    hub_config_free(config);
}

/* A peer with a known identity is asked for its own secret before it has said who it is. */
static void secret_of_a_connection(void **state)
{
    (void)state;
    struct hub_config *config = parse("connections {\n"
                                      "site {\n remote_addrs = 192.0.2.1\n" SUITE LOCAL REMOTE_ID
                                      "site.example.org" END "}\n"
                                      "rest {\n" SUITE LOCAL REMOTE "}\n"
                                      "}\nsecrets {\n ike-rest {\n secret = x\n}\n"
                                      "ike-site {\n secret = y\n id = site.example.org\n}\n}\n");
    const x4s_net_addr l = addr("10.0.0.1");
    const x4s_net_addr r = addr("192.0.2.1");
    assert_string_equal(hub_connection_secret(config, named(config, "site"), &l, &r)->name,
                        "ike-site");
    assert_string_equal(hub_connection_secret(config, named(config, "rest"), &l, &r)->name,
                        "ike-rest");
    assert_refined(config, "192.0.2.1", "site.example.org", "site");
    hub_config_free(config);
}

/* ------------------------------------------------------------------ children */

static x4s_net_selector subnet(const char *text, unsigned prefix)
{
    const x4s_net_addr a = addr(text);
    x4s_net_selector out;
    assert_true(x4_net_selector_from_prefix(&a, prefix, &out));
    return out;
}

static void assert_child(const struct hub_config *config, const x4s_ike_offer2 *offer,
                         const char *name)
{
    const x4s_net_addr l = addr("10.0.0.1");
    const x4s_net_addr r = addr("10.0.0.2");
    const struct hub_child *found = hub_config_child(&config->connections[0], &l, &r, offer);
    assert_string_equal(found ? found->name : "none", name);
}

static void by_selectors(void **state)
{
    (void)state;
    struct hub_config *config =
        parse("connections { c {\n" LOCAL REMOTE "children {\n"
              "wide {\n local_ts = 10.1.0.0/16\n remote_ts = 10.2.0.0/16\n}\n"
              "narrow {\n local_ts = 10.1.1.0/24\n remote_ts = 10.2.1.0/24\n}\n"
              "pfs {\n local_ts = 10.1.1.0/24\n remote_ts = 10.2.1.0/24\n"
              " esp_proposals = aes128-sha1-modp2048\n}\n"
              "web {\n local_ts = 10.5.0.0/16[tcp/80]\n remote_ts = 10.2.0.0/16[tcp]\n}\n"
              "hosts {\n mode = transport\n}\n"
              "} } }\n" SECRET);
    x4s_ike_offer2 offer = {
        .selectors = btrue,
        .local = subnet("10.1.0.0", 16),
        .remote = subnet("10.2.0.0", 16),
    };
    assert_child(config, &offer, "wide");
    offer.remote = subnet("10.2.7.0", 24);
    assert_child(config, &offer, "wide");
    offer.local = subnet("10.1.1.0", 24);
    offer.remote = subnet("10.2.1.0", 24);
    assert_child(config, &offer, "narrow");
    offer.group = x4c_group_modp2048;
    assert_child(config, &offer, "pfs");
    offer.group = x4c_group_ecp256;
    assert_child(config, &offer, "narrow");
    offer.local = subnet("10.0.0.0", 8);
    assert_child(config, &offer, "none");
    offer.remote = subnet("fd00::", 8);
    assert_child(config, &offer, "none");

    offer.group = x4c_group_none;
    offer.local = subnet("10.5.0.0", 16);
    offer.remote = subnet("10.2.0.0", 16);
    assert_child(config, &offer, "none");
    offer.local.protocol = offer.remote.protocol = 6;
    offer.local.port = 80;
    assert_child(config, &offer, "web");
    offer.local.port = 81;
    assert_child(config, &offer, "none");

    const x4s_net_addr l = addr("10.0.0.1");
    const x4s_net_addr r = addr("10.0.0.2");
    x4_net_selector_from_addr(&l, &offer.local);
    x4_net_selector_from_addr(&r, &offer.remote);
    assert_child(config, &offer, "hosts");
    x4_net_selector_from_addr(&r, &offer.local);
    assert_child(config, &offer, "none");
    hub_config_free(config);
}

static void selectors_of_a_child(void **state)
{
    (void)state;
    struct hub_config *config =
        parse("connections { c {\n" LOCAL REMOTE "children { x {\n local_ts = dynamic[udp/1701]\n"
              " remote_ts = 10.2.0.0/16\n} } } }\n" SECRET);
    const x4s_net_addr l = addr("10.0.0.1");
    const x4s_net_addr r = addr("10.0.0.2");
    x4s_net_selector local;
    x4s_net_selector remote;
    char text[x4c_net_selector_text];
    hub_child_selectors(&config->connections[0].children[0], &l, &r, &local, &remote);
    assert_string_equal(x4_net_selector_format(&local, text), "10.0.0.1[17/1701]");
    assert_string_equal(x4_net_selector_format(&remote, text), "10.2.0.0/16");
    hub_config_free(config);
}

/* ------------------------------------------------------------------ many */

#define MANY 20000

static size_t add(char *text, size_t used, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static size_t add(char *text, size_t used, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
    assert_true(len > 0 && (size_t)len < size - used);
    return used + (size_t)len;
}

static void many_connections(void **state)
{
    (void)state;
    const size_t size = (size_t)MANY * 256 + 4096;
    char *text = malloc(size);
    assert_non_null(text);
    size_t used = add(text, 0, size, "t {\n" SUITE LOCAL "}\nconnections {\n");
    for (unsigned i = 0; i < MANY; i++)
        used = add(text, used, size,
                   "c%u : t {\nremote_addrs = 10.%u.%u.%u\n" REMOTE_ID "p%u" END "}\n", i, i >> 16,
                   i >> 8 & 255, i & 255, i);
    used = add(text, used, size, "}\nsecrets {\n");
    for (unsigned i = 0; i < MANY; i++)
        used =
            add(text, used, size, "ike-%u {\nsecret = s%u\nid-1 = hub\nid-2 = p%u\n}\n", i, i, i);
    add(text, used, size, "}\n");
    struct hub_config *config = parse(text);
    free(text);
    assert_int_equal(config->connection_count, MANY);
    for (unsigned i = 0; i < MANY; i += 97) {
        char remote[32];
        char name[32];
        snprintf(remote, sizeof(remote), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        snprintf(name, sizeof(name), "c%u", i);
        assert_responder(config, "10.0.0.1", remote, name);
        snprintf(name, sizeof(name), "p%u", i);
        assert_refined(config, remote, name, config->connections[i].name);
        snprintf(name, sizeof(name), "c%u", i);
        assert_ptr_equal(named(config, name), &config->connections[i]);
    }
    assert_null(hub_config_connection(config, (x4s_chunk){(const uint8_t *)"c", 1}));
    assert_null(hub_config_connection(config, (x4s_chunk){0}));
    hub_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_address),       cmocka_unit_test(by_offer),
        cmocka_unit_test(ranges_are_whole), cmocka_unit_test(best_secret),
        cmocka_unit_test(secrets_of_ours),  cmocka_unit_test(by_identity),
        cmocka_unit_test(by_claim),         cmocka_unit_test(by_claim_and_offer),
        cmocka_unit_test(nobody_fits),      cmocka_unit_test(equals),
        cmocka_unit_test(no_impersonation), cmocka_unit_test(secret_of_a_connection),
        cmocka_unit_test(by_selectors),     cmocka_unit_test(selectors_of_a_child),
        cmocka_unit_test(many_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
