/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/seal.h"

#include <assert.h>

#include "x4/core/memory.h"
#include "x4/crypto/aead.h"
#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

#define HEAD   5 /* version, key id */
#define PREFIX 8 /* random bytes of a nonce */

_Static_assert(HEAD + x4c_aead_nonce + x4c_aead_tag == STORE_SEAL_COST, "what sealing costs");
_Static_assert(STORE_KEY_SIZE == x4c_aead_key, "keys fit the cipher");

struct store_sealer {
    x4s_crypto *crypto;
    struct store_keys keys;
    uint8_t prefix[PREFIX];
    uint32_t next; /* 0: with a new prefix */
};

struct store_sealer *store_sealer_new(const struct store_keys *keys, x4f_random random,
                                      void *context, const char **error)
{
    struct store_sealer *sealer = x4_alloc(&x4_libc_allocator, sizeof(*sealer));
    *error = "no memory";
    if (!sealer)
        return NULL;
    sealer->crypto = x4_crypto_new(&x4_libc_allocator, random, context, error);
    store_sealer_take(sealer, keys);
    if (sealer->crypto && x4_crypto_has_aead(sealer->crypto))
        return sealer;
    if (sealer->crypto)
        *error = "OpenSSL does not offer AES-256-GCM";
    store_sealer_free(sealer);
    return NULL;
}

void store_sealer_free(struct store_sealer *sealer)
{
    if (!sealer)
        return;
    x4_crypto_free(sealer->crypto);
    x4_free(&x4_libc_allocator, sealer, sizeof(*sealer));
}

void store_sealer_take(struct store_sealer *sealer, const struct store_keys *keys)
{
    assert(keys->count > 0);
    sealer->keys = *keys;
    sealer->next = 0;
}

/* What is authenticated beside the record: the head and where it is. */
struct known {
    size_t len;
    uint8_t bytes[HEAD + 1 + STORE_ESTATE_MAX + 1 + 1 + STORE_NAME_MAX];
};

static struct known known_of(const uint8_t head[HEAD], const struct store_place *place)
{
    struct known known;
    const size_t estate = strlen(place->estate);
    x4s_writer w = x4_writer(known.bytes, sizeof(known.bytes));
    x4_writer_bytes(&w, head, HEAD);
    x4_writer_u8(&w, (uint8_t)estate);
    x4_writer_bytes(&w, place->estate, estate);
    x4_writer_u8(&w, (uint8_t)place->partition);
    x4_writer_u8(&w, place->name.len);
    x4_writer_bytes(&w, place->name.bytes, place->name.len);
    assert(!w.failed);
    known.len = x4_writer_len(&w);
    return known;
}

static bool put_nonce(struct store_sealer *sealer, x4s_writer *w)
{
    if (sealer->next == 0 && !x4_crypto_random(sealer->crypto, sealer->prefix, PREFIX))
        return false;
    x4_writer_bytes(w, sealer->prefix, PREFIX);
    x4_writer_u32(w, sealer->next++);
    return true;
}

size_t store_seal(struct store_sealer *sealer, const struct store_place *place, x4s_chunk record,
                  uint8_t sealed[STORE_SEALED_MAX])
{
    const struct store_key *key = &sealer->keys.keys[0];
    x4s_writer w = x4_writer(sealed, STORE_SEALED_MAX);
    x4_writer_u8(&w, STORE_SEAL_VERSION);
    x4_writer_u32(&w, key->id);
    if (!put_nonce(sealer, &w))
        return 0;
    const struct known known = known_of(sealed, place);
    uint8_t *data = x4_writer_reserve(&w, record.len);
    uint8_t *tag = x4_writer_reserve(&w, x4c_aead_tag);
    assert(data && tag);
    memcpy(data, record.data, record.len);
    if (x4_aead_seal(sealer->crypto, key->secret, sealed + HEAD,
                     (x4s_chunk){known.bytes, known.len}, data, record.len, tag))
        return x4_writer_len(&w);
    x4_wipe(data, record.len);
    return 0;
}

enum store_reason store_unseal(struct store_sealer *sealer, const struct store_place *place,
                               x4s_chunk sealed, uint8_t record[STORE_RECORD_MAX], size_t *len)
{
    x4s_reader r = x4_reader(sealed.data, sealed.len);
    const uint8_t version = x4_reader_u8(&r);
    const uint32_t id = x4_reader_u32(&r);
    const uint8_t *nonce = x4_reader_bytes(&r, x4c_aead_nonce);
    if (version > STORE_SEAL_VERSION)
        return STORE_too_new;
    if (r.failed || x4_reader_left(&r) < x4c_aead_tag)
        return STORE_truncated;
    const x4s_chunk data = x4_reader_chunk(&r, x4_reader_left(&r) - x4c_aead_tag);
    const uint8_t *tag = x4_reader_bytes(&r, x4c_aead_tag);
    if (version < STORE_SEAL_VERSION || data.len > STORE_RECORD_MAX)
        return STORE_forged;
    const struct store_key *key = store_keys_find(&sealer->keys, id);
    if (!key)
        return STORE_unknown_key;
    const struct known known = known_of(sealed.data, place);
    if (data.len)
        memcpy(record, data.data, data.len);
    if (!x4_aead_open(sealer->crypto, key->secret, nonce, (x4s_chunk){known.bytes, known.len},
                      record, data.len, tag))
        return STORE_forged;
    *len = data.len;
    return STORE_none;
}
