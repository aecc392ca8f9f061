/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_INFORM_H
#define X4_IKE_INFORM_H

/*
 * The informational exchange (RFC 2409 5.7): one message, protected with HASH(1) once the ISAKMP SA
 * is there. Nothing that comes in the clear changes anything: it is traced, and remembered as a
 * hint for the day when the exchange has timed out anyway.
 */

#include "x4/ike/phase2.h"

/* A message of the informational exchange. */
x4e_ike_reason x4_inform_receive(x4s_charon *charon, x4s_ike_message *message);

/*
 * Answers a refused first message of a stranger's in the clear: never with more bytes than came,
 * and at most once in x4c_limit_refuse_ms, whoever asks. What is not sent is counted.
 */
void x4_inform_refuse_unknown(x4s_charon *charon, const x4s_ike_message *message,
                              x4e_ike_reason reason);

/* Whether a message brings this notify: peers send INITIAL-CONTACT with their identity, too. */
bval x4_inform_has(const x4s_ike_message *message, uint16_t type);

/* The authenticated peer has forgotten its older SAs: tells the user, once. */
void x4_inform_contact(x4s_ike_xchg1 *xchg);

/* The same, where a message of quick mode says so. */
void x4_inform_take_contact(x4s_ike_xchg1 *xchg, const x4s_ike_message *message);

/*
 * What came before the responder's last message of phase 1 and did not open, now that the SA is
 * there: informational messages are not repeated (RFC 2409 5.7), and networks reorder.
 */
void x4_inform_early(x4s_ike_xchg1 *xchg, x4s_chunk early);

/* An error to the peer of an unfinished phase 1: in the clear, seldom. */
void x4_inform_error1(x4s_ike_xchg1 *xchg, uint16_t notify);

/*
 * An error about what the peer asked for under an ISAKMP SA in the exchange of that message ID: an
 * ESP or AH SA in quick mode, else the ISAKMP SA itself, without SPI. Repetitions are bounded:
 * bfalse when it was not sent.
 */
bval x4_inform_error2(x4s_ike_xchg1 *xchg, uint32_t about, uint8_t protocol, uint32_t spi,
                      uint16_t notify);

/* A message of dead peer detection, over the SA's link or one where the peer may be. */
void x4_inform_dpd(x4s_ike_xchg1 *xchg, const x4s_net_link *link, uint16_t type, uint32_t sequence);

/* The ISAKMP SA itself is gone. */
void x4_inform_delete1(x4s_ike_xchg1 *xchg);

/* The SAs that we received on are gone, all of a bundle. */
void x4_inform_delete2(x4s_ike_xchg1 *xchg, const x4s_ike_xchg2 *gone);

/* Adds a notify about an ESP or AH SA of ours to a message of quick mode. */
void x4_inform_put_notify2(x4s_ike_build *build, uint8_t protocol, uint32_t spi, uint16_t type);

/*
 * RESPONDER-LIFETIME (RFC 2407 4.6.3.1): as responder we keep an SA for less than the peer has
 * offered. In phase 1 it is a message of its own.
 */
void x4_inform_lifetime1(x4s_ike_xchg1 *xchg, const x4s_ike_lifetime *lifetime);
void x4_inform_put_lifetime2(x4s_ike_build *build, uint8_t protocol, uint32_t spi,
                             const x4s_ike_lifetime *lifetime);

/* What such a notify of the responder's says within quick mode. */
x4s_ike_lifetime x4_inform_lifetime2(const x4s_ike_message *message);

#endif
