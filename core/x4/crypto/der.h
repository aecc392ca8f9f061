/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_DER_H
#define X4_CRYPTO_DER_H

/*
 * Tag, length, value in DER (X.690), for what OpenSSL need not parse. Tags are of one byte, lengths
 * definite and minimal.
 */

#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

#define x4c_der_integer  0x02
#define x4c_der_oid      0x06
#define x4c_der_sequence 0x30
#define x4c_der_set      0x31

/* One element: all of it, and what is in it. */
typedef struct x4s_der {
    uint8_t tag;
    x4s_chunk whole;
    x4s_chunk value;
} x4s_der;

static inline size_t x4_der_length(x4s_reader *r)
{
    uint8_t first = x4_reader_u8(r);
    if (first < 0x80)
        return first;
    size_t bytes = first & 0x7f;
    if (bytes == 0 || bytes > 3)
        r->failed = btrue;
    size_t len = 0;
    for (size_t i = 0; i < bytes && !r->failed; i++)
        len = len << 8 | x4_reader_u8(r);
    if (len < 0x80 || len >> 8 * (bytes - 1) == 0)
        r->failed = btrue;
    return r->failed ? 0 : len;
}

/* The next element; where the reader fails, an empty one of tag 0. */
static inline x4s_der x4_der_read(x4s_reader *r)
{
    const uint8_t *begin = r->pos;
    uint8_t tag = x4_reader_u8(r);
    if ((tag & 0x1f) == 0x1f)
        r->failed = btrue;
    x4s_chunk value = x4_reader_chunk(r, x4_der_length(r));
    if (r->failed)
        return (x4s_der){0};
    return (x4s_der){
        .tag = tag, .whole = {.data = begin, .len = (size_t)(r->pos - begin)}, .value = value};
}

/* A reader of what is in the next element, which has failed already if its tag is another one. */
static inline x4s_reader x4_der_open(x4s_reader *r, uint8_t tag)
{
    x4s_der element = x4_der_read(r);
    if (element.tag != tag)
        r->failed = btrue;
    x4s_reader sub = x4_reader(element.value.data, element.value.len);
    sub.failed = r->failed;
    return sub;
}

/* Bytes of tag and length. */
static inline size_t x4_der_header_size(size_t len)
{
    return len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
}

/* len is below 65536. */
static inline void x4_der_write_header(x4s_writer *w, uint8_t tag, size_t len)
{
    x4_writer_u8(w, tag);
    if (len >= 0x80)
        x4_writer_u8(w, len < 0x100 ? 0x81 : 0x82);
    if (len >= 0x100)
        x4_writer_u8(w, (uint8_t)(len >> 8));
    x4_writer_u8(w, (uint8_t)len);
}

#endif
