/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_MAIN_MODE_H
#define X4_IKE_MAIN_MODE_H

/*
 * Main mode with preshared keys (RFC 2409 5.4), as steps.
 */

#include "x4/ike/exchange.h"

extern const x4s_ike_step x4_main_mode_initiator[];
extern const x4s_ike_step x4_main_mode_responder[]; /* from the third message on */

/*
 * Whether a third message can be one, before an exchange is made for it: its payloads, and the
 * lengths of what they carry for the group that was agreed.
 */
x4e_ike_reason x4_main_mode_check_3(x4s_ike_message *message, x4e_group group);

#endif
