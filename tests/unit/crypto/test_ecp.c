/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "x4/crypto/ecp.h"

#define SIZE_MOST 66

static const struct {
    const char *name;
    size_t size;
} curves[] = {
    {"P-192", 24},           {"P-224", 28},           {"P-256", 32},
    {"P-384", 48},           {"P-521", 66},           {"brainpoolP224r1", 28},
    {"brainpoolP256r1", 32}, {"brainpoolP384r1", 48}, {"brainpoolP512r1", 64},
};

/* EVP's key of a curve, with the private number if there is one. */
static EVP_PKEY *evp_key(const char *curve, const BIGNUM *number, const uint8_t *value, size_t size)
{
    uint8_t encoded[1 + 2 * SIZE_MOST] = {4};
    EVP_PKEY *key = NULL;
    memcpy(encoded + 1, value, 2 * size);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, encoded, 1 + 2 * size);
    if (number)
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static void evp_derive(EVP_PKEY *own, EVP_PKEY *peer, uint8_t *shared, size_t size)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
    assert_int_equal(EVP_PKEY_derive_set_peer(ctx, peer), 1);
    assert_int_equal(EVP_PKEY_derive(ctx, shared, &size), 1);
    EVP_PKEY_CTX_free(ctx);
}

/* Both sides by ours and by EVP, which checks as well that the public value is the private one's.
 */
static void check_against_evp(const char *curve, size_t size)
{
    uint8_t a[2 * SIZE_MOST], b[2 * SIZE_MOST];
    uint8_t ab[SIZE_MOST], ba[SIZE_MOST], expected[SIZE_MOST];
    x4s_ecp *ecp;
    assert_true(x4_ecp_new(&x4_libc_allocator, curve, &ecp));
    assert_non_null(ecp);
    BIGNUM *of_a = x4_ecp_generate(ecp, a);
    BIGNUM *of_b = x4_ecp_generate(ecp, b);
    assert_true(of_a && of_b && BN_cmp(of_a, of_b) != 0);
    assert_true(x4_ecp_valid(ecp, a) && x4_ecp_valid(ecp, b));
    assert_true(x4_ecp_derive(ecp, of_a, b, ab));
    assert_true(x4_ecp_derive(ecp, of_b, a, ba));

    EVP_PKEY *own = evp_key(curve, of_a, a, size);
    EVP_PKEY *peer = evp_key(curve, NULL, b, size);
    evp_derive(own, peer, expected, size);
    assert_memory_equal(ab, expected, size);
    assert_memory_equal(ba, expected, size);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    BN_clear_free(of_a);
    BN_clear_free(of_b);
    x4_ecp_free(ecp);
}

static void test_agrees_with_evp(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        for (int times = 0; times < 4; times++)
            check_against_evp(curves[i].name, curves[i].size);
}

static void test_not_on_the_curve(void **state)
{
    (void)state;
    uint8_t value[64], shared[32];
    x4s_ecp *ecp;
    assert_true(x4_ecp_new(&x4_libc_allocator, "P-256", &ecp));
    BIGNUM *own = x4_ecp_generate(ecp, value);
    value[63] ^= 1;
    assert_false(x4_ecp_valid(ecp, value));
    assert_false(x4_ecp_derive(ecp, own, value, shared));
    memset(value, 0, sizeof(value));
    assert_false(x4_ecp_valid(ecp, value));
    memset(value, 0xff, sizeof(value));
    assert_false(x4_ecp_valid(ecp, value));
    assert_int_equal(ERR_peek_error(), 0);
    BN_clear_free(own);
    x4_ecp_free(ecp);
}

static void *no_alloc(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static void test_no_such_curve(void **state)
{
    (void)state;
    static const x4s_allocator none = {.alloc = no_alloc};
    x4s_ecp *ecp;
    assert_true(x4_ecp_new(&x4_libc_allocator, "P-255", &ecp));
    assert_null(ecp);
    assert_false(x4_ecp_new(&none, "P-256", &ecp));
    assert_null(ecp);
    x4_ecp_free(NULL);
    ERR_clear_error();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_evp),
        cmocka_unit_test(test_not_on_the_curve),
        cmocka_unit_test(test_no_such_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
