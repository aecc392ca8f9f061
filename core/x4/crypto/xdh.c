/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/xdh.h"

#include <string.h>

#include "x4/crypto/internal.h"

#define SIZE_25519 32
#define SIZE_448   56

#define FF8   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define FF27  FF8, FF8, FF8, 0xff, 0xff, 0xff
#define FF28  FF27, 0xff
#define ZERO8 0, 0, 0, 0, 0, 0, 0, 0

/* All coordinates of points of small order, the least byte first: 0, 1, those of order 8, and what
 * is the same modulo the prime. */
static const uint8_t small_25519[][SIZE_25519] = {
    {0},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
     0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
     0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, FF28, 0xff, 0xff, 0x7f}, /* the prime less 1 */
    {0xed, FF28, 0xff, 0xff, 0x7f},
    {0xee, FF28, 0xff, 0xff, 0x7f},
};

static const uint8_t small_448[][SIZE_448] = {
    {0},
    {1},
    {0xfe, FF27, 0xfe, FF27}, /* the prime less 1 */
    {0xff, FF27, 0xfe, FF27},
    {ZERO8, ZERO8, ZERO8, 0, 0, 0, 0, FF28},
};

EVP_PKEY_CTX *x4_xdh_keygen(const char *name)
{
    EVP_PKEY_CTX *keygen = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
    if (x4_crypto_result(keygen && EVP_PKEY_keygen_init(keygen) == 1))
        return keygen;
    EVP_PKEY_CTX_free(keygen);
    return NULL;
}

EVP_PKEY *x4_xdh_generate(EVP_PKEY_CTX *keygen, uint8_t *value, size_t size)
{
    EVP_PKEY *key = NULL;
    size_t len = size;
    bval ok = EVP_PKEY_generate(keygen, &key) == 1 &&
              EVP_PKEY_get_raw_public_key(key, value, &len) == 1 && len == size;
    if (x4_crypto_result(ok))
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static bval is_one_of(const uint8_t *values, size_t count, const uint8_t *value, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(values + i * size, value, size) == 0)
            return btrue;
    return bfalse;
}

bval x4_xdh_valid(const uint8_t *value, size_t size)
{
    uint8_t masked[SIZE_25519];
    if (size != SIZE_25519)
        return !is_one_of(small_448[0], x4m_countof(small_448), value, size);
    memcpy(masked, value, size);
    masked[size - 1] &= 0x7f; /* RFC 7748 5: that bit does not count */
    return !is_one_of(small_25519[0], x4m_countof(small_25519), masked, size);
}

bval x4_xdh_derive(const char *name, EVP_PKEY *own, x4s_chunk value, uint8_t *shared)
{
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key_ex(NULL, name, NULL, value.data, value.len);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    size_t len = value.len;
    bval ok = peer && ctx && EVP_PKEY_derive_init(ctx) == 1 &&
              EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
              EVP_PKEY_derive(ctx, shared, &len) == 1 && len == value.len;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    return x4_crypto_result(ok);
}
