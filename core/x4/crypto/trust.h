/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_TRUST_H
#define X4_CRYPTO_TRUST_H

/*
 * Whom we believe: certification authorities, the certificates between them and peers, and what is
 * known of revoked ones: lists (CRLs) and OCSP responses. Verification is OpenSSL's (RFC 5280 6)
 * with the time as a parameter; nothing is fetched from a file or the network, and URIs in
 * certificates are not looked at.
 *
 * A CA that was added is an anchor, self-signed or not. Beyond RFC 5280: every key on the way is
 * one that x4/crypto/key.h accepts and no shorter than the policy says; no signature on the way
 * is over MD5 or weaker, nor over SHA-1 unless the policy says so; and the peer's certificate may
 * be used for signatures. Extended key usages do not matter (RFC 4945 5.1.3.12).
 *
 * A store belongs to the instance whose x4s_crypto made it, and is used serially like it.
 */

#include "x4/crypto/cert.h"

#define x4c_trust_depth_max 7           /* certificates between the peer's and the anchor */
#define x4c_trust_crl_max   (16U << 20) /* bytes of DER of one CRL */

/*
 * What it takes not to be revoked. One that a list or a response at hand, stale ones included, says
 * to be revoked is refused by all but the last; of several responses about it the newest counts.
 */
typedef enum x4e_trust_crl {
    x4c_trust_crl_soft,   /* no more than that */
    x4c_trust_crl_if_uri, /* as strict for certificates that say where such is to be had */
    x4c_trust_crl_strict, /* each certificate needs a fresh list, or a fresh response: good */
    x4c_trust_crl_ignore, /* lists and responses are not looked at */
} x4e_trust_crl;

typedef struct x4s_trust_policy {
    x4e_trust_crl crl;
    uint16_t rsa_bits_min; /* x4c_key_rsa_bits_min to _max; 0 means 2048 */
    bval sha1;             /* believe signatures over SHA-1 */
} x4s_trust_policy;

typedef struct x4s_trust x4s_trust;

/* An empty store; `policy` is copied. NULL without memory. */
x4s_trust *x4_trust_new(x4s_crypto *crypto, const x4s_trust_policy *policy) x4m_must_use;

/* NULL is ignored. */
void x4_trust_free(x4s_trust *trust);

/*
 * Adds an anchor. bfalse and *error if the certificate is no CA's, or without memory. The store
 * keeps what it needs; `cert` stays the caller's. One that is there already counts once.
 */
bval x4_trust_add_ca(x4s_trust *trust, const x4s_cert *cert, const char **error) x4m_must_use;

/* The same for a certificate that helps to build chains and has to be verified itself. */
bval x4_trust_add_intermediate(x4s_trust *trust, const x4s_cert *cert,
                               const char **error) x4m_must_use;

/*
 * Adds a CRL from DER, in place of the one that has the same issuer, key and scope. bfalse and
 * *error: it is none, is a delta CRL, is older than the one at hand, none of the certificates that
 * were added before has signed it (a stranger's CRL changes nothing, wherever it was fetched), or
 * there is no memory.
 */
bval x4_trust_add_crl(x4s_trust *trust, x4s_chunk der, const char **error) x4m_must_use;

/*
 * Adds an OCSP response from DER (RFC 6960), whoever fetched it; it may speak of several
 * certificates of one issuer. It has to be signed by their issuer, which is one of the certificates
 * that were added before, or by a certificate with id-kp-OCSPSigning that the issuer has made for
 * it and that comes with the response; whether that one was revoked is not looked at (RFC 6960
 * 4.2.2.2.1). A response of the future, or of a signer whose certificate is not valid at the time,
 * says nothing; one without nextUpdate is never fresh. bfalse and *error: it is none, reports an
 * error, is not signed so, or there is no memory.
 */
bval x4_trust_add_ocsp(x4s_trust *trust, x4s_chunk der, const char **error) x4m_must_use;

/* The subjects of the anchors in DER: what CERT_REQUEST payloads ask for. index < count. */
size_t x4_trust_ca_count(const x4s_trust *trust);
x4s_chunk x4_trust_ca_subject(const x4s_trust *trust, size_t index);

#define x4c_trust_reason 256

/*
 * Tells whether `chain[0]` is believed at `now` (seconds since 1970-01-01 00:00:00 UTC). The other
 * certificates are what the peer sent with it, in any order, x4c_cert_chain_max with the first at
 * most; they only help to reach an anchor. On refusal `reason` is a line for logs that names the
 * certificate at fault: "certificate has expired: C=CH, O=strongSwan, CN=moon". It holds nothing
 * but printable ASCII.
 *
 * That the peer is who it says to be is another question: x4_cert_speaks_for.
 */
bval x4_trust_verify(x4s_trust *trust, const x4s_cert *const *chain, size_t count, int64_t now,
                     char reason[x4c_trust_reason]) x4m_must_use;

#endif
