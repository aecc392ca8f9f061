/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_PROPOSAL_H
#define SHARD_CONFIG_PROPOSAL_H

/*
 * Proposals as swanctl.conf writes them: keywords joined by dashes, several proposals separated by
 * commas.
 *
 *     proposals      aes256-sha256-modp2048     cipher, hash, group; the PRF is the hash's
 *     esp_proposals  aes128-sha256              cipher, hash
 *                    aes128gcm16-modp2048-esn   authenticated cipher, and a group for PFS
 *     ah_proposals   sha256-modp2048            hash or GMAC
 *
 * Several keywords of a kind in one proposal stand for all combinations, the rightmost varying
 * fastest; a transform that was there before is left out. "default" stands for what is considered
 * safe: neither MD5 nor DES nor 3DES nor a MODP group below 2048 bits.
 */

#include <stdbool.h>
#include <stddef.h>

#include "x4/ike/charon.h"

/* Bytes of the text that tells why a proposal is refused. */
#define HUB_PROPOSAL_PROBLEM 256

/*
 * The transforms that a list of proposals means, in its order, without lifetimes; authentication is
 * by preshared key. False: `problem` is set to what is wrong and what was expected.
 */
bool hub_proposal_phase1(const char *text, x4s_ike_transform1 out[x4c_ike_transforms1_max],
                         size_t *count, char problem[HUB_PROPOSAL_PROBLEM]);

/*
 * The same for ESP; the mode is left 0. Transforms whose PFS group is that of the first one come
 * first: an offer has one group, so their order among those of other groups means nothing.
 */
bool hub_proposal_phase2(const char *text, x4s_ike_transform2 out[x4c_ike_transforms2_max],
                         size_t *count, char problem[HUB_PROPOSAL_PROBLEM]);

/* The same for AH. */
bool hub_proposal_ah(const char *text, x4s_ike_transform2 out[x4c_ike_transforms2_max],
                     size_t *count, char problem[HUB_PROPOSAL_PROBLEM]);

#endif
