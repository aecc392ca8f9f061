/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/protect.h"

#include <string.h>

#include "x4/crypto/hash.h"

#define KILOBYTE 1024 /* bytes, RFC 2407 4.5 and RFC 2409 Appendix A */

static void spend(x4s_ike_xchg1 *xchg, size_t bytes)
{
    xchg->used += bytes;
    uint64_t kilobytes = xchg->used / KILOBYTE;
    bval all = xchg->life_kb && kilobytes >= xchg->life_kb;
    if (!all && !(xchg->soft_kb && kilobytes >= xchg->soft_kb))
        return;
    xchg->soft_kb = 0;
    if (all)
        xchg->life_kb = 0;
    x4_xchg_spent(&xchg->base, all);
}

void x4_protect_used(x4s_ike_xchg1 *xchg, size_t bytes)
{
    const x4s_ike_calls1 *calls = xchg->base.charon->config.calls1;
    if (!x4_phase1_ready(xchg))
        return;
    spend(xchg, bytes);
    if (calls->sa_used)
        calls->sa_used(xchg->base.user, bytes);
}

static const uint8_t *last_block(const x4s_ike_xchg1 *xchg)
{
    if (xchg->base.state == x4c_state_established || !xchg->neg)
        return xchg->iv;
    return xchg->neg->proven ? xchg->neg->proven_iv : xchg->neg->iv;
}

/* req 2409-B-4 2408-4.8-2 */
bval x4_protect_iv(x4s_ike_xchg1 *xchg, uint32_t message_id, uint8_t *iv)
{
    uint8_t hash[x4c_hash_size_max];
    const uint8_t mid[] = {(uint8_t)(message_id >> 24), (uint8_t)(message_id >> 16),
                           (uint8_t)(message_id >> 8), (uint8_t)message_id};
    size_t block = x4_cipher_block(xchg->suite.cipher);
    const x4s_chunk parts[] = {{last_block(xchg), block}, {mid, sizeof(mid)}};
    if (!x4_hash(xchg->base.charon->crypto, xchg->suite.hash, parts, x4m_countof(parts), hash))
        return bfalse;
    memcpy(iv, hash, block);
    return btrue;
}

x4e_ike_reason x4_protect_open(x4s_ike_xchg1 *xchg, const uint8_t *iv, x4s_ike_message *message,
                               uint8_t plain[x4c_limit_message_in])
{
    size_t block = x4_cipher_block(xchg->suite.cipher);
    size_t len = message->raw.len - x4c_isakmp_header;
    if (!(message->header.flags & x4c_flag_encryption))
        return x4c_ike_not_encrypted; /* req 2409-3.2-3 2409-5.5-1 */
    if (len == 0 || len % block)
        return x4c_ike_bad_cipher_length;

    memcpy(plain, message->raw.data + x4c_isakmp_header, len);
    memcpy(message->iv, iv, block);
    if (!x4_cipher_decrypt(xchg->base.charon->crypto, xchg->suite.cipher,
                           /* req 2409-B-3 */
                           (x4s_chunk){xchg->key, xchg->key_len}, message->iv, plain, len))
        return x4c_ike_crypto_failed;
    x4e_ike_reason reason = x4_message_payloads(message, (x4s_chunk){plain, len}, btrue);
    return reason == x4c_ike_none ? x4c_ike_none : x4c_ike_garbled;
}

x4e_ike_reason x4_protect_seal(x4s_ike_xchg1 *xchg, uint8_t *iv, x4s_ike_build *build)
{
    if (!x4_build_end(build, x4_cipher_block(xchg->suite.cipher)))
        return x4c_ike_too_long;
    size_t len = x4_writer_len(&build->w) - x4c_isakmp_header;
    /* req 2409-3.2-2 2409-3.2-3 2408-4.1.1-2 */
    if (!x4_cipher_encrypt(xchg->base.charon->crypto, xchg->suite.cipher,
                           (x4s_chunk){xchg->key, xchg->key_len}, iv,
                           build->w.base + x4c_isakmp_header, len))
        return x4c_ike_crypto_failed;
    x4_protect_used(xchg, len);
    return x4c_ike_none;
}
