/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/pkcs7.h>

#include "x4/crypto/cert.h"
#include "x4/crypto/internal.h"

typedef STACK_OF(X509) cert_stack;

static PKCS7 *decode(x4s_chunk data)
{
    const uint8_t *pos = data.data;
    PKCS7 *p7 = d2i_PKCS7(NULL, &pos, (long)data.len);
    if (!p7 || (pos == data.data + data.len && PKCS7_type_is_signed(p7) && p7->d.sign))
        return p7;
    PKCS7_free(p7);
    return NULL;
}

/* One of the bundle's certificates, by way of DER: it has to pass what every other one has to. */
static x4s_cert *from_x509(x4s_crypto *crypto, X509 *x509, const char **error)
{
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    x4s_cert *cert = NULL;
    *error = "out of memory";
    if (len > 0)
        cert = x4_cert_new(crypto, (x4s_chunk){.data = der, .len = (size_t)len}, error);
    OPENSSL_free(der);
    return cert;
}

static const char *read_all(x4s_crypto *crypto, const cert_stack *bundle, x4s_cert **certs,
                            size_t max, size_t *count)
{
    int total = sk_X509_num(bundle); /* -1 for no stack */
    if (total <= 0)
        return "PKCS#7 without certificates";
    if ((size_t)total > max)
        return "PKCS#7 with too many certificates";
    for (int i = 0; i < total; i++) {
        const char *error;
        certs[*count] = from_x509(crypto, sk_X509_value(bundle, i), &error);
        if (!certs[*count])
            return error;
        ++*count;
    }
    return NULL;
}

bval x4_cert_pkcs7_read(x4s_crypto *crypto, x4s_chunk data, x4s_cert **certs, size_t max,
                        size_t *count, const char **error)
{
    *count = 0;
    PKCS7 *p7 = data.len && data.len <= x4c_cert_pkcs7_max ? decode(data) : NULL;
    *error = p7 ? read_all(crypto, p7->d.sign->cert, certs, max, count) : "not a PKCS#7 SignedData";
    PKCS7_free(p7);
    ERR_clear_error();
    if (!*error)
        return btrue;
    while (*count) {
        x4_cert_free(certs[--*count]);
        certs[*count] = NULL;
    }
    return bfalse;
}

static bval fill(PKCS7 *p7, const x4s_cert *const *certs, size_t count)
{
    if (PKCS7_set_type(p7, NID_pkcs7_signed) != 1)
        return bfalse;
    p7->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
    for (size_t i = 0; i < count; i++) {
        if (PKCS7_add_certificate(p7, certs[i]->x509) != 1)
            return bfalse;
    }
    return btrue;
}

bval x4_cert_pkcs7_write(const x4s_cert *const *certs, size_t count, uint8_t *data, size_t size,
                         size_t *len)
{
    PKCS7 *p7 = PKCS7_new();
    bval ok = p7 && fill(p7, certs, count);
    int needed = ok ? i2d_PKCS7(p7, NULL) : -1;
    ok = needed > 0 && (size_t)needed <= size && i2d_PKCS7(p7, &data) == needed;
    PKCS7_free(p7);
    *len = ok ? (size_t)needed : 0;
    return x4_crypto_result(ok);
}
