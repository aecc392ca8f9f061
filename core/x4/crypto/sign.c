/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/sign.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "x4/crypto/internal.h"

#define ORDER_SIZE_MAX 66 /* P-521 */

/* SEQUENCE of two INTEGERs that may need a zero before them (RFC 3279 2.2.3). */
#define ECDSA_DER_MAX (3 + 2 * (2 + 1 + ORDER_SIZE_MAX))

x4e_hash x4_sign_hash(x4e_key_type type, x4e_hash negotiated)
{
    switch (type) {
    case x4c_key_ecdsa256:
        return x4c_hash_sha256;
    case x4c_key_ecdsa384:
        return x4c_hash_sha384;
    case x4c_key_ecdsa521:
        return x4c_hash_sha512;
    case x4c_key_rsa:
    case x4c_key_none:
        break;
    }
    return negotiated;
}

static bval hash_fits(x4e_key_type type, size_t len)
{
    if (type == x4c_key_rsa)
        return len >= x4_hash_size(x4c_hash_md5) && len <= x4c_hash_size_max;
    return len == x4_hash_size(x4_sign_hash(type, x4c_hash_md5));
}

/* ------------------------------------------------------------------ RSA */

/* RFC 8017 9.2 without DigestInfo: 00 01 FF ... FF 00 hash. The modulus has 128 bytes or more. */
static void rsa_block(x4s_chunk hash, uint8_t *block, size_t size) /* req 2409-5.1-1 */
{
    memset(block, 0xff, size);
    block[0] = 0;
    block[1] = 1;
    block[size - hash.len - 1] = 0;
    memcpy(block + size - hash.len, hash.data, hash.len);
}

/* The whole block must be ours: nothing of the peer's is parsed, no byte is left to choose. */
static bval rsa_verify(EVP_PKEY_CTX *ctx, x4s_chunk hash, x4s_chunk signature)
{
    uint8_t expected[x4c_signature_max];
    uint8_t block[x4c_signature_max];
    size_t len = sizeof(block);
    rsa_block(hash, expected, signature.len);
    return EVP_PKEY_verify_recover_init(ctx) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
           EVP_PKEY_verify_recover(ctx, block, &len, signature.data, signature.len) == 1 &&
           len == signature.len && x4_crypto_equal(block, expected, len);
}

static bval rsa_sign(x4s_sign_job *job, size_t size)
{
    size_t len = size;
    return EVP_PKEY_sign(job->key->signer, job->signature, &len, job->hash, job->hash_len) == 1 &&
           len == size;
}

/* ------------------------------------------------------------------ ECDSA */

/* r and s side by side become DER, as OpenSSL wants it. 0 without memory. */
static size_t ecdsa_to_der(x4s_chunk signature, uint8_t der[ECDSA_DER_MAX]) /* req 4754-7-1 */
{
    int half = (int)(signature.len / 2);
    BIGNUM *r = BN_bin2bn(signature.data, half, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + half, half, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    if (!r || !s || !pair || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(pair);
        return 0;
    }
    int len = i2d_ECDSA_SIG(pair, NULL);
    uint8_t *pos = der;
    if (len > 0 && len <= ECDSA_DER_MAX)
        len = i2d_ECDSA_SIG(pair, &pos);
    ECDSA_SIG_free(pair);
    return len > 0 && len <= ECDSA_DER_MAX ? (size_t)len : 0;
}

static bval ecdsa_verify(EVP_PKEY_CTX *ctx, x4s_chunk hash, x4s_chunk signature)
{
    uint8_t der[ECDSA_DER_MAX];
    size_t len = ecdsa_to_der(signature, der);
    return len && EVP_PKEY_verify_init(ctx) == 1 &&
           EVP_PKEY_verify(ctx, der, len, hash.data, hash.len) == 1;
}

/* req 4754-7-1 */
static bval ecdsa_from_der(const uint8_t *der, size_t len, uint8_t *signature, size_t size)
{
    int half = (int)(size / 2);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bval ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, half) == half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half, half) == half;
    ECDSA_SIG_free(pair);
    return ok;
}

static bval ecdsa_sign(x4s_sign_job *job, size_t size)
{
    uint8_t der[ECDSA_DER_MAX];
    size_t len = sizeof(der);
    return EVP_PKEY_sign(job->key->signer, der, &len, job->hash, job->hash_len) == 1 &&
           ecdsa_from_der(der, len, job->signature, size);
}

/* ------------------------------------------------------------------ both */

bval x4_sign_verify(x4s_crypto *crypto, const x4s_public_key *key, x4s_chunk hash,
                    x4s_chunk signature)
{
    (void)crypto;
    if (signature.len != key->signature_size || !hash_fits(key->type, hash.len))
        return bfalse;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!ctx)
        return x4_crypto_result(bfalse);
    bval ok = key->type == x4c_key_rsa ? rsa_verify(ctx, hash, signature)
                                       : ecdsa_verify(ctx, hash, signature);
    EVP_PKEY_CTX_free(ctx);
    return x4_crypto_result(ok);
}

static bval sign_here(x4s_sign_job *job)
{
    const x4s_public_key *key = job->key->public_key;
    bval ok = key->type == x4c_key_rsa ? rsa_sign(job, key->signature_size)
                                       : ecdsa_sign(job, key->signature_size);
    if (!ok)
        x4_wipe(job->signature, key->signature_size);
    return x4_crypto_result(ok);
}

static void run(x4s_sign_job *job)
{
    x4s_private_key *key = job->key;
    job->signature_size = key->public_key->signature_size;
    if (!hash_fits(key->public_key->type, job->hash_len)) {
        job->state = x4c_sign_failed;
        return;
    }
    if (key->signer) {
        job->state = sign_here(job) ? x4c_sign_done : x4c_sign_failed;
        return;
    }
    job->state = x4c_sign_pending;
    key->holder.sign(key->holder.context, job);
}

void x4_sign_run(x4s_crypto *crypto, x4s_sign_job *const *jobs, size_t count)
{
    (void)crypto;
    for (size_t i = 0; i < count; i++)
        run(jobs[i]);
}

void x4_sign_cancel(x4s_sign_job *job)
{
    if (job->state != x4c_sign_pending)
        return;
    job->state = x4c_sign_idle;
    job->key->holder.cancel(job->key->holder.context, job);
}
