/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_IKE_BOOKS_H
#define TESTS_UNIT_IKE_BOOKS_H

/*
 * An allocator that counts what it gave and that fails on demand. Sizes are kept beside each block,
 * so that one that comes back with another size shows.
 */

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "x4/core/memory.h"

struct books {
    size_t blocks; /* not returned yet */
    size_t bytes;
    size_t calls;
    size_t fail_at; /* this call fails, counted from 1; 0 none */
};

union books_header {
    size_t size;
    max_align_t align;
};

static inline void *books_alloc(void *context, size_t size)
{
    struct books *books = context;
    if (++books->calls == books->fail_at)
        return NULL;
    union books_header *header = malloc(sizeof(*header) + size);
    assert(header);
    header->size = size;
    memset(header + 1, 0xa5, size);
    books->blocks++;
    books->bytes += size;
    return header + 1;
}

static inline void books_free(void *context, void *pointer, size_t size)
{
    struct books *books = context;
    union books_header *header = (union books_header *)pointer - 1;
    assert(header->size == size);
    books->blocks--;
    books->bytes -= size;
    free(header);
}

static inline x4s_allocator books_allocator(struct books *books)
{
    return (x4s_allocator){.alloc = books_alloc, .free = books_free, .context = books};
}

#endif
