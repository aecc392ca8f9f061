/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SKEYID_CASE_H
#define TESTS_SKEYID_CASE_H

/*
 * One published derivation of SKEYID, SKEYID_d, SKEYID_a and SKEYID_e.
 */

#include "tests/vectors/vector_file.h"
#include "x4/crypto/crypto.h"

typedef enum skeyid_method {
    SKEYID_PSK,
    SKEYID_SIGNATURE,
    SKEYID_PUBLIC_KEY, /* libike has no public-key encryption: from SKEYID on only */
} skeyid_method;

typedef struct skeyid_case {
    skeyid_method method;
    x4e_hash hash;
    vector_bytes cky_i;
    vector_bytes cky_r;
    vector_bytes ni;
    vector_bytes nr;
    vector_bytes gxy;
    vector_bytes psk;
    vector_bytes skeyid;
    vector_bytes skeyid_d;
    vector_bytes skeyid_a;
    vector_bytes skeyid_e;
} skeyid_case;

/* Fails the test where libike derives something else. */
void skeyid_case_check(const vector_file *file, x4s_crypto *crypto, const skeyid_case *c);

#endif
