/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_OCSP_H
#define X4_CRYPTO_OCSP_H

/*
 * OCSP responses (RFC 6960) as x4/crypto/trust.c keeps them: read, authenticated, asked about one
 * certificate. Only for x4/crypto and its tests.
 */

#include <openssl/ocsp.h>

#include "x4/crypto/trust.h"

#define x4c_ocsp_size_max 65536 /* bytes of DER */

/* What a response says about a certificate; the numbers of RFC 6960 4.2.1 but for the first. */
typedef enum x4e_ocsp_status {
    x4c_ocsp_silent = -1, /* it is not about this one */
    x4c_ocsp_good = V_OCSP_CERTSTATUS_GOOD,
    x4c_ocsp_revoked = V_OCSP_CERTSTATUS_REVOKED,
    x4c_ocsp_unknown = V_OCSP_CERTSTATUS_UNKNOWN,
} x4e_ocsp_status;

typedef struct x4s_ocsp_answer {
    x4e_ocsp_status status;
    const ASN1_GENERALIZEDTIME *this_update;
    const ASN1_GENERALIZEDTIME *next_update; /* NULL: it does not say */
} x4s_ocsp_answer;

/* A successful basic response from DER; NULL and *error for anything else. */
OCSP_BASICRESP *x4_ocsp_read(x4s_chunk der, const char **error);

/*
 * Whether it is signed by the authority whose certificates it is about, or by a certificate with
 * id-kp-OCSPSigning that this authority has issued itself (RFC 6960 4.2.2.2), and that leads to an
 * anchor of the store. `certs`: where signers and what is above them are looked for, besides the
 * response. `now`: when all that has to be valid; NULL: that does not matter.
 */
bval x4_ocsp_authentic(OCSP_BASICRESP *response, X509_STORE *store, STACK_OF(X509) * certs,
                       const int64_t *now);

/* The certificate that has signed it, one of the response's or of `certs`; NULL: none. */
X509 *x4_ocsp_signer(OCSP_BASICRESP *response, STACK_OF(X509) * certs);

/* The NID of the hash that is signed. */
int x4_ocsp_hash(const OCSP_BASICRESP *response);

/* What it says about `cert` of `issuer`. The times are the response's. */
x4s_ocsp_answer x4_ocsp_ask(OCSP_BASICRESP *response, const X509 *cert, const X509 *issuer);

/* Whether an answer holds at `now`; one that does not say how long it does never does. */
bval x4_ocsp_fresh(const x4s_ocsp_answer *answer, int64_t now);

#endif
