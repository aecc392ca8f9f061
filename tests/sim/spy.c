/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/spy.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/check.h"
#include "tests/sim/open_dh.h"
#include "tests/sim/wire.h"

enum {
    NOTIFY_DATA_AT = 24, /* in the body, when the SPI is the cookies */
};

struct spy *spy_new(const struct sim_node *initiator)
{
    struct spy *spy = calloc(1, sizeof(*spy));
    const char *error = NULL;
    sim_check(spy, "out of memory");
    spy->crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    sim_check(spy->crypto, "%s", error);
    spy->suite = initiator->transforms1[0];
    spy->psk = initiator->psk;
    spy->exchange_count = 1;
    return spy;
}

void spy_free(struct spy *spy)
{
    x4_crypto_free(spy->crypto);
    free(spy->last.datagram);
    free(spy);
}

static x4s_chunk chunk(const void *data, size_t len)
{
    return (x4s_chunk){.data = data, .len = len};
}

static x4s_chunk of_secret(const x4s_secret *secret)
{
    return chunk(secret->data, secret->len);
}

static void prf(const struct spy *spy, x4s_chunk key, const x4s_chunk *parts, size_t count,
                uint8_t *out)
{
    sim_check(x4_prf(spy->crypto, spy->suite.hash, key, parts, count, out), "prf");
}

static void prf_secret(const struct spy *spy, x4s_chunk key, const x4s_chunk *parts, size_t count,
                       x4s_secret *out)
{
    out->len = (uint8_t)x4_hash_size(spy->suite.hash);
    prf(spy, key, parts, count, out->data);
}

/* Appendix B: SKEYID_e, or K1 | K2 | ... of it where it is too short. */
static void make_cipher_key(struct spy *spy, const x4s_secret *skeyid_e)
{
    static const uint8_t zero = 0;
    size_t size = x4_cipher_key_size(spy->suite.cipher, spy->suite.key_bits);
    spy->cipher_key = *skeyid_e;
    spy->cipher_key.len = (uint8_t)size;
    if (skeyid_e->len >= size)
        return;
    x4s_chunk before = chunk(&zero, 1);
    x4s_secret k = {0};
    for (size_t made = 0; made < size; made += k.len) {
        prf_secret(spy, of_secret(skeyid_e), &before, 1, &k);
        memcpy(spy->cipher_key.data + made, k.data, x4m_min(k.len, size - made));
        before = of_secret(&k);
    }
}

/* One of SKEYID_d, _a, _e: prf(SKEYID, the one before | g^xy | CKY-I | CKY-R | number). */
static x4s_secret skeyid_n(const struct spy *spy, const x4s_secret *before, x4s_chunk gxy,
                           uint8_t number)
{
    x4s_secret secret = {0};
    const x4s_chunk parts[] = {of_secret(before), gxy, chunk(spy->cookies, sizeof(spy->cookies)),
                               chunk(&number, 1)};
    prf_secret(spy, of_secret(&spy->skeyid), parts, 4, &secret);
    return secret;
}

/* Truncates a hash of the parts to a chaining value. */
static void hash_to_iv(const struct spy *spy, const x4s_chunk parts[2], uint8_t *iv)
{
    uint8_t digest[x4c_hash_size_max];
    sim_check(x4_hash(spy->crypto, spy->suite.hash, parts, 2, digest), "hash");
    memcpy(iv, digest, x4_cipher_block(spy->suite.cipher));
}

static void make_keys(struct spy *spy)
{
    struct spy_exchange *phase1 = &spy->exchanges[0];
    size_t size = x4_dh_public_size(spy->suite.group);
    uint8_t shared[x4c_dh_shared_max];
    sim_open_dh_shared(spy->suite.group, phase1->public[0], phase1 -> public[1], shared);
    x4s_chunk gxy = chunk(shared, x4_dh_shared_size(spy->suite.group));
    const x4s_chunk nonces[] = {chunk(phase1->nonce[0], phase1->nonce_len[0]),
                                chunk(phase1->nonce[1], phase1->nonce_len[1])};
    prf_secret(spy, chunk(spy->psk, strlen(spy->psk)), nonces, 2, &spy->skeyid);

    const x4s_secret nothing = {0};
    spy->skeyid_d = skeyid_n(spy, &nothing, gxy, 0);
    spy->skeyid_a = skeyid_n(spy, &spy->skeyid_d, gxy, 1);
    const x4s_secret skeyid_e = skeyid_n(spy, &spy->skeyid_a, gxy, 2);
    make_cipher_key(spy, &skeyid_e);

    const x4s_chunk publics[] = {chunk(phase1->public[0], size), chunk(phase1->public[1], size)};
    hash_to_iv(spy, publics, phase1->iv);
    spy->has_keys = true;
}

struct spy_exchange *spy_exchange(struct spy *spy, uint32_t message_id)
{
    for (size_t i = 0; i < x4m_min(spy->exchange_count, SPY_EXCHANGES_MAX); i++) {
        if (spy->exchanges[i].message_id == message_id)
            return &spy->exchanges[i];
    }
    /* The oldest but phase 1 is forgotten. */
    size_t slot = 1 + (spy->exchange_count - 1) % (SPY_EXCHANGES_MAX - 1);
    struct spy_exchange *exchange = &spy->exchanges[slot];
    spy->exchange_count++;
    *exchange = (struct spy_exchange){.message_id = message_id};
    uint8_t id[4];
    wire_put(id, sizeof(id), message_id);
    const x4s_chunk parts[] = {chunk(spy->exchanges[0].iv, x4_cipher_block(spy->suite.cipher)),
                               chunk(id, sizeof(id))};
    hash_to_iv(spy, parts, exchange->iv);
    return exchange;
}

static void keep_nonce(struct spy_exchange *exchange, unsigned who, const uint8_t *plain,
                       size_t len)
{
    struct wire_part part;
    if (!wire_find(plain, len, WIRE_NONCE, &part) || part.len > WIRE_GENERIC + SPY_NONCE_MAX)
        return;
    exchange->nonce_len[who] = part.len - WIRE_GENERIC;
    memcpy(exchange->nonce[who], plain + part.at + WIRE_GENERIC, exchange->nonce_len[who]);
}

static void keep_public(const struct spy *spy, struct spy_exchange *exchange, unsigned who,
                        const uint8_t *plain, size_t len)
{
    struct wire_part part;
    size_t size = x4_dh_public_size(spy->suite.group);
    if (wire_find(plain, len, WIRE_KE, &part) && part.len == WIRE_GENERIC + size)
        memcpy(exchange->public[who], plain + part.at + WIRE_GENERIC, size);
}

static void keep_sa(struct spy *spy, const uint8_t *plain, size_t len)
{
    struct wire_part part;
    if (!wire_find(plain, len, WIRE_SA, &part) || part.len > WIRE_GENERIC + SPY_SA_MAX)
        return;
    spy->sa_len = part.len - WIRE_GENERIC;
    memcpy(spy->sa, plain + part.at + WIRE_GENERIC, spy->sa_len);
}

/* The identity of the initiator, which its proof in aggressive mode covers from afar. */
static void keep_id(struct spy *spy, const uint8_t *plain, size_t len)
{
    struct wire_part part;
    if (!wire_find(plain, len, WIRE_ID, &part) || part.len > WIRE_GENERIC + SPY_ID_MAX)
        return;
    spy->id_len = part.len - WIRE_GENERIC;
    memcpy(spy->id, plain + part.at + WIRE_GENERIC, spy->id_len);
}

/*
 * RFC 2409 5.4. Main mode: SA, SA, KE and Ni, KE and Nr, then under the keys. Aggressive mode: all
 * of that in the first two.
 */
static void learn_phase1(struct spy *spy, struct spy_exchange *exchange, const uint8_t *plain,
                         size_t len)
{
    unsigned order = exchange->messages;
    unsigned first = plain[WIRE_EXCHANGE_AT] == WIRE_AGGRESSIVE ? 1 : 3; /* with KE */
    memcpy(spy->cookies, plain, sizeof(spy->cookies));
    if (order == 1) {
        keep_sa(spy, plain, len);
        keep_id(spy, plain, len);
    }
    if (order != first && order != first + 1)
        return;
    keep_public(spy, exchange, order - first, plain, len);
    keep_nonce(exchange, order - first, plain, len);
    if (order == first + 1)
        make_keys(spy);
}

/* Decrypts the last message, and moves the chain of its exchange on. */
static void open_last(struct spy *spy, struct spy_exchange *exchange)
{
    struct spy_message *last = &spy->last;
    size_t block = x4_cipher_block(spy->suite.cipher);
    last->opened = true;
    memcpy(last->iv, exchange->iv, sizeof(last->iv));
    sim_check(last->plain_len > WIRE_HEADER && (last->plain_len - WIRE_HEADER) % block == 0,
              "%zu bytes are no whole blocks", last->plain_len);
    sim_check(x4_cipher_decrypt(spy->crypto, spy->suite.cipher, of_secret(&spy->cipher_key),
                                exchange->iv, last->plain + WIRE_HEADER,
                                last->plain_len - WIRE_HEADER),
              "decryption");
    size_t end = wire_end(last->plain, last->plain_len);
    last->opened = end != 0;
    sim_check(last->opened || spy->forging, "keys are wrong");
    last->plain_len = end;
}

bool spy_see(struct spy *spy, const struct sim_datagram *datagram)
{
    struct spy_message *last = &spy->last;
    if (last->datagram && last->datagram->len == datagram->len &&
        memcmp(last->datagram->data, datagram->data, datagram->len) == 0)
        return false;
    sim_check(datagram->len >= WIRE_HEADER && datagram->len <= SPY_MESSAGE_MAX, "%zu bytes",
              datagram->len);
    free(last->datagram);
    last->datagram = sim_datagram_copy(datagram);
    memcpy(last->plain, datagram->data, datagram->len);
    last->plain_len = datagram->len;
    last->opened = false;
    last->order = 0;
    bool encrypted = datagram->data[WIRE_FLAGS_AT] & WIRE_ENCRYPTED;
    if (!encrypted && datagram->data[WIRE_EXCHANGE_AT] == WIRE_INFORMATIONAL)
        return true;

    struct spy_exchange *exchange =
        spy_exchange(spy, wire_u32(datagram->data + WIRE_MESSAGE_ID_AT));
    last->order = ++exchange->messages;
    if (encrypted)
        open_last(spy, exchange);
    if (exchange == &spy->exchanges[0])
        learn_phase1(spy, exchange, last->plain, last->plain_len);
    else if (last->order <= 2)
        keep_nonce(exchange, last->order - 1, last->plain, last->plain_len);
    return true;
}

size_t spy_seal(const struct spy *spy, uint8_t *iv, const uint8_t *plain, size_t len,
                uint8_t out[SPY_MESSAGE_MAX])
{
    size_t block = x4_cipher_block(spy->suite.cipher);
    size_t padded = WIRE_HEADER + (len - WIRE_HEADER + block - 1) / block * block;
    sim_check(len > WIRE_HEADER && padded <= SPY_MESSAGE_MAX, "%zu bytes", len);
    memset(out, 0, padded);
    memcpy(out, plain, len);
    out[WIRE_FLAGS_AT] |= WIRE_ENCRYPTED;
    wire_put(out + WIRE_LENGTH_AT, 4, (uint32_t)padded);
    sim_check(x4_cipher_encrypt(spy->crypto, spy->suite.cipher, of_secret(&spy->cipher_key), iv,
                                out + WIRE_HEADER, padded - WIRE_HEADER),
              "encryption");
    return padded;
}

/* The body of the HASH payload, if it is as long as a hash. */
static uint8_t *hash_body(const struct spy *spy, uint8_t *plain, size_t len)
{
    struct wire_part part;
    if (!wire_find(plain, len, WIRE_HASH, &part) ||
        part.len != WIRE_GENERIC + x4_hash_size(spy->suite.hash))
        return NULL;
    return plain + part.at + WIRE_GENERIC;
}

/* HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b), HASH_R the other way. */
static bool rehash_phase1(struct spy *spy, unsigned order, uint8_t *plain, size_t len)
{
    const struct spy_exchange *phase1 = &spy->exchanges[0];
    unsigned own = order % 2 ? 0 : 1;
    size_t size = x4_dh_public_size(spy->suite.group);
    struct wire_part id;
    uint8_t *hash = hash_body(spy, plain, len);
    bool has_id = wire_find(plain, len, WIRE_ID, &id);
    if (!hash || (!has_id && !spy->id_len))
        return false;
    const x4s_chunk body = has_id ? chunk(plain + id.at + WIRE_GENERIC, id.len - WIRE_GENERIC)
                                  : chunk(spy->id, spy->id_len);
    const x4s_chunk parts[] = {chunk(phase1->public[own], size),
                               chunk(phase1->public[!own], size),
                               chunk(spy->cookies + 8 * (size_t)own, 8),
                               chunk(spy->cookies + 8 * (size_t)!own, 8),
                               chunk(spy->sa, spy->sa_len),
                               body};
    prf(spy, of_secret(&spy->skeyid), parts, 6, hash);
    return true;
}

/* HASH(1) = prf(SKEYID_a, M-ID | rest), HASH(2) with Ni_b before the rest. */
static bool rehash_phase2(struct spy *spy, unsigned order, uint8_t *plain, size_t len)
{
    const struct spy_exchange *exchange = spy_exchange(spy, wire_u32(plain + WIRE_MESSAGE_ID_AT));
    uint8_t *hash = hash_body(spy, plain, len);
    size_t end = wire_end(plain, len);
    if (!hash || !end)
        return false;
    const uint8_t *rest = hash + x4_hash_size(spy->suite.hash);
    bool second = plain[WIRE_EXCHANGE_AT] == WIRE_QUICK && order == 2;
    const x4s_chunk parts[] = {
        chunk(plain + WIRE_MESSAGE_ID_AT, 4),
        chunk(exchange->nonce[0], second ? exchange->nonce_len[0] : 0),
        chunk(rest, (size_t)(plain + end - rest)),
    };
    prf(spy, of_secret(&spy->skeyid_a), parts, 3, hash);
    return true;
}

/* HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b). */
static bool rehash_third(struct spy *spy, uint8_t *plain, size_t len)
{
    static const uint8_t zero = 0;
    const struct spy_exchange *exchange = spy_exchange(spy, wire_u32(plain + WIRE_MESSAGE_ID_AT));
    uint8_t *hash = hash_body(spy, plain, len);
    if (!hash)
        return false;
    const x4s_chunk parts[] = {chunk(&zero, 1), chunk(plain + WIRE_MESSAGE_ID_AT, 4),
                               chunk(exchange->nonce[0], exchange->nonce_len[0]),
                               chunk(exchange->nonce[1], exchange->nonce_len[1])};
    prf(spy, of_secret(&spy->skeyid_a), parts, 4, hash);
    return true;
}

bool spy_rehash(struct spy *spy, unsigned order, uint8_t *plain, size_t len)
{
    if (wire_u32(plain + WIRE_MESSAGE_ID_AT) == 0)
        return rehash_phase1(spy, order, plain, len);
    if (plain[WIRE_EXCHANGE_AT] == WIRE_QUICK && order == 3)
        return rehash_third(spy, plain, len);
    return rehash_phase2(spy, order, plain, len);
}

size_t spy_begin(const struct spy *spy, uint8_t exchange, uint32_t message_id, uint8_t next,
                 uint8_t *plain)
{
    const size_t hash = WIRE_GENERIC + x4_hash_size(spy->suite.hash);
    memcpy(plain, spy->cookies, WIRE_COOKIES);
    plain[WIRE_FIRST_AT] = WIRE_HASH;
    plain[WIRE_FIRST_AT + 1] = 0x10;
    plain[WIRE_EXCHANGE_AT] = exchange;
    plain[WIRE_FLAGS_AT] = WIRE_ENCRYPTED;
    wire_put(plain + WIRE_MESSAGE_ID_AT, 4, message_id);
    plain[WIRE_HEADER] = next;
    wire_put(plain + WIRE_HEADER + 2, 2, (uint32_t)hash);
    return WIRE_HEADER + hash;
}

size_t spy_notify(struct spy *spy, uint32_t message_id, uint16_t type, const void *data,
                  size_t data_len, uint8_t out[SPY_MESSAGE_MAX])
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    uint8_t iv[x4c_cipher_block_max];
    uint8_t *notify = plain + spy_begin(spy, WIRE_INFORMATIONAL, message_id, WIRE_NOTIFY, plain);
    uint8_t *body = notify + WIRE_GENERIC;
    wire_put(notify + 2, 2, (uint32_t)(WIRE_GENERIC + NOTIFY_DATA_AT + data_len));
    wire_put(body, 4, 1); /* DOI, protocol, SPI size, type, cookies */
    body[4] = 1;
    body[5] = WIRE_COOKIES;
    wire_put(body + 6, 2, type);
    memcpy(body + 8, spy->cookies, WIRE_COOKIES);
    if (data_len)
        memcpy(body + NOTIFY_DATA_AT, data, data_len);
    memcpy(iv, spy_exchange(spy, message_id)->iv, sizeof(iv));
    size_t len = (size_t)(body - plain) + NOTIFY_DATA_AT + data_len;
    sim_check(spy_rehash(spy, 1, plain, len), "no hash");
    return spy_seal(spy, iv, plain, len, out);
}
