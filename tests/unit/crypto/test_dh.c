/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "tests/dh_key.h"
#include "tests/hex.h"
#include "x4/crypto/dh.h"
#include "x4/crypto/internal.h"

static x4s_crypto *crypto;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_crypto_free(crypto);
    return 0;
}

typedef struct modp {
    x4e_group group;
    size_t bits;
    BIGNUM *(*prime)(BIGNUM *);
} modp;

static const modp modps[] = {
    {x4c_group_modp768, 768, BN_get_rfc2409_prime_768},
    {x4c_group_modp1024, 1024, BN_get_rfc2409_prime_1024},
    {x4c_group_modp1536, 1536, BN_get_rfc3526_prime_1536},
    {x4c_group_modp2048, 2048, BN_get_rfc3526_prime_2048},
    {x4c_group_modp3072, 3072, BN_get_rfc3526_prime_3072},
    {x4c_group_modp4096, 4096, BN_get_rfc3526_prime_4096},
    {x4c_group_modp6144, 6144, BN_get_rfc3526_prime_6144},
    {x4c_group_modp8192, 8192, BN_get_rfc3526_prime_8192},
};

typedef struct ecp {
    x4e_group group;
    size_t bits;
    int nid;
} ecp;

static const ecp ecps[] = {
    {x4c_group_ecp256, 256, NID_X9_62_prime256v1},  {x4c_group_ecp384, 384, NID_secp384r1},
    {x4c_group_ecp521, 521, NID_secp521r1},         {x4c_group_ecp192, 192, NID_X9_62_prime192v1},
    {x4c_group_ecp224, 224, NID_secp224r1},         {x4c_group_ecp224bp, 224, NID_brainpoolP224r1},
    {x4c_group_ecp256bp, 256, NID_brainpoolP256r1}, {x4c_group_ecp384bp, 384, NID_brainpoolP384r1},
    {x4c_group_ecp512bp, 512, NID_brainpoolP512r1},
};

static const x4e_group subgroups[] = {
    x4c_group_modp1024s160,
    x4c_group_modp2048s224,
    x4c_group_modp2048s256,
};

static bval run_one(x4s_dh_job *job)
{
    x4s_dh_job *const jobs[] = {job};
    x4_dh_run(crypto, jobs, 1);
    return job->done;
}

static x4s_chunk public_chunk(x4e_group group, const uint8_t *value)
{
    return (x4s_chunk){.data = value, .len = x4_dh_public_size(group)};
}

/* ------------------------------------------------------------------ agreement */

/* The initiator generates first and derives later, the responder does both at once. */
static void check_agreement(x4e_group group)
{
    uint8_t initiator[x4c_dh_public_max];
    uint8_t responder[x4c_dh_public_max];
    uint8_t initiator_shared[x4c_dh_shared_max];
    uint8_t responder_shared[x4c_dh_shared_max];
    x4s_dh_job first = {
        .group = group, .work = x4c_dh_generate, .own = initiator, .shared = initiator_shared};
    x4s_dh_job both = {.group = group,
                       .work = x4c_dh_both,
                       .own = responder,
                       .peer = initiator,
                       .shared = responder_shared};

    assert_true(run_one(&first));
    assert_non_null(first.key);
    assert_true(x4_dh_public_valid(crypto, group, public_chunk(group, initiator)));
    assert_true(run_one(&both));
    assert_null(both.key);
    assert_true(x4_dh_public_valid(crypto, group, public_chunk(group, responder)));

    first.work = x4c_dh_derive;
    first.peer = responder;
    assert_true(run_one(&first));
    assert_memory_equal(initiator_shared, responder_shared, x4_dh_shared_size(group));
    assert_memory_not_equal(initiator, responder, x4_dh_public_size(group));

    /* The key is still there for another derivation. */
    memset(initiator_shared, 0, sizeof(initiator_shared));
    assert_true(run_one(&first));
    assert_memory_equal(initiator_shared, responder_shared, x4_dh_shared_size(group));
    x4_dh_key_free(first.key);
}

/* req 2409-4-12 2409-4-18 2409-6.1-1 2409-6.2-1 */
static void test_both_sides_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(modps); i++)
        check_agreement(modps[i].group);
    for (size_t i = 0; i < x4m_countof(ecps); i++)
        check_agreement(ecps[i].group);
    for (size_t i = 0; i < x4m_countof(subgroups); i++)
        check_agreement(subgroups[i]);
    check_agreement(x4c_group_curve25519);
    check_agreement(x4c_group_curve448);
}

/* Nor is it made for who does not look at the peer's value. */
static void test_a_shared_value_of_zeros_is_none(void **state)
{
    (void)state;
    uint8_t own[32];
    uint8_t shared[32];
    const uint8_t peer[32] = {0};
    x4s_dh_job job = {.group = x4c_group_curve25519,
                      .work = x4c_dh_both,
                      .own = own,
                      .peer = peer,
                      .shared = shared};
    assert_false(x4_dh_public_valid(crypto, job.group, public_chunk(job.group, peer)));
    assert_false(x4_dh_public_valid(crypto, job.group, (x4s_chunk){peer, 31}));
    assert_false(run_one(&job));
}

static void test_batch_of_different_work(void **state)
{
    (void)state;
    uint8_t a[128], b[128], ab[128], ba[128], p[64], unused[1];
    x4s_dh_job ja = {.group = x4c_group_modp1024, .work = x4c_dh_generate, .own = a};
    x4s_dh_job jp = {.group = x4c_group_ecp256, .work = x4c_dh_generate, .own = p};
    x4s_dh_job bad = {.group = x4c_group_none, .work = x4c_dh_generate, .own = unused};
    x4s_dh_job jb = {
        .group = x4c_group_modp1024, .work = x4c_dh_both, .own = b, .peer = a, .shared = ba};
    x4s_dh_job *const jobs[] = {&ja, &bad, &jp, &jb};

    x4_dh_run(crypto, jobs, 0);
    assert_false(ja.done);
    x4_dh_run(crypto, jobs, x4m_countof(jobs));
    assert_true(ja.done);
    assert_false(bad.done);
    assert_true(jp.done);
    assert_true(jb.done);

    ja.work = x4c_dh_derive;
    ja.peer = b;
    ja.shared = ab;
    assert_true(run_one(&ja));
    assert_memory_equal(ab, ba, sizeof(ab));
    x4_dh_key_free(ja.key);
    x4_dh_key_free(jp.key);
}

static void *no_alloc(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static void test_generate_without_memory(void **state)
{
    (void)state;
    static const x4s_allocator none = {.alloc = no_alloc};
    uint8_t own[64];
    x4s_dh_job job = {.group = x4c_group_ecp256, .work = x4c_dh_generate, .own = own};
    const x4s_allocator *allocator = crypto->allocator;
    crypto->allocator = &none;
    assert_false(run_one(&job));
    crypto->allocator = allocator;
    assert_null(job.key);
    x4_dh_key_free(job.key);
}

/* ------------------------------------------------------------------ MODP against BN alone */

/* The private number of a key; BN_free it. */
static BIGNUM *private_of(const x4s_dh_key *key)
{
    BIGNUM *number = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number), 1);
    return number;
}

/* base^exponent mod p, padded to the length of p */
static void check_power(const modp *m, const BIGNUM *base, const BIGNUM *exponent,
                        const uint8_t *expected)
{
    uint8_t power[x4c_dh_public_max];
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *prime = m->prime(NULL);
    BIGNUM *result = BN_new();
    assert_int_equal(BN_mod_exp(result, base, exponent, prime, ctx), 1);
    assert_int_equal(BN_bn2binpad(result, power, (int)m->bits / 8), m->bits / 8);
    assert_memory_equal(power, expected, m->bits / 8);
    BN_free(result);
    BN_free(prime);
    BN_CTX_free(ctx);
}

static void check_modp_values(const modp *m)
{
    uint8_t own[x4c_dh_public_max];
    uint8_t peer[x4c_dh_public_max];
    uint8_t shared[x4c_dh_shared_max];
    x4s_dh_job other = {.group = m->group, .work = x4c_dh_generate, .own = peer};
    x4s_dh_job job = {.group = m->group, .work = x4c_dh_generate, .own = own};
    assert_true(run_one(&other));
    assert_true(run_one(&job));
    job.work = x4c_dh_derive;
    job.peer = peer;
    job.shared = shared;
    assert_true(run_one(&job));

    BIGNUM *exponent = private_of(job.key);
    BIGNUM *base = BN_new();
    BN_set_word(base, 2);
    check_power(m, base, exponent, own);
    BN_bin2bn(peer, (int)m->bits / 8, base);
    check_power(m, base, exponent, shared);
    BN_free(base);
    BN_clear_free(exponent);
    x4_dh_key_free(job.key);
    x4_dh_key_free(other.key);
}

static void test_modp_values_are_powers(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(modps); i++)
        check_modp_values(&modps[i]);
}

static void test_shared_value_is_padded(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t size = modps[i].bits / 8;
        uint8_t peer[x4c_dh_public_max] = {0};
        uint8_t shared[x4c_dh_shared_max];
        uint8_t expected[x4c_dh_shared_max] = {0};
        BIGNUM *three = BN_new();
        BN_set_word(three, 3);
        x4s_dh_job job = {.group = modps[i].group,
                          .work = x4c_dh_derive,
                          .key = dh_key_of(crypto, modps[i].group, three),
                          .peer = peer,
                          .shared = shared};
        peer[size - 1] = 5;
        expected[size - 1] = 125;
        memset(shared, 0xee, sizeof(shared));
        assert_true(run_one(&job));
        assert_memory_equal(shared, expected, size);
        x4_dh_key_free(job.key);
        BN_free(three);
    }
}

/* One public value in 256 begins with a zero byte. */
static void test_public_value_is_padded(void **state) /* req 2409-5-7 */
{
    (void)state;
    static const modp *m = &modps[0];
    uint8_t own[96];
    bval seen = bfalse;
    for (size_t i = 0; i < 10000 && !seen; i++) {
        x4s_dh_job job = {.group = m->group, .work = x4c_dh_generate, .own = own};
        memset(own, 0xee, sizeof(own));
        assert_true(run_one(&job));
        seen = own[0] == 0;
        if (seen) {
            BIGNUM *exponent = private_of(job.key);
            BIGNUM *two = BN_new();
            BN_set_word(two, 2);
            check_power(m, two, exponent, own);
            BN_free(two);
            BN_clear_free(exponent);
        }
        x4_dh_key_free(job.key);
    }
    assert_true(seen);
}

/* ------------------------------------------------------------------ values to be refused */

static void assert_valid(x4e_group group, const uint8_t *value, bval expected)
{
    assert_int_equal(x4_dh_public_valid(crypto, group, public_chunk(group, value)), expected);
    assert_int_equal(ERR_peek_error(), 0);
}

static void check_modp_edges(const modp *m)
{
    int size = (int)m->bits / 8;
    uint8_t value[x4c_dh_public_max] = {0};
    BIGNUM *number = m->prime(NULL);

    assert_valid(m->group, value, bfalse);
    value[size - 1] = 1;
    assert_valid(m->group, value, bfalse);
    value[size - 1] = 2;
    assert_valid(m->group, value, btrue);
    value[size - 1] = 0;
    value[size - 2] = 1;
    assert_valid(m->group, value, btrue);

    BN_sub_word(number, 2);
    for (int above = -2; above <= 1; above++, BN_add_word(number, 1)) {
        BN_bn2binpad(number, value, size);
        assert_valid(m->group, value, above == -2);
    }
    memset(value, 0xff, sizeof(value));
    assert_valid(m->group, value, bfalse);
    BN_free(number);
}

static void test_modp_edges(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(modps); i++)
        check_modp_edges(&modps[i]);
}

static BIGNUM *parameter(x4e_group group, const char *name)
{
    BIGNUM *number = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(crypto->groups[group].params, name, &number), 1);
    return number;
}

static void assert_number_valid(x4e_group group, const BIGNUM *number, bval expected)
{
    uint8_t value[x4c_dh_public_max];
    assert_true(BN_bn2binpad(number, value, (int)x4_dh_public_size(group)) > 0);
    assert_valid(group, value, expected);
}

/*
 * Small-subgroup confinement (RFC 5114 4, RFC 2785): a member of the subgroup is fit, its negative
 * has twice the order, and a q-th power has an order that divides (p - 1) / q.
 */
static void check_confinement(x4e_group group)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *prime = parameter(group, OSSL_PKEY_PARAM_FFC_P);
    BIGNUM *order = parameter(group, OSSL_PKEY_PARAM_FFC_Q);
    BIGNUM *number = parameter(group, OSSL_PKEY_PARAM_FFC_G);
    assert_number_valid(group, number, btrue);
    BN_sub(number, prime, number);
    assert_number_valid(group, number, bfalse);
    for (BN_ULONG base = 2; base < 8; base++) {
        BN_set_word(number, base);
        assert_number_valid(group, number, bfalse);
        assert_int_equal(BN_mod_exp(number, number, order, prime, ctx), 1);
        assert_number_valid(group, number, bfalse);
    }
    BN_copy(number, prime);
    BN_sub_word(number, 1);
    assert_number_valid(group, number, bfalse);
    BN_one(number);
    assert_number_valid(group, number, bfalse);
    BN_free(number);
    BN_free(order);
    BN_free(prime);
    BN_CTX_free(ctx);
}

static void test_confinement_to_a_small_subgroup(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(subgroups); i++)
        check_confinement(subgroups[i]);
}

static void check_lengths(x4e_group group)
{
    uint8_t value[x4c_dh_public_max + 1] = {0};
    x4s_dh_job job = {.group = group, .work = x4c_dh_generate, .own = value};
    size_t size = x4_dh_public_size(group);
    assert_true(run_one(&job));
    x4_dh_key_free(job.key);

    assert_true(x4_dh_public_valid(crypto, group, (x4s_chunk){value, size}));
    assert_false(x4_dh_public_valid(crypto, group, (x4s_chunk){value, size - 1}));
    assert_false(x4_dh_public_valid(crypto, group, (x4s_chunk){value, size + 1}));
    assert_false(x4_dh_public_valid(crypto, group, (x4s_chunk){value, 1}));
    assert_false(x4_dh_public_valid(crypto, group, (x4s_chunk){NULL, 0}));
}

static void test_lengths(void **state) /* req 2409-5-7 */
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        check_lengths(modps[i].group);
    for (size_t i = 0; i < x4m_countof(ecps); i++)
        check_lengths(ecps[i].group);
    for (size_t i = 0; i < x4m_countof(subgroups); i++)
        check_lengths(subgroups[i]);
}

static void test_point_off_the_curve(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(ecps); i++) {
        x4e_group group = ecps[i].group;
        uint8_t value[x4c_dh_public_max];
        uint8_t own[x4c_dh_public_max];
        uint8_t shared[x4c_dh_shared_max];
        x4s_dh_job job = {.group = group, .work = x4c_dh_generate, .own = value};
        assert_true(run_one(&job));
        x4_dh_key_free(job.key);
        for (size_t at = 0; at < x4_dh_public_size(group); at += 7) {
            value[at] ^= 1;
            assert_valid(group, value, bfalse);
            value[at] ^= 1;
        }
        assert_valid(group, value, btrue);

        value[x4_dh_public_size(group) - 1] ^= 1;
        job = (x4s_dh_job){
            .group = group, .work = x4c_dh_both, .own = own, .peer = value, .shared = shared};
        assert_false(run_one(&job));
        assert_int_equal(ERR_peek_error(), 0);

        memset(value, 0, sizeof(value));
        assert_valid(group, value, bfalse);
        memset(value, 0xff, sizeof(value));
        assert_valid(group, value, bfalse);
    }
}

/* x + p names the same point as x if a reader takes it modulo p; it must not. */
static void test_coordinate_beyond_the_prime(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(ecps); i++) {
        int size = (int)(ecps[i].bits + 7) / 8;
        uint8_t value[x4c_dh_public_max];
        EC_GROUP *curve = EC_GROUP_new_by_curve_name(ecps[i].nid);
        EC_POINT *point = EC_POINT_new(curve);
        BIGNUM *x = BN_new();
        BIGNUM *y = BN_new();

        while (EC_POINT_set_compressed_coordinates(curve, point, x, 0, NULL) != 1)
            BN_add_word(x, 1);
        ERR_clear_error();
        assert_int_equal(EC_POINT_get_affine_coordinates(curve, point, x, y, NULL), 1);
        BN_bn2binpad(x, value, size);
        BN_bn2binpad(y, value + size, size);
        assert_valid(ecps[i].group, value, btrue);
        BN_add(x, x, EC_GROUP_get0_field(curve));
        assert_int_equal(BN_bn2binpad(x, value, size), size);
        assert_valid(ecps[i].group, value, bfalse);

        BN_free(y);
        BN_free(x);
        EC_POINT_free(point);
        EC_GROUP_free(curve);
    }
}

/* ------------------------------------------------------------------ RFC 5903 8 */

static const struct {
    x4e_group group;
    const char *i;
    const char *gi;
    const char *r;
    const char *gr;
    const char *shared;
} rfc5903[] = {
    {x4c_group_ecp256, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
     "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
     "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
     "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
     "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
     "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
     "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    {x4c_group_ecp384,
     "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655"
     "E35B538041E649EE3FAEF896783AB194",
     "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6"
     "DE3AC808ACB4BDB4C88732AEE95F41AA"
     "9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38E"
     "EB9FCFF3C2C947DAE69B4C634573A81C",
     "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942"
     "E0308312916B8ED2960E4BD55A7448FC",
     "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D"
     "0D1AC43A0336DEF96FDA41D0774A3571"
     "DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FF"
     "F83FA40142209DFF5EAAD96DB9E6386C",
     "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4"
     "D603135569B9E9D09CF5D4A270F59746"},
    {x4c_group_ecp521,
     "0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A0"
     "95AA85A30FE1C2952C6771D937BA9777F5957B2639BAB072462F68C27A57382D4A52",
     "0015417E84DBF28C0AD3C278713349DC7DF153C897A1891BD98BAB4357C9ECBE"
     "E1E3BF42E00B8E380AEAE57C2D107564941885942AF5A7F4601723C4195D176CED3E"
     "017CAE20B6641D2EEB695786D8C946146239D099E18E1D5A514C739D7CB4A10A"
     "D8A788015AC405D7799DC75E7B7D5B6CF2261A6A7F1507438BF01BEB6CA3926F9582",
     "0145BA99A847AF43793FDD0E872E7CDFA16BE30FDC780F97BCCC3F078380201E"
     "9C677D600B343757A3BDBF2A3163E4C2F869CCA7458AA4A4EFFC311F5CB151685EB9",
     "00D0B3975AC4B799F5BEA16D5E13E9AF971D5E9B984C9F39728B5E5739735A21"
     "9B97C356436ADC6E95BB0352F6BE64A6C2912D4EF2D0433CED2B6171640012D9460F"
     "015C68226383956E3BD066E797B623C27CE0EAC2F551A10C2C724D9852077B87"
     "220B6536C5C408A1D2AEBB8E86D678AE49CB57091F4732296579AB44FCD17F0FC56A",
     "01144C7D79AE6956BC8EDB8E7C787C4521CB086FA64407F97894E5E6B2D79B04"
     "D1427E73CA4BAA240A34786859810C06B3C715A3A8CC3151F2BEE417996D19F3DDEA"},
};

static void check_derivation(x4e_group group, const char *number, const char *peer_hex,
                             const char *shared_hex)
{
    uint8_t peer[x4c_dh_public_max];
    uint8_t expected[x4c_dh_shared_max];
    uint8_t shared[x4c_dh_shared_max];
    BIGNUM *private = NULL;
    assert_true(BN_hex2bn(&private, number) > 0);
    assert_int_equal(hex_read(peer_hex, peer, sizeof(peer)), x4_dh_public_size(group));
    assert_int_equal(hex_read(shared_hex, expected, sizeof(expected)), x4_dh_shared_size(group));
    assert_valid(group, peer, btrue);

    x4s_dh_job job = {.group = group,
                      .work = x4c_dh_derive,
                      .key = dh_key_of(crypto, group, private),
                      .peer = peer,
                      .shared = shared};
    assert_true(run_one(&job));
    assert_memory_equal(shared, expected, x4_dh_shared_size(group));
    x4_dh_key_free(job.key);
    BN_free(private);
}

static void test_rfc5903_vectors(void **state)
{
    (void)state;
    for (size_t n = 0; n < x4m_countof(rfc5903); n++) {
        check_derivation(rfc5903[n].group, rfc5903[n].i, rfc5903[n].gr, rfc5903[n].shared);
        check_derivation(rfc5903[n].group, rfc5903[n].r, rfc5903[n].gi, rfc5903[n].shared);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_sides_agree),
        cmocka_unit_test(test_a_shared_value_of_zeros_is_none),
        cmocka_unit_test(test_batch_of_different_work),
        cmocka_unit_test(test_generate_without_memory),
        cmocka_unit_test(test_modp_values_are_powers),
        cmocka_unit_test(test_shared_value_is_padded),
        cmocka_unit_test(test_public_value_is_padded),
        cmocka_unit_test(test_modp_edges),
        cmocka_unit_test(test_confinement_to_a_small_subgroup),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_point_off_the_curve),
        cmocka_unit_test(test_coordinate_beyond_the_prime),
        cmocka_unit_test(test_rfc5903_vectors),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
