/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_MISC_READER_H
#define X4_MISC_READER_H

/*
 * The only way in which bytes of a peer are read. A reader that is asked for more than it holds
 * fails, stays failed, and yields zeros and NULLs from then on, so a parser may read a whole
 * structure and check once. Integers are big-endian.
 *
 * A length found in the data opens a sub-reader that holds exactly so many bytes; the sub-reader's
 * failure is its own, and x4_reader_done() tells that a reader neither failed nor has bytes left.
 */

#include "x4/core/types.h"

typedef struct x4s_reader {
    const uint8_t *pos;
    const uint8_t *end;
    bval failed;
} x4s_reader;

static inline x4s_reader x4_reader(const void *data, size_t len)
{
    const uint8_t *bytes = data;
    return (x4s_reader){.pos = bytes, .end = len ? bytes + len : bytes};
}

static inline size_t x4_reader_left(const x4s_reader *r)
{
    return (size_t)(r->end - r->pos);
}

static inline bval x4_reader_done(const x4s_reader *r)
{
    return !r->failed && r->pos == r->end;
}

/* The next n bytes, or NULL. Asking for none yields NULL without failing. */
static inline const uint8_t *x4_reader_bytes(x4s_reader *r, size_t n)
{
    if (r->failed || n > x4_reader_left(r)) {
        r->failed = btrue;
        return NULL;
    }
    const uint8_t *bytes = r->pos;
    r->pos = n ? r->pos + n : r->pos;
    return n ? bytes : NULL;
}

static inline x4s_chunk x4_reader_chunk(x4s_reader *r, size_t n)
{
    const uint8_t *bytes = x4_reader_bytes(r, n);
    return (x4s_chunk){.data = bytes, .len = bytes ? n : 0};
}

static inline x4s_chunk x4_reader_rest(x4s_reader *r)
{
    return x4_reader_chunk(r, r->failed ? 0 : x4_reader_left(r));
}

/* A reader of the next n bytes; it has failed already if there are fewer. */
static inline x4s_reader x4_reader_sub(x4s_reader *r, size_t n)
{
    x4s_chunk bytes = x4_reader_chunk(r, n);
    x4s_reader sub = x4_reader(bytes.data, bytes.len);
    sub.failed = r->failed;
    return sub;
}

static inline uint8_t x4_reader_u8(x4s_reader *r)
{
    const uint8_t *b = x4_reader_bytes(r, 1);
    return b ? b[0] : 0;
}

static inline uint16_t x4_reader_u16(x4s_reader *r)
{
    const uint8_t *b = x4_reader_bytes(r, 2);
    if (!b)
        return 0;
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t x4_reader_u32(x4s_reader *r)
{
    const uint8_t *b = x4_reader_bytes(r, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

#endif
