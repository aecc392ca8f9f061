/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_MAIN_MODE_H
#define X4_IKE_MAIN_MODE_H

/*
 * Main mode with preshared keys (RFC 2409 5.4), as steps.
 */

#include "x4/ike/exchange.h"

extern const x4s_ike_step x4_main_mode_initiator[];
extern const x4s_ike_step x4_main_mode_responder[]; /* from the third message on */

#endif
