/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/attributes.h"
#include "x4/ike/proposal1.h"

static x4s_crypto *crypto;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_crypto_free(crypto);
    return 0;
}

static const x4s_ike_transform1 aes256 = {.cipher = x4c_cipher_aes,
                                          .key_bits = 256,
                                          .hash = x4c_hash_sha256,
                                          .group = x4c_group_modp2048,
                                          .auth = x4c_ike_auth_psk};
static const x4s_ike_transform1 aes128 = {.cipher = x4c_cipher_aes,
                                          .key_bits = 128,
                                          .hash = x4c_hash_sha1,
                                          .group = x4c_group_modp1024,
                                          .auth = x4c_ike_auth_psk};
static const x4s_ike_transform1 des = {.cipher = x4c_cipher_3des,
                                       .hash = x4c_hash_md5,
                                       .group = x4c_group_modp1024,
                                       .auth = x4c_ike_auth_psk};

/* An SA payload that a test writes attribute by attribute. */
struct offer {
    uint8_t buffer[8192];
    x4s_ike_build build;
    x4s_sa_writer sa;
    x4s_ike_offers offers;
    uint8_t transforms;
};

static void offer_begin(struct offer *offer)
{
    static const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_main};
    offer->transforms = 0;
    x4_build_begin(&offer->build, offer->buffer, sizeof(offer->buffer), &header);
    x4_sa_begin(&offer->sa, &offer->build);
    x4_sa_proposal(&offer->sa, 1, x4c_protocol_isakmp, (x4s_chunk){0});
}

static void offer_next(struct offer *offer)
{
    x4_sa_transform(&offer->sa, ++offer->transforms, x4c_transform_key_ike);
}

static void offer_put(struct offer *offer, uint16_t type, uint32_t value)
{
    x4_attr_put(&offer->build.w, type, value);
}

static void offer_bytes(struct offer *offer, const void *data, size_t len)
{
    x4_writer_bytes(&offer->build.w, data, len);
}

/* What a transform has to say, but for its key length. */
static void offer_basics(struct offer *offer, const x4s_ike_transform1 *t)
{
    offer_put(offer, x4c_attr1_cipher, t->cipher);
    offer_put(offer, x4c_attr1_hash, t->hash);
    offer_put(offer, x4c_attr1_group, t->group);
    offer_put(offer, x4c_attr1_auth, t->auth);
}

static void offer_transform(struct offer *offer, const x4s_ike_transform1 *t)
{
    offer_next(offer);
    offer_basics(offer, t);
    if (t->key_bits)
        offer_put(offer, x4c_attr1_key_length, t->key_bits);
}

static void offer_parse(struct offer *offer)
{
    const size_t at = x4c_isakmp_header + x4c_isakmp_generic;
    x4_sa_end(&offer->sa);
    assert_true(x4_build_end(&offer->build, 0));
    const x4s_chunk body = {offer->buffer + at, x4_writer_len(&offer->build.w) - at};
    assert_int_equal(x4_sa_parse(body, &offer->offers), x4c_ike_none);
}

/* Ends the offer and has a responder of the transforms choose. */
static x4e_ike_reason offer_select(struct offer *offer, const x4s_ike_transform1 *transforms,
                                   size_t count, bval own_order, x4s_ike_transform1 *agreed,
                                   size_t *index)
{
    const x4s_ike_config1 config = {
        .transforms = transforms, .transform_count = count, .own_order = own_order};
    const x4s_ike_offered *chosen;
    offer_parse(offer);
    x4e_ike_reason reason = x4_proposal1_select(&config, &offer->offers, agreed, &chosen);
    *index = reason == x4c_ike_none ? (size_t)(chosen - offer->offers.list) : SIZE_MAX;
    return reason;
}

/* The same, with one transform to accept. */
static x4e_ike_reason offer_match(struct offer *offer, const x4s_ike_transform1 *own,
                                  x4s_ike_transform1 *agreed)
{
    size_t index;
    return offer_select(offer, own, 1, bfalse, agreed, &index);
}

/* ------------------------------------------------------------------ configuration */

static bval usable(const x4s_ike_transform1 *transforms, size_t count)
{
    const x4s_ike_config1 config = {.transforms = transforms, .transform_count = count};
    return x4_proposal1_usable(crypto, &config);
}

static void test_usable_configurations(void **state)
{
    (void)state;
    x4s_ike_transform1 many[x4c_ike_transforms1_max + 1];
    for (size_t i = 0; i < x4m_countof(many); i++)
        many[i] = aes256;
    assert_false(usable(many, 0));
    assert_true(usable(many, 1));
    assert_true(usable(many, x4c_ike_transforms1_max));
    assert_false(usable(many, x4c_ike_transforms1_max + 1));
}

static void test_every_part_of_a_transform_must_exist(void **state)
{
    (void)state;
    x4s_ike_transform1 t = aes256;
    t.cipher = 2; /* IDEA */
    assert_false(usable(&t, 1));
    t = aes256;
    t.key_bits = 64;
    assert_false(usable(&t, 1));
    t.key_bits = 0;
    assert_false(usable(&t, 1));
    t = aes256;
    t.hash = 3; /* Tiger */
    assert_false(usable(&t, 1));
    t = aes256;
    t.group = 3; /* EC2N */
    assert_false(usable(&t, 1));
    t.group = x4c_group_none;
    assert_false(usable(&t, 1));
    t = aes256;
    t.auth = 4; /* encryption with RSA */
    assert_false(usable(&t, 1));
    const x4s_ike_transform1 second_bad[] = {aes256, t};
    assert_false(usable(second_bad, 2));
}

/* ------------------------------------------------------------------ both ways */

/* req 2409-4-7 2409-4-8 2409-5-10 2409-5-11 2408-4.2-6 2408-5.6-1 2407-4.4.2-1 */
static void test_what_is_written_is_selected(void **state)
{
    (void)state;
    x4s_ike_transform1 transforms[] = {aes256, aes128, des};
    transforms[0].life_sec = 86400;
    transforms[0].life_kb = 100000;
    const x4s_ike_config1 config = {.transforms = transforms, .transform_count = 3};
    static struct offer offer;
    static const x4s_ike_header header = {.cookies = {1}};
    x4_build_begin(&offer.build, offer.buffer, sizeof(offer.buffer), &header);
    x4_proposal1_write(&offer.build, &config);
    assert_true(x4_build_end(&offer.build, 0));
    const size_t at = x4c_isakmp_header + x4c_isakmp_generic;
    const x4s_chunk body = {offer.buffer + at, x4_writer_len(&offer.build.w) - at};
    assert_int_equal(x4_sa_parse(body, &offer.offers), x4c_ike_none);
    assert_int_equal(offer.offers.count, 3);

    for (size_t i = 0; i < 3; i++) {
        const x4s_ike_config1 one = {.transforms = &transforms[i], .transform_count = 1};
        const x4s_ike_offered *chosen;
        x4s_ike_transform1 agreed;
        assert_int_equal(x4_proposal1_select(&one, &offer.offers, &agreed, &chosen), x4c_ike_none);
        assert_ptr_equal(chosen, &offer.offers.list[i]);
        assert_true(x4_proposal1_same(&agreed, &transforms[i]));
        assert_int_equal(agreed.life_sec, transforms[i].life_sec);
        assert_int_equal(agreed.life_kb, transforms[i].life_kb);
        assert_int_equal(chosen->number, i + 1);
    }
}

static void test_selection_in_either_order(void **state) /* req 2408-4.2-7 2408-4.2.1-1 */
{
    (void)state;
    const x4s_ike_transform1 ours[] = {aes256, aes128};
    static struct offer offer;
    for (int own_order = 0; own_order <= 1; own_order++) {
        x4s_ike_transform1 agreed;
        size_t index;
        offer_begin(&offer);
        offer_transform(&offer, &des);
        offer_transform(&offer, &aes128);
        offer_transform(&offer, &aes256);
        assert_int_equal(offer_select(&offer, ours, 2, own_order, &agreed, &index), x4c_ike_none);
        assert_int_equal(index, own_order ? 2 : 1);
        assert_true(x4_proposal1_same(&agreed, own_order ? &aes256 : &aes128));
    }
}

/* Of equal transforms the first is taken. */
static void test_the_first_of_equals(void **state)
{
    (void)state;
    static struct offer offer;
    for (int own_order = 0; own_order <= 1; own_order++) {
        x4s_ike_transform1 agreed;
        size_t index;
        offer_begin(&offer);
        offer_transform(&offer, &aes256);
        offer_transform(&offer, &aes256);
        assert_int_equal(offer_select(&offer, &aes256, 1, own_order, &agreed, &index),
                         x4c_ike_none);
        assert_int_equal(index, 0);
    }
}

static void test_every_algorithm_has_to_match(void **state) /* req 2409-4-5 */
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform1 agreed;
    for (int part = 0; part < 5; part++) {
        x4s_ike_transform1 other = aes256;
        other.hash = part == 0 ? x4c_hash_sha512 : other.hash;
        other.group = part == 1 ? x4c_group_ecp256 : other.group;
        other.auth = part == 2 ? 3 : other.auth;
        other.key_bits = part == 3 ? 192 : other.key_bits;
        other.cipher = part == 4 ? x4c_cipher_3des : other.cipher;
        assert_false(x4_proposal1_same(&other, &aes256));
        offer_begin(&offer);
        offer_transform(&offer, &other);
        assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_no_proposal);
    }
}

/* ------------------------------------------------------------------ attributes */

static void test_key_lengths(void **state) /* req 2409-A-3 */
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform1 agreed;
    offer_begin(&offer);
    offer_next(&offer);
    offer_basics(&offer, &aes128); /* without a key length AES has 128 bits */
    assert_int_equal(offer_match(&offer, &aes128, &agreed), x4c_ike_none);
    assert_int_equal(agreed.key_bits, 128);

    offer_begin(&offer);
    offer_next(&offer);
    offer_basics(&offer, &aes256);
    assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_no_proposal);

    offer_begin(&offer);
    offer_next(&offer);
    offer_basics(&offer, &des);
    offer_put(&offer, x4c_attr1_key_length, 192); /* 3DES has none */
    assert_int_equal(offer_match(&offer, &des, &agreed), x4c_ike_no_proposal);
}

/* req 2407-4.5.3-2 2408-5.6-2 2408-5.6-3 */
static void test_unknown_attributes_make_a_transform_unknown(void **state)
{
    (void)state;
    static const uint16_t unknown[] = {0, 6, 7, 8, 9, 10, 13, 15, 16, 0x7fff};
    static struct offer offer;
    for (size_t i = 0; i < x4m_countof(unknown); i++) {
        x4s_ike_transform1 agreed;
        size_t index;
        offer_begin(&offer);
        offer_transform(&offer, &aes256);
        offer_put(&offer, unknown[i], 1);
        offer_transform(&offer, &aes256);
        assert_int_equal(offer_select(&offer, &aes256, 1, bfalse, &agreed, &index), x4c_ike_none);
        assert_int_equal(index, 1); /* only that one */
    }
}

/* What a policy is told of: all that it could choose from, in the order of the wire. */
static void test_understood(void **state)
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform1 list[x4c_limit_transforms];
    size_t count;
    offer_begin(&offer);
    offer_transform(&offer, &aes128);
    offer_put(&offer, 13, 1);
    offer_transform(&offer, &aes256);
    offer_transform(&offer, &des);
    offer_parse(&offer);
    assert_int_equal(x4_proposal1_understood(&offer.offers, list, &count), x4c_ike_none);
    assert_int_equal(count, 2);
    assert_true(x4_proposal1_same(&list[0], &aes256));
    assert_true(x4_proposal1_same(&list[1], &des));

    offer.offers.list[1].bundled = btrue;
    assert_int_equal(x4_proposal1_understood(&offer.offers, list, &count), x4c_ike_none);
    assert_int_equal(count, 1);
    assert_true(x4_proposal1_same(&list[0], &des));

    offer_begin(&offer);
    offer_transform(&offer, &aes256);
    offer_transform(&offer, &des);
    offer_bytes(&offer, "\x80", 1); /* half an attribute */
    offer_parse(&offer);
    assert_int_equal(x4_proposal1_understood(&offer.offers, list, &count), x4c_ike_bad_proposal);
}

static void test_group_types(void **state)
{
    (void)state;
    static struct offer offer;
    for (uint32_t type = 0; type < 5; type++) {
        x4s_ike_transform1 agreed;
        offer_begin(&offer);
        offer_transform(&offer, &aes256);
        offer_put(&offer, x4c_attr1_group_type, type);
        assert_int_equal(offer_match(&offer, &aes256, &agreed),
                         type == 1 || type == 2 ? x4c_ike_none : x4c_ike_no_proposal);
    }
}

static void test_attributes_come_once(void **state)
{
    (void)state;
    static const uint16_t once[] = {x4c_attr1_cipher, x4c_attr1_hash, x4c_attr1_auth,
                                    x4c_attr1_group, x4c_attr1_key_length};
    static const uint32_t values[] = {x4c_cipher_aes, x4c_hash_sha256, x4c_ike_auth_psk,
                                      x4c_group_modp2048, 256};
    static struct offer offer;
    for (size_t i = 0; i < x4m_countof(once); i++) {
        x4s_ike_transform1 agreed;
        offer_begin(&offer);
        offer_transform(&offer, &aes256);
        offer_put(&offer, once[i], values[i]);
        assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_no_proposal);
    }
}

/* A value that is cut to its field must not become one that we know. */
static void test_values_beyond_their_field(void **state)
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform1 agreed;
    offer_begin(&offer);
    offer_next(&offer);
    offer_put(&offer, x4c_attr1_cipher, x4c_cipher_aes + 256);
    offer_put(&offer, x4c_attr1_hash, x4c_hash_sha256);
    offer_put(&offer, x4c_attr1_group, x4c_group_modp2048);
    offer_put(&offer, x4c_attr1_auth, x4c_ike_auth_psk);
    offer_put(&offer, x4c_attr1_key_length, 256);
    assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_no_proposal);
    offer_begin(&offer);
    offer_next(&offer);
    offer_basics(&offer, &aes256);
    offer_put(&offer, x4c_attr1_key_length, 65536 + 256);
    assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_no_proposal);
}

static void test_lifetimes_in_all_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t seconds;
    } cases[] = {
        {"\x80\x0c\x70\x80", 4, 28800},
        {"\x00\x0c\x00\x04\x00\x01\x51\x80", 8, 86400},
        {"\x00\x0c\x00\x08\x00\x00\x00\x00\x00\x01\x51\x80", 12, 86400},
        {"\x00\x0c\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00", 12, UINT32_MAX},
    };
    static struct offer offer;
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        x4s_ike_transform1 agreed;
        offer_begin(&offer);
        offer_transform(&offer, &aes256);
        offer_put(&offer, x4c_attr1_life_type, x4c_life_seconds);
        offer_bytes(&offer, cases[i].bytes, cases[i].len);
        assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_none);
        assert_int_equal(agreed.life_sec, cases[i].seconds);
        assert_int_equal(agreed.life_kb, 0);
    }
}

static void test_lifetimes_are_of_the_transform(void **state)
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform1 agreed;
    size_t index;
    offer_begin(&offer);
    offer_transform(&offer, &aes128);
    x4_attr_put_life(&offer.build.w, x4c_attr1_life_type, x4c_life_seconds, 100);
    offer_transform(&offer, &aes256);
    x4_attr_put_life(&offer.build.w, x4c_attr1_life_type, x4c_life_kilobytes, 300);
    assert_int_equal(offer_select(&offer, &aes256, 1, bfalse, &agreed, &index), x4c_ike_none);
    assert_int_equal(agreed.life_sec, 0);
    assert_int_equal(agreed.life_kb, 300);
}

static void test_lifetimes_without_or_of_unknown_type(void **state)
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform1 agreed;
    offer_begin(&offer);
    offer_transform(&offer, &aes256);
    offer_put(&offer, x4c_attr1_life_duration, 100);
    assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_no_proposal);
    offer_begin(&offer);
    offer_transform(&offer, &aes256);
    x4_attr_put_life(&offer.build.w, x4c_attr1_life_type, 3, 100);
    assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_no_proposal);
}

/* Malformed attributes spoil the message, in whichever transform they are. */
static void test_malformed_attributes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } malformed[] = {{"\x80", 1},
                     {"\x80\x01\x00", 3},
                     {"\x00\x0c\x00", 3},
                     {"\x00\x0c\x00\x05\x01\x02\x03\x04", 8}};
    static struct offer offer;
    for (size_t i = 0; i < x4m_countof(malformed); i++) {
        x4s_ike_transform1 agreed;
        offer_begin(&offer);
        offer_transform(&offer, &aes256);
        offer_transform(&offer, &aes128);
        offer_bytes(&offer, malformed[i].bytes, malformed[i].len);
        assert_int_equal(offer_match(&offer, &aes256, &agreed), x4c_ike_bad_proposal);
    }
}

/* ------------------------------------------------------------------ the initiator's turn */

static x4e_ike_reason accept(struct offer *offer, x4s_ike_transform1 *agreed)
{
    const x4s_ike_config1 config = {.transforms = &aes256, .transform_count = 1};
    offer_parse(offer);
    return x4_proposal1_accept(&config, &offer->offers, agreed);
}

/* RFC 2408 4.2: one transform, of those that were offered. */
static void test_answers(void **state) /* req 2409-5-14 2408-4.2-11 */
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform1 agreed;
    offer_begin(&offer);
    offer_transform(&offer, &aes256);
    assert_int_equal(accept(&offer, &agreed), x4c_ike_none);
    assert_true(x4_proposal1_same(&agreed, &aes256));

    offer_begin(&offer);
    offer_transform(&offer, &aes128);
    assert_int_equal(accept(&offer, &agreed), x4c_ike_bad_response);

    offer_begin(&offer);
    offer_transform(&offer, &aes256);
    offer_transform(&offer, &aes256);
    assert_int_equal(accept(&offer, &agreed), x4c_ike_bad_response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usable_configurations),
        cmocka_unit_test(test_every_part_of_a_transform_must_exist),
        cmocka_unit_test(test_what_is_written_is_selected),
        cmocka_unit_test(test_selection_in_either_order),
        cmocka_unit_test(test_the_first_of_equals),
        cmocka_unit_test(test_every_algorithm_has_to_match),
        cmocka_unit_test(test_key_lengths),
        cmocka_unit_test(test_unknown_attributes_make_a_transform_unknown),
        cmocka_unit_test(test_understood),
        cmocka_unit_test(test_group_types),
        cmocka_unit_test(test_attributes_come_once),
        cmocka_unit_test(test_values_beyond_their_field),
        cmocka_unit_test(test_lifetimes_in_all_lengths),
        cmocka_unit_test(test_lifetimes_are_of_the_transform),
        cmocka_unit_test(test_lifetimes_without_or_of_unknown_type),
        cmocka_unit_test(test_malformed_attributes),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
