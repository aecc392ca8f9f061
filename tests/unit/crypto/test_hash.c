/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hex.h"
#include "x4/crypto/hash.h"

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

/* A run of one byte, of counting bytes from 1 (byte 0), or a text. */
typedef struct input {
    uint8_t byte;
    size_t len;
    const char *text;
} input;

static x4s_chunk input_bytes(const input *in, uint8_t buffer[256])
{
    if (in->text)
        return (x4s_chunk){.data = (const uint8_t *)in->text, .len = strlen(in->text)};
    for (size_t i = 0; i < in->len; i++)
        buffer[i] = in->byte ? in->byte : (uint8_t)(i + 1);
    return (x4s_chunk){.data = buffer, .len = in->len};
}

typedef struct hmac_case {
    input key;
    input data;
    const char *expected;
} hmac_case;

#define LONG_KEY       "Test Using Larger Than Block-Size Key - Hash Key First"
#define LONG_BOTH_2202 "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"
#define LONG_BOTH_4231                                                                             \
    "This is a test using a larger than block-size key and a larger than block-size data. The "    \
    "key needs to be hashed before being used by the HMAC algorithm."
#define JEFE "what do ya want for nothing?"

/* RFC 2202 2 */
static const hmac_case md5_cases[] = {
    {{0x0b, 16, NULL}, {0, 0, "Hi There"}, "9294727a3638bb1c13f48ef8158bfc9d"},
    {{0, 0, "Jefe"}, {0, 0, JEFE}, "750c783e6ab0b503eaa86e310a5db738"},
    {{0xaa, 16, NULL}, {0xdd, 50, NULL}, "56be34521d144c88dbb8c733f0e8b3f6"},
    {{0, 25, NULL}, {0xcd, 50, NULL}, "697eaf0aca3a3aea3a75164746ffaa79"},
    {{0x0c, 16, NULL}, {0, 0, "Test With Truncation"}, "56461ef2342edc00f9bab995690efd4c"},
    {{0xaa, 80, NULL}, {0, 0, LONG_KEY}, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
    {{0xaa, 80, NULL}, {0, 0, LONG_BOTH_2202}, "6f630fad67cda0ee1fb1f562db3aa53e"},
};

/* RFC 2202 3 */
static const hmac_case sha1_cases[] = {
    {{0x0b, 20, NULL}, {0, 0, "Hi There"}, "b617318655057264e28bc0b6fb378c8ef146be00"},
    {{0, 0, "Jefe"}, {0, 0, JEFE}, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {{0xaa, 20, NULL}, {0xdd, 50, NULL}, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
    {{0, 25, NULL}, {0xcd, 50, NULL}, "4c9007f4026250c6bc8414f9bf50c86c2d7235da"},
    {{0x0c, 20, NULL}, {0, 0, "Test With Truncation"}, "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"},
    {{0xaa, 80, NULL}, {0, 0, LONG_KEY}, "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    {{0xaa, 80, NULL}, {0, 0, LONG_BOTH_2202}, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"},
};

/* RFC 4231 4.2 to 4.5, 4.7, 4.8; 4.6 is of a truncated output */
static const hmac_case sha256_cases[] = {
    {{0x0b, 20, NULL},
     {0, 0, "Hi There"},
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {{0, 0, "Jefe"},
     {0, 0, JEFE},
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {{0xaa, 20, NULL},
     {0xdd, 50, NULL},
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {{0, 25, NULL},
     {0xcd, 50, NULL},
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {{0xaa, 131, NULL},
     {0, 0, LONG_KEY},
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {{0xaa, 131, NULL},
     {0, 0, LONG_BOTH_4231},
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static const hmac_case sha384_cases[] = {
    {{0x0b, 20, NULL},
     {0, 0, "Hi There"},
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
     "faea9ea9076ede7f4af152e8b2fa9cb6"},
    {{0, 0, "Jefe"},
     {0, 0, JEFE},
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
     "8e2240ca5e69e2c78b3239ecfab21649"},
    {{0xaa, 20, NULL},
     {0xdd, 50, NULL},
     "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
     "2a5ab39dc13814b94e3ab6e101a34f27"},
    {{0, 25, NULL},
     {0xcd, 50, NULL},
     "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
     "6801dd23c4a7d679ccf8a386c674cffb"},
    {{0xaa, 131, NULL},
     {0, 0, LONG_KEY},
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
     "0c2ef6ab4030fe8296248df163f44952"},
    {{0xaa, 131, NULL},
     {0, 0, LONG_BOTH_4231},
     "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5"
     "a678cc31e799176d3860e6110c46523e"},
};

static const hmac_case sha512_cases[] = {
    {{0x0b, 20, NULL},
     {0, 0, "Hi There"},
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {{0, 0, "Jefe"},
     {0, 0, JEFE},
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    {{0xaa, 20, NULL},
     {0xdd, 50, NULL},
     "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
     "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
    {{0, 25, NULL},
     {0xcd, 50, NULL},
     "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
     "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"},
    {{0xaa, 131, NULL},
     {0, 0, LONG_KEY},
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
     "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
    {{0xaa, 131, NULL},
     {0, 0, LONG_BOTH_4231},
     "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
     "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"},
};

static const struct {
    x4e_hash hash;
    const hmac_case *cases;
    size_t count;
} suites[] = {
    {x4c_hash_md5, md5_cases, x4m_countof(md5_cases)},
    {x4c_hash_sha1, sha1_cases, x4m_countof(sha1_cases)},
    {x4c_hash_sha256, sha256_cases, x4m_countof(sha256_cases)},
    {x4c_hash_sha384, sha384_cases, x4m_countof(sha384_cases)},
    {x4c_hash_sha512, sha512_cases, x4m_countof(sha512_cases)},
};

static void check_hmac(x4e_hash hash, const hmac_case *c)
{
    uint8_t key_bytes[256];
    uint8_t data_bytes[256];
    uint8_t expected[x4c_hash_size_max];
    uint8_t out[x4c_hash_size_max];
    x4s_chunk data = input_bytes(&c->data, data_bytes);

    assert_int_equal(hex_read(c->expected, expected, sizeof(expected)), x4_hash_size(hash));
    assert_true(x4_prf(crypto, hash, input_bytes(&c->key, key_bytes), &data, 1, out));
    assert_memory_equal(out, expected, x4_hash_size(hash));
}

static void test_prf_vectors(void **state) /* req 2409-4-6 2409-4-10 */
{
    (void)state;
    for (size_t s = 0; s < x4m_countof(suites); s++)
        for (size_t i = 0; i < suites[s].count; i++)
            check_hmac(suites[s].hash, &suites[s].cases[i]);
}

static const x4s_chunk abc = {.data = (const uint8_t *)"abc", .len = 3};

static void check_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    uint8_t wanted[x4c_hash_size_max];
    assert_int_equal(hex_read(expected, wanted, sizeof(wanted)), len);
    assert_memory_equal(bytes, wanted, len);
}

/* RFC 1321 A.5 and FIPS 180-2 appendices */
static void test_hash_vectors(void **state) /* req 2409-4-6 2409-4-10 */
{
    (void)state;
    static const struct {
        x4e_hash hash;
        const char *expected;
    } cases[] = {
        {x4c_hash_md5, "900150983cd24fb0d6963f7d28e17f72"},
        {x4c_hash_sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {x4c_hash_sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {x4c_hash_sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                          "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
        {x4c_hash_sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        uint8_t out[x4c_hash_size_max];
        assert_true(x4_hash(crypto, cases[i].hash, &abc, 1, out));
        check_hex(out, x4_hash_size(cases[i].hash), cases[i].expected);
    }
}

static void test_hash_of_nothing(void **state)
{
    (void)state;
    uint8_t out[x4c_hash_size_max];
    assert_true(x4_hash(crypto, x4c_hash_sha1, NULL, 0, out));
    check_hex(out, 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

/* The well-known HMACs of the empty string under the empty key */
static void test_prf_with_empty_key_and_input(void **state)
{
    (void)state;
    uint8_t out[x4c_hash_size_max];
    assert_true(x4_prf(crypto, x4c_hash_md5, (x4s_chunk){0}, NULL, 0, out));
    check_hex(out, 16, "74e6f7298a9c2d168935f58c001bad88");
    assert_true(x4_prf(crypto, x4c_hash_sha1, (x4s_chunk){0}, NULL, 0, out));
    check_hex(out, 20, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
    assert_true(x4_prf(crypto, x4c_hash_sha256, (x4s_chunk){0}, NULL, 0, out));
    check_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_key_lengths_around_the_block(void **state)
{
    (void)state;
    static const uint8_t key[200] = {1, 2, 3};
    for (size_t s = 0; s < x4m_countof(suites); s++) {
        x4e_hash hash = suites[s].hash;
        size_t block = hash >= x4c_hash_sha384 ? 128 : 64;
        uint8_t full[x4c_hash_size_max];
        uint8_t shorter[x4c_hash_size_max];
        uint8_t longer[x4c_hash_size_max];
        uint8_t hashed[x4c_hash_size_max];
        x4s_chunk too_long = {key, block + 1};

        /* The key's zeros at the end are what a shorter key is padded with. */
        assert_true(x4_prf(crypto, hash, (x4s_chunk){key, block}, &abc, 1, full));
        assert_true(x4_prf(crypto, hash, (x4s_chunk){key, 3}, &abc, 1, shorter));
        assert_memory_equal(full, shorter, x4_hash_size(hash));

        assert_true(x4_prf(crypto, hash, too_long, &abc, 1, longer));
        assert_true(x4_hash(crypto, hash, &too_long, 1, hashed));
        x4s_chunk hashed_key = {hashed, x4_hash_size(hash)};
        assert_true(x4_prf(crypto, hash, hashed_key, &abc, 1, shorter));
        assert_memory_equal(longer, shorter, x4_hash_size(hash));
        assert_memory_not_equal(longer, full, x4_hash_size(hash));
    }
}

static void test_parts_are_joined(void **state)
{
    (void)state;
    const x4s_chunk parts[] = {{abc.data, 1}, {NULL, 0}, {abc.data + 1, 2}, {NULL, 0}};
    for (size_t s = 0; s < x4m_countof(suites); s++) {
        x4e_hash hash = suites[s].hash;
        uint8_t whole[x4c_hash_size_max];
        uint8_t joined[x4c_hash_size_max];
        assert_true(x4_prf(crypto, hash, abc, &abc, 1, whole));
        assert_true(x4_prf(crypto, hash, abc, parts, x4m_countof(parts), joined));
        assert_memory_equal(whole, joined, x4_hash_size(hash));
        assert_true(x4_hash(crypto, hash, &abc, 1, whole));
        assert_true(x4_hash(crypto, hash, parts, x4m_countof(parts), joined));
        assert_memory_equal(whole, joined, x4_hash_size(hash));
    }
}

static void test_output_over_the_inputs(void **state)
{
    (void)state;
    uint8_t expected[x4c_hash_size_max];
    uint8_t over_key[64] = {'k', 'e', 'y'};
    uint8_t over_data[64] = {'d', 'a', 't', 'a'};
    const uint8_t key[64] = {'k', 'e', 'y'};
    const uint8_t data[64] = {'d', 'a', 't', 'a'};
    const x4s_chunk plain = {data, 64};
    const x4s_chunk aliased = {over_data, 64};

    assert_true(x4_prf(crypto, x4c_hash_sha512, (x4s_chunk){key, 64}, &plain, 1, expected));
    assert_true(x4_prf(crypto, x4c_hash_sha512, (x4s_chunk){over_key, 64}, &plain, 1, over_key));
    assert_memory_equal(over_key, expected, 64);
    assert_true(x4_prf(crypto, x4c_hash_sha512, (x4s_chunk){key, 64}, &aliased, 1, over_data));
    assert_memory_equal(over_data, expected, 64);
}

static void test_unknown_hash(void **state)
{
    (void)state;
    uint8_t out[x4c_hash_size_max];
    static const unsigned unknown[] = {0, 3, 7, 255, 65535};
    for (size_t i = 0; i < x4m_countof(unknown); i++) {
        x4e_hash hash = (x4e_hash)unknown[i];
        assert_int_equal(x4_hash_size(hash), 0);
        assert_false(x4_hash(crypto, hash, &abc, 1, out));
        assert_false(x4_prf(crypto, hash, abc, &abc, 1, out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prf_vectors),
        cmocka_unit_test(test_hash_vectors),
        cmocka_unit_test(test_hash_of_nothing),
        cmocka_unit_test(test_prf_with_empty_key_and_input),
        cmocka_unit_test(test_key_lengths_around_the_block),
        cmocka_unit_test(test_parts_are_joined),
        cmocka_unit_test(test_output_over_the_inputs),
        cmocka_unit_test(test_unknown_hash),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
