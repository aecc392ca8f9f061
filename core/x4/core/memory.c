/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/core/memory.h"

#include <stdlib.h>
#include <string.h>

static void *libc_alloc(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void libc_free(void *context, void *pointer, size_t size)
{
    (void)context;
    (void)size;
    free(pointer);
}

const x4s_allocator x4_libc_allocator = {.alloc = libc_alloc, .free = libc_free};

void *x4_alloc(const x4s_allocator *allocator, size_t size)
{
    void *pointer = allocator->alloc(allocator->context, size);
    if (pointer)
        memset(pointer, 0, size);
    return pointer;
}

void *x4_copy(const x4s_allocator *allocator, const void *data, size_t len)
{
    void *pointer = allocator->alloc(allocator->context, len);
    if (pointer)
        memcpy(pointer, data, len);
    return pointer;
}

void x4_free(const x4s_allocator *allocator, void *pointer, size_t size)
{
    if (!pointer)
        return;
    x4_wipe(pointer, size);
    allocator->free(allocator->context, pointer, size);
}

void x4_wipe(void *pointer, size_t size)
{
    explicit_bzero(pointer, size);
}
