/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_ISAKMP_H
#define X4_IKE_ISAKMP_H

/*
 * Numbers of the wire: RFC 2408 (ISAKMP), RFC 2407 (IPsec DOI), RFC 2409 (IKE).
 */

#include "x4/core/types.h"

#define x4c_isakmp_header  28 /* RFC 2408 3.1 */
#define x4c_isakmp_cookie  8
#define x4c_isakmp_version 0x10 /* req 2408-3.1-1 2408-3.1-3 */
#define x4c_isakmp_generic 4    /* generic payload header, RFC 2408 3.2 */

/* Payload types, RFC 2408 3.1. */
enum {
    x4c_payload_none = 0,
    x4c_payload_sa = 1,
    x4c_payload_proposal = 2,
    x4c_payload_transform = 3,
    x4c_payload_ke = 4,
    x4c_payload_id = 5,
    x4c_payload_cert = 6,
    x4c_payload_cr = 7,
    x4c_payload_hash = 8,
    x4c_payload_sig = 9,
    x4c_payload_nonce = 10,
    x4c_payload_notify = 11,
    x4c_payload_delete = 12,
    x4c_payload_vid = 13,
    x4c_payload_attributes = 14, /* draft-dukes-ike-mode-cfg-02 3.2 */
    x4c_payload_nat_d = 20,      /* RFC 3947 3.2 */
    x4c_payload_nat_oa = 21,     /* RFC 3947 5.2 */
    x4c_payload_private = 128,
    x4c_payload_nat_d_draft = 130, /* draft-ietf-ipsec-nat-t-ike-03 and before */
    x4c_payload_nat_oa_draft = 131,
    x4c_payload_fragment = 132,
};

/* Exchange types, RFC 2408 3.1 and RFC 2409 Appendix A. */
enum {
    x4c_exchange_main = 2,
    x4c_exchange_aggressive = 4,
    x4c_exchange_informational = 5,
    x4c_exchange_transaction = 6, /* draft-dukes-ike-mode-cfg-02 3.1 */
    x4c_exchange_quick = 32,
    x4c_exchange_new_group = 33,
};

/* Flags, RFC 2408 3.1. */
enum {
    x4c_flag_encryption = 1,
    x4c_flag_commit = 2,
    x4c_flag_auth_only = 4,
};

#define x4c_doi_ipsec          1 /* RFC 2407 4 */
#define x4c_situation_identity 1 /* RFC 2407 4.2.1 */
/* req 2407-4.4.1-1 2408-A.3-1 */
#define x4c_protocol_isakmp   1 /* RFC 2407 4.4.1 */
#define x4c_protocol_ah       2
#define x4c_protocol_esp      3
#define x4c_protocol_ipcomp   4
#define x4c_protocol_last     x4c_protocol_ipcomp
#define x4c_transform_key_ike 1 /* RFC 2407 4.4.2 */
#define x4c_nonce_min         8 /* RFC 2409 5 */
#define x4c_nonce_max         256

/* Phase 1 attributes, RFC 2409 Appendix A. */
enum {
    x4c_attr1_cipher = 1,
    x4c_attr1_hash = 2,
    x4c_attr1_auth = 3,
    x4c_attr1_group = 4,
    x4c_attr1_group_type = 5,
    x4c_attr1_life_type = 11,
    x4c_attr1_life_duration = 12,
    x4c_attr1_key_length = 14,
};

/* Phase 2 attributes, RFC 2407 4.5. */
enum {
    x4c_attr2_life_type = 1,
    x4c_attr2_life_duration = 2,
    x4c_attr2_group = 3,
    x4c_attr2_mode = 4,
    x4c_attr2_integ = 5,
    x4c_attr2_key_length = 6,
    x4c_attr2_esn = 11, /* RFC 4304 */
};

/* Added to the encapsulation mode for UDP: RFC 3947 5.1, and its drafts. */
#define x4c_mode_offset_rfc   2
#define x4c_mode_offset_draft 61442

/* req 3948-1-2 3948-2.1-4 */
#define x4c_spi_first 256 /* 1 to 255 are reserved, RFC 2406 2.1 */
#define x4c_spi_size  4
#define x4c_cpi_size  2 /* or 4 */

#define x4c_life_seconds   1
#define x4c_life_kilobytes 2
#define x4c_life_default   28800 /* RFC 2407 4.5: a phase 2 SA without a lifetime */

/* Notify message types, RFC 2408 3.14.1 and RFC 2407 4.6.3. */
enum {
    x4c_notify_no_proposal = 14,
    x4c_notify_invalid_id = 18,
    x4c_notify_invalid_hash = 23,
    x4c_notify_auth_failed = 24,
    x4c_notify_error_private = 8192, /* and above, to the last: errors for private use */
    x4c_notify_error_last = 16383,
    x4c_notify_connected = 16384,
    x4c_notify_responder_lifetime = 24576, /* RFC 2407 4.6.3.1 */
    x4c_notify_initial_contact = 24578,
    x4c_notify_are_you_there = 36136, /* RFC 3706 5.3 */
    x4c_notify_are_you_there_ack = 36137,
};

/* "NO-PROPOSAL-CHOSEN", or "" for a type without a name. */
const char *x4_notify_name(uint16_t type);

#endif
