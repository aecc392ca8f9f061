/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/verdict.h"

#include <string.h>

#include "x4/crypto/hash.h"

uint64_t x4_verdict_store(x4s_crypto *crypto)
{
    return ++crypto->stores;
}

bval x4_verdict_case(x4s_crypto *crypto, uint64_t store, const x4s_cert *const *chain, size_t count,
                     x4s_verdict_case *on)
{
    x4s_chunk parts[2 * x4c_cert_chain_max];
    size_t used = 0;
    *on = (x4s_verdict_case){.store = store};
    for (size_t i = 1; i < count; i++) {
        parts[used++] = (x4s_chunk){(const uint8_t *)&chain[i]->der_len, sizeof(chain[i]->der_len)};
        parts[used++] = (x4s_chunk){chain[i]->der, chain[i]->der_len};
    }
    if (used == 0)
        return btrue;
    return x4_crypto_has_hash(crypto, x4c_hash_sha256) &&
           x4_hash(crypto, x4c_hash_sha256, parts, used, on->company);
}

bval x4_verdict_counts(const x4s_cert *cert, const x4s_verdict_case *on, int64_t now)
{
    const x4s_verdict *verdict = cert->verdict;
    return verdict->on.store == on->store && now >= verdict->since && now < verdict->until &&
           memcmp(verdict->on.company, on->company, sizeof(on->company)) == 0;
}

/*
 * Brings the end forward to `time`. OpenSSL and RFC 5280 differ on whether the last second belongs
 * to the period, so the one after it is a boundary, too.
 */
static bval narrow(int64_t *until, const ASN1_TIME *time, int64_t now)
{
    int64_t boundary;
    if (!time)
        return btrue;
    if (!x4_cert_seconds(time, &boundary))
        return bfalse;
    if (boundary == now)
        boundary++;
    if (boundary > now && boundary < *until)
        *until = boundary;
    return btrue;
}

/* 0 if it cannot be told. */
static int64_t end_of(const STACK_OF(X509) * way, const STACK_OF(X509_CRL) * crls, int64_t now)
{
    int64_t until = INT64_MAX;
    bval told = btrue;
    for (int i = 0; told && i < sk_X509_num(way); i++) {
        const X509 *x509 = sk_X509_value(way, i);
        told = narrow(&until, X509_get0_notBefore(x509), now) &&
               narrow(&until, X509_get0_notAfter(x509), now);
    }
    for (int i = 0; told && i < sk_X509_CRL_num(crls); i++) {
        const X509_CRL *crl = sk_X509_CRL_value(crls, i);
        told = narrow(&until, X509_CRL_get0_lastUpdate(crl), now) &&
               narrow(&until, X509_CRL_get0_nextUpdate(crl), now);
    }
    return told ? until : 0;
}

void x4_verdict_keep(const x4s_cert *cert, const x4s_verdict_case *on, const STACK_OF(X509) * way,
                     const STACK_OF(X509_CRL) * crls, int64_t now)
{
    *cert->verdict = (x4s_verdict){*on, now, end_of(way, crls, now)};
}
