/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/algorithm_names.h"

struct name {
    uint8_t id;
    const char *text;
};

#define END                                                                                        \
    {                                                                                              \
        0, NULL                                                                                    \
    }

static const struct name ciphers[] = {
    {x4c_cipher_des, "DES_CBC"},
    {x4c_cipher_3des, "3DES_CBC"},
    {x4c_cipher_aes, "AES_CBC"},
    {x4c_cipher_camellia, "CAMELLIA_CBC"},
    END,
};

static const struct name hash_integs[] = {
    {x4c_hash_md5, "HMAC_MD5_96"},          {x4c_hash_sha1, "HMAC_SHA1_96"},
    {x4c_hash_sha256, "HMAC_SHA2_256_128"}, {x4c_hash_sha384, "HMAC_SHA2_384_192"},
    {x4c_hash_sha512, "HMAC_SHA2_512_256"}, END,
};

static const struct name prfs[] = {
    {x4c_hash_md5, "PRF_HMAC_MD5"},         {x4c_hash_sha1, "PRF_HMAC_SHA1"},
    {x4c_hash_sha256, "PRF_HMAC_SHA2_256"}, {x4c_hash_sha384, "PRF_HMAC_SHA2_384"},
    {x4c_hash_sha512, "PRF_HMAC_SHA2_512"}, END,
};

static const struct name groups[] = {
    {x4c_group_modp768, "MODP_768"},
    {x4c_group_modp1024, "MODP_1024"},
    {x4c_group_modp1536, "MODP_1536"},
    {x4c_group_modp2048, "MODP_2048"},
    {x4c_group_modp3072, "MODP_3072"},
    {x4c_group_modp4096, "MODP_4096"},
    {x4c_group_modp6144, "MODP_6144"},
    {x4c_group_modp8192, "MODP_8192"},
    {x4c_group_ecp256, "ECP_256"},
    {x4c_group_ecp384, "ECP_384"},
    {x4c_group_ecp521, "ECP_521"},
    {x4c_group_modp1024s160, "MODP_1024_160"},
    {x4c_group_modp2048s224, "MODP_2048_224"},
    {x4c_group_modp2048s256, "MODP_2048_256"},
    {x4c_group_ecp192, "ECP_192"},
    {x4c_group_ecp224, "ECP_224"},
    {x4c_group_ecp224bp, "ECP_224_BP"},
    {x4c_group_ecp256bp, "ECP_256_BP"},
    {x4c_group_ecp384bp, "ECP_384_BP"},
    {x4c_group_ecp512bp, "ECP_512_BP"},
    {x4c_group_curve25519, "CURVE_25519"},
    {x4c_group_curve448, "CURVE_448"},
    END,
};

static const struct name esps[] = {
    {x4c_ike_esp_des, "DES_CBC"},
    {x4c_ike_esp_3des, "3DES_CBC"},
    {x4c_ike_esp_null, "NULL"},
    {x4c_ike_esp_aes_cbc, "AES_CBC"},
    {x4c_ike_esp_aes_ctr, "AES_CTR"},
    {x4c_ike_esp_aes_ccm8, "AES_CCM_8"},
    {x4c_ike_esp_aes_ccm12, "AES_CCM_12"},
    {x4c_ike_esp_aes_ccm16, "AES_CCM_16"},
    {x4c_ike_esp_aes_gcm8, "AES_GCM_8"},
    {x4c_ike_esp_aes_gcm12, "AES_GCM_12"},
    {x4c_ike_esp_aes_gcm16, "AES_GCM_16"},
    {x4c_ike_esp_camellia_cbc, "CAMELLIA_CBC"},
    {x4c_ike_esp_aes_gmac, "NULL_AES_GMAC"},
    END,
};

static const struct name integs[] = {
    {x4c_ike_integ_hmac_md5, "HMAC_MD5_96"},
    {x4c_ike_integ_hmac_sha1, "HMAC_SHA1_96"},
    {x4c_ike_integ_hmac_sha256, "HMAC_SHA2_256_128"},
    {x4c_ike_integ_hmac_sha384, "HMAC_SHA2_384_192"},
    {x4c_ike_integ_hmac_sha512, "HMAC_SHA2_512_256"},
    {x4c_ike_integ_aes_xcbc, "AES_XCBC_96"},
    {x4c_ike_integ_aes128_gmac, "AES_128_GMAC"},
    {x4c_ike_integ_aes192_gmac, "AES_192_GMAC"},
    {x4c_ike_integ_aes256_gmac, "AES_256_GMAC"},
    END,
};

static const char *name_of(const struct name *names, uint8_t id)
{
    while (names->text && names->id != id)
        names++;
    return names->text;
}

const char *hub_name_cipher(uint8_t cipher)
{
    return name_of(ciphers, cipher);
}

const char *hub_name_hash_integ(uint8_t hash)
{
    return name_of(hash_integs, hash);
}

const char *hub_name_prf(uint8_t hash)
{
    return name_of(prfs, hash);
}

const char *hub_name_group(uint8_t group)
{
    return name_of(groups, group);
}

const char *hub_name_esp(const x4s_ike_transform2 *suite)
{
    return suite->protocol == x4c_ike_protocol_ah ? NULL : name_of(esps, suite->esp);
}

const char *hub_name_integ(const x4s_ike_transform2 *suite)
{
    const bool cut = suite->integ == x4c_ike_integ_hmac_sha256 && suite->truncated;
    return cut ? "HMAC_SHA2_256_96" : name_of(integs, suite->integ);
}
