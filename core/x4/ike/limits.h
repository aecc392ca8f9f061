/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_LIMITS_H
#define X4_IKE_LIMITS_H

/*
 * Every bound of the engine, with its reason.
 */

#include "x4/core/types.h"

/* Messages that we build: a chain of certificates with long RSA keys fits. */
#define x4c_limit_message_out 16384

/* Messages that we read: a chain of certificates fits; they are decrypted on the stack. */
#define x4c_limit_message_in 16384

/* Payloads of one message. Real peers send up to 20 vendor IDs in one. */
#define x4c_limit_payloads 48

/* Bytes of a vendor ID that are traced: the known ones have up to 48. */
#define x4c_limit_vendor_traced 64

/* Transforms over all proposals of one SA payload. Legacy clients offer some twenty. */
#define x4c_limit_transforms 128

/* Bytes of an SA payload in a first message, which are kept until the peer is proven. */
#define x4c_limit_sa_body 4096

/* Bytes of an identity. A distinguished name is the longest that is sensible. */
#define x4c_limit_id_body 1024

/* Bytes of an identification payload of quick mode: a selector, or the name of a host. */
#define x4c_limit_id2_body 132

/* Notify and delete payloads of one informational message that are acted upon. */
#define x4c_limit_spis 256

/*
 * Message IDs of the peer's remembered per ISAKMP SA, against replays of exchanges that are gone:
 * so many of dead peer detection, whose numbers tell replays too, and so many of all others, for
 * which the memory is taken as they come.
 */
#define x4c_limit_recent 8
#define x4c_limit_seen   64

/* Message IDs that an instance is taken to have used beyond one a second, when an SA is resumed. */
#define x4c_limit_own_ids_spare 1024

/* A peer of a resumed SA is asked at another address at most so often, where dpd_sec is 0. */
#define x4c_limit_challenge_sec 10

/* First messages that one duplicate may make us answer again (no timer ever does). */
#define x4c_limit_half_open_answers 3

/*
 * An answered first message does not give way to others in all before it is so old: its peer's next
 * message needs a round trip, and on slow devices a computation of Diffie-Hellman.
 */
#define x4c_limit_young_ms 2000

/* That first messages are not answered is told at most so often. */
#define x4c_limit_pressed_ms 60000

/* Public-key jobs of one batch. */
#define x4c_limit_batch 64

/*
 * Messages of one exchange whose hash, signature, certificate or identity is refused: so many are
 * looked at as they come, then one in so many milliseconds. They do not end the exchange: somebody
 * on the way can have changed them.
 */
#define x4c_limit_auth_failures 8
#define x4c_limit_auth_ms       1000

/* Private keys that are kept ready between their uses. */
#define x4c_limit_private_keys 64

/* Answers to one request for a new group, the first included. */
#define x4c_limit_new_group_answers 4

/* Transactions under one ISAKMP SA, those kept for repetitions included. */
#define x4c_limit_transactions 16

/*
 * Messages that come in fragments: how many in all are put together at a time, of how many parts
 * each, and how long a missing one is waited for. A repetition comes after some seconds.
 */
#define x4c_limit_assemblies   256
#define x4c_limit_fragments    128
#define x4c_limit_fragments_ms 10000

/*
 * Extended authentication: questions to one user, and what one answer may have. A name, a password
 * and a domain of 255 bytes each fit.
 */
#define x4c_limit_xauth_rounds 8
#define x4c_limit_xauth_items  8
#define x4c_limit_xauth_values 1024

/* Our nonces, bytes: RFC 2409 5 wants 8 to 256; half the longest PRF key is enough entropy. */
#define x4c_limit_nonce_own 32

/* Bytes of an informational message that is kept until the last message of phase 1 is there. */
#define x4c_limit_early 512

/* Notify messages to one unauthenticated exchange, at most one in so many milliseconds. */
#define x4c_limit_notify_ms 1000

/*
 * Notify messages in answer to first messages, at most one in so many milliseconds for the whole
 * instance: their senders' addresses are anybody's.
 */
#define x4c_limit_refuse_ms 1000

/* KEYMAT of one SA: AES-256 key and salt or SHA2-512 key. */
#define x4c_limit_keymat 128

_Static_assert(x4c_limit_payloads <= UINT8_MAX, "payload counts are bytes");

#endif
