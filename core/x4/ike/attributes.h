/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_ATTRIBUTES_H
#define X4_IKE_ATTRIBUTES_H

/*
 * Data attributes (RFC 2408 3.3): a type with two bytes of value, or with a length and a value.
 */

#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

typedef struct x4s_ike_attr {
    uint16_t type;
    bval basic;      /* in the short form */
    x4s_chunk value; /* big-endian, 2 bytes in the short form */
} x4s_ike_attr;

/* The next attribute; bfalse at the end, and when the reader failed. */
bval x4_attr_next(x4s_reader *r, x4s_ike_attr *attr);

/*
 * The value as a number. Longer encodings than it needs are accepted, larger values than 32 bits
 * are capped: peers send lifetimes in 2, 4 or 8 bytes. bfalse for an empty value.
 */
bval x4_attr_number(const x4s_ike_attr *attr, uint32_t *number);

/* In the short form where the value fits. */
void x4_attr_put(x4s_writer *w, uint16_t type, uint32_t value);

/* A value of any length; in the short form if `basic`, which takes 2 bytes. */
void x4_attr_put_raw(x4s_writer *w, uint16_t type, bval basic, x4s_chunk value);

/* A pair of life type and, in the class behind it, life duration; nothing for a duration of 0. */
void x4_attr_put_life(x4s_writer *w, uint16_t type_class, uint16_t type, uint32_t duration);

/*
 * What an attribute of a transform sets. A field may be set once; bfalse for a second time, a zero
 * and a value beyond the field.
 */
bval x4_attr_set_u8(uint8_t *field, uint32_t value);
bval x4_attr_set_u16(uint16_t *field, uint32_t value);

/* A life duration of the type (RFC 2407 4.5: seconds, kilobytes) that came just before. */
bval x4_attr_set_life(uint32_t *seconds, uint32_t *kilobytes, uint32_t *type, uint32_t duration);

#endif
