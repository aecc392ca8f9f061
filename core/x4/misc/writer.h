/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_MISC_WRITER_H
#define X4_MISC_WRITER_H

/*
 * The only way in which a message is written: into a buffer of fixed size, big-endian. A writer
 * that runs out of room fails and stays failed; the caller checks once. Lengths that are known
 * later are patched at a position that x4_writer_len() told before.
 */

#include <string.h>

#include "x4/core/types.h"

typedef struct x4s_writer {
    uint8_t *base;
    size_t len;
    size_t size;
    bval failed;
} x4s_writer;

static inline x4s_writer x4_writer(void *buffer, size_t size)
{
    return (x4s_writer){.base = buffer, .size = size};
}

static inline size_t x4_writer_len(const x4s_writer *w)
{
    return w->len;
}

/* Room for n bytes that the caller fills, or NULL. */
static inline uint8_t *x4_writer_reserve(x4s_writer *w, size_t n)
{
    if (w->failed || n > w->size - w->len) {
        w->failed = btrue;
        return NULL;
    }
    uint8_t *at = w->base + w->len;
    w->len += n;
    return at;
}

static inline void x4_writer_bytes(x4s_writer *w, const void *data, size_t n)
{
    uint8_t *at = x4_writer_reserve(w, n);
    if (at && n)
        memcpy(at, data, n);
}

static inline void x4_writer_zeros(x4s_writer *w, size_t n)
{
    uint8_t *at = x4_writer_reserve(w, n);
    if (at && n)
        memset(at, 0, n);
}

static inline void x4_writer_u8(x4s_writer *w, uint8_t v)
{
    uint8_t *at = x4_writer_reserve(w, 1);
    if (at)
        at[0] = v;
}

static inline void x4_writer_u16(x4s_writer *w, uint16_t v)
{
    x4_writer_bytes(w, (const uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static inline void x4_writer_u32(x4s_writer *w, uint32_t v)
{
    x4_writer_u16(w, (uint16_t)(v >> 16));
    x4_writer_u16(w, (uint16_t)v);
}

/* Overwrites one or two bytes that were written before. */
static inline void x4_writer_patch_u8(x4s_writer *w, size_t at, uint8_t v)
{
    if (!w->failed)
        w->base[at] = v;
}

static inline void x4_writer_patch_u16(x4s_writer *w, size_t at, size_t v)
{
    if (v > UINT16_MAX)
        w->failed = btrue;
    x4_writer_patch_u8(w, at, (uint8_t)(v >> 8));
    x4_writer_patch_u8(w, at + 1, (uint8_t)v);
}

#endif
