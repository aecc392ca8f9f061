/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CORE_MEMORY_H
#define X4_CORE_MEMORY_H

/*
 * Memory comes from the user's allocator and goes back to it wiped, so that no secret outlives the
 * exchange that it belonged to. Every release states the size that was asked for.
 */

#include "x4/core/types.h"

/*
 * alloc: at least `size` bytes aligned for any type, or NULL; the content need not be zero.
 * free:  takes back what alloc gave, with the same size. Never called with NULL.
 */
typedef struct x4s_allocator {
    void *(*alloc)(void *context, size_t size);
    void (*free)(void *context, void *pointer, size_t size);
    void *context;
} x4s_allocator;

/* malloc and free of the C library. */
extern const x4s_allocator x4_libc_allocator;

/* Zeroed memory, or NULL. */
void *x4_alloc(const x4s_allocator *allocator, size_t size) x4m_must_use;

/* A copy of `len` bytes, or NULL; len must not be 0. */
void *x4_copy(const x4s_allocator *allocator, const void *data, size_t len) x4m_must_use;

/* Wipes and releases; NULL is ignored. */
void x4_free(const x4s_allocator *allocator, void *pointer, size_t size);

/* Zeroes in a way that the compiler may not leave out. */
void x4_wipe(void *pointer, size_t size);

/* A key of up to 64 bytes, the longest PRF output of IKEv1 (SHA2-512). Wipe with x4_wipe. */
#define x4c_secret_max 64

typedef struct x4s_secret {
    uint8_t len;
    uint8_t data[x4c_secret_max];
} x4s_secret;

#endif
