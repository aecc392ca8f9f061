/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/crypto.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "x4/crypto/cipher.h"
#include "x4/crypto/internal.h"

/* What makes an instance useless, or NULL. */
static const char *missing(const x4s_crypto *crypto)
{
    bval hash = bfalse;
    for (int i = 0; i < x4c_crypto_hashes; i++)
        hash = hash || crypto->hashes[i].md;
    if (!hash)
        return "OpenSSL offers none of the hashes of IKEv1";

    bval cipher = bfalse;
    for (size_t i = 0; i < x4c_crypto_ciphers; i++)
        cipher = cipher || crypto->ciphers.evp[i];
    if (!cipher)
        return "OpenSSL offers none of the ciphers of IKEv1";

    bval group = bfalse;
    for (int i = 0; i < x4c_crypto_groups; i++)
        group = group || crypto->groups[i].params;
    return group ? NULL : "OpenSSL offers none of the Diffie-Hellman groups of IKEv1";
}

static const char *init(x4s_crypto *crypto)
{
    if (!x4_crypto_hashes_init(crypto) || !x4_crypto_ciphers_init(crypto) ||
        !x4_crypto_groups_init(crypto))
        return "out of memory";
    return missing(crypto);
}

x4s_crypto *x4_crypto_new(const x4s_allocator *allocator, x4f_random random, void *context,
                          const char **error)
{
    x4s_crypto *crypto = x4_alloc(allocator, sizeof(*crypto));
    if (!crypto) {
        *error = "out of memory";
        return NULL;
    }
    crypto->allocator = allocator;
    crypto->random = random;
    crypto->random_context = context;

    const char *fault = init(crypto);
    ERR_clear_error(); /* of what was looked for and is not there */
    if (!fault)
        return crypto;
    *error = fault;
    x4_crypto_free(crypto);
    return NULL;
}

bval x4_crypto_use_modp(x4s_crypto *crypto, const x4s_modp *modp)
{
    crypto->modp_work = x4_modp_work_new(crypto->allocator);
    if (!crypto->modp_work)
        return bfalse;
    for (unsigned i = 0; i < x4c_crypto_groups; i++)
        crypto->groups[i].field = x4_modp_field_of(modp, (x4e_group)i);
    return btrue;
}

void x4_crypto_free(x4s_crypto *crypto)
{
    if (!crypto)
        return;
    OSSL_DECODER_CTX_free(crypto->decoder.ctx);
    x4_modp_work_free(crypto->allocator, crypto->modp_work);
    x4_crypto_groups_fini(crypto);
    x4_crypto_ciphers_fini(crypto);
    x4_crypto_hashes_fini(crypto);
    x4_free(crypto->allocator, crypto, sizeof(*crypto));
}

static bval draw(void *data, size_t len)
{
    return x4_crypto_result(RAND_bytes_ex(NULL, data, len, 0) == 1);
}

/* OpenSSL takes 1 us for 4 bytes and for 512, and a handshake needs a few at five times. */
static bval take_pooled(x4s_crypto_pool *pool, void *data, size_t len)
{
    if (len > pool->left && !draw(pool->bytes, sizeof(pool->bytes)))
        return bfalse;
    if (len > pool->left)
        pool->left = sizeof(pool->bytes);
    pool->left -= len;
    memcpy(data, pool->bytes + pool->left, len);
    x4_wipe(pool->bytes + pool->left, len);
    return btrue;
}

bval x4_crypto_random(x4s_crypto *crypto, void *data, size_t len)
{
    if (crypto->random)
        return crypto->random(crypto->random_context, data, len);
    if (len > sizeof(crypto->pool.bytes))
        return draw(data, len);
    return take_pooled(&crypto->pool, data, len);
}

bval x4_crypto_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
