/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_MESSAGE_H
#define X4_IKE_MESSAGE_H

/*
 * An ISAKMP message in parts: the header (RFC 2408 3.1) and the chain of payloads (3.2).
 */

#include "x4/ike/charon.h"
#include "x4/ike/isakmp.h"
#include "x4/ike/limits.h"
#include "x4/misc/writer.h"

typedef struct x4s_ike_header {
    uint8_t cookies[2 * x4c_isakmp_cookie]; /* initiator's, responder's */
    uint8_t first;                          /* type of the first payload */
    uint8_t exchange;
    uint8_t flags;
    uint32_t message_id;
} x4s_ike_header;

typedef struct x4s_ike_payload {
    uint8_t type;
    x4s_chunk body; /* behind the generic header; of the message's memory */
} x4s_ike_payload;

typedef struct x4s_ike_message {
    x4s_ike_header header;
    const x4s_net_link *link;
    x4s_chunk raw;   /* the datagram */
    uint64_t digest; /* keyed hash of raw: recognises a duplicate */
    uint8_t iv[16];  /* chaining value after an encrypted message */
    uint8_t count;
    x4s_ike_payload payloads[x4c_limit_payloads];
} x4s_ike_message;

/* The payloads that a message must have, may have, and may have more than once: bits by type. */
typedef struct x4s_ike_shape {
    uint32_t required;
    uint32_t optional;
    uint32_t repeated;
} x4s_ike_shape;

/* Checks and takes apart the header of `message->raw`. */
x4e_ike_reason x4_message_header(x4s_ike_message *message);

/*
 * Takes apart the chain of payloads in `chain`, which begins with header.first. Private payload
 * types are left out. `padded`: bytes may follow the last payload, as in a decrypted message.
 */
x4e_ike_reason x4_message_payloads(x4s_ike_message *message, x4s_chunk chain, bval padded);

/* The same for a message in the clear, all of it. */
x4e_ike_reason x4_message_clear(x4s_ike_message *message);

/* Whether the payloads are those that the shape says. */
x4e_ike_reason x4_message_fits(const x4s_ike_message *message, const x4s_ike_shape *shape);

/* The n-th payload of a type, counted from 0, or NULL. */
const x4s_ike_payload *x4_message_find(const x4s_ike_message *message, uint8_t type, unsigned n);

/* The body of the first payload of a type; empty if there is none. */
x4s_chunk x4_message_body(const x4s_ike_message *message, uint8_t type);

/* From the end of the first payload to the end of the last: what HASH(1) and HASH(2) cover. */
x4s_chunk x4_message_after_first(const x4s_ike_message *message);

/*
 * Builds a message. Payloads are opened one after the other; opening one closes the one before and
 * links it; x4_build_end closes the last and sets the length. Errors show in x4_build_end.
 */
typedef struct x4s_ike_build {
    x4s_writer w;
    size_t next_at;    /* where the type of the next payload belongs */
    size_t payload_at; /* where the open payload begins, 0 if none is open */
} x4s_ike_build;

void x4_build_begin(x4s_ike_build *build, void *buffer, size_t size, const x4s_ike_header *header);
void x4_build_payload(x4s_ike_build *build, uint8_t type);
void x4_build_body(x4s_ike_build *build, uint8_t type, x4s_chunk body);

/* Closes the last payload; the position is the end of the payloads, where padding would begin. */
void x4_build_close(x4s_ike_build *build);

/* Closes, pads with zeros to a multiple of `block` behind the header (0: not), sets the length. */
bval x4_build_end(x4s_ike_build *build, size_t block) x4m_must_use;

#endif
