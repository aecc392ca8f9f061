/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/keyring.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/ike/limits.h"

static bval same_digest(const x4s_table_link *entry, const void *digest)
{
    const x4s_ike_key *key = x4m_container_const(entry, x4s_ike_key, by_digest);
    return x4_crypto_equal(key->digest, digest, sizeof(key->digest));
}

/* Two keys are one if their bytes are, or if the same holder has the same key. */
static bval digest_of(x4s_charon *charon, const x4s_ike_prikey *prikey,
                      uint8_t digest[x4c_hash_size_max])
{
    const x4s_key_holder none = {0};
    const x4s_key_holder *holder = prikey->holder ? prikey->holder : &none;
    const x4s_chunk parts[] = {
        {(const uint8_t *)&holder->sign, sizeof(holder->sign)},
        {(const uint8_t *)&holder->cancel, sizeof(holder->cancel)},
        {(const uint8_t *)&holder->context, sizeof(holder->context)},
        prikey->der,
    };
    memset(digest, 0, x4c_hash_size_max);
    return x4_hash(charon->crypto, x4c_hash_sha256, parts, x4m_countof(parts), digest);
}

static void forget(x4s_charon *charon, x4s_ike_key *key)
{
    x4_table_remove(&charon->keys_by_digest, &key->by_digest);
    x4_list_remove(&key->link);
    x4_private_key_free(key->key);
    x4_free(charon->allocator, key, sizeof(*key));
}

/* What is in use stays, however many there are: it goes when it is given back. */
static void trim(x4s_charon *charon)
{
    x4m_list_each(link, &charon->keys)
    {
        if (charon->keys_by_digest.count <= x4c_limit_private_keys)
            return;
        x4s_ike_key *key = x4m_container(link, x4s_ike_key, link);
        if (key->users == 0)
            forget(charon, key);
    }
}

static x4s_private_key *decode(x4s_charon *charon, const x4s_ike_prikey *prikey)
{
    const char *error;
    if (!prikey->holder)
        return x4_private_key_new(charon->crypto, prikey->der, &error);
    x4s_public_key *public_key = x4_public_key_new(charon->crypto, prikey->der, &error);
    if (!public_key)
        return NULL;
    x4s_private_key *key = x4_private_key_opaque(charon->crypto, public_key, prikey->holder);
    x4_public_key_free(public_key);
    return key;
}

static x4s_ike_key *add(x4s_charon *charon, const x4s_ike_prikey *prikey, const uint8_t *digest,
                        uint64_t hash)
{
    x4s_ike_key *key = x4_alloc(charon->allocator, sizeof(*key));
    if (!key)
        return NULL;
    key->key = decode(charon, prikey);
    if (!key->key) {
        x4_free(charon->allocator, key, sizeof(*key));
        return NULL;
    }
    memcpy(key->digest, digest, sizeof(key->digest));
    x4_table_insert(&charon->keys_by_digest, &key->by_digest, hash);
    return key;
}

x4s_ike_key *x4_keyring_take(x4s_charon *charon, const x4s_ike_prikey *prikey)
{
    uint8_t digest[x4c_hash_size_max];
    if (!digest_of(charon, prikey, digest))
        return NULL;
    uint64_t hash = x4_engine_hash(charon, digest, sizeof(digest));
    x4s_table_link *known = x4_table_find(&charon->keys_by_digest, hash, same_digest, digest);
    x4s_ike_key *key =
        known ? x4m_container(known, x4s_ike_key, by_digest) : add(charon, prikey, digest, hash);
    if (!key)
        return NULL;
    key->users++;
    x4_list_remove(&key->link);
    x4_list_append(&charon->keys, &key->link);
    trim(charon);
    return key;
}

void x4_keyring_release(x4s_charon *charon, x4s_ike_key *key)
{
    key->users--;
    trim(charon);
}

void x4_keyring_clear(x4s_charon *charon)
{
    while (!x4_list_empty(&charon->keys))
        forget(charon, x4m_container(charon->keys.next, x4s_ike_key, link));
}
