/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/cert.h"

#include <string.h>

#include "x4/crypto/dn.h"
#include "x4/crypto/internal.h"
#include "x4/crypto/verdict.h"

/* ------------------------------------------------------------------ reading */

/* Seconds since the epoch without the C library's clock and calendar. */
bval x4_cert_seconds(const ASN1_TIME *time, int64_t *result)
{
    int days;
    int rest;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bval ok = epoch && ASN1_TIME_diff(&days, &rest, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    *result = ok ? (int64_t)days * 86400 + rest : 0;
    return ok;
}

static x4s_chunk name_der(const X509_NAME *name)
{
    const uint8_t *der;
    size_t len;
    if (X509_NAME_get0_der(name, &der, &len) != 1)
        return (x4s_chunk){0};
    return (x4s_chunk){.data = der, .len = len};
}

/* Absent, or there once and well-formed. */
static bval read_names(x4s_cert *cert)
{
    int critical;
    cert->names = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, &critical, NULL);
    return cert->names || critical == -1;
}

static const char *read_key(x4s_crypto *crypto, x4s_cert *cert)
{
    const char *error = "certificate has a malformed public key";
    uint8_t *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert->x509), &spki);
    EVP_PKEY *pkey = len > 0 ? X509_get_pubkey(cert->x509) : NULL;
    if (pkey)
        cert->key =
            x4_public_key_take(crypto, pkey, (x4s_chunk){.data = spki, .len = (size_t)len}, &error);
    OPENSSL_free(spki);
    return cert->key ? NULL : error;
}

static const char *read_all(x4s_crypto *crypto, x4s_cert *cert)
{
    const uint8_t *pos = cert->der;
    cert->x509 = d2i_X509(NULL, &pos, (long)cert->der_len);
    if (!cert->x509 || pos != cert->der + cert->der_len)
        return "not a certificate";
    if ((X509_get_extension_flags(cert->x509) & EXFLAG_INVALID) || !read_names(cert))
        return "certificate has malformed extensions";
    if (!x4_dn_valid(x4_cert_subject(cert)) || !x4_dn_valid(x4_cert_issuer(cert)))
        return "certificate has a malformed name";
    if (!x4_cert_seconds(X509_get0_notBefore(cert->x509), &cert->not_before) ||
        !x4_cert_seconds(X509_get0_notAfter(cert->x509), &cert->not_after))
        return "certificate has malformed dates";
    return read_key(crypto, cert);
}

x4s_cert *x4_cert_new(x4s_crypto *crypto, x4s_chunk der, const char **error)
{
    *error = "not a certificate";
    if (der.len == 0 || der.len > x4c_cert_size_max)
        return NULL;
    *error = "out of memory";
    x4s_cert *cert = x4_alloc(crypto->allocator, sizeof(*cert));
    if (!cert)
        return NULL;
    cert->allocator = crypto->allocator;
    cert->crypto = crypto;
    cert->shares = 1;
    cert->verdict = x4_alloc(crypto->allocator, sizeof(*cert->verdict));
    cert->der = x4_copy(crypto->allocator, der.data, der.len);
    cert->der_len = der.len;
    const char *fault = cert->verdict && cert->der ? read_all(crypto, cert) : "out of memory";
    ERR_clear_error();
    if (!fault)
        return cert;
    x4_cert_free(cert);
    *error = fault;
    return NULL;
}

x4s_cert *x4_cert_share(x4s_cert *cert)
{
    cert->shares++;
    return cert;
}

void x4_cert_free(x4s_cert *cert)
{
    if (!cert || --cert->shares)
        return;
    x4_public_key_free(cert->key);
    GENERAL_NAMES_free(cert->names);
    X509_free(cert->x509);
    x4_free(cert->allocator, cert->verdict, sizeof(*cert->verdict));
    x4_free(cert->allocator, cert->der, cert->der_len);
    x4_free(cert->allocator, cert, sizeof(*cert));
}

/* ------------------------------------------------------------------ what stands in it */

x4s_chunk x4_cert_der(const x4s_cert *cert)
{
    return (x4s_chunk){.data = cert->der, .len = cert->der_len};
}

x4s_chunk x4_cert_subject(const x4s_cert *cert)
{
    return name_der(X509_get_subject_name(cert->x509));
}

x4s_chunk x4_cert_issuer(const x4s_cert *cert)
{
    return name_der(X509_get_issuer_name(cert->x509));
}

const x4s_public_key *x4_cert_key(const x4s_cert *cert)
{
    return cert->key;
}

int64_t x4_cert_not_before(const x4s_cert *cert)
{
    return cert->not_before;
}

int64_t x4_cert_not_after(const x4s_cert *cert)
{
    return cert->not_after;
}

/* X509_check_ca: 1 for basicConstraints, 3 for self-signed of version 1; others are guesses. */
bval x4_cert_is_ca(const x4s_cert *cert)
{
    int kind = X509_check_ca(cert->x509);
    return kind == 1 || kind == 3;
}

bval x4_cert_may_sign(const x4s_cert *cert)
{
    /* All bits are set where the extension is absent. */
    return (X509_get_key_usage(cert->x509) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

/* ------------------------------------------------------------------ identities */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bval same_text(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (lower(a[i]) != lower(b[i]))
            return bfalse;
    }
    return btrue;
}

static bval same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
    return memcmp(a, b, len) == 0;
}

/* Which kind of GeneralName answers for a type of identity (RFC 2407 4.6.2.1). */
static const struct {
    uint8_t type;
    int kind;
    size_t len; /* 0: any */
    bval (*same)(const uint8_t *a, const uint8_t *b, size_t len);
} kinds[] = {
    {1, GEN_IPADD, 4, same_bytes},  /* ID_IPV4_ADDR */
    {2, GEN_DNS, 0, same_text},     /* ID_FQDN */
    {3, GEN_EMAIL, 0, same_text},   /* ID_USER_FQDN */
    {5, GEN_IPADD, 16, same_bytes}, /* ID_IPV6_ADDR */
};

#define ID_DER_ASN1_DN 9
#define ID_DER_ASN1_GN 10

static bval has_name(const x4s_cert *cert, size_t row, x4s_chunk data)
{
    if (kinds[row].len && kinds[row].len != data.len)
        return bfalse;
    for (int i = 0; i < sk_GENERAL_NAME_num(cert->names); i++) {
        int kind;
        const ASN1_STRING *value =
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(cert->names, i), &kind);
        if (kind == kinds[row].kind && (size_t)ASN1_STRING_length(value) == data.len &&
            kinds[row].same(ASN1_STRING_get0_data(value), data.data, data.len))
            return btrue;
    }
    return bfalse;
}

/* By its bytes: what a peer sends as a GeneralName is never parsed. */
static bval has_general_name(const x4s_cert *cert, x4s_chunk data)
{
    bval found = bfalse;
    for (int i = 0; i < sk_GENERAL_NAME_num(cert->names) && !found; i++) {
        uint8_t *der = NULL;
        int len = i2d_GENERAL_NAME(sk_GENERAL_NAME_value(cert->names, i), &der);
        found = len > 0 && (size_t)len == data.len && memcmp(der, data.data, data.len) == 0;
        OPENSSL_free(der);
    }
    return x4_crypto_result(found);
}

bval x4_cert_speaks_for(const x4s_cert *cert, uint8_t type, x4s_chunk data)
{
    if (data.len == 0)
        return bfalse;
    if (type == ID_DER_ASN1_DN)
        return x4_dn_equal(x4_cert_subject(cert), data);
    if (type == ID_DER_ASN1_GN)
        return has_general_name(cert, data);
    for (size_t i = 0; i < x4m_countof(kinds); i++) {
        if (kinds[i].type == type)
            return has_name(cert, i, data);
    }
    return bfalse;
}

/* ------------------------------------------------------------------ CERT_REQUEST */

bval x4_cert_answers(const x4s_cert_chain *chain, const x4s_cert_request *request)
{
    if (request->encoding != x4c_cert_x509_sign && request->encoding != x4c_cert_pkcs7)
        return bfalse;
    if (request->authority.len == 0)
        return chain->count > 0;
    for (size_t i = 0; i < chain->count; i++) {
        if (x4_dn_equal(x4_cert_issuer(chain->certs[i]), request->authority))
            return btrue;
    }
    return bfalse;
}

static bval answers_any(const x4s_cert_chain *chain, const x4s_cert_request *requests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (x4_cert_answers(chain, &requests[i]))
            return btrue;
    }
    return count == 0;
}

size_t x4_cert_choose(const x4s_cert_chain *chains, size_t count, const x4s_cert_request *requests,
                      size_t request_count)
{
    for (size_t i = 0; i < count; i++) {
        if (answers_any(&chains[i], requests, request_count))
            return i;
    }
    return x4c_cert_no_choice;
}
