/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_FRAGMENT_H
#define X4_IKE_FRAGMENT_H

/*
 * Messages in several datagrams, by payload 132 as Cisco's and Microsoft's IKEv1 have it:
 *
 *      0                   1                   2                   3
 *     |          fragment ID          |    number     |     last      |
 *     |                        part of the message                    ~
 *
 * Each fragment is an ISAKMP message in the clear, whatever its flags say, with the cookies and
 * the message ID of the whole, which it is the only payload of. Numbers count from 1.
 *
 * A fragment is believed before anything of it is proven, so it has to belong to an exchange whose
 * cookies it knows; there is one message under way for each, for seconds, and a bounded number in
 * all. When there are too many, the oldest from the newcomer's address gives way, else the oldest.
 * A first message therefore comes in one piece: who sends one has nothing to be recognised by, and
 * it is short.
 */

#include "x4/ike/phase1.h"

/* Whether the configuration's size of fragments leaves room for a part of a message. */
bval x4_fragment_usable(const x4s_ike_config1 *config);

/* What the two sides do with fragments, `theirs` being the peer's abilities (x4/ike/vendor.h). */
void x4_fragment_agree(x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config, uint32_t theirs);

/* Sends one datagram. */
typedef bval (*x4f_fragment_send)(x4s_ike_xchg *xchg, const x4s_net_link *link, const void *data,
                                  size_t len);

/* Sends a message of `xchg` under phase 1, whole or in fragments. */
bval x4_fragment_send(x4s_ike_xchg1 *phase1, x4s_ike_xchg *xchg, const x4s_net_link *link,
                      const void *data, size_t len, x4f_fragment_send send) x4m_must_use;

/*
 * Takes a fragment, of which the header is read. *len is the length of the message that it
 * completes, which is written to `whole`; 0 while parts are missing.
 */
x4e_ike_reason x4_fragment_take(x4s_charon *charon, x4s_ike_message *message,
                                uint8_t whole[x4c_limit_message_in], size_t *len);

/* Forgets all. */
void x4_fragment_clear(x4s_charon *charon);

#endif
