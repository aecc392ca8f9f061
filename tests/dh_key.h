/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_DH_KEY_H
#define TESTS_DH_KEY_H

/*
 * Diffie-Hellman keys that are given, for known answers. Needs cmocka.h before it.
 */

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "x4/crypto/dh.h"
#include "x4/crypto/internal.h"

static inline EVP_PKEY *modp_key_of(EVP_PKEY *params, const BIGNUM *number)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    assert_int_equal(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number), 1);
    OSSL_PARAM *added = OSSL_PARAM_BLD_to_param(build);
    OSSL_PARAM *described = NULL;
    assert_int_equal(EVP_PKEY_todata(params, EVP_PKEY_KEY_PARAMETERS, &described), 1);
    OSSL_PARAM *all = OSSL_PARAM_merge(described, added);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, all), 1);

    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(all);
    OSSL_PARAM_free(described);
    OSSL_PARAM_free(added);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

/* A key of the group with a given private number, which no public function makes. */
static inline x4s_dh_key *dh_key_of(const x4s_crypto *crypto, x4e_group group, const BIGNUM *number)
{
    x4s_dh_key *key = x4_alloc(&x4_libc_allocator, sizeof(*key));
    assert_non_null(key);
    key->allocator = &x4_libc_allocator;
    if (crypto->groups[group].ecp)
        key->number = BN_dup(number);
    else
        key->pkey = modp_key_of(crypto->groups[group].params, number);
    return key;
}

#endif
