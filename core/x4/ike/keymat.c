/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/keymat.h"

#include <string.h>

#include "x4/crypto/hash.h"

static bval prf(x4s_ike_xchg1 *parent, const x4s_secret *key, const x4s_chunk *parts, size_t count,
                uint8_t *out)
{
    return x4_prf(parent->base.charon->crypto, parent->suite.hash, (x4s_chunk){key->data, key->len},
                  parts, count, out);
}

static void big_endian(uint32_t value, uint8_t bytes[4])
{
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
}

bval x4_keymat_hash(x4s_ike_xchg1 *parent, uint32_t message_id, x4s_chunk ni, x4s_chunk rest,
                    uint8_t *out)
{
    uint8_t mid[4];
    big_endian(message_id, mid);
    const x4s_chunk parts[] = {{mid, sizeof(mid)}, ni, rest};
    return prf(parent, &parent->skeyid_a, parts, x4m_countof(parts), out);
}

x4e_ike_reason x4_keymat_verify(x4s_ike_xchg1 *parent, const x4s_ike_message *message)
{
    uint8_t expected[x4c_hash_size_max];
    size_t size = x4_hash_size(parent->suite.hash);
    const x4s_ike_payload *first = &message->payloads[0];
    if (first->type != x4c_payload_hash)
        return x4c_ike_unexpected_payload;
    if (!x4_keymat_hash(parent, message->header.message_id, (x4s_chunk){0},
                        x4_message_after_first(message), expected))
        return x4c_ike_crypto_failed;
    bval right = first->body.len == size && x4_crypto_equal(first->body.data, expected, size);
    return right ? x4c_ike_none : x4c_ike_bad_hash; /* req 2408-5.11-2 */
}

bval x4_keymat_hash3(x4s_ike_xchg1 *parent, uint32_t message_id, x4s_chunk ni, x4s_chunk nr,
                     uint8_t *out)
{
    uint8_t zero_mid[5] = {0};
    big_endian(message_id, zero_mid + 1);
    const x4s_chunk parts[] = {{zero_mid, sizeof(zero_mid)}, ni, nr};
    return prf(parent, &parent->skeyid_a, parts, x4m_countof(parts), out);
}

/*
 * K1 = prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b)
 * Kn = prf(SKEYID_d, Kn-1 | [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b)
 */
static bval expand(x4s_ike_xchg1 *parent, const x4s_chunk *seed, size_t count, uint8_t *out,
                   size_t need)
{
    const size_t step = x4_hash_size(parent->suite.hash);
    x4s_chunk parts[6] = {{0}};
    memcpy(parts + 1, seed, count * sizeof(*seed));
    for (size_t made = 0; made < need; made += step) {
        uint8_t block[x4c_hash_size_max];
        if (!prf(parent, &parent->skeyid_d, parts, count + 1, block))
            return bfalse;
        memcpy(out + made, block, x4m_min(step, need - made));
        x4_wipe(block, sizeof(block));
        parts[0] = (x4s_chunk){out + made, step};
    }
    return btrue;
}

/*
 * The key of encryption comes before that of integrity, and a salt behind its key: of encryption
 * (RFC 3686 5.1, RFC 4106 8.1, RFC 4309 7.1), or in AH of integrity (RFC 4543 5.4).
 */
/* req 2409-3.3-1 */
static void cut(uint8_t protocol, const x4s_ike_key_sizes *sizes, const uint8_t *keymat,
                x4s_ike_sa2 *sa)
{
    bval salts_encr = protocol == x4c_protocol_esp;
    size_t integ_at = salts_encr ? (size_t)sizes->encr + sizes->salt : 0;
    size_t salt_at = salts_encr ? sizes->encr : sizes->integ;
    memcpy(sa->encr, keymat, sizes->encr);
    memcpy(sa->salt, keymat + salt_at, sizes->salt);
    memcpy(sa->integ, keymat + integ_at, sizes->integ);
}

bval x4_keymat_derive(x4s_ike_xchg1 *parent, const x4s_keymat_seed *seed, uint8_t protocol,
                      const x4s_ike_key_sizes *sizes, x4s_ike_sa2 *sa)
{
    uint8_t spi[4];
    big_endian(sa->spi, spi);
    const x4s_chunk parts[] = {
        seed->shared, {&protocol, 1}, {spi, sizeof(spi)}, seed->ni, seed->nr};

    uint8_t keymat[x4c_limit_keymat];
    size_t need = (size_t)sizes->encr + sizes->salt + sizes->integ;
    bval done = expand(parent, parts, x4m_countof(parts), keymat, need);
    if (done)
        cut(protocol, sizes, keymat, sa);
    x4_wipe(keymat, sizeof(keymat));
    return done;
}
