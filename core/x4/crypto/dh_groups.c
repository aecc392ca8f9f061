/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "x4/crypto/dh.h"
#include "x4/crypto/internal.h"
#include "x4/crypto/xdh.h"

/*
 * Bits of a MODP exponent. OpenSSL's constant-time exponentiation walks whole 64-bit words, so the
 * least number is rounded up to them: the bits in between cost nothing (measured: 225 and 256 bits
 * take the same time for MODP-2048, 275 and 320 for MODP-3072). The least numbers are
 *
 *   768, 1024                  160   2 x 80, SP 800-57 part 1, 5.6.1.1, for 1024 bits
 *   1536                       240   RFC 3526 8, the upper of its estimates
 *   2048, 3072, 4096           225, 275, 325   RFC 7919 Appendix A, for groups of this length,
 *   6144, 8192                 375, 400        above SP 800-56A rev. 3 Appendix D
 */
#define MODP(bits, exponent)                                                                       \
    {                                                                                              \
        .name = "modp" #bits, .type = "DH", .openssl_name = "modp_" #bits,                         \
        .prime_size = (bits) / 8, .exponent_bits = (exponent)                                      \
    }

/* OpenSSL knows the primes of these but not the groups. */
#define MODP_UNNAMED(bits, exponent)                                                               \
    {                                                                                              \
        .name = "modp" #bits, .type = "DH", .prime = BN_get_rfc2409_prime_##bits,                  \
        .prime_size = (bits) / 8, .exponent_bits = (exponent)                                      \
    }

/* The exponent is below the order of the subgroup, whose length is thus its own. */
#define MODP_SUBGROUP(bits, order)                                                                 \
    {                                                                                              \
        .name = "modp" #bits "s" #order, .type = "DHX", .openssl_name = "dh_" #bits "_" #order,    \
        .prime_size = (bits) / 8, .exponent_bits = (order), .subgroup = btrue                      \
    }

#define CURVE(bits, suffix, openssl)                                                               \
    {                                                                                              \
        .name = "ecp" #bits suffix, .kind = x4c_dh_ecp, .openssl_name = (openssl),                 \
        .prime_size = ((bits) + 7) / 8                                                             \
    }
#define ECP(bits)       CURVE(bits, "", "P-" #bits)
#define BRAINPOOL(bits) CURVE(bits, "bp", "brainpoolP" #bits "r1")

#define XDH(number, size)                                                                          \
    {                                                                                              \
        .name = "curve" #number, .kind = x4c_dh_xdh, .openssl_name = "X" #number,                  \
        .prime_size = (size)                                                                       \
    }

static const x4s_dh_group_info infos[x4c_crypto_groups] = {
    [x4c_group_modp768] = MODP_UNNAMED(768, 192),   /* req 2409-4-12 2409-6.1-1 */
    [x4c_group_modp1024] = MODP_UNNAMED(1024, 192), /* req 2409-4-18 2409-6.2-1 */
    [x4c_group_modp1536] = MODP(1536, 256),
    [x4c_group_modp2048] = MODP(2048, 256),
    [x4c_group_modp3072] = MODP(3072, 320),
    [x4c_group_modp4096] = MODP(4096, 384),
    [x4c_group_modp6144] = MODP(6144, 384),
    [x4c_group_modp8192] = MODP(8192, 448),
    [x4c_group_ecp256] = ECP(256),
    [x4c_group_ecp384] = ECP(384),
    [x4c_group_ecp521] = ECP(521),
    [x4c_group_modp1024s160] = MODP_SUBGROUP(1024, 160),
    [x4c_group_modp2048s224] = MODP_SUBGROUP(2048, 224),
    [x4c_group_modp2048s256] = MODP_SUBGROUP(2048, 256),
    [x4c_group_ecp192] = ECP(192),
    [x4c_group_ecp224] = ECP(224),
    [x4c_group_ecp224bp] = BRAINPOOL(224),
    [x4c_group_ecp256bp] = BRAINPOOL(256),
    [x4c_group_ecp384bp] = BRAINPOOL(384),
    [x4c_group_ecp512bp] = BRAINPOOL(512),
    [x4c_group_curve25519] = XDH(25519, 32),
    [x4c_group_curve448] = XDH(448, 56),
};

const x4s_dh_group_info *x4_dh_group_info(x4e_group group)
{
    if ((size_t)group >= x4m_countof(infos) || !infos[group].name)
        return NULL;
    return &infos[group];
}

size_t x4_dh_public_size(x4e_group group)
{
    const x4s_dh_group_info *info = x4_dh_group_info(group);
    if (!info)
        return 0;
    return info->kind == x4c_dh_ecp ? (size_t)info->prime_size * 2 : info->prime_size;
}

size_t x4_dh_shared_size(x4e_group group)
{
    const x4s_dh_group_info *info = x4_dh_group_info(group);
    return info ? info->prime_size : 0;
}

const char *x4_dh_group_name(x4e_group group)
{
    const x4s_dh_group_info *info = x4_dh_group_info(group);
    return info ? info->name : NULL;
}

bval x4_crypto_has_group(const x4s_crypto *crypto, x4e_group group)
{
    return x4_dh_group_info(group) && (crypto->groups[group].keygen || crypto->groups[group].ecp);
}

/* The description of a group for EVP_PKEY_fromdata, or NULL. */
static OSSL_PARAM *describe(const x4s_dh_group_info *info)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *prime = info->prime ? info->prime(NULL) : NULL;
    OSSL_PARAM *description = NULL;
    bval ok = build != NULL;

    if (info->openssl_name)
        ok = ok && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                                   info->openssl_name, 0) == 1;
    else /* without q: with it OpenSSL takes exponents as long as q */
        ok = ok && prime && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_P, prime) == 1 &&
             OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_FFC_G, 2) == 1;
    if (ok)
        description = OSSL_PARAM_BLD_to_param(build);

    BN_free(prime);
    OSSL_PARAM_BLD_free(build);
    return description;
}

static EVP_PKEY *make_params(const x4s_dh_group_info *info)
{
    OSSL_PARAM *description = describe(info);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, info->type, NULL);
    EVP_PKEY *params = NULL;

    if (description && ctx && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &params, EVP_PKEY_KEY_PARAMETERS, description);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(description);
    return params;
}

/* The length of the exponent counts here only, not among the group's parameters. */
static bval limit_exponent(EVP_PKEY_CTX *keygen, int bits)
{
    const OSSL_PARAM limit[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &bits),
        OSSL_PARAM_END,
    };
    return EVP_PKEY_CTX_set_params(keygen, limit) == 1;
}

static EVP_PKEY_CTX *make_keygen(const x4s_dh_group_info *info, EVP_PKEY *params)
{
    EVP_PKEY_CTX *keygen = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    if (keygen && EVP_PKEY_keygen_init(keygen) == 1 && limit_exponent(keygen, info->exponent_bits))
        return keygen;
    EVP_PKEY_CTX_free(keygen);
    return NULL;
}

static uint8_t *make_top(const x4s_allocator *allocator, const x4s_dh_group_info *info,
                         const EVP_PKEY *params)
{
    uint8_t *top = x4_alloc(allocator, info->prime_size);
    BIGNUM *prime = NULL;
    bval ok = top && EVP_PKEY_get_bn_param(params, OSSL_PKEY_PARAM_FFC_P, &prime) == 1 &&
              BN_sub_word(prime, 1) == 1 &&
              BN_bn2binpad(prime, top, info->prime_size) == info->prime_size;
    BN_free(prime);
    if (ok)
        return top;
    x4_free(allocator, top, info->prime_size);
    return NULL;
}

static void group_fini(x4s_crypto *crypto, const x4s_dh_group_info *info, x4s_crypto_group *group)
{
    x4_dh_ahead_clear(group);
    x4_ecp_free(group->ecp);
    EVP_PKEY_CTX_free(group->keygen);
    EVP_PKEY_free(group->params);
    x4_free(crypto->allocator, group->top, info->prime_size);
    *group = (x4s_crypto_group){0};
}

static bval modp_init(x4s_crypto *crypto, const x4s_dh_group_info *info, x4s_crypto_group *group)
{
    group->params = make_params(info);
    group->keygen = group->params ? make_keygen(info, group->params) : NULL;
    if (!group->keygen) {
        group_fini(crypto, info, group);
        return btrue;
    }
    group->top = make_top(crypto->allocator, info, group->params);
    return group->top != NULL;
}

/* bfalse without memory; a group that OpenSSL refuses stays empty. */
static bval group_init(x4s_crypto *crypto, const x4s_dh_group_info *info, x4s_crypto_group *group)
{
    switch (info->kind) {
    case x4c_dh_ecp:
        return x4_ecp_new(crypto->allocator, info->openssl_name, &group->ecp);
    case x4c_dh_xdh:
        group->keygen = x4_xdh_keygen(info->openssl_name);
        return btrue;
    default:
        return modp_init(crypto, info, group);
    }
}

bval x4_crypto_groups_init(x4s_crypto *crypto)
{
    for (size_t i = 0; i < x4c_crypto_groups; i++)
        if (infos[i].name && !group_init(crypto, &infos[i], &crypto->groups[i]))
            return bfalse;
    return btrue;
}

void x4_crypto_groups_fini(x4s_crypto *crypto)
{
    for (size_t i = 0; i < x4c_crypto_groups; i++)
        group_fini(crypto, &infos[i], &crypto->groups[i]);
}
