/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/sa_payload.h"

/* Generic header, DOI and situation; a proposal's and a transform's header, RFC 2408 3.4 to 3.6. */
#define HEADERS (4 + 8 + 8 + 8)

/* The generic header within proposals and transforms: next, reserved, length. */
typedef struct x4s_sa_item {
    uint8_t next;
    x4s_reader body;
} x4s_sa_item;

static x4s_sa_item next_item(x4s_reader *r)
{
    x4s_sa_item item = {.next = x4_reader_u8(r)};
    (void)x4_reader_u8(r);
    uint16_t length = x4_reader_u16(r);
    if (length < x4c_isakmp_generic)
        r->failed = btrue;
    item.body = x4_reader_sub(r, r->failed ? 0 : (size_t)length - x4c_isakmp_generic);
    return item;
}

/* A last item says 0, any other names its own kind. */
/* req 2408-3.5-1 2408-3.6-1 */
static bval links_well(const x4s_reader *r, uint8_t next, uint8_t kind)
{
    return next == (x4_reader_left(r) ? kind : x4c_payload_none);
}

/* The transforms of one proposal; bfalse if they are malformed or too many. */
static bval parse_transforms(x4s_reader *r, const x4s_ike_offered *proposal, unsigned expected,
                             x4s_ike_offers *offers)
{
    for (unsigned i = 0; i < expected; i++) {
        x4s_sa_item item = next_item(r);
        if (r->failed || !links_well(r, item.next, x4c_payload_transform)) /* req 2408-5.6-4 */
            return bfalse;
        if (offers->count == x4c_limit_transforms)
            return bfalse;
        x4s_ike_offered *offered = &offers->list[offers->count++];
        *offered = *proposal;
        offered->number = x4_reader_u8(&item.body);
        offered->id = x4_reader_u8(&item.body);
        (void)x4_reader_u16(&item.body); /* reserved */
        offered->attributes = x4_reader_rest(&item.body);
        if (item.body.failed)
            return bfalse;
    }
    return expected > 0 && x4_reader_done(r);
}

/* Whether others have the same number; if so they know of each other. */
static bval mark_bundle(x4s_ike_offers *offers, uint8_t number)
{
    bval bundled = bfalse;
    for (size_t i = 0; i < offers->count; i++) {
        if (offers->list[i].proposal == number)
            offers->list[i].bundled = bundled = btrue;
    }
    return bundled;
}

static bval parse_proposal(x4s_reader *r, x4s_ike_offers *offers)
{
    x4s_sa_item item = next_item(r);
    if (r->failed || !links_well(r, item.next, x4c_payload_proposal)) /* req 2408-5.5-5 */
        return bfalse;
    x4s_ike_offered proposal = {.proposal = x4_reader_u8(&item.body)};
    proposal.protocol = x4_reader_u8(&item.body);
    uint8_t spi_size = x4_reader_u8(&item.body);
    uint8_t transforms = x4_reader_u8(&item.body);
    proposal.spi = x4_reader_chunk(&item.body, spi_size); /* req 2408-3.5-2 */
    proposal.bundled = mark_bundle(offers, proposal.proposal);
    if (offers->count)
        proposal.payload = (uint8_t)(offers->list[offers->count - 1].payload + 1);
    return parse_transforms(&item.body, &proposal, transforms, offers);
}

x4e_ike_reason x4_sa_parse(x4s_chunk body, x4s_ike_offers *offers)
{
    offers->count = 0;
    x4s_reader r = x4_reader(body.data, body.len);
    uint32_t doi = x4_reader_u32(&r);
    uint32_t situation = x4_reader_u32(&r);
    if (r.failed)
        return x4c_ike_bad_proposal;
    if (doi != x4c_doi_ipsec)
        return x4c_ike_bad_doi; /* req 2408-5.4-2 */
    if (situation != x4c_situation_identity)
        return x4c_ike_bad_situation; /* req 2407-4.2.2-3 2407-4.2.3-3 2408-5.4-3 */
    do {
        if (!parse_proposal(&r, offers))
            return x4c_ike_bad_proposal;
    } while (x4_reader_left(&r));
    return x4c_ike_none;
}

void x4_sa_begin(x4s_sa_writer *sa, x4s_ike_build *build)
{
    *sa = (x4s_sa_writer){.build = build};
    x4_build_payload(build, x4c_payload_sa);
    x4_writer_u32(&build->w, x4c_doi_ipsec); /* req 2408-3.4-2 2408-5.4-1 */
    /* req 2407-4.2.2-1 2407-4.2.3-1 2408-3.4-3 2408-5.4-1 */
    x4_writer_u32(&build->w, x4c_situation_identity);
}

static void close_item(x4s_sa_writer *sa, size_t *at)
{
    x4s_writer *w = &sa->build->w;
    if (*at)
        x4_writer_patch_u16(w, *at + 2, x4_writer_len(w) - *at);
    *at = 0;
}

static void open_item(x4s_sa_writer *sa, size_t previous, size_t *at, uint8_t kind)
{
    x4s_writer *w = &sa->build->w;
    if (previous)
        x4_writer_patch_u8(w, previous, kind);
    *at = x4_writer_len(w);
    x4_writer_zeros(w, x4c_isakmp_generic); /* req 2408-2.5.2-1 */
}

void x4_sa_proposal(x4s_sa_writer *sa, uint8_t number, uint8_t protocol, x4s_chunk spi)
{
    x4s_writer *w = &sa->build->w;
    size_t previous = sa->proposal_at;
    close_item(sa, &sa->transform_at);
    close_item(sa, &sa->proposal_at);
    open_item(sa, previous, &sa->proposal_at, x4c_payload_proposal); /* req 2408-3.5-1 */
    x4_writer_u8(w, number);
    x4_writer_u8(w, protocol);
    x4_writer_u8(w, (uint8_t)spi.len);
    sa->count_at = x4_writer_len(w);
    x4_writer_u8(w, 0);
    x4_writer_bytes(w, spi.data, spi.len);
}

void x4_sa_transform(x4s_sa_writer *sa, uint8_t number, uint8_t id)
{
    x4s_writer *w = &sa->build->w;
    size_t previous = sa->transform_at;
    close_item(sa, &sa->transform_at);
    open_item(sa, previous, &sa->transform_at, x4c_payload_transform); /* req 2408-3.6-1 */
    x4_writer_u8(w, number);
    x4_writer_u8(w, id);
    x4_writer_u16(w, 0); /* req 2408-2.5.2-1 */
    if (!w->failed)
        w->base[sa->count_at]++;
}

void x4_sa_end(x4s_sa_writer *sa)
{
    close_item(sa, &sa->transform_at);
    close_item(sa, &sa->proposal_at);
}

void x4_sa_chosen(x4s_sa_writer *sa, const x4s_ike_offered *chosen, x4s_chunk spi)
{
    x4_sa_proposal(sa, chosen->proposal, chosen->protocol, spi);
    x4_sa_transform(sa, chosen->number, chosen->id);
    x4_writer_bytes(&sa->build->w, chosen->attributes.data, chosen->attributes.len);
}

/* req 2409-3.2-1 2409-5-13 2409-7.1-1 2408-4.1.1-1 2408-4.2-8 2408-4.2-9 2408-4.2-10 */
void x4_sa_answer(x4s_ike_build *build, const x4s_ike_offered *chosen, x4s_chunk spi)
{
    x4s_sa_writer sa;
    x4_sa_begin(&sa, build);
    x4_sa_chosen(&sa, chosen, spi);
    x4_sa_end(&sa);
}

size_t x4_sa_answer_size(const x4s_ike_offered *chosen)
{
    return HEADERS + chosen->attributes.len;
}
