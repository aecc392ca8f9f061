/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SUITE_H
#define SHARD_SUITE_H

/*
 * Agreed algorithms as text, in the keywords of the configuration.
 */

#include "x4/ike/charon.h"

#define HUB_SUITE_TEXT 48

/* "aes128-sha256-modp2048". Returns text. */
char *hub_suite_phase1(const x4s_ike_transform1 *suite, char text[HUB_SUITE_TEXT]);

/* "aes128-sha256", "aes128gcm16-esn", "ah-sha256"; the PFS group is not in it. Returns text. */
char *hub_suite_phase2(const x4s_ike_transform2 *suite, char text[HUB_SUITE_TEXT]);

/* "deflate", "lzs"; "none". */
const char *hub_suite_ipcomp(uint8_t ipcomp);

/* "modp2048"; "none". */
const char *hub_suite_group(uint8_t group);

#endif
