/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/aead.h"

#include <limits.h>
#include <string.h>

#include "x4/crypto/internal.h"

bval x4_crypto_has_aead(const x4s_crypto *crypto)
{
    return crypto->ciphers.gcm != NULL;
}

/* OpenSSL takes what stays in the clear as an update without output. */
static bval update(EVP_CIPHER_CTX *ctx, x4s_chunk known, uint8_t *data, size_t len)
{
    int written = 0;
    if (known.len && EVP_CipherUpdate(ctx, NULL, &written, known.data, (int)known.len) != 1)
        return bfalse;
    return !len ||
           (EVP_CipherUpdate(ctx, data, &written, data, (int)len) == 1 && (size_t)written == len);
}

static bval finish(EVP_CIPHER_CTX *ctx)
{
    uint8_t none[1];
    int written = 0;
    return EVP_CipherFinal_ex(ctx, none, &written) == 1 && written == 0;
}

static bval begin(x4s_crypto *crypto, const uint8_t *key, const uint8_t *nonce, int encrypt)
{
    return crypto->ciphers.gcm && EVP_CipherInit_ex2(crypto->ciphers.scratch, crypto->ciphers.gcm,
                                                     key, nonce, encrypt, NULL) == 1;
}

static bval fits(x4s_chunk known, size_t len)
{
    return known.len <= INT_MAX && len <= INT_MAX;
}

bval x4_aead_seal(x4s_crypto *crypto, const uint8_t key[x4c_aead_key],
                  const uint8_t nonce[x4c_aead_nonce], x4s_chunk known, uint8_t *data, size_t len,
                  uint8_t tag[x4c_aead_tag])
{
    EVP_CIPHER_CTX *ctx = crypto->ciphers.scratch;
    const bval ok = fits(known, len) && begin(crypto, key, nonce, 1) &&
                    update(ctx, known, data, len) && finish(ctx) &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, x4c_aead_tag, tag) == 1;
    EVP_CIPHER_CTX_reset(ctx);
    return x4_crypto_result(ok);
}

bval x4_aead_open(x4s_crypto *crypto, const uint8_t key[x4c_aead_key],
                  const uint8_t nonce[x4c_aead_nonce], x4s_chunk known, uint8_t *data, size_t len,
                  const uint8_t tag[x4c_aead_tag])
{
    EVP_CIPHER_CTX *ctx = crypto->ciphers.scratch;
    uint8_t expected[x4c_aead_tag];
    memcpy(expected, tag, sizeof(expected));
    const bval ok = fits(known, len) && begin(crypto, key, nonce, 0) &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, x4c_aead_tag, expected) == 1 &&
                    update(ctx, known, data, len) && finish(ctx);
    EVP_CIPHER_CTX_reset(ctx);
    if (!ok)
        x4_wipe(data, len);
    return x4_crypto_result(ok);
}
