/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/packet.h"

#include <string.h>

#include "x4/core/memory.h"
#include "x4/crypto/hash.h"

#define ATTRIBUTE_HEADER 2
#define MD5_SIZE         RADIUS_AUTHENTICATOR

/* ------------------------------------------------------------------ attributes */

void radius_write(struct radius_writer *writer)
{
    writer->len = 0;
    writer->full = false;
}

void radius_put(struct radius_writer *writer, uint8_t type, const void *value, size_t len)
{
    if (len > RADIUS_VALUE_MAX || len + ATTRIBUTE_HEADER > sizeof(writer->data) - writer->len) {
        writer->full = true;
        return;
    }
    uint8_t *at = writer->data + writer->len;
    at[0] = type;
    at[1] = (uint8_t)(len + ATTRIBUTE_HEADER);
    if (len)
        memcpy(at + ATTRIBUTE_HEADER, value, len);
    writer->len += len + ATTRIBUTE_HEADER;
}

void radius_put_number(struct radius_writer *writer, uint8_t type, uint32_t number)
{
    const uint8_t value[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number};
    radius_put(writer, type, value, sizeof(value));
}

void radius_put_text(struct radius_writer *writer, uint8_t type, const char *text)
{
    radius_put(writer, type, text, strlen(text));
}

static void append(struct radius_writer *writer, x4s_chunk attributes)
{
    if (attributes.len > sizeof(writer->data) - writer->len) {
        writer->full = true;
        return;
    }
    if (attributes.len)
        memcpy(writer->data + writer->len, attributes.data, attributes.len);
    writer->len += attributes.len;
}

/* ------------------------------------------------------------------ the packet */

static uint8_t *authenticator_of(struct radius_writer *writer)
{
    return writer->data + RADIUS_HEADER - RADIUS_AUTHENTICATOR;
}

static void begin(struct radius_writer *writer, uint8_t code, uint8_t identifier)
{
    memset(writer->data, 0, RADIUS_HEADER);
    writer->data[0] = code;
    writer->data[1] = identifier;
    writer->len = RADIUS_HEADER;
    writer->full = false;
}

static void put_length(struct radius_writer *writer)
{
    writer->data[2] = (uint8_t)(writer->len >> 8);
    writer->data[3] = (uint8_t)writer->len;
}

static void put_empty_proof(struct radius_writer *writer)
{
    static const uint8_t zero[MD5_SIZE];
    radius_put(writer, RADIUS_MESSAGE_AUTHENTICATOR, zero, sizeof(zero));
}

/* Into the first attribute, which put_empty_proof() has made. */
static bool prove(struct radius_writer *writer, x4s_crypto *crypto, x4s_chunk secret)
{
    const x4s_chunk whole = {writer->data, writer->len};
    return x4_prf(crypto, x4c_hash_md5, secret, &whole, 1,
                  writer->data + RADIUS_HEADER + ATTRIBUTE_HEADER);
}

/* MD5 of the packet with `authenticator` in its place, and the secret. */
static bool hash_packet(x4s_crypto *crypto, x4s_chunk packet, const uint8_t *authenticator,
                        x4s_chunk secret, uint8_t out[MD5_SIZE])
{
    const x4s_chunk parts[] = {
        {packet.data, RADIUS_HEADER - RADIUS_AUTHENTICATOR},
        {authenticator, RADIUS_AUTHENTICATOR},
        {packet.data + RADIUS_HEADER, packet.len - RADIUS_HEADER},
        secret,
    };
    return x4_hash(crypto, x4c_hash_md5, parts, x4m_countof(parts), out);
}

/* RFC 2865 5.2: each block is masked by the MD5 of the secret and the block before. */
static bool put_password(struct radius_writer *writer, x4s_crypto *crypto, x4s_chunk password,
                         x4s_chunk secret)
{
    uint8_t hidden[RADIUS_PASSWORD_MAX] = {0};
    uint8_t mask[MD5_SIZE];
    const size_t blocks = password.len ? (password.len + MD5_SIZE - 1) / MD5_SIZE : 1;
    const uint8_t *before = authenticator_of(writer);
    bool good = password.len <= sizeof(hidden);

    if (good && password.len)
        memcpy(hidden, password.data, password.len);
    for (size_t i = 0; good && i < blocks; i++) {
        const x4s_chunk parts[] = {secret, {before, MD5_SIZE}};
        uint8_t *block = hidden + i * MD5_SIZE;
        good = x4_hash(crypto, x4c_hash_md5, parts, x4m_countof(parts), mask);
        for (size_t k = 0; k < MD5_SIZE; k++)
            block[k] ^= mask[k];
        before = block;
    }
    if (good)
        radius_put(writer, RADIUS_USER_PASSWORD, hidden, blocks * MD5_SIZE);
    x4_wipe(hidden, sizeof(hidden));
    x4_wipe(mask, sizeof(mask));
    return good;
}

bool radius_write_access(struct radius_writer *writer, x4s_crypto *crypto, uint8_t identifier,
                         x4s_chunk attributes, x4s_chunk password, x4s_chunk secret)
{
    begin(writer, RADIUS_ACCESS_REQUEST, identifier);
    if (!x4_crypto_random(crypto, authenticator_of(writer), RADIUS_AUTHENTICATOR))
        return false;
    put_empty_proof(writer);
    append(writer, attributes);
    if (!put_password(writer, crypto, password, secret) || writer->full)
        return false;
    put_length(writer);
    return prove(writer, crypto, secret);
}

bool radius_write_accounting(struct radius_writer *writer, x4s_crypto *crypto, uint8_t identifier,
                             x4s_chunk attributes, x4s_chunk secret)
{
    static const uint8_t zero[RADIUS_AUTHENTICATOR];
    uint8_t hash[MD5_SIZE];
    begin(writer, RADIUS_ACCOUNTING_REQUEST, identifier);
    append(writer, attributes);
    if (writer->full)
        return false;
    put_length(writer);
    if (!hash_packet(crypto, (x4s_chunk){writer->data, writer->len}, zero, secret, hash))
        return false;
    memcpy(authenticator_of(writer), hash, sizeof(hash));
    return true;
}

bool radius_write_answer(struct radius_writer *writer, x4s_crypto *crypto, enum radius_code code,
                         const struct radius_packet *request, x4s_chunk attributes,
                         x4s_chunk secret)
{
    const uint8_t *asked = request->data + RADIUS_HEADER - RADIUS_AUTHENTICATOR;
    uint8_t hash[MD5_SIZE];
    x4s_chunk state;

    begin(writer, (uint8_t)code, request->identifier);
    put_empty_proof(writer);
    append(writer, attributes);
    for (unsigned n = 0; radius_find(request, RADIUS_PROXY_STATE, n, &state); n++)
        radius_put(writer, RADIUS_PROXY_STATE, state.data, state.len);
    if (writer->full)
        return false;
    put_length(writer);
    memcpy(authenticator_of(writer), asked, RADIUS_AUTHENTICATOR);
    if (!prove(writer, crypto, secret) ||
        !hash_packet(crypto, (x4s_chunk){writer->data, writer->len}, asked, secret, hash))
        return false;
    memcpy(authenticator_of(writer), hash, sizeof(hash));
    return true;
}

/* ------------------------------------------------------------------ reading */

bool radius_read(const void *datagram, size_t len, struct radius_packet *packet)
{
    const uint8_t *data = datagram;
    if (len < RADIUS_HEADER)
        return false;
    const size_t said = (size_t)data[2] << 8 | data[3];
    if (said < RADIUS_HEADER || said > len || said > RADIUS_PACKET_MAX)
        return false;
    for (size_t at = RADIUS_HEADER; at < said; at += data[at + 1])
        if (said - at < ATTRIBUTE_HEADER || data[at + 1] < ATTRIBUTE_HEADER ||
            data[at + 1] > said - at)
            return false;
    *packet = (struct radius_packet){data[0], data[1], data, said};
    return true;
}

bool radius_find(const struct radius_packet *packet, uint8_t type, unsigned n, x4s_chunk *value)
{
    for (size_t at = RADIUS_HEADER; at < packet->len; at += packet->data[at + 1]) {
        if (packet->data[at] != type || n-- > 0)
            continue;
        *value = (x4s_chunk){packet->data + at + ATTRIBUTE_HEADER,
                             packet->data[at + 1] - (size_t)ATTRIBUTE_HEADER};
        return true;
    }
    return false;
}

bool radius_find_number(const struct radius_packet *packet, uint8_t type, uint32_t *number)
{
    x4s_chunk value;
    if (!radius_find(packet, type, 0, &value) || value.len != sizeof(*number))
        return false;
    *number = (uint32_t)value.data[0] << 24 | (uint32_t)value.data[1] << 16 |
              (uint32_t)value.data[2] << 8 | value.data[3];
    return true;
}

/* ------------------------------------------------------------------ proofs */

/* HMAC-MD5 with another authenticator, and nothing where the proof is; there is one. */
static bool proof_holds(x4s_crypto *crypto, const struct radius_packet *packet,
                        const uint8_t *authenticator, x4s_chunk proof, x4s_chunk secret)
{
    static const uint8_t zero[MD5_SIZE];
    uint8_t expected[MD5_SIZE];
    const uint8_t *after = proof.data + proof.len;
    const x4s_chunk parts[] = {
        {packet->data, RADIUS_HEADER - RADIUS_AUTHENTICATOR},
        {authenticator, RADIUS_AUTHENTICATOR},
        {packet->data + RADIUS_HEADER, (size_t)(proof.data - packet->data) - RADIUS_HEADER},
        {zero, sizeof(zero)},
        {after, (size_t)(packet->data + packet->len - after)},
    };
    return proof.len == MD5_SIZE &&
           x4_prf(crypto, x4c_hash_md5, secret, parts, x4m_countof(parts), expected) &&
           x4_crypto_equal(expected, proof.data, sizeof(expected));
}

static bool is_proven(x4s_crypto *crypto, const struct radius_packet *packet,
                      const uint8_t *authenticator, x4s_chunk secret, bool needed)
{
    const uint8_t *said = packet->data + RADIUS_HEADER - RADIUS_AUTHENTICATOR;
    uint8_t hash[MD5_SIZE];
    x4s_chunk proof;

    if (!hash_packet(crypto, (x4s_chunk){packet->data, packet->len}, authenticator, secret, hash) ||
        !x4_crypto_equal(hash, said, sizeof(hash)))
        return false;
    if (!radius_find(packet, RADIUS_MESSAGE_AUTHENTICATOR, 0, &proof))
        return !needed;
    return proof_holds(crypto, packet, authenticator, proof, secret);
}

bool radius_answer_is_proven(x4s_crypto *crypto, const struct radius_packet *answer,
                             const uint8_t authenticator[RADIUS_AUTHENTICATOR], x4s_chunk secret)
{
    const bool needed = answer->code != RADIUS_ACCOUNTING_RESPONSE;
    return is_proven(crypto, answer, authenticator, secret, needed);
}

bool radius_request_is_proven(x4s_crypto *crypto, const struct radius_packet *request,
                              x4s_chunk secret)
{
    static const uint8_t zero[RADIUS_AUTHENTICATOR];
    return is_proven(crypto, request, zero, secret, true);
}
