/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/weak_dh.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <string.h>

/* One of both kinds, or none: then libike does the work. The address of one is its private key. */
struct weak {
    x4e_group group;
    int curve;                  /* OpenSSL's number; 0: MODP */
    BIGNUM *(*prime)(BIGNUM *); /* with generator 2 */
    bool ready;
    BIGNUM *p;
    BIGNUM *exponent;
    BN_MONT_CTX *mont;
    uint8_t own[x4c_dh_public_max];
};

#define MODP(number, bits)                                                                         \
    {                                                                                              \
        .group = x4c_group_modp##bits, .prime = BN_get_rfc##number##_prime_##bits                  \
    }
#define CURVE(name, nid)                                                                           \
    {                                                                                              \
        .group = x4c_group_##name, .curve = (nid)                                                  \
    }

static struct weak weaks[] = {
    MODP(2409, 768),
    MODP(2409, 1024),
    MODP(3526, 1536),
    MODP(3526, 2048),
    MODP(3526, 3072),
    MODP(3526, 4096),
    MODP(3526, 6144),
    MODP(3526, 8192),
    CURVE(ecp192, NID_X9_62_prime192v1),
    CURVE(ecp224, NID_secp224r1),
    CURVE(ecp256, NID_X9_62_prime256v1),
    CURVE(ecp384, NID_secp384r1),
    CURVE(ecp521, NID_secp521r1),
    CURVE(ecp224bp, NID_brainpoolP224r1),
    CURVE(ecp256bp, NID_brainpoolP256r1),
    CURVE(ecp384bp, NID_brainpoolP384r1),
    CURVE(ecp512bp, NID_brainpoolP512r1),
};

static BN_CTX *scratch; /* NULL: not in use */

void __real_x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count);
void __wrap_x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count);
void __real_x4_dh_key_free(x4s_dh_key *key);
void __wrap_x4_dh_key_free(x4s_dh_key *key);

/* ------------------------------------------------------------------ preparation */

/* The least power of two whose power of two is longer than the prime. */
static bool small_exponent(const BIGNUM *p, BIGNUM *exponent)
{
    int bits = 0;
    while (1 << bits <= BN_num_bits(p))
        bits++;
    return exponent && BN_set_bit(exponent, bits) == 1;
}

static bool open_modp(struct weak *weak)
{
    BIGNUM *value = BN_new();
    weak->p = weak->prime(NULL);
    weak->exponent = BN_new();
    weak->mont = BN_MONT_CTX_new();
    bool good = value && weak->p && weak->mont && small_exponent(weak->p, weak->exponent) &&
                BN_MONT_CTX_set(weak->mont, weak->p, scratch) == 1 && BN_set_word(value, 2) == 1 &&
                BN_mod_exp(value, value, weak->exponent, weak->p, scratch) == 1 &&
                BN_bn2binpad(value, weak->own, (int)x4_dh_public_size(weak->group)) > 0;
    BN_free(value);
    return good;
}

static bool open_curve(struct weak *weak)
{
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(weak->curve);
    BIGNUM *x = BN_new();
    BIGNUM *y = BN_new();
    int size = (int)x4_dh_shared_size(weak->group);
    bool good = curve && x && y &&
                EC_POINT_get_affine_coordinates(curve, EC_GROUP_get0_generator(curve), x, y,
                                                scratch) == 1 &&
                BN_bn2binpad(x, weak->own, size) == size &&
                BN_bn2binpad(y, weak->own + size, size) == size;
    BN_free(x);
    BN_free(y);
    EC_GROUP_free(curve);
    return good;
}

/* A curve that OpenSSL does not have is not libike's either. */
bool load_weak_dh_use(void)
{
    if (scratch)
        return true;
    scratch = BN_CTX_new();
    if (!scratch)
        return false;
    for (size_t i = 0; i < x4m_countof(weaks); i++)
        weaks[i].ready = weaks[i].curve ? open_curve(&weaks[i]) : open_modp(&weaks[i]);
    return true;
}

/* ------------------------------------------------------------------ work */

static struct weak *weak_of(x4e_group group)
{
    for (size_t i = 0; i < x4m_countof(weaks); i++)
        if (weaks[i].group == group)
            return weaks[i].ready ? &weaks[i] : NULL;
    return NULL;
}

static bval derive_modp(const struct weak *weak, const uint8_t *peer, uint8_t *shared)
{
    int size = (int)x4_dh_shared_size(weak->group);
    BN_CTX_start(scratch);
    BIGNUM *value = BN_CTX_get(scratch);
    bval done = value && BN_bin2bn(peer, size, value) &&
                BN_mod_exp_mont(value, value, weak->exponent, weak->p, scratch, weak->mont) == 1 &&
                BN_bn2binpad(value, shared, size) == size;
    BN_CTX_end(scratch);
    return done;
}

static void run(struct weak *weak, x4s_dh_job *job)
{
    job->done = btrue;
    if (job->work & x4c_dh_generate)
        memcpy(job->own, weak->own, x4_dh_public_size(weak->group));
    if (job->work & x4c_dh_derive && weak->curve)
        memcpy(job->shared, job->peer, x4_dh_shared_size(weak->group));
    else if (job->work & x4c_dh_derive)
        job->done = derive_modp(weak, job->peer, job->shared);
    if (job->work == x4c_dh_generate)
        job->key = (x4s_dh_key *)(void *)weak;
}

void __wrap_x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct weak *weak = weak_of(jobs[i]->group);
        if (weak)
            run(weak, jobs[i]);
        else
            __real_x4_dh_run(crypto, &jobs[i], 1);
    }
}

void __wrap_x4_dh_key_free(x4s_dh_key *key)
{
    const struct weak *weak = (const struct weak *)(const void *)key;
    if (weak < weaks || weak >= weaks + x4m_countof(weaks))
        __real_x4_dh_key_free(key);
}
