/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_NEW_GROUP_H
#define X4_IKE_NEW_GROUP_H

/*
 * New group mode (RFC 2409 5.6): a peer describes a Diffie-Hellman group of its own. None is
 * accepted, because whoever chooses the prime can choose one in which logarithms are easy. The
 * answer is what the RFC wants of a responder that does not accept a group.
 */

#include "x4/ike/phase1.h"

/* A message of new group mode under an ISAKMP SA, not decrypted yet. Never x4c_ike_none. */
x4e_ike_reason x4_new_group_receive(x4s_ike_xchg1 *xchg, x4s_ike_message *message);

#endif
