/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/message.h"

#include <string.h>

#include "x4/misc/reader.h"

#define LENGTH_AT 24 /* of the length field in the header */

x4e_ike_reason x4_message_header(x4s_ike_message *message)
{
    x4s_ike_header *h = &message->header;
    if (message->raw.len < x4c_isakmp_header)
        return x4c_ike_short_message;

    x4s_reader r = x4_reader(message->raw.data, message->raw.len);
    memcpy(h->cookies, x4_reader_bytes(&r, sizeof(h->cookies)), sizeof(h->cookies));
    h->first = x4_reader_u8(&r);
    uint8_t version = x4_reader_u8(&r);
    h->exchange = x4_reader_u8(&r);
    h->flags = x4_reader_u8(&r);
    h->message_id = x4_reader_u32(&r);
    uint32_t length = x4_reader_u32(&r);

    if (version != x4c_isakmp_version)
        return x4c_ike_bad_version; /* req 2408-3.1-2 2408-3.1-4 2408-5.2-4 */
    if (length != message->raw.len)
        return x4c_ike_bad_length; /* req 2408-5.1-1 2408-5.1-2 */
    static const uint8_t zero[x4c_isakmp_cookie];
    if (memcmp(h->cookies, zero, sizeof(zero)) == 0)
        return x4c_ike_bad_cookie; /* req 2408-2.4-1 2408-5.2-2 */
    return x4c_ike_none;
}

/* The drafts of NAT traversal had private numbers for what RFC 3947 numbered. */
static uint8_t canonical(uint8_t type)
{
    if (type == x4c_payload_nat_d_draft)
        return x4c_payload_nat_d;
    return type == x4c_payload_nat_oa_draft ? x4c_payload_nat_oa : type;
}

x4e_ike_reason x4_message_payloads(x4s_ike_message *message, x4s_chunk chain, bval padded)
{
    x4s_reader r = x4_reader(chain.data, chain.len);
    uint8_t type = message->header.first;
    message->count = 0;

    while (type != x4c_payload_none) {
        uint8_t next = x4_reader_u8(&r);
        (void)x4_reader_u8(&r); /* reserved: some peers do not send zero */
        uint16_t length = x4_reader_u16(&r);
        if (r.failed || length < x4c_isakmp_generic)
            return x4c_ike_malformed; /* req 2408-5.3-2 */
        size_t body_len = (size_t)length - x4c_isakmp_generic;
        x4s_chunk body = x4_reader_chunk(&r, body_len);
        if (r.failed)
            return x4c_ike_malformed;
        type = canonical(type);
        if (type < x4c_payload_private) {
            if (message->count == x4c_limit_payloads)
                return x4c_ike_too_many_payloads;
            /* An empty body keeps its place, so that the end of every payload is known. */
            body.data = r.pos - body_len;
            message->payloads[message->count++] = (x4s_ike_payload){.type = type, .body = body};
        }
        type = next;
    }
    if (message->count == 0)
        return x4c_ike_missing_payload;
    return padded || x4_reader_done(&r) ? x4c_ike_none : x4c_ike_malformed;
}

x4e_ike_reason x4_message_clear(x4s_ike_message *message)
{
    const x4s_chunk chain = {message->raw.data + x4c_isakmp_header,
                             message->raw.len - x4c_isakmp_header};
    return x4_message_payloads(message, chain, bfalse);
}

x4e_ike_reason x4_message_fits(const x4s_ike_message *message, const x4s_ike_shape *shape)
{
    uint32_t present = 0;
    for (size_t i = 0; i < message->count; i++) {
        uint8_t type = message->payloads[i].type;
        uint32_t bit = type < 32 ? x4m_bit(type) : 0;
        if (!(bit & (shape->required | shape->optional)))
            return x4c_ike_unexpected_payload; /* req 2408-3.4-1 2408-5.2-3 2408-5.3-2 */
        if (present & bit & ~shape->repeated)
            return x4c_ike_duplicate_payload;
        present |= bit;
    }
    return shape->required & ~present ? x4c_ike_missing_payload : x4c_ike_none;
}

const x4s_ike_payload *x4_message_find(const x4s_ike_message *message, uint8_t type, unsigned n)
{
    for (size_t i = 0; i < message->count; i++)
        if (message->payloads[i].type == type && n-- == 0)
            return &message->payloads[i];
    return NULL;
}

x4s_chunk x4_message_body(const x4s_ike_message *message, uint8_t type)
{
    const x4s_ike_payload *payload = x4_message_find(message, type, 0);
    return payload ? payload->body : (x4s_chunk){0};
}

x4s_chunk x4_message_after_first(const x4s_ike_message *message)
{
    const x4s_chunk *first = &message->payloads[0].body;
    const x4s_chunk *last = &message->payloads[message->count - 1].body;
    const uint8_t *from = first->data + first->len;
    return (x4s_chunk){.data = from, .len = (size_t)(last->data + last->len - from)};
}

void x4_build_begin(x4s_ike_build *build, void *buffer, size_t size, const x4s_ike_header *header)
{
    *build = (x4s_ike_build){.w = x4_writer(buffer, size)};
    x4_writer_bytes(&build->w, header->cookies, sizeof(header->cookies)); /* req 2408-2.4-1 */
    build->next_at = x4_writer_len(&build->w);
    x4_writer_u8(&build->w, x4c_payload_none);
    x4_writer_u8(&build->w, x4c_isakmp_version);
    x4_writer_u8(&build->w, header->exchange);
    x4_writer_u8(&build->w, header->flags);
    x4_writer_u32(&build->w, header->message_id);
    x4_writer_u32(&build->w, 0);
}

void x4_build_payload(x4s_ike_build *build, uint8_t type)
{
    x4_build_close(build);
    x4_writer_patch_u8(&build->w, build->next_at, type);
    build->payload_at = build->next_at = x4_writer_len(&build->w);
    x4_writer_zeros(&build->w, x4c_isakmp_generic); /* req 2408-2.5.2-1 2408-5.3-1 */
}

void x4_build_body(x4s_ike_build *build, uint8_t type, x4s_chunk body)
{
    x4_build_payload(build, type);
    x4_writer_bytes(&build->w, body.data, body.len);
}

void x4_build_close(x4s_ike_build *build) /* req 2408-5.3-1 */
{
    if (!build->payload_at)
        return;
    x4_writer_patch_u16(&build->w, build->payload_at + 2,
                        x4_writer_len(&build->w) - build->payload_at);
    build->payload_at = 0;
}

bval x4_build_end(x4s_ike_build *build, size_t block)
{
    x4_build_close(build);
    size_t body = x4_writer_len(&build->w) - x4c_isakmp_header;
    if (block && body % block)
        x4_writer_zeros(&build->w, block - body % block);                    /* req 2409-B-2 */
    x4_writer_patch_u16(&build->w, LENGTH_AT + 2, x4_writer_len(&build->w)); /* req 2409-B-1 */
    return !build->w.failed;
}
