/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What quick mode agrees on: every transform of ESP and AH, extended sequence numbers, and what is
 * not to be mixed.
 */

#include "tests/sim/pair.h"

enum { LONG_ENOUGH_MS = 100000 };

static const struct {
    uint8_t esp;
    bool sized;
    uint8_t encr_len; /* of a key that is not sized */
    uint8_t salt_len;
    bool combined;
} ciphers[] = {
    {x4c_ike_esp_des, false, 8, 0, false},     {x4c_ike_esp_3des, false, 24, 0, false},
    {x4c_ike_esp_null, false, 0, 0, false},    {x4c_ike_esp_aes_cbc, true, 0, 0, false},
    {x4c_ike_esp_aes_ctr, true, 0, 4, false},  {x4c_ike_esp_aes_ccm8, true, 0, 3, true},
    {x4c_ike_esp_aes_ccm12, true, 0, 3, true}, {x4c_ike_esp_aes_ccm16, true, 0, 3, true},
    {x4c_ike_esp_aes_gcm8, true, 0, 4, true},  {x4c_ike_esp_aes_gcm12, true, 0, 4, true},
    {x4c_ike_esp_aes_gcm16, true, 0, 4, true}, {x4c_ike_esp_camellia_cbc, true, 0, 0, false},
    {x4c_ike_esp_aes_gmac, true, 0, 4, true},
};

static const uint16_t sizes[] = {128, 192, 256};

static const struct {
    uint8_t integ;
    uint8_t len;
    uint8_t salt_len; /* not 0: for AH only */
} integs[] = {
    {x4c_ike_integ_hmac_md5, 16, 0},    {x4c_ike_integ_hmac_sha1, 20, 0},
    {x4c_ike_integ_hmac_sha256, 32, 0}, {x4c_ike_integ_hmac_sha384, 48, 0},
    {x4c_ike_integ_hmac_sha512, 64, 0}, {x4c_ike_integ_aes_xcbc, 16, 0},
    {x4c_ike_integ_aes128_gmac, 16, 4}, {x4c_ike_integ_aes192_gmac, 24, 4},
    {x4c_ike_integ_aes256_gmac, 32, 4},
};

static void agree_on(struct pair *pair, struct sim_xchg *phase1, const x4s_ike_transform2 *t,
                     x4s_ike_keys2 lengths)
{
    pair_transform2(pair, t);
    struct sim_xchg *quick = pair_quick(phase1);
    const x4s_ike_keys2 *keys = &quick->keys2;
    assert_int_equal(keys->transform.protocol, t->protocol);
    assert_int_equal(keys->transform.esp, t->esp);
    assert_int_equal(keys->transform.integ, t->integ);
    assert_int_equal(keys->transform.key_bits, t->key_bits);
    assert_int_equal(keys->transform.esn, t->esn);
    assert_int_equal(keys->encr_len, lengths.encr_len);
    assert_int_equal(keys->salt_len, lengths.salt_len);
    assert_int_equal(keys->integ_len, lengths.integ_len);

    const struct sim_xchg *peer = sim_peer(quick);
    sim_term(quick, btrue);
    sim_settle(pair->sim);
    assert_true(sim_ended(peer, x4c_ike_deleted));
}

/* From either side of the ISAKMP SA, with and without extended sequence numbers. */
static void agree_all_ways(struct pair *pair, x4s_ike_transform2 t, x4s_ike_keys2 lengths)
{
    t.mode = x4c_ike_tunnel;
    agree_on(pair, pair->a, &t, lengths);
    t.esn = btrue;
    t.mode = x4c_ike_transport;
    agree_on(pair, pair->b, &t, lengths);
}

static void agree_with_integs(struct pair *pair, x4s_ike_transform2 t, x4s_ike_keys2 lengths)
{
    for (size_t i = 0; i < x4m_countof(integs); i++) {
        if (integs[i].salt_len)
            continue;
        t.integ = integs[i].integ;
        lengths.integ_len = integs[i].len;
        agree_all_ways(pair, t, lengths);
    }
}

static void test_esp(void **state) /* req 2407-4.4.4-1 2407-4.4.4-2 2407-4.4.4-3 4304-2-1 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    for (size_t c = 0; c < x4m_countof(ciphers); c++) {
        for (size_t s = 0; s < (ciphers[c].sized ? x4m_countof(sizes) : 1); s++) {
            const uint16_t bits = ciphers[c].sized ? sizes[s] : 0;
            const x4s_ike_transform2 t = {.esp = ciphers[c].esp, .key_bits = bits};
            const x4s_ike_keys2 lengths = {
                .encr_len = bits ? (uint8_t)(bits / 8) : ciphers[c].encr_len,
                .salt_len = ciphers[c].salt_len,
            };
            if (ciphers[c].combined)
                agree_all_ways(&pair, t, lengths);
            else
                agree_with_integs(&pair, t, lengths);
        }
    }
    sim_free(pair.sim);
}

static void test_ah(void **state) /* req 2407-4.4.3-1 2407-4.4.3-2 2407-4.4.3-3 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    for (size_t i = 0; i < x4m_countof(integs); i++) {
        const x4s_ike_transform2 t = {.protocol = x4c_ike_protocol_ah, .integ = integs[i].integ};
        const x4s_ike_keys2 lengths = {.salt_len = integs[i].salt_len, .integ_len = integs[i].len};
        agree_all_ways(&pair, t, lengths);
    }
    sim_free(pair.sim);
}

static const x4s_ike_transform2 esp_sha1 = {
    .esp = x4c_ike_esp_null, .integ = x4c_ike_integ_hmac_sha1, .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 ah_sha1 = {
    .protocol = x4c_ike_protocol_ah, .integ = x4c_ike_integ_hmac_sha1, .mode = x4c_ike_tunnel};

/* Transforms that are the same but for one thing are not taken for each other. */
static void refuse(struct pair *pair, const x4s_ike_transform2 *ours,
                   const x4s_ike_transform2 *theirs)
{
    pair->alice->transforms2[0] = *ours;
    pair->bob->transforms2[0] = *theirs;
    const struct sim_xchg *quick = sim_init2(pair->a);
    assert_non_null(quick);
    sim_run(pair->sim, LONG_ENOUGH_MS);
    assert_true(sim_ended(quick, x4c_ike_peer_no_proposal));
}

static void test_not_the_same(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    x4s_ike_transform2 esn = esp_sha1;
    esn.esn = btrue;
    refuse(&pair, &esp_sha1, &ah_sha1);
    refuse(&pair, &ah_sha1, &esp_sha1);
    refuse(&pair, &esp_sha1, &esn);
    refuse(&pair, &esn, &esp_sha1);
    sim_free(pair.sim);
}

/* AH and ESP have SPIs of their own: a Delete names the protocol too (RFC 2408 3.15). */
static void test_one_spi_in_two_protocols(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair_transform2(&pair, &esp_sha1);
    struct sim_xchg *esp = pair_quick(pair.a);
    struct sim_xchg *esp_peer = sim_peer(esp);
    pair.alice->last_spi--;
    pair_transform2(&pair, &ah_sha1);
    struct sim_xchg *ah = sim_init2(pair.a);
    sim_settle(pair.sim);
    struct sim_xchg *ah_peer = sim_last(pair.bob, 2);
    assert_true(sim_complete(ah));
    assert_int_equal(ah->keys2.in.spi, esp->keys2.in.spi);

    sim_term(ah, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(ah_peer, x4c_ike_deleted));
    assert_true(sim_complete(esp_peer));
    sim_term(esp, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(esp_peer, x4c_ike_deleted));
    sim_free(pair.sim);
}

/* AH protects the addresses that a NAT changes, and RFC 3948 has UDP for ESP only. */
static void test_ah_is_not_offered_through_a_nat(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.natt = pair.bob->config1.natt = x4c_ike_natt_rfc;
    pair.alice->config1.natt_force = btrue;
    pair_connect(&pair);
    pair_transform2(&pair, &ah_sha1);
    assert_null(sim_init2(pair.a));
    assert_null(sim_init2(pair.b));
    pair_transform2(&pair, &esp_sha1);
    assert_true(pair_quick(pair.a)->keys2.transform.encap);
    sim_free(pair.sim);
}

static void test_resume(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair_transform2(&pair, &ah_sha1);
    struct sim_xchg *quick = pair_quick(pair.a);
    struct sim_node *heir = sim_add(pair.sim);
    sim_swap_addresses(pair.alice, heir);
    struct sim_xchg *phase1 = sim_resume1(heir, pair.a);
    assert_non_null(phase1);
    struct sim_xchg *resumed = sim_resume2(phase1, quick);
    assert_non_null(resumed);
    struct sim_xchg *peer = sim_peer(quick);
    sim_term(resumed, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(peer, x4c_ike_deleted));
    sim_free(pair.sim);
}

/* What is cut is each side's own business: it is not on the wire. */
static void test_truncated(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->transforms2[0].integ = pair.alice->transforms2[0].integ = x4c_ike_integ_hmac_sha256;
    pair.bob->transforms2[0].truncated = btrue;
    pair_connect(&pair);
    struct sim_xchg *quick = sim_init2(pair.a);
    sim_settle(pair.sim);
    assert_true(sim_complete(quick));
    assert_false(quick->keys2.transform.truncated);
    assert_true(sim_peer(quick)->keys2.transform.truncated);
    pair.bob->transforms2[0].integ = x4c_ike_integ_hmac_sha1;
    assert_null(sim_init2(pair.b));
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_esp),
        cmocka_unit_test(test_ah),
        cmocka_unit_test(test_not_the_same),
        cmocka_unit_test(test_one_spi_in_two_protocols),
        cmocka_unit_test(test_ah_is_not_offered_through_a_nat),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
