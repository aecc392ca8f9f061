/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/hex.h"

#define KEY_1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define KEY_2 "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0\n"

static const uint8_t record[] = "what is kept of an SA";
static const x4s_chunk whole = {record, sizeof(record)};

/* Random bytes of a test: 8 bytes of how many were drawn. */
struct source {
    uint8_t drawn;
    bool fails;
};

static bval draw(void *context, void *data, size_t len)
{
    struct source *source = context;
    if (source->fails)
        return bfalse;
    memset(data, ++source->drawn, len);
    return btrue;
}

static struct store_keys keys_of(const char *text)
{
    struct store_keys keys;
    struct store_error error;
    assert_true(store_keys_parse(text, strlen(text), "keys", &keys, &error));
    return keys;
}

static struct store_sealer *sealer_of(const char *text, struct source *source)
{
    const struct store_keys keys = keys_of(text);
    const char *error;
    struct store_sealer *sealer = store_sealer_new(&keys, source ? draw : NULL, source, &error);
    assert_non_null(sealer);
    return sealer;
}

static struct store_place here(void)
{
    return (struct store_place){
        .estate = "node-a", .partition = 17, .name = store_name_child(0xc0ffee01)};
}

struct sealed {
    size_t len;
    uint8_t bytes[STORE_SEALED_MAX];
};

static struct sealed seal(struct store_sealer *sealer, x4s_chunk of)
{
    const struct store_place place = here();
    struct sealed sealed;
    sealed.len = store_seal(sealer, &place, of, sealed.bytes);
    assert_int_equal(sealed.len, of.len + STORE_SEAL_COST);
    return sealed;
}

/* In memory of exactly its size. */
static enum store_reason unseal(struct store_sealer *sealer, const struct store_place *place,
                                const uint8_t *bytes, size_t len)
{
    static const uint8_t nothing[sizeof(record)];
    uint8_t *copy = malloc(len ? len : 1);
    static uint8_t out[STORE_RECORD_MAX];
    size_t out_len = 0;
    memset(out, 0, sizeof(out));
    memcpy(copy, bytes, len);
    const enum store_reason reason =
        store_unseal(sealer, place, (x4s_chunk){copy, len}, out, &out_len);
    if (reason == STORE_none) {
        assert_int_equal(out_len, sizeof(record));
        assert_memory_equal(out, record, sizeof(record));
    } else {
        assert_memory_equal(out, nothing, sizeof(nothing));
    }
    free(copy);
    return reason;
}

static void test_what_is_sealed_opens(void **state)
{
    (void)state;
    const struct store_place place = here();
    struct store_sealer *sealer = sealer_of(KEY_1, NULL);
    struct store_sealer *other = sealer_of(KEY_1, NULL);
    const struct sealed sealed = seal(sealer, whole);
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_none);
    assert_int_equal(unseal(other, &place, sealed.bytes, sealed.len), STORE_none);
    for (size_t i = 0; i + sizeof(record) <= sealed.len; i++)
        assert_memory_not_equal(sealed.bytes + i, record, sizeof(record));
    store_sealer_free(other);
    store_sealer_free(sealer);
}

static void test_the_longest_and_the_shortest(void **state)
{
    (void)state;
    static uint8_t bytes[STORE_RECORD_MAX];
    static uint8_t out[STORE_RECORD_MAX];
    static const size_t lens[] = {0, 1, STORE_RECORD_MAX};
    const struct store_place place = here();
    struct store_sealer *sealer = sealer_of(KEY_1, NULL);
    memset(bytes, 7, sizeof(bytes));
    for (size_t i = 0; i < x4m_countof(lens); i++) {
        size_t len = 99;
        const struct sealed sealed = seal(sealer, (x4s_chunk){bytes, lens[i]});
        assert_int_equal(
            store_unseal(sealer, &place, (x4s_chunk){sealed.bytes, sealed.len}, out, &len),
            STORE_none);
        assert_int_equal(len, lens[i]);
        assert_memory_equal(out, bytes, len);
    }
    static const uint8_t longer[STORE_SEALED_MAX + 1] = {STORE_SEAL_VERSION};
    assert_int_equal(unseal(sealer, &place, longer, sizeof(longer)), STORE_forged);
    store_sealer_free(sealer);
}

/* Bytes of version 1; computed by another implementation of AES-GCM. */
static void test_version_1_stays_as_it_is(void **state)
{
    (void)state;
    struct source source = {0};
    const struct store_place place = here();
    struct store_sealer *sealer = sealer_of(KEY_1, &source);
    uint8_t expected[STORE_SEALED_MAX];
    const size_t len =
        hex_read("01f23f5aba010101010101010100000000f5e6a0e874d21f9108450eac40433e403d9e20837510fa"
                 "fe90645c3dbb29a5b5104afb09e4e1",
                 expected, sizeof(expected));
    const struct sealed sealed = seal(sealer, whole);
    assert_int_equal(sealed.len, len);
    assert_memory_equal(sealed.bytes, expected, len);
    assert_int_equal(unseal(sealer, &place, expected, len), STORE_none);
    store_sealer_free(sealer);
}

static void test_another_place_does_not_open(void **state)
{
    (void)state;
    struct store_sealer *sealer = sealer_of(KEY_1, NULL);
    const struct sealed sealed = seal(sealer, whole);
    const uint8_t cookie[8] = {1};
    struct store_place place = here();
    place.estate = "node-b";
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_forged);
    place.estate = "node-";
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_forged);
    place = here();
    place.partition++;
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_forged);
    place = here();
    place.name = store_name_child(0xc0ffee02);
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_forged);
    place.name = store_name_isakmp(cookie, cookie);
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_forged);
    place = here();
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_none);
    store_sealer_free(sealer);
}

static void test_wrong_keys(void **state)
{
    (void)state;
    const struct store_place place = here();
    struct store_sealer *sealer = sealer_of(KEY_1, NULL);
    const struct sealed sealed = seal(sealer, whole);
    struct store_keys keys = keys_of(KEY_2);
    store_sealer_take(sealer, &keys);
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_unknown_key);

    /* Another key that happens to have the same id. */
    keys.keys[0].id = keys_of(KEY_1).keys[0].id;
    store_sealer_take(sealer, &keys);
    assert_int_equal(unseal(sealer, &place, sealed.bytes, sealed.len), STORE_forged);
    store_sealer_free(sealer);
}

static bool begins_with_id(const struct sealed *sealed, uint32_t id)
{
    return ((uint32_t)sealed->bytes[1] << 24 | (uint32_t)sealed->bytes[2] << 16 |
            (uint32_t)sealed->bytes[3] << 8 | sealed->bytes[4]) == id;
}

/* Two nodes: the new key is added everywhere, then used everywhere, then the old one goes. */
static void test_rotation(void **state)
{
    (void)state;
    const struct store_place place = here();
    const struct store_keys old_first = keys_of(KEY_1 KEY_2);
    const struct store_keys new_first = keys_of(KEY_2 KEY_1);
    const struct store_keys new_only = keys_of(KEY_2);
    struct store_sealer *a = sealer_of(KEY_1, NULL);
    struct store_sealer *b = sealer_of(KEY_1, NULL);
    const struct sealed before = seal(a, whole);

    store_sealer_take(a, &old_first);
    store_sealer_take(b, &old_first);
    store_sealer_take(a, &new_first);
    const struct sealed by_new = seal(a, whole);
    const struct sealed by_old = seal(b, whole);
    assert_true(begins_with_id(&by_new, new_only.keys[0].id));
    assert_true(begins_with_id(&by_old, old_first.keys[0].id));
    assert_int_equal(unseal(b, &place, by_new.bytes, by_new.len), STORE_none);
    assert_int_equal(unseal(a, &place, by_old.bytes, by_old.len), STORE_none);
    assert_int_equal(unseal(a, &place, before.bytes, before.len), STORE_none);

    store_sealer_take(b, &new_only);
    assert_int_equal(unseal(b, &place, by_new.bytes, by_new.len), STORE_none);
    assert_int_equal(unseal(b, &place, before.bytes, before.len), STORE_unknown_key);
    store_sealer_free(a);
    store_sealer_free(b);
}

static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    const struct store_place place = here();
    struct store_sealer *sealer = sealer_of(KEY_1, NULL);
    const struct sealed sealed = seal(sealer, whole);
    for (size_t len = 0; len < sealed.len; len++)
        assert_int_equal(unseal(sealer, &place, sealed.bytes, len),
                         len < STORE_SEAL_COST ? STORE_truncated : STORE_forged);
    store_sealer_free(sealer);
}

static void test_every_changed_bit_is_refused(void **state)
{
    (void)state;
    const struct store_place place = here();
    struct store_sealer *sealer = sealer_of(KEY_1, NULL);
    const struct sealed sealed = seal(sealer, whole);
    for (size_t bit = 0; bit < sealed.len * 8; bit++) {
        struct sealed changed = sealed;
        changed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum store_reason expected = STORE_forged;
        if (bit / 8 == 0 && changed.bytes[0] > STORE_SEAL_VERSION)
            expected = STORE_too_new;
        else if (bit / 8 >= 1 && bit / 8 <= 4)
            expected = STORE_unknown_key;
        assert_int_equal(unseal(sealer, &place, changed.bytes, changed.len), expected);
    }
    store_sealer_free(sealer);
}

static bool same_nonce(const struct sealed *a, const struct sealed *b)
{
    return memcmp(a->bytes + 5, b->bytes + 5, 12) == 0;
}

static void test_no_nonce_comes_twice(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static struct sealed sealed[COUNT];
    struct source source = {0};
    const struct store_keys keys = keys_of(KEY_1);
    struct store_sealer *sealer = sealer_of(KEY_1, &source);
    for (size_t i = 0; i < COUNT; i++) {
        if (i == COUNT / 2)
            store_sealer_take(sealer, &keys);
        sealed[i] = seal(sealer, whole);
        for (size_t j = 0; j < i; j++)
            assert_false(same_nonce(&sealed[i], &sealed[j]));
    }
    assert_int_equal(source.drawn, 2);
    store_sealer_free(sealer);
}

static void test_without_random_bytes_nothing_is_sealed(void **state)
{
    (void)state;
    struct source source = {.fails = true};
    const struct store_place place = here();
    struct store_sealer *sealer = sealer_of(KEY_1, &source);
    uint8_t bytes[STORE_SEALED_MAX];
    assert_int_equal(store_seal(sealer, &place, whole, bytes), 0);
    source.fails = false;
    assert_int_equal(store_seal(sealer, &place, whole, bytes), sizeof(record) + STORE_SEAL_COST);
    store_sealer_free(sealer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_sealed_opens),
        cmocka_unit_test(test_the_longest_and_the_shortest),
        cmocka_unit_test(test_version_1_stays_as_it_is),
        cmocka_unit_test(test_another_place_does_not_open),
        cmocka_unit_test(test_wrong_keys),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_every_changed_bit_is_refused),
        cmocka_unit_test(test_no_nonce_comes_twice),
        cmocka_unit_test(test_without_random_bytes_nothing_is_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
