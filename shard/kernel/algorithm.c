/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/algorithm.h"

const struct xfrm_cipher xfrm_ciphers[] = {
    {x4c_ike_esp_des, "cbc(des)", 0, 8, 0},
    {x4c_ike_esp_3des, "cbc(des3_ede)", 0, 24, 0},
    {x4c_ike_esp_null, "ecb(cipher_null)", 0, 0, 0},
    {x4c_ike_esp_aes_cbc, "cbc(aes)", 0, 16, 0},
    {x4c_ike_esp_aes_ctr, "rfc3686(ctr(aes))", 0, 16, 4},
    {x4c_ike_esp_aes_ccm8, "rfc4309(ccm(aes))", 64, 16, 3},
    {x4c_ike_esp_aes_ccm12, "rfc4309(ccm(aes))", 96, 16, 3},
    {x4c_ike_esp_aes_ccm16, "rfc4309(ccm(aes))", 128, 16, 3},
    {x4c_ike_esp_aes_gcm8, "rfc4106(gcm(aes))", 64, 16, 4},
    {x4c_ike_esp_aes_gcm12, "rfc4106(gcm(aes))", 96, 16, 4},
    {x4c_ike_esp_aes_gcm16, "rfc4106(gcm(aes))", 128, 16, 4},
    {x4c_ike_esp_camellia_cbc, "cbc(camellia)", 0, 16, 0},
    {x4c_ike_esp_aes_gmac, "rfc4543(gcm(aes))", 128, 16, 4},
};

/* AES-GMAC is not here: the kernel's AH takes hashes and ciphers in CBC-MAC only. */
const struct xfrm_auth xfrm_auths[] = {
    {x4c_ike_integ_hmac_md5, "hmac(md5)", 96, 16},
    {x4c_ike_integ_hmac_sha1, "hmac(sha1)", 96, 20},
    {x4c_ike_integ_hmac_sha256, "hmac(sha256)", 128, 32},
    {x4c_ike_integ_hmac_sha384, "hmac(sha384)", 192, 48},
    {x4c_ike_integ_hmac_sha512, "hmac(sha512)", 256, 64},
    {x4c_ike_integ_aes_xcbc, "xcbc(aes)", 96, 16},
};

const size_t xfrm_cipher_count = x4m_countof(xfrm_ciphers);
const size_t xfrm_auth_count = x4m_countof(xfrm_auths);

static const struct xfrm_auth truncated_sha256 = {x4c_ike_integ_hmac_sha256, "hmac(sha256)", 96,
                                                  32};

const struct xfrm_compression xfrm_compressions[] = {
    {x4c_ike_ipcomp_deflate, "deflate"},
};

const size_t xfrm_compression_count = x4m_countof(xfrm_compressions);

const struct xfrm_cipher *xfrm_cipher_find(uint8_t esp)
{
    for (size_t i = 0; i < x4m_countof(xfrm_ciphers); i++)
        if (xfrm_ciphers[i].esp == esp)
            return &xfrm_ciphers[i];
    return NULL;
}

const struct xfrm_auth *xfrm_auth_find(uint8_t integ, bval truncated)
{
    if (truncated && integ == x4c_ike_integ_hmac_sha256)
        return &truncated_sha256;
    for (size_t i = 0; i < x4m_countof(xfrm_auths); i++)
        if (xfrm_auths[i].integ == integ)
            return &xfrm_auths[i];
    return NULL;
}

const struct xfrm_compression *xfrm_compression_find(uint8_t ipcomp)
{
    for (size_t i = 0; i < x4m_countof(xfrm_compressions); i++)
        if (xfrm_compressions[i].ipcomp == ipcomp)
            return &xfrm_compressions[i];
    return NULL;
}
