/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_SA_PAYLOAD_H
#define X4_IKE_SA_PAYLOAD_H

/*
 * The SA payload (RFC 2408 3.4 to 3.6, RFC 2407 4.6.1): proposals that hold transforms, the same in
 * both phases; what a transform means is proposal1.h's and proposal2.h's.
 */

#include "x4/ike/limits.h"
#include "x4/ike/message.h"
#include "x4/ike/reasons.h"
#include "x4/misc/reader.h"

/* One transform of one proposal, as a view into the payload. */
typedef struct x4s_ike_offered {
    uint8_t proposal; /* number */
    uint8_t protocol;
    bval bundled;    /* other proposals have the same number: all or none (RFC 2408 4.2) */
    uint8_t payload; /* which proposal payload it is of, counted from 0 */
    x4s_chunk spi;
    uint8_t number;
    uint8_t id;
    x4s_chunk attributes;
} x4s_ike_offered;

typedef struct x4s_ike_offers {
    size_t count;
    x4s_ike_offered list[x4c_limit_transforms];
} x4s_ike_offers;

/* Takes an SA payload's body apart, in the order of the wire. */
x4e_ike_reason x4_sa_parse(x4s_chunk body, x4s_ike_offers *offers);

/*
 * Writes an SA payload piece by piece: begin, then for each proposal x4_sa_proposal, for each of
 * its transforms x4_sa_transform followed by the attributes, and x4_sa_end.
 */
typedef struct x4s_sa_writer {
    x4s_ike_build *build;
    size_t proposal_at; /* 0: none yet */
    size_t transform_at;
    size_t count_at; /* of the open proposal's number of transforms */
} x4s_sa_writer;

void x4_sa_begin(x4s_sa_writer *sa, x4s_ike_build *build);
void x4_sa_proposal(x4s_sa_writer *sa, uint8_t number, uint8_t protocol, x4s_chunk spi);
void x4_sa_transform(x4s_sa_writer *sa, uint8_t number, uint8_t id);
void x4_sa_end(x4s_sa_writer *sa);

/* In an answer, a proposal with the one transform, attributes as they came (RFC 2408 4.2). */
void x4_sa_chosen(x4s_sa_writer *sa, const x4s_ike_offered *chosen, x4s_chunk spi);

/* The answer to an offer without bundles. */
void x4_sa_answer(x4s_ike_build *build, const x4s_ike_offered *chosen, x4s_chunk spi);

/* The bytes of that payload without an SPI: never more than those of the one that was offered. */
size_t x4_sa_answer_size(const x4s_ike_offered *chosen);

#endif
