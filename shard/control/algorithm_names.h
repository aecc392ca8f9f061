/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_ALGORITHM_NAMES_H
#define SHARD_CONTROL_ALGORITHM_NAMES_H

/*
 * Agreed algorithms in the names that clients of strongSwan's control interface know: those of the
 * registries of IKEv2, as strongSwan writes them. NULL: there is none to be named.
 */

#include "x4/ike/charon.h"

/* "AES_CBC" of an x4e_cipher. */
const char *hub_name_cipher(uint8_t cipher);

/* "HMAC_SHA2_256_128" of an x4e_hash: what IKEv1 has of integrity is the PRF. */
const char *hub_name_hash_integ(uint8_t hash);

/* "PRF_HMAC_SHA2_256" of an x4e_hash. */
const char *hub_name_prf(uint8_t hash);

/* "MODP_2048" of an x4e_group. */
const char *hub_name_group(uint8_t group);

/* "AES_GCM_16" of ESP. */
const char *hub_name_esp(const x4s_ike_transform2 *suite);

/* "HMAC_SHA2_256_128" of ESP and AH. */
const char *hub_name_integ(const x4s_ike_transform2 *suite);

#endif
