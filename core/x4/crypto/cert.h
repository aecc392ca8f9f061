/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_CERT_H
#define X4_CRYPTO_CERT_H

/*
 * X.509 certificates: what stands in them, in which forms CERT payloads carry them, and which of
 * ours answers a CERT_REQUEST. Whom a certificate is believed is told by x4/crypto/trust.h.
 *
 * Certificates belong to the instance whose x4s_crypto made them. They never change, and what is
 * asked of them is theirs. Errors are texts in static storage.
 */

#include "x4/crypto/key.h"

#define x4c_cert_size_max  16384 /* bytes of DER */
#define x4c_cert_pkcs7_max 65535 /* bytes of PKCS#7: no payload has more */
#define x4c_cert_chain_max 8     /* certificates that one side may send */

/* Certificate Encoding of CERT and CERT_REQUEST payloads, RFC 2408 3.9. */
typedef enum x4e_cert_encoding {
    x4c_cert_pkcs7 = 1,     /* SignedData with certificates only */
    x4c_cert_x509_sign = 4, /* one certificate */
    x4c_cert_crl = 7,
} x4e_cert_encoding;

typedef struct x4s_cert x4s_cert;

/*
 * A certificate from DER without bytes behind it. NULL and *error for what is none, for one with a
 * key that x4/crypto/key.h does not accept, with malformed dates, names or subjectAltName, and
 * without memory. It says nothing about trust.
 */
x4s_cert *x4_cert_new(x4s_crypto *crypto, x4s_chunk der, const char **error) x4m_must_use;

/* The same one once more, which is to be released once more. */
x4s_cert *x4_cert_share(x4s_cert *cert) x4m_must_use;

/* Ends with the last that shares it; NULL is ignored. */
void x4_cert_free(x4s_cert *cert);

/* What it was made from. */
x4s_chunk x4_cert_der(const x4s_cert *cert);

/* Names in DER, see x4/crypto/dn.h. */
x4s_chunk x4_cert_subject(const x4s_cert *cert);
x4s_chunk x4_cert_issuer(const x4s_cert *cert);

const x4s_public_key *x4_cert_key(const x4s_cert *cert);

/* The period of validity, both ends included, in seconds since 1970-01-01 00:00:00 UTC. */
int64_t x4_cert_not_before(const x4s_cert *cert);
int64_t x4_cert_not_after(const x4s_cert *cert);

/* It may sign other certificates: basicConstraints says so, or it is an old self-signed one. */
bval x4_cert_is_ca(const x4s_cert *cert);

/* keyUsage is absent, or has digitalSignature or nonRepudiation (RFC 4945 5.1.3.2). */
bval x4_cert_may_sign(const x4s_cert *cert);

/*
 * Tells whether the certificate is one of this identity. `type` and `data` are those of the ID
 * payload (RFC 2407 4.6.2.1, without the DOI-specific prefix of protocol and port):
 *
 *     ID_IPV4_ADDR, ID_IPV6_ADDR   an iPAddress of subjectAltName has these bytes
 *     ID_FQDN                      a dNSName is the same, without regard to ASCII case; asterisks
 *                                  in certificates stand for nothing
 *     ID_USER_FQDN                 an rfc822Name is the same, without regard to ASCII case
 *     ID_DER_ASN1_DN               the subject is equal (x4_dn_equal)
 *     ID_DER_ASN1_GN               subjectAltName has this GeneralName
 *
 * All other types, and empty data: bfalse. The subject's CN is never taken for a host name.
 */
bval x4_cert_speaks_for(const x4s_cert *cert, uint8_t type, x4s_chunk data) x4m_must_use;

/* ------------------------------------------------------------------ PKCS#7 */

/*
 * The certificates of a PKCS#7 SignedData (CERT payload of type 1), in its order. Fills `certs`
 * with *count new certificates, 1 to `max`, which are the caller's. bfalse and *error, with none
 * left: it is no SignedData, has no certificates or more than max, or one that x4_cert_new refuses.
 */
bval x4_cert_pkcs7_read(x4s_crypto *crypto, x4s_chunk data, x4s_cert **certs, size_t max,
                        size_t *count, const char **error) x4m_must_use;

/* Writes them as one; *len is what it took of `size` bytes. bfalse without room or memory. */
bval x4_cert_pkcs7_write(const x4s_cert *const *certs, size_t count, uint8_t *data, size_t size,
                         size_t *len) x4m_must_use;

/* ------------------------------------------------------------------ CERT_REQUEST */

/* One of our certificates, first, and those between it and a CA, which are sent with it. */
typedef struct x4s_cert_chain {
    const x4s_cert *const *certs;
    size_t count;
} x4s_cert_chain;

/* A CERT_REQUEST payload of the peer's: type, and DN of a CA or nothing (RFC 2408 3.10). */
typedef struct x4s_cert_request {
    uint8_t encoding;
    x4s_chunk authority;
} x4s_cert_request;

/*
 * Tells whether the chain answers the request: the encoding is one of X.509 or PKCS#7, and the
 * authority is empty or the issuer of one of the chain's certificates.
 */
bval x4_cert_answers(const x4s_cert_chain *chain, const x4s_cert_request *request) x4m_must_use;

#define x4c_cert_no_choice SIZE_MAX

/*
 * The index of the first of our chains that answers any of the requests; without requests the
 * first. x4c_cert_no_choice if there is none.
 */
size_t x4_cert_choose(const x4s_cert_chain *chains, size_t count, const x4s_cert_request *requests,
                      size_t request_count) x4m_must_use;

#endif
