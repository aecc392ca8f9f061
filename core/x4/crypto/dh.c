/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/dh.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/dh.h>

#include "x4/crypto/dh_lanes.h"
#include "x4/crypto/internal.h"
#include "x4/crypto/xdh.h"

/* -------------------------------------------------------------------------- MODP */

/* A peer's key from what its KE payload carries, or NULL. */
static EVP_PKEY *peer_key(x4s_crypto *crypto, x4e_group group, const uint8_t *value)
{
    EVP_PKEY *peer = EVP_PKEY_new();
    if (peer && EVP_PKEY_copy_parameters(peer, crypto->groups[group].params) == 1 &&
        EVP_PKEY_set1_encoded_public_key(peer, value, x4_dh_public_size(group)) == 1)
        return peer;
    EVP_PKEY_free(peer);
    ERR_clear_error();
    return NULL;
}

/* 1 < y < p - 1. Public values need no constant time. */
static bval in_range(const uint8_t *top, x4s_chunk value)
{
    size_t last = value.len - 1;
    bval above_one = value.data[last] > 1;
    for (size_t i = 0; i < last && !above_one; i++)
        above_one = value.data[i] != 0;
    return above_one && memcmp(value.data, top, value.len) < 0;
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

static bval modp_valid(x4s_crypto *crypto, x4e_group group, x4s_chunk value)
{
    return in_range(crypto->groups[group].top, value) &&
           (!x4_dh_group_info(group)->subgroup || in_subgroup(crypto, group, value));
}

static bval modp_generate(x4s_crypto *crypto, x4e_group group, x4s_dh_key *key) /* req 2409-5-7 */
{
    size_t len = 0;
    bval ok = EVP_PKEY_generate(crypto->groups[group].keygen, &key->pkey) == 1 &&
              EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                              key->own, key->size, &len) == 1 &&
              len == key->size;
    return x4_crypto_result(ok);
}

/* Without OpenSSL's check of the peer, which is an exponentiation as long as the prime. */
static bval derive_with(EVP_PKEY_CTX *ctx, x4e_group group, EVP_PKEY *peer, uint8_t *shared)
{
    size_t len = x4_dh_shared_size(group);
    return EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1 &&
           EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
           EVP_PKEY_derive(ctx, shared, &len) == 1 && len == x4_dh_shared_size(group);
}

static bval modp_derive(x4s_crypto *crypto, x4e_group group, EVP_PKEY *own, const uint8_t *value,
                        uint8_t *shared)
{
    EVP_PKEY *peer = peer_key(crypto, group, value);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    bval ok = peer && ctx && derive_with(ctx, group, peer, shared);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    return x4_crypto_result(ok);
}

/* -------------------------------------------------------------------------- all kinds */

bval x4_dh_public_valid(x4s_crypto *crypto, x4e_group group, x4s_chunk value)
{
    if (!x4_crypto_has_group(crypto, group) || value.len != x4_dh_public_size(group))
        return bfalse;
    switch (x4_dh_group_info(group)->kind) {
    case x4c_dh_ecp:
        return x4_ecp_valid(crypto->groups[group].ecp, value.data);
    case x4c_dh_xdh:
        return x4_xdh_valid(value.data, value.len);
    default:
        return modp_valid(crypto, group, value);
    }
}

static bval generate(x4s_crypto *crypto, x4e_group group, x4s_dh_key *key) /* req 2409-10-2 */
{
    const x4s_crypto_group *of = &crypto->groups[group];
    switch (x4_dh_group_info(group)->kind) {
    case x4c_dh_ecp:
        key->number = x4_ecp_generate(of->ecp, key->own);
        return key->number != NULL;
    case x4c_dh_xdh:
        key->pkey = x4_xdh_generate(of->keygen, key->own, key->size);
        return key->pkey != NULL;
    default:
        return modp_generate(crypto, group, key);
    }
}

x4s_dh_key *x4_dh_key_make(x4s_crypto *crypto, x4e_group number)
{
    const size_t size = x4_dh_public_size(number);
    x4s_dh_key *key = x4_alloc(crypto->allocator, sizeof(*key) + size);
    if (!key)
        return NULL;
    key->allocator = crypto->allocator;
    key->size = size;
    if (generate(crypto, number, key))
        return key;
    x4_dh_key_free(key);
    return NULL;
}

void x4_dh_key_free(x4s_dh_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    BN_clear_free(key->number);
    x4_free(key->allocator, key, sizeof(*key) + key->size);
}

/* Made ahead, or now. */
static x4s_dh_key *take_key(x4s_crypto *crypto, x4e_group number)
{
    x4s_crypto_group *group = &crypto->groups[number];
    group->in_use = btrue;
    x4s_dh_key *key = x4_dh_ahead_take(group);
    return key ? key : x4_dh_key_make(crypto, number);
}

static bval run_generate(x4s_crypto *crypto, x4s_dh_job *job)
{
    job->key = take_key(crypto, job->group);
    if (!job->key)
        return bfalse;
    memcpy(job->own, job->key->own, job->key->size);
    return btrue;
}

static bval derive(x4s_crypto *crypto, const x4s_dh_job *job, const x4s_dh_key *key)
{
    const x4s_dh_group_info *info = x4_dh_group_info(job->group);
    switch (info->kind) {
    case x4c_dh_ecp:
        return x4_ecp_derive(crypto->groups[job->group].ecp, key->number, job->peer, job->shared);
    case x4c_dh_xdh:
        return x4_xdh_derive(info->openssl_name, key->pkey, (x4s_chunk){job->peer, key->size},
                             job->shared);
    default:
        return modp_derive(crypto, job->group, key->pkey, job->peer, job->shared);
    }
}

static bval run_both(x4s_crypto *crypto, x4s_dh_job *job)
{
    x4s_dh_key *key = take_key(crypto, job->group);
    bval ok = key && derive(crypto, job, key);
    if (ok)
        memcpy(job->own, key->own, key->size);
    x4_dh_key_free(key);
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
        return derive(crypto, job, job->key);
    case x4c_dh_both:
        return run_both(crypto, job);
    }
    return bfalse;
}

void x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        jobs[i]->vector = bfalse;
        if (!x4_dh_lanes_has(crypto, jobs[i]))
            jobs[i]->done = run(crypto, jobs[i]);
    }
    x4_dh_lanes_run(crypto, jobs, count);
}
