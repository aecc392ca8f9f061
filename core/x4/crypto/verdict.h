/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_VERDICT_H
#define X4_CRYPTO_VERDICT_H

/*
 * What a store has said of a certificate, kept with the certificate, so that the signatures above
 * it are not verified anew each time that it is shown (x4/crypto/cert_cache.h). For
 * x4/crypto/trust.c alone.
 *
 * What is said depends on the certificates and lists in the store, on what came with the
 * certificate, and on the time. So a verdict is one of the store as it was - each change gives it
 * another number - and of the same company, and it counts from when it was passed until the first
 * moment at which anything that it rests on begins or ends to be valid. Refusals are not kept: who
 * tries again pays with a handshake.
 */

#include "x4/crypto/internal.h"

/* Who says it, and in which company: SHA2-256 over the other certificates, zeroed without any. */
typedef struct x4s_verdict_case {
    uint64_t store; /* 0: nobody */
    uint8_t company[32];
} x4s_verdict_case;

struct x4s_verdict {
    x4s_verdict_case on;
    int64_t since;
    int64_t until; /* no more at that second */
};

/* A number that no store of the instance has had. */
uint64_t x4_verdict_store(x4s_crypto *crypto);

/* bfalse: OpenSSL does not have the hash, and nothing can be kept. */
bval x4_verdict_case(x4s_crypto *crypto, uint64_t store, const x4s_cert *const *chain, size_t count,
                     x4s_verdict_case *on) x4m_must_use;

/* Whether the certificate has a verdict on this, which counts now. */
bval x4_verdict_counts(const x4s_cert *cert, const x4s_verdict_case *on, int64_t now);

/*
 * It was believed, by this way up and with these lists at hand. Nothing is kept if it cannot be
 * told how long that will be so.
 */
void x4_verdict_keep(const x4s_cert *cert, const x4s_verdict_case *on, const STACK_OF(X509) * way,
                     const STACK_OF(X509_CRL) * crls, int64_t now);

#endif
