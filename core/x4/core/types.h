/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CORE_TYPES_H
#define X4_CORE_TYPES_H

/*
 * The types that everything else is written in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef bool bval;
#define btrue  true
#define bfalse false

#define x4m_countof(array) (sizeof(array) / sizeof((array)[0]))
#define x4m_min(a, b)      ((a) < (b) ? (a) : (b))
#define x4m_max(a, b)      ((a) > (b) ? (a) : (b))
#define x4m_must_use       __attribute__((warn_unused_result))
#define x4m_bit(number)    (UINT32_C(1) << (number))

/* Exported by the shared library. */
#if defined(__GNUC__)
#define x4m_api __attribute__((visibility("default")))
#else
#define x4m_api
#endif

/* The struct that `member` points into. */
#define x4m_container(pointer, type, member)                                                       \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* The same for a pointer to const. */
#define x4m_container_const(pointer, type, member)                                                 \
    ((const type *)(const void *)((const char *)(pointer)-offsetof(type, member)))

/* A run of bytes that belongs to somebody else. */
typedef struct x4s_chunk {
    const uint8_t *data;
    size_t len;
} x4s_chunk;

/* Milliseconds of a clock that never steps back; the origin is the user's. */
typedef uint64_t x4_msec;

#define x4c_never UINT64_MAX

#endif
