/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/suite.h"

#include <stdio.h>

struct name {
    uint8_t id;
    uint16_t bits; /* 0: of no meaning */
    const char *text;
};

static const struct name ciphers[] = {
    {x4c_cipher_3des, 0, "3des"},
    {x4c_cipher_aes, 128, "aes128"},
    {x4c_cipher_aes, 192, "aes192"},
    {x4c_cipher_aes, 256, "aes256"},
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
    {0, 0, NULL},
};

static const struct name esps[] = {
    {x4c_ike_esp_3des, 0, "3des"},
    {x4c_ike_esp_null, 0, "null"},
    {x4c_ike_esp_aes_cbc, 128, "aes128"},
    {x4c_ike_esp_aes_cbc, 192, "aes192"},
    {x4c_ike_esp_aes_cbc, 256, "aes256"},
    {x4c_ike_esp_aes_gcm16, 128, "aes128gcm16"},
    {x4c_ike_esp_aes_gcm16, 192, "aes192gcm16"},
    {x4c_ike_esp_aes_gcm16, 256, "aes256gcm16"},
    {0, 0, NULL},
};

static const struct name integs[] = {
    {x4c_ike_integ_hmac_md5, 0, "-md5"},
    {x4c_ike_integ_hmac_sha1, 0, "-sha1"},
    {x4c_ike_integ_hmac_sha256, 0, "-sha256"},
    {x4c_ike_integ_hmac_sha384, 0, "-sha384"},
    {x4c_ike_integ_hmac_sha512, 0, "-sha512"},
    {x4c_ike_integ_none, 0, ""},
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
    snprintf(text, HUB_SUITE_TEXT, "%s%s", name_of(esps, suite->esp, suite->key_bits),
             name_of(integs, suite->integ, 0));
    return text;
}

const char *hub_suite_group(uint8_t group)
{
    return name_of(groups, group, 0);
}
