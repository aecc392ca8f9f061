/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/credentials.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/load/identity.h"
#include "bench/load/weak_rsa.h"
#include "x4/crypto/cert.h"

#define DAY_SEC 86400L

struct load_credentials {
    x4s_chunk chain[x4c_cert_chain_max]; /* from a file */
    size_t chain_count;
    x4s_chunk subject;
    x4s_chunk key_der;
    struct load_weak_rsa *weak;
    EVP_PKEY *public_key; /* what is certified */
    X509 *authority;
    EVP_PKEY *authority_key;
    x4s_chunk authority_name;
    uint32_t count;
    x4s_chunk *issued; /* empty: not yet */
};

static bool problem(char error[LOAD_CREDENTIAL_ERROR], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool problem(char error[LOAD_CREDENTIAL_ERROR], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, LOAD_CREDENTIAL_ERROR, format, arguments);
    va_end(arguments);
    return false;
}

/* ------------------------------------------------------------------ files */

static void chunk_free(x4s_chunk *chunk)
{
    OPENSSL_free((void *)(uintptr_t)chunk->data);
    *chunk = (x4s_chunk){0};
}

static x4s_chunk encoded(uint8_t *der, int len)
{
    return (x4s_chunk){.data = len > 0 ? der : NULL, .len = len > 0 ? (size_t)len : 0};
}

static x4s_chunk encode_cert(X509 *cert)
{
    uint8_t *der = NULL;
    int len = i2d_X509(cert, &der);
    return encoded(der, len);
}

static x4s_chunk encode_name(const X509_NAME *name)
{
    uint8_t *der = NULL;
    int len = i2d_X509_NAME(name, &der);
    return encoded(der, len);
}

static X509 *read_cert(const char *path, char error[LOAD_CREDENTIAL_ERROR])
{
    FILE *file = fopen(path, "re");
    X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    if (!cert)
        problem(error, "%s has no certificate in PEM", path);
    return cert;
}

static EVP_PKEY *read_key(const char *path, char error[LOAD_CREDENTIAL_ERROR])
{
    static char no_passphrase[] = "";
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, no_passphrase) : NULL;
    if (file)
        fclose(file);
    if (!key)
        problem(error, "%s has no private key in PEM without a passphrase", path);
    return key;
}

static bool read_chain(struct load_credentials *credentials, const char *path,
                       char error[LOAD_CREDENTIAL_ERROR])
{
    FILE *file = fopen(path, "re");
    while (file && credentials->chain_count < x4m_countof(credentials->chain)) {
        X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
        if (!cert)
            break;
        if (credentials->chain_count == 0)
            credentials->subject = encode_name(X509_get_subject_name(cert));
        credentials->chain[credentials->chain_count++] = encode_cert(cert);
        X509_free(cert);
    }
    if (file)
        fclose(file);
    return credentials->chain_count > 0 || problem(error, "%s has no certificate in PEM", path);
}

static bool take_key(struct load_credentials *credentials, const char *path,
                     char error[LOAD_CREDENTIAL_ERROR])
{
    credentials->public_key = read_key(path, error);
    if (!credentials->public_key)
        return false;
    uint8_t *der = NULL;
    int len = i2d_PrivateKey(credentials->public_key, &der);
    credentials->key_der = encoded(der, len);
    return len > 0 || problem(error, "%s: the key cannot be encoded", path);
}

/* ------------------------------------------------------------------ issuing */

static bool make_weak_key(struct load_credentials *credentials, char error[LOAD_CREDENTIAL_ERROR])
{
    credentials->weak = load_weak_rsa_new();
    if (!credentials->weak)
        return problem(error, "no RSA key could be made");
    x4s_chunk spki = load_weak_rsa_public(credentials->weak);
    const uint8_t *der = spki.data;
    credentials->public_key = d2i_PUBKEY(NULL, &der, (long)spki.len);
    return credentials->public_key != NULL || problem(error, "no RSA key could be made");
}

static bool add_extension(X509 *cert, int number, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, number, value);
    bool added = extension && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool describe(const struct load_credentials *credentials, X509 *cert, uint32_t n,
                     const x4s_ike_id *id)
{
    char alternative[LOAD_IDENTITY_NAME_MAX + 8];
    snprintf(alternative, sizeof(alternative), "DNS:%.*s", (int)id->data.len,
             (const char *)id->data.data);
    X509_NAME *name = X509_get_subject_name(cert);
    return X509_set_version(cert, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), (uint64_t)n + 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_SEC) &&
           X509_gmtime_adj(X509_getm_notAfter(cert), 30 * DAY_SEC) &&
           X509_set_issuer_name(cert, X509_get_subject_name(credentials->authority)) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, id->data.data, (int)id->data.len,
                                      -1, 0) == 1 &&
           X509_set_pubkey(cert, credentials->public_key) == 1 &&
           add_extension(cert, NID_subject_alt_name, alternative);
}

static x4s_chunk issue(const struct load_credentials *credentials, const char *prefix, uint32_t n)
{
    char text[LOAD_IDENTITY_NAME_MAX];
    x4s_ike_id id = load_identity_numbered(prefix, n, text);
    X509 *cert = X509_new();
    x4s_chunk der = {0};
    if (cert && describe(credentials, cert, n, &id) &&
        X509_sign(cert, credentials->authority_key, EVP_sha256()) > 0)
        der = encode_cert(cert);
    X509_free(cert);
    return der;
}

bool load_credentials_prepare(struct load_credentials *credentials, const char *prefix,
                              uint32_t count)
{
    for (uint32_t n = 0; n < count && n < credentials->count; n++) {
        if (!credentials->issued[n].data)
            credentials->issued[n] = issue(credentials, prefix, n);
        if (!credentials->issued[n].data)
            return false;
    }
    return true;
}

static bool open_authority(struct load_credentials *credentials,
                           const struct load_credential_files *files, uint32_t count,
                           char error[LOAD_CREDENTIAL_ERROR])
{
    credentials->authority = read_cert(files->ca, error);
    if (!credentials->authority)
        return false;
    credentials->authority_name = encode_name(X509_get_subject_name(credentials->authority));
    if (!files->ca_key)
        return true;
    credentials->authority_key = read_key(files->ca_key, error);
    if (!credentials->authority_key)
        return false;
    credentials->count = count;
    credentials->issued = calloc(count, sizeof(*credentials->issued));
    return credentials->issued || problem(error, "out of memory for %u certificates", count);
}

/* ------------------------------------------------------------------ interface */

static bool open_all(struct load_credentials *credentials,
                     const struct load_credential_files *files, uint32_t count,
                     char error[LOAD_CREDENTIAL_ERROR])
{
    if (files->ca && !open_authority(credentials, files, count, error))
        return false;
    if (files->cert && !read_chain(credentials, files->cert, error))
        return false;
    if (files->key)
        return take_key(credentials, files->key, error);
    return !credentials->authority_key || make_weak_key(credentials, error);
}

struct load_credentials *load_credentials_new(const struct load_credential_files *files,
                                              uint32_t count, char error[LOAD_CREDENTIAL_ERROR])
{
    struct load_credentials *credentials = calloc(1, sizeof(*credentials));
    if (!credentials) {
        problem(error, "out of memory");
        return NULL;
    }
    if (open_all(credentials, files, count, error))
        return credentials;
    load_credentials_free(credentials);
    return NULL;
}

void load_credentials_free(struct load_credentials *credentials)
{
    if (!credentials)
        return;
    for (size_t i = 0; i < credentials->chain_count; i++)
        chunk_free(&credentials->chain[i]);
    for (uint32_t n = 0; n < credentials->count && credentials->issued; n++)
        chunk_free(&credentials->issued[n]);
    free(credentials->issued);
    chunk_free(&credentials->subject);
    chunk_free(&credentials->key_der);
    chunk_free(&credentials->authority_name);
    EVP_PKEY_free(credentials->public_key);
    EVP_PKEY_free(credentials->authority_key);
    X509_free(credentials->authority);
    load_weak_rsa_free(credentials->weak);
    free(credentials);
}

bool load_credentials_issue(const struct load_credentials *credentials)
{
    return credentials->authority_key != NULL;
}

x4s_chunk load_credentials_subject(const struct load_credentials *credentials)
{
    return credentials->subject;
}

bool load_credentials_certs(const struct load_credentials *credentials, uint32_t n,
                            x4s_ike_certs *certs)
{
    if (credentials->count > 0)
        *certs = (x4s_ike_certs){.list = &credentials->issued[n % credentials->count], .count = 1};
    else
        *certs = (x4s_ike_certs){.list = credentials->chain, .count = credentials->chain_count};
    return certs->count > 0 && certs->list[0].data;
}

bool load_credentials_key(const struct load_credentials *credentials, x4s_ike_prikey *key)
{
    *key = (x4s_ike_prikey){.der = credentials->key_der};
    if (credentials->weak) {
        key->der = load_weak_rsa_public(credentials->weak);
        key->holder = load_weak_rsa_holder(credentials->weak);
    }
    return key->der.data != NULL;
}

const x4s_chunk *load_credentials_authorities(const struct load_credentials *credentials,
                                              size_t *count)
{
    *count = 1;
    return &credentials->authority_name;
}
