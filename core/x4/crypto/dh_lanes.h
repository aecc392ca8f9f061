/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_DH_LANES_H
#define X4_CRYPTO_DH_LANES_H

/*
 * Diffie-Hellman with the vector unit, where the state has been given x4/crypto/modp.h. The jobs of
 * a group are done 8 at a time: first the key pairs that are needed, then the shared values.
 */

#include "x4/crypto/dh.h"

/* Whether the vector unit is for this job. Its key may be one of OpenSSL's. */
bval x4_dh_lanes_has(const x4s_crypto *crypto, const x4s_dh_job *job);

/* Does those of the jobs that it is for. */
void x4_dh_lanes_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count);

/* Up to x4c_modp_lanes_max key pairs of a group that there is a field for; how many were made. */
unsigned x4_dh_lanes_make(x4s_crypto *crypto, x4e_group group, x4s_dh_key **keys, unsigned count);

#endif
