/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_RECEIVE_H
#define X4_IKE_RECEIVE_H

/*
 * Which exchange a datagram belongs to.
 */

#include "x4/ike/message.h"

x4e_ike_reason x4_receive(x4s_charon *charon, const x4s_net_link *link, x4s_chunk raw);

#endif
