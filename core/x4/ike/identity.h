/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_IDENTITY_H
#define X4_IKE_IDENTITY_H

/*
 * Identification payloads (RFC 2407 4.6.2): who a peer is in phase 1, what traffic an SA carries in
 * phase 2.
 */

#include "x4/core/memory.h"
#include "x4/ike/charon.h"
#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

/* Bytes of an Identification payload's body before the data. */
#define x4c_identity_fixed 4

/* An identity in memory of its own. Zeroed is empty. */
typedef struct x4s_ike_identity {
    uint8_t *data;
    uint16_t len;
    uint8_t type;
} x4s_ike_identity;

/* Whether an identity can be sent: a known type, a length and a content that fit it. */
bval x4_identity_valid(const x4s_ike_id *id);

/* Reads a phase 1 payload's body; *id points into it. */
x4e_ike_reason x4_identity_parse(x4s_chunk body, x4s_ike_id *id);

/* Writes the body of a phase 1 payload: type, no protocol, no port, data. */
void x4_identity_write(x4s_writer *w, const x4s_ike_id *id);

bval x4_identity_copy(const x4s_allocator *allocator, x4s_ike_identity *to,
                      const x4s_ike_id *from) x4m_must_use;
void x4_identity_free(const x4s_allocator *allocator, x4s_ike_identity *identity);
x4s_ike_id x4_identity_view(const x4s_ike_identity *identity);

/* Phase 2: the body as a traffic selector. Names and key IDs select no traffic: bad_id. */
x4e_ike_reason x4_selector_parse(x4s_chunk body, x4s_net_selector *selector);
void x4_selector_write(x4s_writer *w, const x4s_net_selector *selector);

#endif
