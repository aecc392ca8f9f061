/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_CERT_CACHE_H
#define X4_CRYPTO_CERT_CACHE_H

/*
 * Certificates that were read lately, by their bytes. OpenSSL 3.0 takes a tenth of a millisecond to
 * read one, half of what an RSA signature takes, and the same ones are read again and again: by
 * libike for the key and by its user to judge it, then whenever the peer makes phase 1 anew, and
 * those of the authorities below the anchors with every peer.
 *
 * It says nothing about trust: what is in it may be anybody's. A stranger who sends many can push
 * others out, which then cost as much as without it.
 *
 * A cache is used serially like the x4s_crypto that it was made with. An instance of libike and its
 * user share one where the same thread serves both.
 */

#include "x4/crypto/cert.h"

/* Longer ones are read anew each time: so much DER per certificate bounds the memory. */
#define x4c_cert_cache_der_max 4096

typedef struct x4s_cert_cache x4s_cert_cache;

/* With room for so many certificates, some 8 KiB each, 1 at least. NULL without memory. */
x4s_cert_cache *x4_cert_cache_new(x4s_crypto *crypto, size_t room) x4m_must_use;

/* NULL is ignored. Certificates that were taken out of it stay until they are released. */
void x4_cert_cache_free(x4s_cert_cache *cache);

/*
 * As x4_cert_new. It is the same object each time as long as it is at hand, and each time is to be
 * released by x4_cert_free. The one that was not asked for longest makes way for another.
 */
x4s_cert *x4_cert_cache_take(x4s_cert_cache *cache, x4s_chunk der, const char **error) x4m_must_use;

/* How many there are. */
size_t x4_cert_cache_count(const x4s_cert_cache *cache);

#endif
