/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/modp_batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/modp/powers.h"

enum { BATCH = 17 };

static x4s_modp *modp;
static x4s_modp_work *work;

static const x4e_group groups[] = {x4c_group_modp1024, x4c_group_modp1536, x4c_group_modp2048,
                                   x4c_group_modp3072, x4c_group_modp4096};

static int setup(void **state)
{
    const char *why;
    (void)state;
    modp = x4_modp_new(NULL, &why);
    work = x4_modp_work_new(&x4_libc_allocator);
    return work ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_modp_work_free(&x4_libc_allocator, work);
    x4_modp_free(modp);
    return 0;
}

static void assert_wiped(void)
{
    static const x4s_modp_work zero;
    assert_memory_equal(work, &zero, sizeof(zero));
}

/* ------------------------------------------------------------------ edges */

typedef enum value { ZERO, ONE, TWO, TOP_LESS, TOP, PRIME, ABOVE, ONES, VALUES } value;

static void set_base(const x4s_modp_field *field, value which, uint8_t *bytes)
{
    BIGNUM *number = BN_new();
    memset(bytes, which == ONES ? 0xff : 0, field->bytes);
    assert_true(x4_modp_prime(field, number));
    if (which < TOP_LESS)
        bytes[field->bytes - 1] = (uint8_t)which;
    else if (which < ONES) {
        BN_add_word(number, 2);
        BN_sub_word(number, (BN_ULONG)(2 + ABOVE - 1 - which));
        BN_bn2binpad(number, bytes, (int)field->bytes);
    }
    BN_free(number);
}

/* Multiples of p come out as p: nobody gives them, x4_dh_public_valid. */
static bval is_multiple(value which)
{
    return which == ZERO || which == PRIME;
}

typedef enum edge { E_ZERO, E_ONE, E_TWO, E_HIGH, E_LOW_ONES, E_ONES, EXPONENTS } edge;

static void set_exponent(edge which, unsigned bits, uint8_t *bytes)
{
    memset(bytes, which == E_ONES ? 0xff : 0, POWERS_EXPONENT);
    if (which == E_ONE || which == E_TWO)
        bytes[0] = (uint8_t)which;
    if (which == E_HIGH)
        bytes[(bits - 1) / 8] = (uint8_t)(1 << (bits - 1) % 8);
    if (which == E_LOW_ONES)
        memset(bytes, 0xff, bits / 16);
}

/* Exponents of one window, of the length in use, and as long as the prime. */
static void test_edges(void **state)
{
    (void)state;
    if (!modp)
        skip();
    for (size_t g = 0; g < x4m_countof(groups); g++) {
        const x4s_modp_field *field = x4_modp_field_of(modp, groups[g]);
        const unsigned lengths[] = {4, 64, field->exponent_bits, 8 * field->bytes};
        static struct power powers[8];
        struct powers_openssl openssl;
        powers_openssl_init(&openssl, field);
        for (size_t l = 0; l < x4m_countof(lengths); l++)
            for (edge e = E_ZERO; e < EXPONENTS; e++) {
                for (value v = ZERO; v < VALUES; v++) {
                    set_base(field, is_multiple(v) ? ONE : v, powers[v].base);
                    set_exponent(e, lengths[l], powers[v].exponent);
                    powers_expect(&openssl, field, &powers[v], lengths[l], false);
                }
                for (size_t k = 0; k < x4m_countof(powers_kernels); k++)
                    for (unsigned i = 0; i < 8; i += powers_kernels[k]->width)
                        assert_true(powers_right(powers_kernels[k], field, work, powers + i,
                                                 lengths[l], false));
            }
        powers_openssl_fini(&openssl);
    }
    memset(work, 0, sizeof(*work));
}

/* 2 to the power of all edges, by the comb. */
static void test_comb_edges(void **state)
{
    (void)state;
    if (!modp)
        skip();
    for (size_t g = 0; g < x4m_countof(groups); g++) {
        const x4s_modp_field *field = x4_modp_field_of(modp, groups[g]);
        static struct power powers[8];
        struct powers_openssl openssl;
        powers_openssl_init(&openssl, field);
        for (unsigned i = 0; i < 8; i++) {
            set_exponent((edge)(i % EXPONENTS), field->exponent_bits, powers[i].exponent);
            powers_expect(&openssl, field, &powers[i], field->exponent_bits, true);
        }
        for (size_t k = 0; k < x4m_countof(powers_kernels); k++)
            for (unsigned i = 0; i < 8; i += powers_kernels[k]->width)
                assert_true(powers_right(powers_kernels[k], field, work, powers + i,
                                         field->exponent_bits, true));
        powers_openssl_fini(&openssl);
    }
    memset(work, 0, sizeof(*work));
}

/* ------------------------------------------------------------------ batches */

typedef struct batch_run {
    uint64_t exponents[BATCH][x4c_modp_exponent_words];
    struct power powers[BATCH];
    uint8_t results[BATCH][x4c_modp_bytes_max + 1];
    x4s_modp_power batch[BATCH];
} batch_run;

/* `same`: all have the same base and exponent. */
static void prepare(batch_run *run, const x4s_modp_field *field, bval base, bval same)
{
    struct powers_openssl openssl;
    powers_openssl_init(&openssl, field);
    for (unsigned i = 0; i < BATCH; i++) {
        struct power *power = &run->powers[i];
        if (same && i > 0)
            memcpy(run->exponents[i], run->exponents[0], sizeof(run->exponents[i]));
        else
            assert_true(x4_modp_exponent(field, run->exponents[i]));
        memset(power->exponent, 0, sizeof(power->exponent));
        memcpy(power->exponent, run->exponents[i], sizeof(run->exponents[i]));
        for (unsigned k = 0; k < field->bytes; k++)
            power->base[k] = (uint8_t)(k * 7 + 13 * (same ? 0 : i) + 1);
        powers_expect(&openssl, field, power, field->exponent_bits, !base);
        run->batch[i] =
            (x4s_modp_power){run->exponents[i], base ? power->base : NULL, run->results[i]};
    }
    powers_openssl_fini(&openssl);
}

static void test_sizes(void **state)
{
    (void)state;
    static batch_run run;
    if (!modp)
        skip();
    for (size_t g = 0; g < x4m_countof(groups); g++)
        for (unsigned kind = 0; kind < 4; kind++) {
            const x4s_modp_field *field = x4_modp_field_of(modp, groups[g]);
            prepare(&run, field, kind & 1, (kind & 2) != 0);
            for (unsigned count = 0; count <= BATCH; count++) {
                memset(run.results, 0xee, sizeof(run.results));
                x4_modp_run(field, work, run.batch, count);
                assert_wiped();
                for (unsigned i = 0; i < count; i++) {
                    assert_memory_equal(run.results[i], run.powers[i].result, field->bytes);
                    assert_int_equal(run.results[i][field->bytes], 0xee);
                }
                if (count < BATCH)
                    assert_int_equal(run.results[count][0], 0xee);
            }
        }
}

/* As many bits as the group asks for, the highest of them set, and others each time. */
static void test_exponents(void **state)
{
    (void)state;
    if (!modp)
        skip();
    for (size_t g = 0; g < x4m_countof(groups); g++) {
        const x4s_modp_field *field = x4_modp_field_of(modp, groups[g]);
        uint64_t seen_set[x4c_modp_exponent_words] = {0};
        for (unsigned i = 0; i < 64; i++) {
            uint64_t exponent[x4c_modp_exponent_words];
            assert_true(x4_modp_exponent(field, exponent));
            const unsigned top = field->exponent_bits - 1;
            assert_int_equal(exponent[top / 64] >> (top % 64), 1);
            for (unsigned k = top / 64 + 1; k < x4c_modp_exponent_words; k++)
                assert_int_equal(exponent[k], 0);
            for (unsigned k = 0; k < x4c_modp_exponent_words; k++)
                seen_set[k] |= exponent[k];
        }
        for (unsigned i = 0; i < field->exponent_bits / 64; i++)
            assert_int_equal(seen_set[i], UINT64_MAX);
    }
}

/* With what is idle the count is what a kernel does at once, where it pays. */
static void test_idle(void **state)
{
    (void)state;
    if (!modp)
        skip();
    const x4s_modp_field *field = x4_modp_field_of(modp, x4c_group_modp2048);
    static const size_t idle[] = {0, 0, 0, 1, 0, 3, 2, 1, 0, 0, 0, 1, 0, 3, 2, 1, 0};
    for (size_t count = 0; count < x4m_countof(idle); count++)
        assert_int_equal(x4_modp_idle(field, count), idle[count]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges), cmocka_unit_test(test_comb_edges),
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_exponents),
        cmocka_unit_test(test_idle),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
