/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "bench/load/credentials.h"
#include "x4/crypto/cert.h"

#define YEAR_SEC 31536000L

static char cert_path[] = "/tmp/credentials-cert-XXXXXX";
static char key_path[] = "/tmp/credentials-key-XXXXXX";
static char error[LOAD_CREDENTIAL_ERROR];
static x4s_crypto *crypto;

static FILE *temporary(char *path)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    return file;
}

static void write_authority(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -100000);
    X509_gmtime_adj(X509_getm_notAfter(cert), YEAR_SEC);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"Root", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(cert, ca, -1);
    X509_EXTENSION_free(ca);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    FILE *file = temporary(cert_path);
    assert_int_equal(PEM_write_X509(file, cert), 1);
    fclose(file);
    X509_free(cert);
}

static int make(void **state)
{
    const char *text;
    (void)state;
    EVP_PKEY *key = EVP_RSA_gen(2048);
    assert_non_null(key);
    write_authority(key);
    FILE *file = temporary(key_path);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    EVP_PKEY_free(key);
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &text);
    return crypto ? 0 : -1;
}

static int unmake(void **state)
{
    (void)state;
    x4_crypto_free(crypto);
    unlink(cert_path);
    unlink(key_path);
    return 0;
}

static x4s_cert *cert_of(struct load_credentials *credentials, uint32_t n)
{
    x4s_ike_certs certs;
    const char *text;
    assert_true(load_credentials_certs(credentials, n, &certs));
    x4s_cert *cert = x4_cert_new(crypto, certs.list[0], &text);
    assert_non_null(cert);
    return cert;
}

/* Each identity has a certificate that libike believes, and the key of all fits it. */
static void test_issued(void **state)
{
    const struct load_credential_files files = {.ca = cert_path, .ca_key = key_path};
    x4s_ike_prikey key;
    (void)state;
    struct load_credentials *credentials = load_credentials_new(&files, 3, error);
    assert_non_null(credentials);
    assert_true(load_credentials_issue(credentials));
    assert_true(load_credentials_prepare(credentials, "peer", 3));
    x4s_cert *cert = cert_of(credentials, 2);
    assert_true(x4_cert_speaks_for(cert, x4c_ike_id_fqdn,
                                   (x4s_chunk){(const uint8_t *)"peer-000002.example", 19}));
    assert_true(load_credentials_key(credentials, &key));
    assert_non_null(key.holder);
    x4s_chunk spki = x4_public_key_der(x4_cert_key(cert));
    assert_int_equal(spki.len, key.der.len);
    assert_memory_equal(spki.data, key.der.data, spki.len);
    x4_cert_free(cert);

    cert = cert_of(credentials, 5); /* they come round */
    assert_true(x4_cert_speaks_for(cert, x4c_ike_id_fqdn,
                                   (x4s_chunk){(const uint8_t *)"peer-000002.example", 19}));
    size_t count;
    const x4s_chunk *authority = load_credentials_authorities(credentials, &count);
    assert_int_equal(count, 1);
    x4s_chunk issuer = x4_cert_issuer(cert);
    assert_int_equal(authority->len, issuer.len);
    assert_memory_equal(authority->data, issuer.data, issuer.len);
    x4_cert_free(cert);
    load_credentials_free(credentials);
}

static void test_from_files(void **state)
{
    const struct load_credential_files files = {.cert = cert_path, .key = key_path};
    x4s_ike_prikey key;
    const char *text;
    (void)state;
    struct load_credentials *credentials = load_credentials_new(&files, 1, error);
    assert_non_null(credentials);
    assert_false(load_credentials_issue(credentials));
    x4s_cert *cert = cert_of(credentials, 77);
    x4s_chunk subject = load_credentials_subject(credentials);
    assert_memory_equal(x4_cert_subject(cert).data, subject.data, subject.len);
    x4_cert_free(cert);
    assert_true(load_credentials_key(credentials, &key));
    assert_null(key.holder);
    x4s_private_key *real = x4_private_key_new(crypto, key.der, &text);
    assert_non_null(real);
    x4_private_key_free(real);
    load_credentials_free(credentials);
}

static void test_none(void **state)
{
    const struct load_credential_files files = {0};
    x4s_ike_certs certs;
    x4s_ike_prikey key;
    size_t count;
    (void)state;
    struct load_credentials *credentials = load_credentials_new(&files, 1, error);
    assert_non_null(credentials);
    assert_false(load_credentials_certs(credentials, 0, &certs));
    assert_false(load_credentials_key(credentials, &key));
    assert_int_equal(load_credentials_authorities(credentials, &count)->len, 0);
    assert_int_equal(load_credentials_subject(credentials).len, 0);
    load_credentials_free(credentials);
    load_credentials_free(NULL);
}

static void test_bad_files(void **state)
{
    const struct load_credential_files no_cert = {.cert = key_path};
    const struct load_credential_files no_key = {.key = cert_path};
    const struct load_credential_files nowhere = {.ca = "/nowhere"};
    (void)state;
    assert_null(load_credentials_new(&no_cert, 1, error));
    assert_non_null(strstr(error, "no certificate"));
    assert_null(load_credentials_new(&no_key, 1, error));
    assert_non_null(strstr(error, "no private key"));
    assert_null(load_credentials_new(&nowhere, 1, error));
    assert_non_null(strstr(error, "/nowhere"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_issued),
        cmocka_unit_test(test_from_files),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
