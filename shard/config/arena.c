/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "x4/core/memory.h"

#define BLOCK_SIZE (size_t)65536

struct block {
    struct block *next;
    size_t size; /* of the whole block */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct hub_arena {
    struct block *blocks;
    bool exhausted;
};

struct hub_arena *hub_arena_new(void)
{
    return x4_alloc(&x4_libc_allocator, sizeof(struct hub_arena));
}

void hub_arena_free(struct hub_arena *arena)
{
    if (!arena)
        return;
    while (arena->blocks) {
        struct block *block = arena->blocks;
        arena->blocks = block->next;
        x4_free(&x4_libc_allocator, block, block->size);
    }
    x4_free(&x4_libc_allocator, arena, sizeof(*arena));
}

static size_t block_left(const struct block *block)
{
    return block->size - sizeof(*block) - block->used;
}

/* What is too large for a common block gets one of its own, behind the one that is being filled. */
static struct block *block_for(struct hub_arena *arena, size_t size)
{
    struct block *first = arena->blocks;
    if (first && block_left(first) >= size)
        return first;

    size_t whole = size > BLOCK_SIZE / 4 ? sizeof(*first) + size : BLOCK_SIZE;
    struct block *block = x4_alloc(&x4_libc_allocator, whole);
    if (!block)
        return NULL;
    block->size = whole;
    if (first && whole != BLOCK_SIZE) {
        block->next = first->next;
        first->next = block;
    } else {
        block->next = first;
        arena->blocks = block;
    }
    return block;
}

void *hub_arena_alloc(struct hub_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        arena->exhausted = true;
        return NULL;
    }
    size = (size + align - 1) / align * align;

    struct block *block = block_for(arena, size);
    if (!block) {
        arena->exhausted = true;
        return NULL;
    }
    void *memory = block->data + block->used;
    block->used += size;
    return memory;
}

void *hub_arena_array(struct hub_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / 2 / size) {
        arena->exhausted = true;
        return NULL;
    }
    return hub_arena_alloc(arena, count * size);
}

char *hub_arena_text(struct hub_arena *arena, const char *text, size_t len)
{
    char *copy = hub_arena_alloc(arena, len + 1);
    if (copy && len)
        memcpy(copy, text, len);
    return copy;
}

bool hub_arena_exhausted(const struct hub_arena *arena)
{
    return arena->exhausted;
}
