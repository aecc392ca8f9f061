/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "x4/crypto/internal.h"
#include "x4/crypto/key.h"

static X509_SIG *decode(x4s_chunk der)
{
    const uint8_t *pos = der.data;
    X509_SIG *sealed = NULL;
    if (der.len && der.len <= x4c_key_der_max)
        sealed = d2i_X509_SIG(NULL, &pos, (long)der.len);
    ERR_clear_error();
    if (!sealed || pos == der.data + der.len)
        return sealed;
    X509_SIG_free(sealed);
    return NULL;
}

bval x4_pkcs8_encrypted(x4s_chunk der)
{
    X509_SIG *sealed = decode(der);
    X509_SIG_free(sealed);
    return sealed != NULL;
}

static const char *write_out(const PKCS8_PRIV_KEY_INFO *info, uint8_t *out, size_t size,
                             size_t *len)
{
    uint8_t *der = NULL;
    int written = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    if (written <= 0)
        return "private key cannot be encoded";
    *len = (size_t)written;
    bval fits = *len <= size;
    if (fits)
        memcpy(out, der, *len);
    OPENSSL_clear_free(der, *len);
    return fits ? NULL : "private key is too long";
}

bval x4_pkcs8_decrypt(x4s_chunk der, x4s_chunk passphrase, uint8_t *out, size_t size, size_t *len,
                      const char **error)
{
    X509_SIG *sealed = decode(der);
    PKCS8_PRIV_KEY_INFO *info = NULL;
    *len = 0;
    *error = "not an encrypted private key";
    if (sealed) {
        info = PKCS8_decrypt(sealed, (const char *)passphrase.data, (int)passphrase.len);
        *error = info ? write_out(info, out, size, len)
                      : "the passphrase is wrong, or the encryption is not known";
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(sealed);
    ERR_clear_error();
    return !*error;
}
