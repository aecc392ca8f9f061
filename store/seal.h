/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

/*
 * Records as they leave the process: encrypted and authenticated with AES-256-GCM under a key of
 * the key file (store/key_file.h). What a record is called - its estate, its partition, its name -
 * is authenticated with it: where somebody who can write to the store puts one in the place of
 * another, it does not open. That an old version of a record is put in the place of a newer one of
 * the same name cannot be told; it is found when the SA is used.
 *
 *     version (1) | key id (4) | nonce (12) | the record, encrypted | tag (16)
 *
 * Nonces: 8 random bytes and a counter of 4. A sealer draws the random part when it begins, when it
 * gets other keys and after 2^32 records, so it never repeats one itself. Two sealers do if they
 * drew the same 8 bytes: of 65,536 starts of shards with one key that is less likely than 2^-32.
 */

#include "store/key_file.h"
#include "store/name.h"
#include "store/reason.h"
#include "store/record.h"
#include "x4/crypto/crypto.h"

enum {
    STORE_SEAL_VERSION = 1,
    STORE_SEAL_COST = 33, /* bytes that a sealed record has more */
    STORE_SEALED_MAX = STORE_RECORD_MAX + STORE_SEAL_COST,
};

/* Where a record is. */
struct store_place {
    const char *estate; /* up to STORE_ESTATE_MAX characters */
    unsigned partition;
    struct store_name name;
};

struct store_sealer;

/*
 * Of one thread. The keys are copied. `random` as of x4_crypto_new(). NULL: *error is a text in
 * static storage.
 */
struct store_sealer *store_sealer_new(const struct store_keys *keys, x4f_random random,
                                      void *context, const char **error);

/* Wipes and releases; NULL is ignored. */
void store_sealer_free(struct store_sealer *sealer);

/* From now on these keys. */
void store_sealer_take(struct store_sealer *sealer, const struct store_keys *keys);

/* Seals up to STORE_RECORD_MAX bytes with the first key. The length; 0: no random bytes. */
size_t store_seal(struct store_sealer *sealer, const struct store_place *place, x4s_chunk record,
                  uint8_t sealed[STORE_SEALED_MAX]);

/*
 * Opens what was found at `place`. STORE_none: `record` is the *len bytes that were sealed, which
 * the caller wipes. Else why not, and nothing is in it.
 */
enum store_reason store_unseal(struct store_sealer *sealer, const struct store_place *place,
                               x4s_chunk sealed, uint8_t record[STORE_RECORD_MAX], size_t *len);

#endif
