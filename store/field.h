/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_FIELD_H
#define STORE_FIELD_H

/*
 * How one field of a record is written and read. A record is a table of fields, so that what is
 * written and what is read cannot differ.
 */

#include "x4/ike/charon.h"
#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

struct store_source {
    x4s_reader reader;
    bool bad; /* a value cannot be, and what follows from it is not known */
};

struct store_codec {
    void (*put)(x4s_writer *w, const void *field);
    void (*get)(struct store_source *source, void *field);
};

struct store_field {
    const struct store_codec *codec;
    size_t offset; /* within the struct */
    uint8_t since; /* the minor version that it begins with; not less than that of any before it */
};

#define STORE_TIME_END (UINT64_C(1) << 48) /* milliseconds: the year 10889 */

void store_fields_put(x4s_writer *w, const struct store_field *fields, size_t count,
                      const void *record);

/* Stops at the first field that fails. */
void store_fields_get(struct store_source *source, const struct store_field *fields, size_t count,
                      void *record);

extern const struct store_codec store_u16;
extern const struct store_codec store_u32;
extern const struct store_codec store_u64;
extern const struct store_codec store_flag;     /* bool: 0 or 1 */
extern const struct store_codec store_natt;     /* uint8_t */
extern const struct store_codec store_role;     /* x4e_ike_role */
extern const struct store_codec store_cookie;   /* 8 bytes */
extern const struct store_codec store_addr;     /* without port; without family: one byte */
extern const struct store_codec store_link;     /* both ends of a family, with their ports */
extern const struct store_codec store_selector; /* without family: one byte */
extern const struct store_codec store_id;
extern const struct store_codec store_text; /* x4s_chunk up to 255 bytes */
extern const struct store_codec store_user; /* x4s_chunk up to 65,535 bytes */

/* The suite with the keys, whose lengths follow from it. */
extern const struct store_codec store_keys1; /* x4s_ike_keys1: suite, keys, iv */
extern const struct store_codec store_keys2; /* x4s_ike_keys2: transform, SPIs, keys */

#endif
