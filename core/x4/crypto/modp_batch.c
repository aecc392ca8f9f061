/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/modp_batch.h"

#include <string.h>

#include <openssl/rand.h>

#include "x4/core/memory.h"
#include "x4/crypto/internal.h"

/* What a kernel has written, and no more: it is 50 KB of 170 where 8 peers have MODP-2048. */
static void wipe(const x4s_modp_field *field, unsigned width, x4s_modp_work *work)
{
    const size_t size = (width == 1 ? x4m_modp_stride(field->limbs) : field->limbs * width) * 8;
    x4_wipe(work->value, size);
    x4_wipe(work->exponent, (size_t)x4c_modp_exponent_words * width * 8);
    x4_wipe(work->power, size);
    x4_wipe(work->factor, size);
    x4_wipe(work->quotient, size);
    x4_wipe(work->sum, 2 * size + x4c_modp_align);
    x4_wipe(work->table, (1U << x4c_modp_window) * size);
    if (width == 1)
        x4_wipe(work->shifted, sizeof(work->shifted));
}

/* -------------------------------------------------------------------------- which kernel */

/*
 * How many peers alone, one after the other, take no longer than four or eight at a time do: the
 * kernel `across` has a part that does not get shorter with the number, so it gains with its
 * length. Measured: docs/modp.md.
 */
static size_t alone_max(const x4s_modp_field *field)
{
    return field->limbs <= 20 ? 1 : field->limbs <= 40 ? 2 : 3;
}

static const x4s_modp_kernel *kernel_for(const x4s_modp_field *field, size_t count)
{
    if (count <= alone_max(field))
        return &x4_modp_across;
    return count <= x4_modp_lanes4.width ? &x4_modp_lanes4 : &x4_modp_lanes8;
}

size_t x4_modp_idle(const x4s_modp_field *field, size_t count)
{
    const size_t last = count % x4_modp_lanes8.width;
    return last > alone_max(field) ? kernel_for(field, last)->width - last : 0;
}

/* -------------------------------------------------------------------------- batches */

static void enter(const x4s_modp_field *field, unsigned width, x4s_modp_work *work, unsigned lane,
                  const x4s_modp_power *power)
{
    for (unsigned i = 0; i < x4c_modp_exponent_words; i++)
        work->exponent[i * width + lane] = power->exponent[i];
    if (power->base)
        x4_modp_read(field, work->value + lane, width, power->base);
}

/* Lanes without a peer have zeros, which cost no more and no less. */
static void run(const x4s_modp_field *field, const x4s_modp_kernel *kernel, x4s_modp_work *work,
                const x4s_modp_power *powers, unsigned count)
{
    for (unsigned lane = 0; lane < count; lane++)
        enter(field, kernel->width, work, lane, &powers[lane]);
    if (powers->base)
        kernel->power(field, work, field->exponent_bits);
    else
        kernel->comb(field, work);
    for (unsigned lane = 0; lane < count; lane++)
        x4_modp_write(field, powers[lane].out, work->value + lane, kernel->width);
    wipe(field, kernel->width, work);
}

void x4_modp_run(const x4s_modp_field *field, x4s_modp_work *work, const x4s_modp_power *powers,
                 size_t count)
{
    while (count > 0) {
        const x4s_modp_kernel *kernel = kernel_for(field, count);
        const size_t now = x4m_min(count, (size_t)kernel->width);
        run(field, kernel, work, powers, (unsigned)now);
        powers += now;
        count -= now;
    }
}

bval x4_modp_exponent(const x4s_modp_field *field, uint64_t *exponent)
{
    const unsigned top = field->exponent_bits - 1;
    const unsigned words = top / 64 + 1;
    memset(exponent, 0, x4c_modp_exponent_words * sizeof(*exponent));
    if (!x4_crypto_result(
            RAND_priv_bytes_ex(NULL, (uint8_t *)exponent, words * sizeof(*exponent), 0) == 1))
        return bfalse;
    const uint64_t highest = UINT64_C(1) << (top % 64);
    exponent[words - 1] = (exponent[words - 1] & (highest - 1)) | highest;
    return btrue;
}
