/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Proposals: what peers leave out, number otherwise, or put where it does not belong.
 */

#include "tests/pitfall/forge.h"

enum {
    BASIC = 0x8000,
    ENCRYPTION = 1, /* RFC 2409 Appendix A */
    KEY_LENGTH1 = 14,
    LIFE_TYPE2 = 1, /* RFC 2407 4.5 */
    LIFE_DURATION2 = 2,
    AUTH2 = 5,
    KEY_LENGTH2 = 6,
    CIPHER_3DES = 5,
    SECONDS = 1,
    MESSAGE_ID = 0x30001,
    ATTRIBUTE = 4,
    TRANSFORM_ID_AT =
        4 + 8 + 8 + 4 + 5, /* from the SA payload: its head, situation, proposal, SPI */
    TRANSFORM_NUMBER1_AT = 4 + 8 + 8 + 4,
    PROTOCOL_AH = 2,
    DAY_SEC = 86400,
};

/* -------------------------------------------------------------------------- lengths of keys */

static bool drop_from_offer(struct forge *forge, uint8_t *plain, size_t *len)
{
    if (forge->order == 1)
        edit_remove(plain, len, edit_attribute(plain, *len, KEY_LENGTH1), ATTRIBUTE);
    return forge->order == 1 || forge->order == 5; /* whose HASH covers the offer */
}

static bool drop_from_answer(struct forge *forge, uint8_t *plain, size_t *len)
{
    if (forge->order != 2)
        return false;
    edit_remove(plain, len, edit_attribute(plain, *len, KEY_LENGTH1), ATTRIBUTE);
    return true;
}

static void agree_on_128(bool (*change)(struct forge *, uint8_t *, size_t *), bool responder)
{
    struct forge forge;
    forge_begin(&forge);
    forge.change = change;
    struct sim_xchg *end = sim_init1(forge.pair.alice, forge.pair.bob);
    sim_settle(forge.pair.sim);
    if (responder)
        end = sim_last(forge.pair.bob, 1);
    assert_true(end && sim_complete(end));
    assert_int_equal(end->keys1.suite.key_bits, 128);
    assert_int_equal(end->keys1.cipher_key.len, 16);
    forge_close(&forge);
}

/* strongSwan: some peers say AES and leave out the length of the key: it is 128 bits, in an offer
 * and in an answer, in both phases. */
static void aes_without_key_length_is_of_128_bits(void **state)
{
    (void)state;
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX];
    agree_on_128(drop_from_offer, true);
    agree_on_128(drop_from_answer, false);
    forge_open(&forge);
    forge_template(&forge);
    size_t len = forge_quick(&forge, MESSAGE_ID, plain);
    edit_remove(plain, &len, edit_attribute(plain, len, KEY_LENGTH2), ATTRIBUTE);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_none);
    assert_int_equal(edit_attribute(forge.answer, forge.answer_len, KEY_LENGTH2), 0);
    assert_int_equal(forge_third(&forge, MESSAGE_ID), x4c_ike_none);
    assert_int_equal(sim_last(forge.pair.bob, 2)->keys2.transform.key_bits, 128);
    assert_int_equal(sim_last(forge.pair.bob, 2)->keys2.encr_len, 16);
    forge_close(&forge);
}

static bool offer_3des_with_length(struct forge *forge, uint8_t *plain, size_t *len)
{
    if (forge->order != 1)
        return false;
    wire_put(plain + edit_attribute(plain, *len, ENCRYPTION) + 2, 2, CIPHER_3DES);
    wire_put(plain + edit_attribute(plain, *len, KEY_LENGTH1) + 2, 2, *(uint16_t *)forge->test);
    return true;
}

static void refuse_3des_in_phase1(uint16_t bits)
{
    struct forge forge;
    forge_begin(&forge);
    forge.change = offer_3des_with_length;
    forge.test = &bits;
    forge.pair.bob->transforms1[0].cipher = x4c_cipher_3des;
    forge.pair.bob->transforms1[0].key_bits = 0;
    sim_init1(forge.pair.alice, forge.pair.bob);
    sim_settle(forge.pair.sim);
    assert_int_equal(forge.pair.bob->last_refusal, x4c_ike_no_proposal);
    assert_null(sim_last(forge.pair.bob, 1));
    forge_close(&forge);
}

static void refuse_3des_in_phase2(uint16_t bits)
{
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX];
    struct wire_part sa;
    forge_open(&forge);
    forge_template(&forge);
    forge.pair.bob->transforms2[0].esp = x4c_ike_esp_3des;
    forge.pair.bob->transforms2[0].key_bits = 0;
    size_t len = forge_quick(&forge, MESSAGE_ID, plain);
    assert_true(wire_find(plain, len, WIRE_SA, &sa));
    plain[sa.at + TRANSFORM_ID_AT] = x4c_ike_esp_3des;
    wire_put(plain + edit_attribute(plain, len, KEY_LENGTH2) + 2, 2, bits);
    const x4e_ike_reason reason = forge_tell_bob(&forge, 1, plain, len);
    assert_true(reason == x4c_ike_bad_attributes || reason == x4c_ike_no_proposal2);
    len = forge_quick(&forge, MESSAGE_ID + 1, plain); /* without it the offer is a good one */
    plain[sa.at + TRANSFORM_ID_AT] = x4c_ike_esp_3des;
    edit_remove(plain, &len, edit_attribute(plain, len, KEY_LENGTH2), ATTRIBUTE);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_none);
    forge_close(&forge);
}

/* libreswan: a length for a cipher that has but one crashed it, as did one of 0. */
static void key_length_of_3des_is_refused(void **state)
{
    (void)state;
    static const uint16_t lengths[] = {0, 1, 64, 128, 192, UINT16_MAX};
    for (size_t i = 0; i < x4m_countof(lengths); i++) {
        refuse_3des_in_phase1(lengths[i]);
        refuse_3des_in_phase2(lengths[i]);
    }
}

/* -------------------------------------------------------------------------- AH */

static const struct {
    uint8_t integ; /* and the value of the attribute, RFC 2407 4.5 */
    uint8_t transform_id;
} ah_names[] = {
    {x4c_ike_integ_hmac_md5, 2},    {x4c_ike_integ_hmac_sha1, 3},   {x4c_ike_integ_hmac_sha256, 5},
    {x4c_ike_integ_hmac_sha384, 6}, {x4c_ike_integ_hmac_sha512, 7},
};

/* strongSwan: AH names its algorithm twice, in two numberings; a map between them that was wrong
 * let no older peer in. */
static void ah_transform_and_algorithm_have_numbers_of_their_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(ah_names); i++) {
        const x4s_ike_transform2 ah = {
            .protocol = x4c_ike_protocol_ah, .integ = ah_names[i].integ, .mode = x4c_ike_transport};
        struct forge forge;
        uint8_t plain[SPY_MESSAGE_MAX];
        struct wire_part sa;
        forge_open(&forge);
        pair_transform2(&forge.pair, &ah);
        forge_template(&forge);
        size_t len = forge_quick(&forge, MESSAGE_ID, plain);
        assert_true(wire_find(plain, len, WIRE_SA, &sa));
        assert_int_equal(plain[sa.at + WIRE_GENERIC + 8 + 5], PROTOCOL_AH);
        assert_int_equal(plain[sa.at + TRANSFORM_ID_AT], ah_names[i].transform_id);
        assert_int_equal(wire_u16(plain + edit_attribute(plain, len, AUTH2) + 2),
                         ah_names[i].integ);
        plain[sa.at + TRANSFORM_ID_AT] ^= 1; /* of another one than the attribute */
        assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_bad_attributes);
        forge_close(&forge);
    }
}

/* libreswan: a cipher that authenticates, with an algorithm that does so again. */
static void combined_cipher_with_integrity_is_refused(void **state)
{
    (void)state;
    static const uint8_t hmac_sha1[] = {BASIC >> 8, AUTH2, 0, x4c_ike_integ_hmac_sha1};
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX];
    const x4s_ike_transform2 gcm = {
        .esp = x4c_ike_esp_aes_gcm16, .key_bits = 128, .mode = x4c_ike_tunnel};
    forge_open(&forge);
    pair_transform2(&forge.pair, &gcm);
    forge_template(&forge);
    size_t len = forge_quick(&forge, MESSAGE_ID, plain);
    edit_insert(plain, &len, edit_attribute(plain, len, KEY_LENGTH2), hmac_sha1, sizeof(hmac_sha1));
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_no_proposal2);
    len = forge_quick(&forge, MESSAGE_ID + 1, plain);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_none);
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- lifetimes */

static bool note_number(struct forge *forge)
{
    const struct spy_message *last = &forge->spy->last;
    struct wire_part sa;
    if (last->order == 2 && wire_find(last->plain, last->plain_len, WIRE_SA, &sa))
        *(uint8_t *)forge->test = last->plain[sa.at + TRANSFORM_NUMBER1_AT];
    return false;
}

/* strongSwan: each transform has a lifetime of its own. What is agreed is that of the chosen one,
 * and the answer has the number that the peer gave it. */
static void lifetime_and_number_are_of_the_chosen_transform(void **state)
{
    (void)state;
    static const uint32_t lives[] = {1800, 3600, 7200};
    for (unsigned chosen = 0; chosen < 3; chosen++) {
        struct forge forge;
        uint8_t number = 0;
        forge_begin(&forge);
        struct sim_node *alice = forge.pair.alice;
        for (unsigned i = 0; i < 3; i++) {
            alice->transforms1[i] = alice->transforms1[0];
            alice->transforms1[i].key_bits = (uint16_t)(128 + 64 * i);
            alice->transforms1[i].life_sec = lives[i];
            alice->transforms2[i] = alice->transforms2[0];
            alice->transforms2[i].key_bits = (uint16_t)(128 + 64 * i);
            alice->transforms2[i].life_sec = lives[i];
        }
        alice->config1.transform_count = alice->config2.transform_count = 3;
        forge.pair.bob->transforms1[0] = alice->transforms1[chosen];
        forge.pair.bob->transforms2[0] = alice->transforms2[chosen];
        forge.spy->suite = alice->transforms1[chosen];
        forge.swallow = note_number;
        forge.test = &number;
        pair_connect(&forge.pair);
        assert_int_equal(number, chosen + 1);
        assert_int_equal(forge.pair.a->keys1.suite.life_sec, lives[chosen]);
        assert_int_equal(forge.pair.b->keys1.suite.life_sec, lives[chosen]);
        const struct sim_xchg *quick = pair_quick(forge.pair.a);
        assert_int_equal(quick->keys2.transform.life_sec, lives[chosen]);
        assert_int_equal(sim_peer(quick)->keys2.transform.life_sec, lives[chosen]);
        forge_close(&forge);
    }
}

static void offer_life(const uint8_t *value, uint16_t len, uint32_t expected)
{
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX], attributes[16] = {BASIC >> 8, LIFE_TYPE2, 0, SECONDS};
    forge_open(&forge);
    forge_template(&forge);
    wire_put(attributes + 4, 2, LIFE_DURATION2);
    wire_put(attributes + 6, 2, len);
    memcpy(attributes + 8, value, len);
    size_t size = forge_quick(&forge, MESSAGE_ID, plain);
    edit_insert(plain, &size, edit_attribute(plain, size, KEY_LENGTH2), attributes,
                8 + (size_t)len);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, size), x4c_ike_none);
    assert_int_equal(forge_third(&forge, MESSAGE_ID), x4c_ike_none);
    assert_int_equal(sim_last(forge.pair.bob, 2)->keys2.transform.life_sec, expected);
    forge_close(&forge);
}

/* libreswan, Windows: lifetimes come in 2, 4 or 8 bytes, and some are of more than a day. None of
 * them is a reason to refuse. */
static void lifetimes_of_any_width_and_beyond_a_day(void **state)
{
    (void)state;
    static const uint8_t widths[] = {0, 0, 0, 0, 0, 1, 0, 1}; /* 65537 */
    static const uint8_t days[] = {0, 0x09, 0x3a, 0x80};      /* a week */
    static const uint8_t more[] = {1, 0, 0, 0, 0, 0, 0, 0};
    offer_life(widths + 6, 2, 1);
    offer_life(widths + 5, 3, 65537);
    offer_life(widths + 4, 4, 65537);
    offer_life(widths, 8, 65537);
    offer_life(days, sizeof(days), 7 * DAY_SEC);
    offer_life(more, sizeof(more), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aes_without_key_length_is_of_128_bits),
        cmocka_unit_test(key_length_of_3des_is_refused),
        cmocka_unit_test(ah_transform_and_algorithm_have_numbers_of_their_own),
        cmocka_unit_test(combined_cipher_with_integrity_is_refused),
        cmocka_unit_test(lifetime_and_number_are_of_the_chosen_transform),
        cmocka_unit_test(lifetimes_of_any_width_and_beyond_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
