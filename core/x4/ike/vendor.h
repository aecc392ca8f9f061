/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_VENDOR_H
#define X4_IKE_VENDOR_H

/*
 * Vendor IDs (RFC 2408 3.16): what peers say about themselves and about extensions that they know.
 */

#include "x4/ike/message.h"

/* Extensions that both sides may use once both have said so. XAUTH and Unity are only said. */
enum {
    x4c_ability_natt = 0xff,  /* x4e_ike_natt; the newest common version is used */
    x4c_ability_dpd = 1 << 8, /* RFC 3706 */
    x4c_ability_xauth = 1 << 9,
    x4c_ability_unity = 1 << 10,
    x4c_ability_fragments = 1 << 11,
};

/* The abilities that a message's vendor IDs announce. Known ones are traced by name. */
uint32_t x4_vendor_abilities(x4s_charon *charon, const x4s_ike_message *message);

/* Those of the abilities whose payloads have room in so many bytes, the most important first. */
uint32_t x4_vendor_fitting(uint32_t abilities, size_t room);

/* Adds a vendor ID payload for each of the abilities. */
void x4_vendor_announce(x4s_ike_build *build, uint32_t abilities);

#endif
