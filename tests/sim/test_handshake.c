/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Phase 1 over a network that behaves: all algorithms, the choice among several, identities.
 */

#include "tests/sim/pair.h"

static const x4s_ike_transform1 base = {
    .cipher = x4c_cipher_aes,
    .key_bits = 128,
    .hash = x4c_hash_sha256,
    .group = x4c_group_ecp256,
    .auth = x4c_ike_auth_psk,
};

static const struct {
    uint8_t cipher;
    uint16_t key_bits;
} ciphers[] = {
    {x4c_cipher_des, 0},        {x4c_cipher_3des, 0},       {x4c_cipher_aes, 128},
    {x4c_cipher_aes, 192},      {x4c_cipher_aes, 256},      {x4c_cipher_camellia, 128},
    {x4c_cipher_camellia, 192}, {x4c_cipher_camellia, 256},
};

static const uint8_t hashes[] = {x4c_hash_md5, x4c_hash_sha1, x4c_hash_sha256, x4c_hash_sha384,
                                 x4c_hash_sha512};

static const uint8_t groups[] = {
    x4c_group_modp768,      x4c_group_modp1024,     x4c_group_modp1536, x4c_group_modp2048,
    x4c_group_modp3072,     x4c_group_modp4096,     x4c_group_modp6144, x4c_group_modp8192,
    x4c_group_ecp256,       x4c_group_ecp384,       x4c_group_ecp521,   x4c_group_modp1024s160,
    x4c_group_modp2048s224, x4c_group_modp2048s256, x4c_group_ecp192,   x4c_group_ecp224,
    x4c_group_ecp224bp,     x4c_group_ecp256bp,     x4c_group_ecp384bp, x4c_group_ecp512bp,
};

static void connect_with(const x4s_ike_transform1 *transform)
{
    struct pair pair = pair_new(1);
    pair_transform1(&pair, transform);
    pair_connect(&pair);
    const x4s_ike_transform1 *suite = &pair.a->keys1.suite;
    assert_int_equal(suite->cipher, transform->cipher);
    assert_int_equal(suite->key_bits, transform->key_bits);
    assert_int_equal(suite->hash, transform->hash);
    assert_int_equal(suite->group, transform->group);
    assert_int_equal(suite->auth, transform->auth);
    pair_quick(pair.a);
    sim_free(pair.sim);
}

static void test_ciphers_and_hashes(void **state)
{
    (void)state;
    for (size_t c = 0; c < x4m_countof(ciphers); c++) {
        for (size_t h = 0; h < x4m_countof(hashes); h++) {
            x4s_ike_transform1 transform = base;
            transform.cipher = ciphers[c].cipher;
            transform.key_bits = ciphers[c].key_bits;
            transform.hash = hashes[h];
            connect_with(&transform);
        }
    }
}

static void test_groups(void **state)
{
    (void)state;
    for (size_t g = 0; g < x4m_countof(groups); g++) {
        x4s_ike_transform1 transform = base;
        transform.group = groups[g];
        connect_with(&transform);
    }
}

/* RFC 2409 5.1: six messages, three of each side. */
/* req 2409-5-1 2409-4-19 2408-1.4.2-1 2408-1.6.2-1 2408-2.4-1 2408-3.1-6 2408-4.1-3 */
static void test_six_messages(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    assert_int_equal(pair.sim->network.sent, 6);
    assert_int_equal(pair.a->calls[SIM_SEND], 3);
    assert_int_equal(pair.b->calls[SIM_SEND], 2); /* the first belongs to no exchange */
    assert_int_equal(pair.alice->stats.completed1[x4c_ike_initiator], 1);
    assert_int_equal(pair.bob->stats.completed1[x4c_ike_responder], 1);
    assert_int_equal(pair.bob->stats.half_open, 0);
    assert_int_equal(pair.bob->stats.unproven, 0);
    assert_int_equal(pair.bob->stats.phase1, 1);
    sim_free(pair.sim);
}

/* Alice offers AES-256 and AES-128; Bob prefers them the other way round. */
static struct pair two_offers(bval own_order)
{
    struct pair pair = pair_new(1);
    for (unsigned i = 0; i < 2; i++) {
        pair.alice->transforms1[i] = base;
        pair.bob->transforms1[i] = base;
    }
    pair.alice->transforms1[0].key_bits = 256;
    pair.bob->transforms1[1].key_bits = 256;
    pair.alice->config1.transform_count = 2;
    pair.bob->config1.transform_count = 2;
    pair.bob->config1.own_order = own_order;
    pair_connect(&pair);
    return pair;
}

static void test_initiators_order(void **state)
{
    (void)state;
    struct pair pair = two_offers(bfalse);
    assert_int_equal(pair.a->keys1.suite.key_bits, 256);
    sim_free(pair.sim);
}

static void test_responders_order(void **state)
{
    (void)state;
    struct pair pair = two_offers(btrue);
    assert_int_equal(pair.a->keys1.suite.key_bits, 128);
    sim_free(pair.sim);
}

static void test_only_common_transform(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    for (unsigned i = 0; i < SIM_TRANSFORMS_MAX; i++) {
        pair.alice->transforms1[i] = base;
        pair.alice->transforms1[i].hash = hashes[i % 3];
        pair.alice->transforms1[i].group = groups[i];
    }
    pair.alice->config1.transform_count = SIM_TRANSFORMS_MAX;
    pair.bob->transforms1[0] = pair.alice->transforms1[1];
    pair_connect(&pair);
    assert_int_equal(pair.a->keys1.suite.group, groups[1]);
    sim_free(pair.sim);
}

static const struct {
    x4e_ike_id_type type;
    uint8_t len;
    const char *data;
} ids[] = {
    {x4c_ike_id_ipv4, 4, "\xc0\x00\x02\x01"},
    {x4c_ike_id_ipv6, 16, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"},
    {x4c_ike_id_fqdn, 13, "alice.example"},
    {x4c_ike_id_user_fqdn, 16, "alice@example.it"},
    {x4c_ike_id_key_id, 7, "\x00group\xff"},
};

static void test_identities(void **state) /* req 2407-4.2.1-1 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(ids); i++) {
        struct pair pair = pair_new(i);
        memcpy(pair.alice->id, ids[i].data, ids[i].len);
        pair.alice->config1.id.type = ids[i].type;
        pair.alice->config1.id.data.len = ids[i].len;
        pair_connect(&pair);
        const x4s_ike_id *seen = &pair.b->keys1.remote_id;
        assert_int_equal(seen->type, ids[i].type);
        assert_int_equal(seen->data.len, ids[i].len);
        assert_memory_equal(seen->data.data, ids[i].data, ids[i].len);
        assert_int_equal(pair.a->calls[SIM_VALIDATE], 1);
        assert_int_equal(pair.b->calls[SIM_VALIDATE], 1);
        sim_free(pair.sim);
    }
}

static void test_ipv6_link(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    assert_true(x4_net_addr_parse("2001:db8::1", &pair.alice->addr));
    assert_true(x4_net_addr_parse("2001:db8::2", &pair.bob->addr));
    pair.alice->addr.port = pair.bob->addr.port = 500;
    pair_connect(&pair);
    pair_quick(pair.b);
    sim_free(pair.sim);
}

/* Both ends end up with the shorter of two lifetimes. */
static void test_agreed_lifetime(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->transforms1[0].life_sec = 7200;
    pair.alice->config1.life_sec = 7200;
    pair.bob->transforms1[0].life_sec = 86400;
    pair.bob->config1.life_sec = 86400;
    pair_connect(&pair);
    assert_int_equal(pair.a->keys1.suite.life_sec, 7200);
    assert_int_equal(pair.a->keys1.life_left_sec, 7200);
    assert_int_equal(pair.b->keys1.life_left_sec, 7200);
    sim_free(pair.sim);
}

/* Any number of SAs between the same two hosts, begun by either. */
static void test_many_at_once(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    for (unsigned i = 0; i < 20; i++) {
        assert_non_null(sim_init1(pair.alice, pair.bob));
        assert_non_null(sim_init1(pair.bob, pair.alice));
    }
    sim_settle(pair.sim);
    assert_int_equal(sim_count(pair.alice, 1), 40);
    assert_int_equal(sim_count(pair.bob, 1), 40);
    sim_free(pair.sim);
}

/* With key pairs made ahead all is as without: both sides use them, in both phases. */
static void test_keys_ahead(void **state)
{
    (void)state;
    enum { AHEAD = 3, TIMES = 5 };
    struct pair pair = pair_new(1);
    pair.alice->config.keys_ahead = AHEAD;
    pair.bob->config.keys_ahead = AHEAD;
    pair.alice->transforms2[0].group = pair.bob->transforms2[0].group = x4c_group_modp1024;
    for (unsigned i = 0; i < TIMES; i++) {
        pair_connect(&pair);
        pair_quick(i % 2 ? pair.a : pair.b);
    }
    assert_int_equal(pair.alice->stats.dh_ahead, 2 * AHEAD + 2 * (TIMES - 1));
    assert_int_equal(pair.bob->stats.dh_ahead, 2 * AHEAD + 2 * (TIMES - 1));
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ciphers_and_hashes), cmocka_unit_test(test_groups),
        cmocka_unit_test(test_six_messages),       cmocka_unit_test(test_initiators_order),
        cmocka_unit_test(test_responders_order),   cmocka_unit_test(test_only_common_transform),
        cmocka_unit_test(test_identities),         cmocka_unit_test(test_ipv6_link),
        cmocka_unit_test(test_agreed_lifetime),    cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_keys_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
