/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/micro/key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "bench/micro/kit.h"

struct micro_key {
    uint8_t *private_der;
    uint8_t *public_der;
    uint8_t *cert_der;
    int private_len;
    int public_len;
    int cert_len;
};

static EVP_PKEY *make(const char *name)
{
    static const char rsa[] = "RSA-";
    if (strncmp(name, rsa, sizeof(rsa) - 1) != 0)
        return EVP_EC_gen(name);
    return EVP_RSA_gen((unsigned)strtoul(name + sizeof(rsa) - 1, NULL, 10));
}

/* Valid for a day. */
static X509 *certify(EVP_PKEY *pair)
{
    static const unsigned char name[] = "peer.example";
    X509 *cert = X509_new();
    X509_NAME *subject = X509_NAME_new();
    X509_EXTENSION *alt = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:peer.example");
    micro_must(cert && subject && alt && X509_set_version(cert, X509_VERSION_3) == 1 &&
                   ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
                   X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
                   X509_gmtime_adj(X509_getm_notAfter(cert), 86400) &&
                   X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, name, -1, -1,
                                              0) == 1 &&
                   X509_set_subject_name(cert, subject) == 1 &&
                   X509_set_issuer_name(cert, subject) == 1 && X509_set_pubkey(cert, pair) == 1 &&
                   X509_add_ext(cert, alt, -1) == 1 && X509_sign(cert, pair, EVP_sha256()) > 0,
               "making a certificate");
    X509_EXTENSION_free(alt);
    X509_NAME_free(subject);
    return cert;
}

struct micro_key *micro_key_new(const char *name)
{
    struct micro_key *key = micro_alloc(sizeof(*key));
    EVP_PKEY *pair = make(name);
    micro_must(pair != NULL, "making a key");
    key->private_len = i2d_PrivateKey(pair, &key->private_der);
    key->public_len = i2d_PUBKEY(pair, &key->public_der);
    X509 *cert = certify(pair);
    key->cert_len = i2d_X509(cert, &key->cert_der);
    micro_must(key->private_len > 0 && key->public_len > 0 && key->cert_len > 0, "encoding a key");
    X509_free(cert);
    EVP_PKEY_free(pair);
    return key;
}

void micro_key_free(struct micro_key *key)
{
    if (!key)
        return;
    OPENSSL_free(key->private_der);
    OPENSSL_free(key->public_der);
    OPENSSL_free(key->cert_der);
    free(key);
}

x4s_chunk micro_key_private(const struct micro_key *key)
{
    return (x4s_chunk){key->private_der, (size_t)key->private_len};
}

x4s_chunk micro_key_public(const struct micro_key *key)
{
    return (x4s_chunk){key->public_der, (size_t)key->public_len};
}

x4s_chunk micro_key_cert(const struct micro_key *key)
{
    return (x4s_chunk){key->cert_der, (size_t)key->cert_len};
}
