/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Exponentiation with the vector unit: all three kernels have to agree, and with OpenSSL. The
 * assertions of x4/crypto/modp_kernel.h about limbs and columns are on in this build.
 *
 * The input: a group; how many bytes of exponents count, 1 to 8; eight exponents of so many bytes;
 * then for each of eight bases the byte that it is filled with, how many bytes follow, and those,
 * from its highest on.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/input.h"
#include "tests/modp/powers.h"
#include "tests/sim/check.h"

enum { LANES = 8, EXPONENT_MAX = 8 };

static x4s_modp *modp;
static x4s_modp_work *work;
static bool asked;

/* False where the processor cannot. */
static bool is_open(void)
{
    const char *why;
    if (!asked) {
        asked = true;
        modp = x4_modp_new(NULL, &why);
        work = x4_modp_work_new(&x4_libc_allocator);
    }
    return modp && work;
}

static void read_base(struct input *input, const x4s_modp_field *field, struct power *power)
{
    memset(power->base, input_u8(input), field->bytes);
    const size_t given = input_u8(input);
    for (size_t i = 0; i < given && i < field->bytes && input->left; i++)
        power->base[i] = input_u8(input);
}

/* A multiple of p comes out as p, which OpenSSL has as 0: nobody gives one, x4_dh_public_valid. */
static bool is_multiple(const struct powers_openssl *openssl, const x4s_modp_field *field,
                        const struct power *power)
{
    BN_bin2bn(power->base, (int)field->bytes, openssl->base);
    return BN_is_zero(openssl->base) || BN_cmp(openssl->base, openssl->prime) == 0;
}

static void compare(const x4s_modp_field *field, struct power *powers, unsigned bits)
{
    struct powers_openssl openssl;
    powers_openssl_init(&openssl, field);
    for (unsigned i = 0; i < LANES; i++) {
        if (is_multiple(&openssl, field, &powers[i]))
            powers[i].base[field->bytes - 1] ^= 1;
        powers_expect(&openssl, field, &powers[i], bits, false);
    }
    powers_openssl_fini(&openssl);
    for (size_t k = 0; k < x4m_countof(powers_kernels); k++)
        for (unsigned i = 0; i < LANES; i += powers_kernels[k]->width)
            sim_check(powers_right(powers_kernels[k], field, work, powers + i, bits, false),
                      "another result");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const x4e_group groups[] = {x4c_group_modp1024, x4c_group_modp1536, x4c_group_modp2048,
                                       x4c_group_modp3072, x4c_group_modp4096};
    static struct power powers[LANES];
    struct input input = {data, size};
    if (!is_open())
        return 0;
    memset(powers, 0, sizeof(powers));
    const x4s_modp_field *field =
        x4_modp_field_of(modp, groups[input_u8(&input) % x4m_countof(groups)]);
    const unsigned bytes = input_u8(&input) % EXPONENT_MAX + 1;
    for (unsigned i = 0; i < LANES; i++)
        for (unsigned k = 0; k < bytes; k++)
            powers[i].exponent[k] = input_u8(&input);
    for (unsigned i = 0; i < LANES; i++)
        read_base(&input, field, &powers[i]);
    compare(field, powers, 8 * bytes);
    return 0;
}
