/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/vectors/skeyid_case.h"
#include "x4/ike/skeyid.h"

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

static skeyid_method method_of(const vector_file *file, const char *field)
{
    if (!strcmp(field, "psk"))
        return SKEYID_PSK;
    if (!strcmp(field, "dsa"))
        return SKEYID_SIGNATURE;
    if (!strcmp(field, "pke"))
        return SKEYID_PUBLIC_KEY;
    vector_fail(file, "unknown method");
}

static void read_case(const vector_file *file, char *fields[], skeyid_case *c)
{
    vector_bytes *const hex[] = {&c->cky_i, &c->cky_r,  &c->ni,       &c->nr,       &c->gxy,
                                 &c->psk,   &c->skeyid, &c->skeyid_d, &c->skeyid_a, &c->skeyid_e};
    c->method = method_of(file, fields[0]);
    c->hash = vector_hash(file, fields[1]);
    for (size_t i = 0; i < x4m_countof(hex); i++)
        vector_hex(file, fields[2 + i], hex[i]);
}

static void check_derivations(const char *path, size_t expected)
{
    vector_file file;
    char *fields[VECTOR_FIELDS_MAX];
    size_t count = 0;
    assert_true(vector_open(&file, path));
    for (; vector_case(&file, fields, 12); count++) {
        skeyid_case c;
        read_case(&file, fields, &c);
        skeyid_case_check(&file, crypto, &c);
    }
    vector_close(&file);
    assert_int_equal(count, expected);
}

static void test_nist_psk(void **state) /* req 2409-4-11 2408-4.5-1 2408-4.7-1 */
{
    (void)state;
    check_derivations("tests/vectors/data/nist-psk.txt", 102);
}

static void test_nist_dsa(void **state) /* req 2408-4.5-1 2408-4.7-1 */
{
    (void)state;
    check_derivations("tests/vectors/data/nist-dsa.txt", 102);
}

static void test_acvp(void **state)
{
    (void)state;
    check_derivations("tests/vectors/data/acvp.txt", 6);
}

static void test_appendix_b(void **state)
{
    (void)state;
    vector_file file;
    char *fields[VECTOR_FIELDS_MAX];
    size_t count = 0;
    assert_true(vector_open(&file, "tests/vectors/data/appendix-b.txt"));
    for (; vector_case(&file, fields, 4); count++) {
        vector_bytes expected, key;
        uint8_t made[VECTOR_BYTES_MAX];
        x4e_hash hash = vector_hash(&file, fields[0]);
        vector_hex(&file, fields[1], &key);
        vector_hex(&file, fields[3], &expected);
        assert_int_equal(strtoul(fields[2], NULL, 10), expected.len);
        assert_in_range(key.len, 1, x4c_secret_max);

        x4s_secret e = {.len = (uint8_t)key.len};
        memcpy(e.data, key.data, key.len);
        assert_true(x4_skeyid_expand(crypto, hash, &e, made, expected.len));
        if (memcmp(made, expected.data, expected.len) != 0)
            vector_fail(&file, "the key differs");
    }
    vector_close(&file);
    assert_int_equal(count, 12);
}

static void test_auth_hash(void **state) /* req 2408-5.11-1 */
{
    (void)state;
    vector_file file;
    char *fields[VECTOR_FIELDS_MAX];
    size_t count = 0;
    assert_true(vector_open(&file, "tests/vectors/data/auth-hash.txt"));
    for (; vector_case(&file, fields, 11); count++) {
        vector_bytes psk, ni, nr, gxr, gxi, cky_r, cky_i, sa, id, expected;
        vector_bytes *const hex[] = {&psk,   &ni,    &nr, &gxr, &gxi,
                                     &cky_r, &cky_i, &sa, &id,  &expected};
        uint8_t made[x4c_hash_size_max];
        x4s_secret skeyid;
        x4e_hash hash = vector_hash(&file, fields[0]);
        for (size_t i = 0; i < x4m_countof(hex); i++)
            vector_hex(&file, fields[1 + i], hex[i]);

        assert_true(x4_skeyid_psk(crypto, hash, vector_chunk(&psk), vector_chunk(&ni),
                                  vector_chunk(&nr), &skeyid));
        assert_true(x4_skeyid_auth_hash(crypto, hash, &skeyid, vector_chunk(&gxr),
                                        vector_chunk(&gxi), cky_r.data, cky_i.data,
                                        vector_chunk(&sa), vector_chunk(&id), made));
        assert_int_equal(expected.len, x4_hash_size(hash));
        if (memcmp(made, expected.data, expected.len) != 0)
            vector_fail(&file, "HASH_R differs");
    }
    vector_close(&file);
    assert_int_equal(count, 2);
}

static void test_weak_key(void **state) /* req 2409-4-9 */
{
    (void)state;
    uint8_t key[8];
    x4s_secret e = {.len = 16, .data = {1, 0xe0, 1, 0xe0, 1, 0xf1, 1, 0xf1}};
    assert_false(x4_skeyid_cipher_key(crypto, x4c_hash_md5, &e, x4c_cipher_des, key, sizeof(key)));
    e.data[7] ^= 2;
    assert_true(x4_skeyid_cipher_key(crypto, x4c_hash_md5, &e, x4c_cipher_des, key, sizeof(key)));
    assert_memory_equal(key, e.data, sizeof(key));
}

static void test_nonces_beyond_the_limit(void **state)
{
    (void)state;
    static const uint8_t nonce[x4c_skeyid_nonce_max + 1];
    x4s_secret skeyid;
    x4s_chunk longest = {nonce, x4c_skeyid_nonce_max};
    x4s_chunk longer = {nonce, x4c_skeyid_nonce_max + 1};
    assert_true(x4_skeyid_signature(crypto, x4c_hash_sha1, longest, longest, longest, &skeyid));
    assert_false(x4_skeyid_signature(crypto, x4c_hash_sha1, longest, longer, longest, &skeyid));
}

static void test_unknown_hash(void **state)
{
    (void)state;
    static const uint8_t bytes[16];
    static const x4s_chunk chunk = {bytes, sizeof(bytes)};
    x4e_hash none = (x4e_hash)3;
    x4s_secret skeyid = {.len = 20};
    x4s_secret d, a, e;
    uint8_t out[64];
    assert_false(x4_skeyid_psk(crypto, none, chunk, chunk, chunk, &skeyid));
    assert_false(x4_skeyid_signature(crypto, none, chunk, chunk, chunk, &skeyid));
    assert_false(x4_skeyid_derive(crypto, none, &skeyid, chunk, bytes, &d, &a, &e));
    assert_false(x4_skeyid_expand(crypto, none, &skeyid, out, sizeof(out)));
    assert_false(
        x4_skeyid_auth_hash(crypto, none, &skeyid, chunk, chunk, bytes, bytes, chunk, chunk, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nist_psk),     cmocka_unit_test(test_nist_dsa),
        cmocka_unit_test(test_acvp),         cmocka_unit_test(test_appendix_b),
        cmocka_unit_test(test_auth_hash),    cmocka_unit_test(test_nonces_beyond_the_limit),
        cmocka_unit_test(test_unknown_hash), cmocka_unit_test(test_weak_key),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
