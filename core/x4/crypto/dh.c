/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/dh.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/dh.h>

#include "x4/crypto/internal.h"

/* The form of a point that is followed by x and y: SEC 1, 2.3.3. */
#define POINT_UNCOMPRESSED 4

#define ENCODED_MAX (1 + x4c_dh_public_max)

/* A peer's key from what its KE payload carries; NULL for a point that is not on the curve. */
static EVP_PKEY *peer_key(x4s_crypto *crypto, x4e_group group, const uint8_t *value)
{
    const x4s_dh_group_info *info = x4_dh_group_info(group);
    size_t size = x4_dh_public_size(group);
    uint8_t encoded[ENCODED_MAX] = {POINT_UNCOMPRESSED};
    memcpy(encoded + info->prefix, value, size);

    EVP_PKEY *peer = EVP_PKEY_new();
    if (peer && EVP_PKEY_copy_parameters(peer, crypto->groups[group].params) == 1 &&
        EVP_PKEY_set1_encoded_public_key(peer, encoded, info->prefix + size) == 1)
        return peer;
    EVP_PKEY_free(peer);
    ERR_clear_error();
    return NULL;
}

/* 1 < y < p - 1. Public values need no constant time. */
static bval modp_valid(const uint8_t *top, x4s_chunk value)
{
    size_t last = value.len - 1;
    bval above_one = value.data[last] > 1;
    for (size_t i = 0; i < last && !above_one; i++)
        above_one = value.data[i] != 0;
    return above_one && memcmp(value.data, top, value.len) < 0;
}

static bval ecp_valid(x4s_crypto *crypto, x4e_group group, x4s_chunk value)
{
    EVP_PKEY *peer = peer_key(crypto, group, value.data);
    EVP_PKEY_free(peer);
    return peer != NULL;
}

/*
 * y^q = 1. p - 1 of these groups has small factors besides the order q of the subgroup: what a
 * value of another order is raised to tells the exponent modulo those factors, and the shared value
 * becomes one of few.
 */
static bval in_subgroup(x4s_crypto *crypto, x4e_group group, x4s_chunk value)
{
    EVP_PKEY *peer = peer_key(crypto, group, value.data);
    EVP_PKEY_CTX *ctx = peer ? EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL) : NULL;
    bval ok = ctx && EVP_PKEY_public_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    return x4_crypto_result(ok);
}

bval x4_dh_public_valid(x4s_crypto *crypto, x4e_group group, x4s_chunk value)
{
    if (!x4_crypto_has_group(crypto, group) || value.len != x4_dh_public_size(group))
        return bfalse;
    const uint8_t *top = crypto->groups[group].top;
    if (!top)
        return ecp_valid(crypto, group, value);
    return modp_valid(top, value) &&
           (!x4_dh_group_info(group)->subgroup || in_subgroup(crypto, group, value));
}

static bval put_public(x4e_group group, const EVP_PKEY *own, uint8_t *value) /* req 2409-5-7 */
{
    size_t prefix = x4_dh_group_info(group)->prefix;
    size_t size = x4_dh_public_size(group);
    uint8_t encoded[ENCODED_MAX];
    size_t len = 0;
    bval ok = EVP_PKEY_get_octet_string_param(own, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, encoded,
                                              sizeof(encoded), &len) == 1;
    ok = ok && len == prefix + size;
    if (ok)
        memcpy(value, encoded + prefix, size);
    return x4_crypto_result(ok);
}

/* Without OpenSSL's check of the peer: for MODP it is an exponentiation as long as the prime. */
static bval derive_with(EVP_PKEY_CTX *ctx, x4e_group group, EVP_PKEY *peer, uint8_t *shared)
{
    bval modp = x4_dh_group_info(group)->exponent_bits != 0;
    size_t len = x4_dh_shared_size(group);
    return EVP_PKEY_derive_init(ctx) == 1 && (!modp || EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1) &&
           EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
           EVP_PKEY_derive(ctx, shared, &len) == 1 && len == x4_dh_shared_size(group);
}

static bval derive(x4s_crypto *crypto, x4e_group group, EVP_PKEY *own, const uint8_t *value,
                   uint8_t *shared)
{
    EVP_PKEY *peer = peer_key(crypto, group, value);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    bval ok = peer && ctx && derive_with(ctx, group, peer, shared);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    return x4_crypto_result(ok);
}

/* Takes the OpenSSL key; NULL without memory. */
static x4s_dh_key *key_take(const x4s_allocator *allocator, EVP_PKEY *own)
{
    x4s_dh_key *key = x4_alloc(allocator, sizeof(*key));
    if (!key) {
        EVP_PKEY_free(own);
        return NULL;
    }
    *key = (x4s_dh_key){.allocator = allocator, .pkey = own};
    return key;
}

void x4_dh_key_free(x4s_dh_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    x4_free(key->allocator, key, sizeof(*key));
}

static bval run_generate(x4s_crypto *crypto, x4s_dh_job *job)
{
    job->key = NULL;
    EVP_PKEY *own = x4_dh_pair(crypto, job->group);
    if (!own || !put_public(job->group, own, job->own)) {
        EVP_PKEY_free(own);
        return bfalse;
    }
    job->key = key_take(crypto->allocator, own);
    return job->key != NULL;
}

static bval run_derive(x4s_crypto *crypto, x4s_dh_job *job)
{
    return derive(crypto, job->group, job->key->pkey, job->peer, job->shared);
}

static bval run_both(x4s_crypto *crypto, x4s_dh_job *job)
{
    EVP_PKEY *own = x4_dh_pair(crypto, job->group);
    bval ok = own && put_public(job->group, own, job->own) &&
              derive(crypto, job->group, own, job->peer, job->shared);
    EVP_PKEY_free(own);
    return ok;
}

static bval run(x4s_crypto *crypto, x4s_dh_job *job)
{
    if (!x4_crypto_has_group(crypto, job->group))
        return bfalse;
    switch (job->work) {
    case x4c_dh_generate:
        return run_generate(crypto, job);
    case x4c_dh_derive:
        return run_derive(crypto, job);
    case x4c_dh_both:
        return run_both(crypto, job);
    }
    return bfalse;
}

void x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        jobs[i]->done = run(crypto, jobs[i]);
}
