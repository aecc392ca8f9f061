/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_CRYPTO_H
#define X4_CRYPTO_CRYPTO_H

/*
 * The state that all of x4/crypto works with: algorithms fetched once from OpenSSL, scratch
 * contexts that are used again for every message, and the source of random bytes. One instance of
 * libike has one; it is used serially, like the instance.
 */

#include "x4/core/memory.h"
#include "x4/core/types.h"
#include "x4/crypto/algorithms.h"
#include "x4/crypto/modp.h"

typedef struct x4s_crypto x4s_crypto;

/* Fills `data` with unpredictable bytes; bfalse when it cannot. */
typedef bval (*x4f_random)(void *context, void *data, size_t len);

/*
 * A new state, or NULL with a text in *error (static storage) that says what is missing. Algorithms
 * that the installed OpenSSL refuses (MD5 in a FIPS configuration, say) are not an error here: they
 * are reported as unavailable by x4_crypto_has_*. `random` may be NULL for OpenSSL's own source.
 */
x4s_crypto *x4_crypto_new(const x4s_allocator *allocator, x4f_random random, void *context,
                          const char **error) x4m_must_use;

/*
 * Has the vector unit do what it can, from now on. `modp` outlives the state. bfalse without
 * memory: nothing has changed.
 */
bval x4_crypto_use_modp(x4s_crypto *crypto, const x4s_modp *modp) x4m_must_use;

/* Wipes and releases; NULL is ignored. */
void x4_crypto_free(x4s_crypto *crypto);

/*
 * From the user's source, or from OpenSSL's, of which more is asked at once than is needed: a state
 * that was copied by fork() would give the same bytes twice. Private values of Diffie-Hellman do
 * not come from here.
 */
bval x4_crypto_random(x4s_crypto *crypto, void *data, size_t len) x4m_must_use;

/* Compares in time that depends on len only. */
bval x4_crypto_equal(const void *a, const void *b, size_t len) x4m_must_use;

bval x4_crypto_has_hash(const x4s_crypto *crypto, x4e_hash hash);
bval x4_crypto_has_cipher(const x4s_crypto *crypto, x4e_cipher cipher, unsigned key_bits);
bval x4_crypto_has_group(const x4s_crypto *crypto, x4e_group group);

#endif
