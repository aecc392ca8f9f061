/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Quick mode over a network that behaves: algorithms, PFS, selectors, several at once.
 */

#include "tests/sim/pair.h"

static const struct {
    uint8_t esp;
    uint16_t key_bits;
    uint8_t encr_len;
    uint8_t salt_len;
} ciphers[] = {
    {x4c_ike_esp_3des, 0, 24, 0},        {x4c_ike_esp_null, 0, 0, 0},
    {x4c_ike_esp_aes_cbc, 128, 16, 0},   {x4c_ike_esp_aes_cbc, 192, 24, 0},
    {x4c_ike_esp_aes_cbc, 256, 32, 0},   {x4c_ike_esp_aes_gcm16, 128, 16, 4},
    {x4c_ike_esp_aes_gcm16, 192, 24, 4}, {x4c_ike_esp_aes_gcm16, 256, 32, 4},
};

static const struct {
    uint8_t integ;
    uint8_t len;
} integs[] = {
    {x4c_ike_integ_hmac_md5, 16},    {x4c_ike_integ_hmac_sha1, 20},
    {x4c_ike_integ_hmac_sha256, 32}, {x4c_ike_integ_hmac_sha384, 48},
    {x4c_ike_integ_hmac_sha512, 64},
};

static void check_keys(const x4s_ike_keys2 *keys, size_t cipher, size_t integ_len)
{
    assert_int_equal(keys->encr_len, ciphers[cipher].encr_len);
    assert_int_equal(keys->salt_len, ciphers[cipher].salt_len);
    assert_int_equal(keys->integ_len, integ_len);
    if (keys->encr_len)
        assert_memory_not_equal(keys->in.encr, keys->out.encr, keys->encr_len);
    if (keys->integ_len)
        assert_memory_not_equal(keys->in.integ, keys->out.integ, keys->integ_len);
}

static void quick_with(struct pair *pair, size_t cipher, uint8_t integ, size_t integ_len,
                       uint8_t group)
{
    const x4s_ike_transform2 transform = {
        .esp = ciphers[cipher].esp,
        .key_bits = ciphers[cipher].key_bits,
        .integ = integ,
        .mode = integ_len % 32 ? x4c_ike_tunnel : x4c_ike_transport,
        .group = group,
    };
    pair_transform2(pair, &transform);
    const struct sim_xchg *quick = pair_quick(pair->a);
    check_keys(&quick->keys2, cipher, integ_len);
    assert_int_equal(quick->keys2.transform.esp, transform.esp);
    assert_int_equal(quick->keys2.transform.key_bits, transform.key_bits);
    assert_int_equal(quick->keys2.transform.integ, transform.integ);
    assert_int_equal(quick->keys2.transform.mode, transform.mode);
    assert_int_equal(quick->keys2.transform.group, transform.group);
    assert_int_equal(sim_peer(quick)->offer2.group, transform.group);
}

static void all_transforms(struct pair *pair, uint8_t group)
{
    for (size_t c = 0; c < x4m_countof(ciphers); c++) {
        if (ciphers[c].salt_len) {
            quick_with(pair, c, x4c_ike_integ_none, 0, group);
            continue;
        }
        for (size_t i = 0; i < x4m_countof(integs); i++)
            quick_with(pair, c, integs[i].integ, integs[i].len, group);
    }
}

static void test_transforms(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    all_transforms(&pair, x4c_group_none);
    sim_free(pair.sim);
}

static void test_transforms_with_pfs(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    all_transforms(&pair, x4c_group_ecp256);
    sim_free(pair.sim);
}

static void test_pfs_groups(void **state) /* req 2409-5.5-4 */
{
    (void)state;
    static const uint8_t groups[] = {
        x4c_group_modp768, x4c_group_modp1024, x4c_group_modp1536,     x4c_group_modp2048,
        x4c_group_ecp384,  x4c_group_ecp521,   x4c_group_modp1024s160, x4c_group_modp2048s256,
        x4c_group_ecp224,  x4c_group_ecp512bp,
    };
    struct pair pair = pair_connected(1);
    for (size_t g = 0; g < x4m_countof(groups); g++)
        quick_with(&pair, 2, x4c_ike_integ_hmac_sha1, 20, groups[g]);
    sim_free(pair.sim);
}

/* KEYMAT of every hash is longer than its output at least once (RFC 2409 5.5). */
static void test_keymat_of_each_hash(void **state) /* req 2409-5.5-9 */
{
    (void)state;
    static const uint8_t hashes[] = {x4c_hash_md5, x4c_hash_sha1, x4c_hash_sha256, x4c_hash_sha384,
                                     x4c_hash_sha512};
    for (size_t h = 0; h < x4m_countof(hashes); h++) {
        struct pair pair = pair_new(h);
        pair.alice->transforms1[0].hash = pair.bob->transforms1[0].hash = hashes[h];
        pair_connect(&pair);
        quick_with(&pair, 4, x4c_ike_integ_hmac_sha512, 64, x4c_group_none);
        sim_free(pair.sim);
    }
}

/* RFC 2409 5.5: three messages. */
static void test_three_messages(void **state) /* req 2409-5-3 2409-4-19 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    uint64_t before = pair.sim->network.sent;
    const struct sim_xchg *quick = pair_quick(pair.a);
    assert_int_equal(pair.sim->network.sent - before, 3);
    assert_int_equal(quick->calls[SIM_SEND], 2);
    assert_int_equal(sim_peer(quick)->calls[SIM_SEND], 1);
    assert_true(pair.a->calls[SIM_USED] >= 3);
    assert_true(pair.b->calls[SIM_USED] >= 3);
    sim_free(pair.sim);
}

static void test_from_both_sides_at_once(void **state) /* req 2409-4-4 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    for (unsigned i = 0; i < 20; i++) {
        assert_non_null(sim_init2(pair.a));
        assert_non_null(sim_init2(pair.b));
    }
    sim_settle(pair.sim);
    assert_int_equal(sim_count(pair.alice, 2), 40);
    assert_int_equal(sim_count(pair.bob, 2), 40);
    assert_int_equal(pair.alice->stats.phase2, 40);
    assert_int_equal(pair.bob->stats.completed2[x4c_ike_responder], 20);
    sim_free(pair.sim);
}

/* Each of several transforms is offered as a proposal; the peer takes what it prefers. */
static struct sim_xchg *choose(struct pair *pair, bval own_order)
{
    for (unsigned i = 0; i < 3; i++) {
        pair->alice->transforms2[i] = pair->alice->transforms2[0];
        pair->bob->transforms2[i] = pair->bob->transforms2[0];
    }
    pair->alice->transforms2[0].key_bits = 256;
    pair->alice->transforms2[1].key_bits = 192;
    pair->bob->transforms2[1].key_bits = 192;
    pair->bob->transforms2[2].key_bits = 256;
    pair->alice->config2.transform_count = pair->bob->config2.transform_count = 3;
    pair->bob->config2.own_order = own_order;
    return pair_quick(pair->a);
}

static void test_initiators_order(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    assert_int_equal(choose(&pair, bfalse)->keys2.transform.key_bits, 256);
    sim_free(pair.sim);
}

static void test_responders_order(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    assert_int_equal(choose(&pair, btrue)->keys2.transform.key_bits, 128);
    sim_free(pair.sim);
}

static x4s_net_addr address(const char *text)
{
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse(text, &addr));
    return addr;
}

static x4s_net_selector host(const char *text)
{
    x4s_net_selector selector;
    const x4s_net_addr addr = address(text);
    x4_net_selector_from_addr(&addr, &selector);
    return selector;
}

static x4s_net_selector subnet(const char *text, unsigned prefix)
{
    x4s_net_selector selector;
    const x4s_net_addr addr = address(text);
    assert_true(x4_net_selector_from_prefix(&addr, prefix, &selector));
    return selector;
}

static x4s_net_selector range(const char *from, const char *to)
{
    x4s_net_selector selector;
    const x4s_net_addr first = address(from), last = address(to);
    assert_true(x4_net_selector_from_range(&first, &last, &selector));
    return selector;
}

static x4s_net_selector narrowed(x4s_net_selector selector, uint8_t protocol, uint16_t port)
{
    selector.protocol = protocol;
    selector.port = port;
    return selector;
}

static void quick_for(struct pair *pair, x4s_net_selector local, x4s_net_selector remote)
{
    pair->alice->config2.selectors = btrue;
    pair->alice->config2.local = local;
    pair->alice->config2.remote = remote;
    const struct sim_xchg *quick = pair_quick(pair->a);
    const x4s_ike_keys2 *keys = &quick->keys2;
    const struct sim_xchg *peer = sim_peer(quick);
    assert_true(keys->selectors);
    assert_true(x4_net_selector_equal(&keys->local, &local));
    assert_true(x4_net_selector_equal(&keys->remote, &remote));
    assert_true(peer->offer2.selectors);
    assert_true(x4_net_selector_equal(&peer->offer2.local, &remote));
    assert_true(x4_net_selector_equal(&peer->offer2.remote, &local));
    assert_int_equal(peer->offer2.local.form, remote.form);
    assert_int_equal(peer->offer2.remote.form, local.form);
}

static void test_selectors(void **state) /* req 2409-5.5-5 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    quick_for(&pair, host("10.0.0.1"), host("10.0.1.1"));
    quick_for(&pair, subnet("10.0.0.0", 24), subnet("10.1.0.0", 16));
    quick_for(&pair, subnet("0.0.0.0", 0), subnet("10.1.2.3", 32));
    quick_for(&pair, range("10.0.0.3", "10.0.0.9"), range("10.0.0.10", "10.0.1.9"));
    quick_for(&pair, host("2001:db8::1"), host("2001:db8::2"));
    quick_for(&pair, subnet("2001:db8::", 32), subnet("::", 0));
    quick_for(&pair, range("2001:db8::3", "2001:db8::9"), subnet("2001:db8:1::", 48));
    quick_for(&pair, narrowed(host("10.0.0.1"), 17, 1701), narrowed(host("10.0.1.1"), 17, 0));
    quick_for(&pair, narrowed(subnet("10.0.0.0", 24), 6, 443),
              narrowed(subnet("10.1.0.0", 24), 6, 65535));
    sim_free(pair.sim);
}

/* RFC 2409 5.5: without IDs the SA is for the two hosts. */
static void test_without_selectors(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    const struct sim_xchg *quick = pair_quick(pair.a);
    assert_false(quick->keys2.selectors);
    assert_true(x4_net_selector_has_addr(&quick->keys2.local, &pair.alice->addr));
    assert_true(x4_net_selector_has_addr(&quick->keys2.remote, &pair.bob->addr));
    assert_false(sim_peer(quick)->offer2.selectors);
    sim_free(pair.sim);
}

static void test_lifetimes(void **state) /* req 2407-4.5.1-1 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.alice->transforms2[0].life_sec = 3600;
    pair.alice->transforms2[0].life_kb = 4608000;
    pair.alice->config2.life_sec = 3600;
    pair.bob->transforms2[0].life_sec = 1800;
    pair.bob->config2.life_sec = 1800;
    const struct sim_xchg *quick = pair_quick(pair.a);
    assert_int_equal(quick->keys2.transform.life_kb, 4608000);
    assert_int_equal(sim_peer(quick)->keys2.life_left_sec, 1800);
    sim_free(pair.sim);
}

static void test_not_before_phase1_is_complete(void **state) /* req 2409-4-2 */
{
    (void)state;
    struct pair pair = pair_new(1);
    struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    assert_null(sim_init2(sa));
    sim_settle(pair.sim);
    pair_quick(sa);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transforms),
        cmocka_unit_test(test_transforms_with_pfs),
        cmocka_unit_test(test_pfs_groups),
        cmocka_unit_test(test_keymat_of_each_hash),
        cmocka_unit_test(test_three_messages),
        cmocka_unit_test(test_from_both_sides_at_once),
        cmocka_unit_test(test_initiators_order),
        cmocka_unit_test(test_responders_order),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_without_selectors),
        cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_not_before_phase1_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
