/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "x4/crypto/dh.h"
#include "x4/crypto/internal.h"

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

typedef struct modp {
    x4e_group group;
    size_t bits;
    int exponent_min; /* what the sources named in dh_groups.c demand */
    int exponent_max; /* rounded up to whole words of 64 bits */
} modp;

static const modp modps[] = {
    {x4c_group_modp768, 768, 160, 192},   {x4c_group_modp1024, 1024, 160, 192},
    {x4c_group_modp1536, 1536, 240, 256}, {x4c_group_modp2048, 2048, 225, 256},
    {x4c_group_modp3072, 3072, 275, 320}, {x4c_group_modp4096, 4096, 325, 384},
    {x4c_group_modp6144, 6144, 375, 384}, {x4c_group_modp8192, 8192, 400, 448},
};

/* The exponents of these are as long as the order of the subgroup. */
static const modp subgroups[] = {
    {x4c_group_modp1024s160, 1024, 160, 160},
    {x4c_group_modp2048s224, 2048, 224, 224},
    {x4c_group_modp2048s256, 2048, 256, 256},
};

typedef struct ecp {
    x4e_group group;
    size_t prime; /* bytes */
    const char *name;
} ecp;

static const ecp ecps[] = {
    {x4c_group_ecp256, 32, "ecp256"},     {x4c_group_ecp384, 48, "ecp384"},
    {x4c_group_ecp521, 66, "ecp521"},     {x4c_group_ecp192, 24, "ecp192"},
    {x4c_group_ecp224, 28, "ecp224"},     {x4c_group_ecp224bp, 28, "ecp224bp"},
    {x4c_group_ecp256bp, 32, "ecp256bp"}, {x4c_group_ecp384bp, 48, "ecp384bp"},
    {x4c_group_ecp512bp, 64, "ecp512bp"},
};

static bval run_one(x4s_dh_job *job)
{
    x4s_dh_job *const jobs[] = {job};
    x4_dh_run(crypto, jobs, 1);
    return job->done;
}

static void test_modp_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(modps); i++) {
        assert_int_equal(x4_dh_public_size(modps[i].group), modps[i].bits / 8);
        assert_int_equal(x4_dh_shared_size(modps[i].group), modps[i].bits / 8);
    }
    for (size_t i = 0; i < x4m_countof(subgroups); i++) {
        assert_int_equal(x4_dh_public_size(subgroups[i].group), subgroups[i].bits / 8);
        assert_int_equal(x4_dh_shared_size(subgroups[i].group), subgroups[i].bits / 8);
    }
}

static void test_ecp_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(ecps); i++) {
        assert_int_equal(x4_dh_public_size(ecps[i].group), ecps[i].prime * 2);
        assert_int_equal(x4_dh_shared_size(ecps[i].group), ecps[i].prime);
    }
    assert_int_equal(x4_dh_public_size(x4c_group_curve25519), 32);
    assert_int_equal(x4_dh_shared_size(x4c_group_curve25519), 32);
    assert_int_equal(x4_dh_public_size(x4c_group_curve448), 56);
    assert_int_equal(x4_dh_shared_size(x4c_group_curve448), 56);
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(modps); i++) {
        char name[16];
        snprintf(name, sizeof(name), "modp%zu", modps[i].bits);
        assert_string_equal(x4_dh_group_name(modps[i].group), name);
    }
    for (size_t i = 0; i < x4m_countof(subgroups); i++) {
        char name[16];
        snprintf(name, sizeof(name), "modp%zus%d", subgroups[i].bits, subgroups[i].exponent_max);
        assert_string_equal(x4_dh_group_name(subgroups[i].group), name);
    }
    for (size_t i = 0; i < x4m_countof(ecps); i++)
        assert_string_equal(x4_dh_group_name(ecps[i].group), ecps[i].name);
    assert_string_equal(x4_dh_group_name(x4c_group_curve25519), "curve25519");
    assert_string_equal(x4_dh_group_name(x4c_group_curve448), "curve448");
}

static void test_unknown_groups(void **state)
{
    (void)state;
    static const unsigned unknown[] = {0, 3, 4, 6, 13, 33, 34, 255, 65535};
    uint8_t value[x4c_dh_public_max] = {0};
    for (size_t i = 0; i < x4m_countof(unknown); i++) {
        x4e_group group = (x4e_group)unknown[i];
        x4s_dh_job job = {.group = group, .work = x4c_dh_generate, .own = value, .done = btrue};
        assert_int_equal(x4_dh_public_size(group), 0);
        assert_int_equal(x4_dh_shared_size(group), 0);
        assert_null(x4_dh_group_name(group));
        assert_false(x4_dh_public_valid(crypto, group, (x4s_chunk){0}));
        assert_false(x4_dh_public_valid(crypto, group, (x4s_chunk){value, 96}));
        assert_false(run_one(&job));
    }
}

/*
 * The longest of several exponents is within 24 bits of the limit but for a chance of 2^-192, and
 * none is beyond it.
 */
static void check_exponent(const modp *m)
{
    int longest = 0;
    for (size_t i = 0; i < 8; i++) {
        uint8_t own[x4c_dh_public_max];
        x4s_dh_job job = {.group = m->group, .work = x4c_dh_generate, .own = own};
        assert_true(run_one(&job));
        BIGNUM *exponent = NULL;
        assert_int_equal(EVP_PKEY_get_bn_param(job.key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &exponent),
                         1);
        longest = x4m_max(longest, BN_num_bits(exponent));
        BN_clear_free(exponent);
        x4_dh_key_free(job.key);
    }
    assert_in_range(longest, m->exponent_max - 24, m->exponent_max);
    assert_true(m->exponent_max >= m->exponent_min);
}

static void test_exponents_are_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(modps); i++)
        check_exponent(&modps[i]);
    for (size_t i = 0; i < x4m_countof(subgroups); i++)
        check_exponent(&subgroups[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modp_sizes),
        cmocka_unit_test(test_ecp_sizes),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_unknown_groups),
        cmocka_unit_test(test_exponents_are_short),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
