/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/draft.h"

#include <string.h>

void draft_read(struct draft *draft, const uint8_t *message, size_t len)
{
    struct wire_part part;
    memcpy(draft->header, message, WIRE_HEADER);
    draft->count = 0;
    for (bool more = wire_first(message, len, &part); more; more = wire_next(message, len, &part))
        draft_insert(draft, draft->count, part.type, message + part.at + WIRE_GENERIC,
                     part.len - WIRE_GENERIC);
}

struct draft_part *draft_find(struct draft *draft, uint8_t type)
{
    for (size_t i = 0; i < draft->count; i++)
        if (draft->parts[i].type == type)
            return &draft->parts[i];
    return NULL;
}

struct draft_part *draft_insert(struct draft *draft, size_t at, uint8_t type, const void *body,
                                size_t len)
{
    if (draft->count == DRAFT_PARTS_MAX || len > DRAFT_BODY_MAX)
        return NULL;
    struct draft_part *part = &draft->parts[at];
    memmove(part + 1, part, (draft->count - at) * sizeof(*part));
    draft->count++;
    part->type = type;
    part->len = len;
    if (len)
        memmove(part->body, body, len);
    return part;
}

void draft_remove(struct draft *draft, size_t at)
{
    struct draft_part *part = &draft->parts[at];
    draft->count--;
    memmove(part, part + 1, (draft->count - at) * sizeof(*part));
}

static uint8_t type_at(const struct draft *draft, size_t at)
{
    return at < draft->count ? draft->parts[at].type : WIRE_NONE;
}

size_t draft_write(const struct draft *draft, uint8_t *out, size_t room)
{
    size_t len = WIRE_HEADER;
    memcpy(out, draft->header, WIRE_HEADER);
    out[WIRE_FIRST_AT] = type_at(draft, 0);
    for (size_t i = 0; i < draft->count; i++) {
        const struct draft_part *part = &draft->parts[i];
        if (part->len + WIRE_GENERIC > room - len)
            break;
        uint8_t *generic = out + len;
        generic[0] = type_at(draft, i + 1);
        generic[1] = 0;
        wire_put(generic + 2, 2, (uint32_t)(WIRE_GENERIC + part->len));
        memcpy(generic + WIRE_GENERIC, part->body, part->len);
        len += WIRE_GENERIC + part->len;
    }
    wire_put(out + WIRE_LENGTH_AT, 4, (uint32_t)len);
    return len;
}
