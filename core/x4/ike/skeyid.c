/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/skeyid.h"

#include <string.h>

#include "x4/misc/writer.h"

static x4s_chunk secret_chunk(const x4s_secret *secret)
{
    return (x4s_chunk){.data = secret->data, .len = secret->len};
}

static bval prf_secret(x4s_crypto *crypto, x4e_hash hash, x4s_chunk key, const x4s_chunk *parts,
                       size_t count, x4s_secret *out)
{
    out->len = (uint8_t)x4_hash_size(hash);
    return x4_prf(crypto, hash, key, parts, count, out->data);
}

/* req 2408-4.5-1 2408-4.7-1 */
bval x4_skeyid_psk(x4s_crypto *crypto, x4e_hash hash, x4s_chunk psk, x4s_chunk ni, x4s_chunk nr,
                   x4s_secret *skeyid)
{
    const x4s_chunk nonces[] = {ni, nr};
    return prf_secret(crypto, hash, psk, nonces, x4m_countof(nonces), skeyid);
}

/* req 2408-4.5-1 2408-4.7-1 */
bval x4_skeyid_signature(x4s_crypto *crypto, x4e_hash hash, x4s_chunk ni, x4s_chunk nr,
                         x4s_chunk gxy, x4s_secret *skeyid)
{
    uint8_t nonces[2 * x4c_skeyid_nonce_max];
    x4s_writer w = x4_writer(nonces, sizeof(nonces));
    x4_writer_bytes(&w, ni.data, ni.len);
    x4_writer_bytes(&w, nr.data, nr.len);
    if (w.failed)
        return bfalse;
    const x4s_chunk key = {.data = nonces, .len = x4_writer_len(&w)};
    return prf_secret(crypto, hash, key, &gxy, 1, skeyid);
}

/* prf(SKEYID, before | g^xy | CKY-I | CKY-R | number), of which `before` may be NULL. */
static bval derive_one(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *skeyid,
                       const x4s_secret *before, x4s_chunk gxy, const uint8_t cookies[16],
                       uint8_t number, x4s_secret *out)
{
    const x4s_chunk parts[] = {
        before ? secret_chunk(before) : (x4s_chunk){0},
        gxy,
        {.data = cookies, .len = 16},
        {.data = &number, .len = 1},
    };
    return prf_secret(crypto, hash, secret_chunk(skeyid), parts, x4m_countof(parts), out);
}

bval x4_skeyid_derive(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *skeyid, x4s_chunk gxy,
                      const uint8_t cookies[16], x4s_secret *d, x4s_secret *a, x4s_secret *e)
{
    return derive_one(crypto, hash, skeyid, NULL, gxy, cookies, 0, d) &&
           derive_one(crypto, hash, skeyid, d, gxy, cookies, 1, a) &&
           derive_one(crypto, hash, skeyid, a, gxy, cookies, 2, e);
}

static bval expand_blocks(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *e, uint8_t *key,
                          size_t size)
{
    static const uint8_t zero;
    x4s_secret block;
    x4s_chunk last = {.data = &zero, .len = 1};
    bval ok = btrue;

    for (size_t at = 0; at < size && ok; at += block.len) {
        ok = prf_secret(crypto, hash, secret_chunk(e), &last, 1, &block);
        if (ok)
            memcpy(key + at, block.data, x4m_min(block.len, size - at));
        last = secret_chunk(&block);
    }
    x4_wipe(&block, sizeof(block));
    return ok;
}

bval x4_skeyid_expand(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *e, uint8_t *key,
                      size_t size)
{
    if (size > e->len)
        return expand_blocks(crypto, hash, e, key, size);
    memcpy(key, e->data, size);
    return btrue;
}

/* req 2409-4-9 */
bval x4_skeyid_cipher_key(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *e, x4e_cipher cipher,
                          uint8_t *key, size_t size)
{
    return x4_skeyid_expand(crypto, hash, e, key, size) && !x4_cipher_key_weak(cipher, key);
}

bval x4_skeyid_auth_hash(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *skeyid,
                         x4s_chunk own_public, x4s_chunk peer_public, const uint8_t own_cookie[8],
                         const uint8_t peer_cookie[8], x4s_chunk sa_body, x4s_chunk id_body,
                         uint8_t *out)
{
    const x4s_chunk parts[] = {
        own_public, peer_public, {.data = own_cookie, .len = 8}, {.data = peer_cookie, .len = 8},
        sa_body,    id_body,
    };
    return x4_prf(crypto, hash, secret_chunk(skeyid), parts, x4m_countof(parts), out);
}
