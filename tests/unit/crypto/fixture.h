/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CRYPTO_FIXTURE_H
#define TESTS_UNIT_CRYPTO_FIXTURE_H

/*
 * Keys, certificates and CRLs, made by OpenSSL while the test runs. Everything here asserts that it
 * succeeds. Include it after cmocka.h.
 */

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "x4/crypto/cert.h"
#include "x4/crypto/dn.h"
#include "x4/crypto/trust.h"

/* 2023-11-14 22:13:20 UTC: the time at which all fixtures are valid unless said otherwise. */
#define FIXTURE_NOW INT64_C(1700000000)
#define FIXTURE_DAY INT64_C(86400)

typedef struct fixture_der {
    uint8_t data[x4c_cert_size_max];
    size_t len;
} fixture_der;

static inline x4s_chunk fixture_chunk(const fixture_der *der)
{
    return (x4s_chunk){.data = der->data, .len = der->len};
}

/* Takes what OpenSSL allocated. */
static inline fixture_der fixture_take(uint8_t *data, int len)
{
    fixture_der der = {0};
    assert_true(len > 0 && (size_t)len <= sizeof(der.data));
    memcpy(der.data, data, (size_t)len);
    der.len = (size_t)len;
    OPENSSL_free(data);
    return der;
}

/* ------------------------------------------------------------------ keys */

static inline EVP_PKEY *fixture_rsa_with(size_t bits, unsigned exponent)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = BN_new();
    assert_true(ctx && e && BN_set_word(e, exponent));
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &pkey), 1);
    BN_free(e);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static inline EVP_PKEY *fixture_rsa(size_t bits)
{
    return fixture_rsa_with(bits, 65537);
}

static inline EVP_PKEY *fixture_ec(const char *curve)
{
    EVP_PKEY *pkey = EVP_EC_gen(curve);
    assert_non_null(pkey);
    return pkey;
}

static inline fixture_der fixture_spki(const EVP_PKEY *pkey)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    return fixture_take(der, len);
}

/* PKCS#1 or SEC 1. */
static inline fixture_der fixture_private(const EVP_PKEY *pkey)
{
    uint8_t *der = NULL;
    int len = i2d_PrivateKey(pkey, &der);
    return fixture_take(der, len);
}

static inline fixture_der fixture_pkcs8(const EVP_PKEY *pkey)
{
    uint8_t *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    assert_non_null(info);
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    PKCS8_PRIV_KEY_INFO_free(info);
    return fixture_take(der, len);
}

/* The same, encrypted with AES-256 and PBKDF2. */
static inline fixture_der fixture_pkcs8_encrypted(const EVP_PKEY *pkey, const char *passphrase)
{
    uint8_t *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    assert_non_null(info);
    X509_SIG *sealed = PKCS8_encrypt(-1, EVP_aes_256_cbc(), passphrase, (int)strlen(passphrase),
                                     NULL, 0, 1000, info);
    assert_non_null(sealed);
    int len = i2d_X509_SIG(sealed, &der);
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(info);
    return fixture_take(der, len);
}

/* A public RSA key of these numbers, whether they make sense or not, as SubjectPublicKeyInfo. */
static inline EVP_PKEY *fixture_rsa_public(const BIGNUM *n, const BIGNUM *e)
{
    uint8_t n_bytes[2048];
    uint8_t e_bytes[256];
    int n_len = BN_bn2nativepad(n, n_bytes, BN_num_bytes(n));
    int e_len = BN_bn2nativepad(e, e_bytes, BN_is_zero(e) ? 1 : BN_num_bytes(e));
    OSSL_PARAM params[] = {
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, n_bytes, (size_t)n_len),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, e_bytes, (size_t)e_len),
        OSSL_PARAM_END,
    };
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* ------------------------------------------------------------------ certificates */

/*
 * What a certificate shall be. Without an issuer it signs itself. `key_usage` and `alt_name` are
 * OpenSSL's configuration syntax: "digitalSignature", "DNS:a.example,IP:192.0.2.1".
 */
typedef struct fixture_cert {
    const char *subject;
    EVP_PKEY *key;
    X509 *issuer;
    EVP_PKEY *issuer_key;
    bval ca;
    const char *key_usage;
    const char *ext_key_usage; /* "OCSPSigning" */
    const char *crl_uri;       /* "URI:http://..." */
    const char *ocsp_uri;
    const char *alt_name;
    const char *critical_oid; /* an extension that nobody knows */
    const char *hash;         /* SHA2-256 unless set */
    int64_t not_before;       /* a day before FIXTURE_NOW unless set */
    int64_t not_after;        /* a day after it unless set */
    long serial;
} fixture_cert;

static inline X509_NAME *fixture_name(const char *text)
{
    uint8_t der[x4c_dn_size_max];
    size_t len;
    const char *error;
    const uint8_t *pos = der;
    assert_true(x4_dn_parse(text, der, sizeof(der), &len, &error));
    X509_NAME *name = d2i_X509_NAME(NULL, &pos, (long)len);
    assert_non_null(name);
    return name;
}

static inline void fixture_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline void fixture_unknown_extension(X509 *x509, const char *oid)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_int_equal(ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x05\x00", 2), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

static inline X509 *fixture_x509(const fixture_cert *wanted)
{
    X509 *x509 = X509_new();
    X509_NAME *name = fixture_name(wanted->subject);
    X509 *issuer = wanted->issuer ? wanted->issuer : x509;
    int64_t from = wanted->not_before ? wanted->not_before : FIXTURE_NOW - FIXTURE_DAY;
    int64_t to = wanted->not_after ? wanted->not_after : FIXTURE_NOW + FIXTURE_DAY;

    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), wanted->serial ? wanted->serial : 1);
    X509_set_subject_name(x509, name);
    X509_set_issuer_name(x509, wanted->issuer ? X509_get_subject_name(wanted->issuer) : name);
    ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)from);
    ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)to);
    X509_set_pubkey(x509, wanted->key);
    fixture_extension(x509, issuer, NID_subject_key_identifier, "hash");
    if (wanted->ca)
        fixture_extension(x509, issuer, NID_basic_constraints, "critical,CA:TRUE");
    if (wanted->key_usage)
        fixture_extension(x509, issuer, NID_key_usage, wanted->key_usage);
    if (wanted->ext_key_usage)
        fixture_extension(x509, issuer, NID_ext_key_usage, wanted->ext_key_usage);
    if (wanted->crl_uri)
        fixture_extension(x509, issuer, NID_crl_distribution_points, wanted->crl_uri);
    if (wanted->ocsp_uri)
        fixture_extension(x509, issuer, NID_info_access, wanted->ocsp_uri);
    if (wanted->alt_name)
        fixture_extension(x509, issuer, NID_subject_alt_name, wanted->alt_name);
    if (wanted->critical_oid)
        fixture_unknown_extension(x509, wanted->critical_oid);
    EVP_PKEY *signer = wanted->issuer ? wanted->issuer_key : wanted->key;
    EVP_MD *md = EVP_MD_fetch(NULL, wanted->hash ? wanted->hash : "SHA2-256", NULL);
    assert_true(X509_sign(x509, signer, md) > 0);
    EVP_MD_free(md);
    X509_NAME_free(name);
    return x509;
}

static inline fixture_der fixture_x509_der(const X509 *x509)
{
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    return fixture_take(der, len);
}

static inline x4s_cert *fixture_parse(x4s_crypto *crypto, const X509 *x509)
{
    const char *error = NULL;
    fixture_der der = fixture_x509_der(x509);
    x4s_cert *cert = x4_cert_new(crypto, fixture_chunk(&der), &error);
    assert_null(cert ? NULL : error);
    return cert;
}

/* ------------------------------------------------------------------ CRLs */

typedef struct fixture_crl {
    X509 *issuer;
    EVP_PKEY *issuer_key;
    long revoked; /* a serial number, or 0 */
    const char *hash;
    int64_t this_update; /* a day before FIXTURE_NOW unless set */
    int64_t next_update; /* a day after it unless set */
    bval delta;
    const char *scope; /* an issuingDistributionPoint: "onlyCA:TRUE" */
} fixture_crl;

static inline void fixture_revoke(X509_CRL *crl, long serial, const ASN1_TIME *when)
{
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_INTEGER_set(number, serial);
    X509_REVOKED_set_serialNumber(revoked, number);
    ASN1_TIME *copy = ASN1_STRING_dup(when);
    X509_REVOKED_set_revocationDate(revoked, copy);
    assert_int_equal(X509_CRL_add0_revoked(crl, revoked), 1);
    ASN1_TIME_free(copy);
    ASN1_INTEGER_free(number);
}

static inline void fixture_crl_number(X509_CRL *crl, int nid)
{
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_INTEGER_set(number, 1);
    assert_int_equal(X509_CRL_add1_ext_i2d(crl, nid, number, nid == NID_delta_crl, 0), 1);
    ASN1_INTEGER_free(number);
}

static inline void fixture_crl_scope(X509_CRL *crl, const char *scope)
{
    char text[128];
    X509V3_CTX ctx;
    snprintf(text, sizeof(text), "critical,%s", scope);
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, NULL, NULL, NULL, crl, 0);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &ctx, NID_issuing_distribution_point, text);
    assert_non_null(extension);
    assert_int_equal(X509_CRL_add_ext(crl, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline void fixture_crl_issuer(X509_CRL *crl, X509 *issuer)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
    assert_non_null(extension);
    assert_int_equal(X509_CRL_add_ext(crl, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline fixture_der fixture_crl_der(const fixture_crl *wanted)
{
    X509_CRL *crl = X509_CRL_new();
    int64_t from = wanted->this_update ? wanted->this_update : FIXTURE_NOW - FIXTURE_DAY;
    int64_t to = wanted->next_update ? wanted->next_update : FIXTURE_NOW + FIXTURE_DAY;
    ASN1_TIME *first = ASN1_TIME_set(NULL, (time_t)from);
    ASN1_TIME *next = ASN1_TIME_set(NULL, (time_t)to);
    EVP_MD *md = EVP_MD_fetch(NULL, wanted->hash ? wanted->hash : "SHA2-256", NULL);

    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(wanted->issuer));
    X509_CRL_set1_lastUpdate(crl, first);
    X509_CRL_set1_nextUpdate(crl, next);
    fixture_crl_number(crl, NID_crl_number);
    fixture_crl_issuer(crl, wanted->issuer);
    if (wanted->delta)
        fixture_crl_number(crl, NID_delta_crl);
    if (wanted->scope)
        fixture_crl_scope(crl, wanted->scope);
    if (wanted->revoked)
        fixture_revoke(crl, wanted->revoked, first);
    assert_true(X509_CRL_sign(crl, wanted->issuer_key, md) > 0);

    uint8_t *der = NULL;
    int len = i2d_X509_CRL(crl, &der);
    EVP_MD_free(md);
    ASN1_TIME_free(first);
    ASN1_TIME_free(next);
    X509_CRL_free(crl);
    return fixture_take(der, len);
}

/* ------------------------------------------------------------------ OCSP */

/* A response about one certificate. */
typedef struct fixture_ocsp {
    X509 *about;
    X509 *issuer; /* of that */
    X509 *signer;
    EVP_PKEY *signer_key;
    int status; /* V_OCSP_CERTSTATUS_... */
    const char *hash;
    int64_t this_update; /* a day before FIXTURE_NOW unless set */
    int64_t next_update; /* a day after it unless set; -1: none */
    bval alone;          /* without the signer's certificate */
} fixture_ocsp;

static inline fixture_der fixture_ocsp_der(const fixture_ocsp *wanted)
{
    int64_t from = wanted->this_update ? wanted->this_update : FIXTURE_NOW - FIXTURE_DAY;
    int64_t to = wanted->next_update ? wanted->next_update : FIXTURE_NOW + FIXTURE_DAY;
    ASN1_TIME *first = ASN1_TIME_set(NULL, (time_t)from);
    ASN1_TIME *next = to > 0 ? ASN1_TIME_set(NULL, (time_t)to) : NULL;
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, wanted->about, wanted->issuer);
    const bval revoked = wanted->status == V_OCSP_CERTSTATUS_REVOKED;
    const EVP_MD *md = EVP_get_digestbyname(wanted->hash ? wanted->hash : "SHA256");

    assert_non_null(OCSP_basic_add1_status(basic, id, wanted->status, OCSP_REVOKED_STATUS_NOSTATUS,
                                           revoked ? first : NULL, first, next));
    assert_int_equal(OCSP_basic_sign(basic, wanted->signer, wanted->signer_key, md, NULL,
                                     wanted->alone ? OCSP_NOCERTS : 0),
                     1);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    uint8_t *der = NULL;
    int len = i2d_OCSP_RESPONSE(response, &der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(first);
    ASN1_TIME_free(next);
    return fixture_take(der, len);
}

#endif
