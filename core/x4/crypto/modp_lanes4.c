/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/modp_kernel.h"

#if defined(__x86_64__)

#define x4m_lanes 4
#include "x4/crypto/modp_tile.h"

#include "x4/crypto/modp_power.h"

const x4s_modp_kernel x4_modp_lanes4 = {
    .name = "lanes4",
    .width = x4m_lanes,
    .power = power,
    .comb = comb,
};

#else /* x4_modp_new() finds no processor for it */

const x4s_modp_kernel x4_modp_lanes4 = {.name = "lanes4", .width = 4};

#endif
