/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/vectors/skeyid_case.h"

#include <string.h>

#include "x4/ike/skeyid.h"

static void check_secret(const vector_file *file, const x4s_secret *secret,
                         const vector_bytes *expected, const char *what)
{
    if (secret->len != expected->len || memcmp(secret->data, expected->data, expected->len) != 0)
        vector_fail(file, what);
}

static bval make_skeyid(x4s_crypto *crypto, const skeyid_case *c, x4s_secret *skeyid)
{
    x4s_chunk ni = vector_chunk(&c->ni);
    x4s_chunk nr = vector_chunk(&c->nr);
    switch (c->method) {
    case SKEYID_PSK:
        return x4_skeyid_psk(crypto, c->hash, vector_chunk(&c->psk), ni, nr, skeyid);
    case SKEYID_SIGNATURE:
        return x4_skeyid_signature(crypto, c->hash, ni, nr, vector_chunk(&c->gxy), skeyid);
    case SKEYID_PUBLIC_KEY:
        skeyid->len = (uint8_t)c->skeyid.len;
        memcpy(skeyid->data, c->skeyid.data, skeyid->len);
        return btrue;
    }
    return bfalse;
}

void skeyid_case_check(const vector_file *file, x4s_crypto *crypto, const skeyid_case *c)
{
    x4s_secret skeyid, d, a, e;
    uint8_t cookies[16];

    if (c->cky_i.len != 8 || c->cky_r.len != 8 || c->skeyid.len > x4c_secret_max)
        vector_fail(file, "wrong length of a field");
    memcpy(cookies, c->cky_i.data, 8);
    memcpy(cookies + 8, c->cky_r.data, 8);

    if (!make_skeyid(crypto, c, &skeyid))
        vector_fail(file, "SKEYID cannot be made");
    check_secret(file, &skeyid, &c->skeyid, "SKEYID differs");
    if (!x4_skeyid_derive(crypto, c->hash, &skeyid, vector_chunk(&c->gxy), cookies, &d, &a, &e))
        vector_fail(file, "the keys cannot be derived");
    check_secret(file, &d, &c->skeyid_d, "SKEYID_d differs");
    check_secret(file, &a, &c->skeyid_a, "SKEYID_a differs");
    check_secret(file, &e, &c->skeyid_e, "SKEYID_e differs");
}
