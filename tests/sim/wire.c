/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/wire.h"

#include "tests/sim/check.h"

uint16_t wire_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t wire_u32(const uint8_t *at)
{
    return (uint32_t)wire_u16(at) << 16 | wire_u16(at + 2);
}

uint32_t wire_get(const uint8_t *at, size_t size)
{
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

void wire_put(uint8_t *at, size_t size, uint32_t value)
{
    for (size_t i = size; i > 0; i--, value >>= 8)
        at[i - 1] = (uint8_t)value;
}

static bool part_at(const uint8_t *message, size_t len, struct wire_part *part)
{
    if (part->type == WIRE_NONE || part->at + WIRE_GENERIC > len)
        return false;
    part->next = message[part->at];
    part->len = wire_u16(message + part->at + 2);
    return part->len >= WIRE_GENERIC && part->at + part->len <= len;
}

bool wire_first(const uint8_t *message, size_t len, struct wire_part *part)
{
    if (len < WIRE_HEADER)
        return false;
    *part = (struct wire_part){.at = WIRE_HEADER, .type = message[WIRE_FIRST_AT]};
    return part_at(message, len, part);
}

bool wire_next(const uint8_t *message, size_t len, struct wire_part *part)
{
    part->at += part->len;
    part->type = part->next;
    return part_at(message, len, part);
}

bool wire_find(const uint8_t *message, size_t len, uint8_t type, struct wire_part *part)
{
    for (bool more = wire_first(message, len, part); more; more = wire_next(message, len, part)) {
        if (part->type == type)
            return true;
    }
    return false;
}

size_t wire_end(const uint8_t *message, size_t len)
{
    struct wire_part part = {0};
    for (bool more = wire_first(message, len, &part); more; more = wire_next(message, len, &part)) {
        if (part.next == WIRE_NONE)
            return part.at + part.len;
    }
    return 0;
}

/* The fields found so far, and the message that they are in. */
struct search {
    const uint8_t *message;
    struct wire_field *fields;
    size_t count;
    uint8_t owner;
};

static void found(struct search *s, const char *name, size_t at, size_t size, size_t max)
{
    sim_check(s->count < WIRE_FIELDS_MAX, "%zu fields", s->count);
    s->fields[s->count++] = (struct wire_field){
        .name = name, .at = at, .size = size, .max = (uint32_t)max, .owner = s->owner};
}

/* RFC 2408 3.3: an attribute with the first bit set has no length but two bytes of value. */
static void search_attributes(struct search *s, size_t at, size_t end)
{
    while (at + 4 <= end) {
        if (s->message[at] & 0x80) {
            at += 4;
            continue;
        }
        found(s, "attribute length", at + 2, 2, end - at - 4);
        at += 4 + (size_t)wire_u16(s->message + at + 2);
    }
}

/* RFC 2408 3.6: number, identifier, two reserved bytes, attributes. */
static void search_transforms(struct search *s, size_t at, size_t end)
{
    while (at + 8 <= end) {
        size_t len = wire_u16(s->message + at + 2);
        found(s, "transform length", at + 2, 2, end - at);
        search_attributes(s, at + 8, at + len);
        at += len;
    }
}

/* RFC 2408 3.5: number, protocol, SPI size, number of transforms, SPI, transforms. */
static void search_proposals(struct search *s, size_t at, size_t end)
{
    while (at + 8 <= end) {
        size_t len = wire_u16(s->message + at + 2);
        size_t spi = s->message[at + 6];
        found(s, "proposal length", at + 2, 2, end - at);
        found(s, "SPI size of proposal", at + 6, 1, len - 8);
        search_transforms(s, at + 8 + spi, at + len);
        at += len;
    }
}

static void search_payload(struct search *s, const struct wire_part *part, size_t end)
{
    size_t body = part->at + WIRE_GENERIC;
    size_t left = part->len - WIRE_GENERIC;
    s->owner = part->type;
    found(s, "payload length", part->at + 2, 2, end - part->at);
    if (part->type == WIRE_SA)
        search_proposals(s, body + 8, body + left); /* behind DOI and situation */
    if (part->type == WIRE_NOTIFY)
        found(s, "SPI size of notify", body + 5, 1, left - 8);
    if (part->type == WIRE_DELETE) {
        size_t spi = s->message[body + 5];
        found(s, "SPI size of delete", body + 5, 1, left - 8);
        found(s, "number of SPIs", body + 6, 2, spi ? (left - 8) / spi : 0);
    }
}

size_t wire_fields(const uint8_t *message, size_t len, struct wire_field fields[WIRE_FIELDS_MAX])
{
    struct search s = {.message = message, .fields = fields};
    size_t end = wire_end(message, len);
    struct wire_part part;
    found(&s, "message length", WIRE_LENGTH_AT, 4, len);
    for (bool more = wire_first(message, len, &part); more; more = wire_next(message, len, &part))
        search_payload(&s, &part, end);
    return s.count;
}
