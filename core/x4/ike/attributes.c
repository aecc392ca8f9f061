/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/attributes.h"

#include "x4/ike/isakmp.h"

#define SHORT_FORM 0x8000

bval x4_attr_next(x4s_reader *r, x4s_ike_attr *attr) /* req 2408-3.6-2 */
{
    if (r->failed || x4_reader_left(r) == 0)
        return bfalse;
    uint16_t type = x4_reader_u16(r);
    size_t len = type & SHORT_FORM ? 2 : x4_reader_u16(r);
    attr->type = (uint16_t)(type & ~SHORT_FORM);
    attr->basic = (type & SHORT_FORM) != 0;
    attr->value = x4_reader_chunk(r, len);
    return !r->failed;
}

bval x4_attr_number(const x4s_ike_attr *attr, uint32_t *number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < attr->value.len; i++) {
        value = value << 8 | attr->value.data[i];
        if (value > UINT32_MAX)
            value = UINT32_MAX;
    }
    *number = (uint32_t)value;
    return attr->value.len > 0;
}

/* req 2409-A-1 2409-A-2 2407-4.5-1 2408-3.6-2 */
void x4_attr_put(x4s_writer *w, uint16_t type, uint32_t value)
{
    if (value <= UINT16_MAX) {
        x4_writer_u16(w, (uint16_t)(type | SHORT_FORM));
        x4_writer_u16(w, (uint16_t)value);
        return;
    }
    x4_writer_u16(w, type);
    x4_writer_u16(w, 4);
    x4_writer_u32(w, value);
}

void x4_attr_put_raw(x4s_writer *w, uint16_t type, bval basic, x4s_chunk value)
{
    x4_writer_u16(w, basic ? (uint16_t)(type | SHORT_FORM) : type);
    if (!basic)
        x4_writer_u16(w, (uint16_t)value.len);
    if (value.len > UINT16_MAX || type & SHORT_FORM)
        w->failed = btrue;
    x4_writer_bytes(w, value.data, value.len);
}

/* req 2407-4.5-3 */
void x4_attr_put_life(x4s_writer *w, uint16_t type_class, uint16_t type, uint32_t duration)
{
    if (duration == 0)
        return;
    x4_attr_put(w, type_class, type);
    x4_attr_put(w, (uint16_t)(type_class + 1), duration);
}

bval x4_attr_set_u8(uint8_t *field, uint32_t value)
{
    if (*field || value == 0 || value > UINT8_MAX) /* req 2407-4.5.2-3 */
        return bfalse;
    *field = (uint8_t)value;
    return btrue;
}

bval x4_attr_set_u16(uint16_t *field, uint32_t value)
{
    if (*field || value == 0 || value > UINT16_MAX)
        return bfalse;
    *field = (uint16_t)value;
    return btrue;
}

bval x4_attr_set_life(uint32_t *seconds, uint32_t *kilobytes, uint32_t *type, uint32_t duration)
{
    bval known = *type == x4c_life_seconds || *type == x4c_life_kilobytes;
    uint32_t *field = *type == x4c_life_seconds ? seconds : kilobytes;
    *type = 0;            /* req 2407-4.5-3 */
    if (!known || *field) /* req 2407-4.5.2-3 */
        return bfalse;
    *field = duration;
    return btrue;
}
