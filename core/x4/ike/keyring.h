/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_KEYRING_H
#define X4_IKE_KEYRING_H

/*
 * The private keys that ph1_get_prikey gave, ready to sign. Decoding and checking one costs more
 * than a signature, so the last few that were used are kept.
 */

#include "x4/crypto/key.h"
#include "x4/ike/engine.h"

typedef struct x4s_ike_key {
    x4s_table_link by_digest;
    x4s_list link; /* in the order of use, the oldest first */
    uint8_t digest[x4c_hash_size_max];
    x4s_private_key *key;
    uint32_t users;
} x4s_ike_key;

/* The key to sign with, to be given back with x4_keyring_release; NULL: not usable, no memory. */
x4s_ike_key *x4_keyring_take(x4s_charon *charon, const x4s_ike_prikey *prikey) x4m_must_use;
void x4_keyring_release(x4s_charon *charon, x4s_ike_key *key);

/* Wipes all; none is in use. */
void x4_keyring_clear(x4s_charon *charon);

#endif
