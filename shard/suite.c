/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/suite.h"

#include <stdbool.h>
#include <stdio.h>

struct name {
    uint8_t id;
    uint16_t bits; /* 0: of no meaning */
    const char *text;
};

static const struct name ciphers[] = {
    {x4c_cipher_des, 0, "des"},
    {x4c_cipher_3des, 0, "3des"},
    {x4c_cipher_aes, 128, "aes128"},
    {x4c_cipher_aes, 192, "aes192"},
    {x4c_cipher_aes, 256, "aes256"},
    {x4c_cipher_camellia, 128, "camellia128"},
    {x4c_cipher_camellia, 192, "camellia192"},
    {x4c_cipher_camellia, 256, "camellia256"},
    {0, 0, NULL},
};

static const struct name hashes[] = {
    {x4c_hash_md5, 0, "md5"},       {x4c_hash_sha1, 0, "sha1"},     {x4c_hash_sha256, 0, "sha256"},
    {x4c_hash_sha384, 0, "sha384"}, {x4c_hash_sha512, 0, "sha512"}, {0, 0, NULL},
};

static const struct name groups[] = {
    {x4c_group_none, 0, "none"},
    {x4c_group_modp768, 0, "modp768"},
    {x4c_group_modp1024, 0, "modp1024"},
    {x4c_group_modp1536, 0, "modp1536"},
    {x4c_group_modp2048, 0, "modp2048"},
    {x4c_group_modp3072, 0, "modp3072"},
    {x4c_group_modp4096, 0, "modp4096"},
    {x4c_group_modp6144, 0, "modp6144"},
    {x4c_group_modp8192, 0, "modp8192"},
    {x4c_group_ecp256, 0, "ecp256"},
    {x4c_group_ecp384, 0, "ecp384"},
    {x4c_group_ecp521, 0, "ecp521"},
    {x4c_group_modp1024s160, 0, "modp1024s160"},
    {x4c_group_modp2048s224, 0, "modp2048s224"},
    {x4c_group_modp2048s256, 0, "modp2048s256"},
    {x4c_group_ecp192, 0, "ecp192"},
    {x4c_group_ecp224, 0, "ecp224"},
    {x4c_group_ecp224bp, 0, "ecp224bp"},
    {x4c_group_ecp256bp, 0, "ecp256bp"},
    {x4c_group_ecp384bp, 0, "ecp384bp"},
    {x4c_group_ecp512bp, 0, "ecp512bp"},
    {x4c_group_curve25519, 0, "curve25519"},
    {x4c_group_curve448, 0, "curve448"},
    {0, 0, NULL},
};

#define SIZES(id, name, suffix)                                                                    \
    {id, 128, name "128" suffix}, {id, 192, name "192" suffix},                                    \
    {                                                                                              \
        id, 256, name "256" suffix                                                                 \
    }

static const struct name esps[] = {
    {x4c_ike_esp_des, 0, "des"},
    {x4c_ike_esp_3des, 0, "3des"},
    {x4c_ike_esp_null, 0, "null"},
    SIZES(x4c_ike_esp_aes_cbc, "aes", ""),
    SIZES(x4c_ike_esp_aes_ctr, "aes", "ctr"),
    SIZES(x4c_ike_esp_aes_ccm8, "aes", "ccm8"),
    SIZES(x4c_ike_esp_aes_ccm12, "aes", "ccm12"),
    SIZES(x4c_ike_esp_aes_ccm16, "aes", "ccm16"),
    SIZES(x4c_ike_esp_aes_gcm8, "aes", "gcm8"),
    SIZES(x4c_ike_esp_aes_gcm12, "aes", "gcm12"),
    SIZES(x4c_ike_esp_aes_gcm16, "aes", "gcm16"),
    SIZES(x4c_ike_esp_camellia_cbc, "camellia", ""),
    SIZES(x4c_ike_esp_aes_gmac, "aes", "gmac"),
    {0, 0, NULL},
};

static const struct name integs[] = {
    {x4c_ike_integ_hmac_md5, 0, "-md5"},
    {x4c_ike_integ_hmac_sha1, 0, "-sha1"},
    {x4c_ike_integ_hmac_sha256, 0, "-sha256"},
    {x4c_ike_integ_hmac_sha384, 0, "-sha384"},
    {x4c_ike_integ_hmac_sha512, 0, "-sha512"},
    {x4c_ike_integ_aes_xcbc, 0, "-aesxcbc"},
    {x4c_ike_integ_aes128_gmac, 0, "-aes128gmac"},
    {x4c_ike_integ_aes192_gmac, 0, "-aes192gmac"},
    {x4c_ike_integ_aes256_gmac, 0, "-aes256gmac"},
    {x4c_ike_integ_none, 0, ""},
    {0, 0, NULL},
};

static const struct name ipcomps[] = {
    {x4c_ike_ipcomp_none, 0, "none"},
    {x4c_ike_ipcomp_deflate, 0, "deflate"},
    {x4c_ike_ipcomp_lzs, 0, "lzs"},
    {0, 0, NULL},
};

static const char *name_of(const struct name *names, uint8_t id, uint16_t bits)
{
    for (; names->text; names++) {
        if (names->id == id && (names->bits == 0 || names->bits == bits))
            return names->text;
    }
    return "unknown";
}

char *hub_suite_phase1(const x4s_ike_transform1 *suite, char text[HUB_SUITE_TEXT])
{
    snprintf(text, HUB_SUITE_TEXT, "%s-%s-%s", name_of(ciphers, suite->cipher, suite->key_bits),
             name_of(hashes, suite->hash, 0), name_of(groups, suite->group, 0));
    return text;
}

char *hub_suite_phase2(const x4s_ike_transform2 *suite, char text[HUB_SUITE_TEXT])
{
    const bool ah = suite->protocol == x4c_ike_protocol_ah;
    snprintf(
        text, HUB_SUITE_TEXT, "%s%s%s%s", ah ? "ah" : name_of(esps, suite->esp, suite->key_bits),
        name_of(integs, suite->integ, 0), suite->truncated ? "_96" : "", suite->esn ? "-esn" : "");
    return text;
}

const char *hub_suite_ipcomp(uint8_t ipcomp)
{
    return name_of(ipcomps, ipcomp, 0);
}

const char *hub_suite_group(uint8_t group)
{
    return name_of(groups, group, 0);
}
