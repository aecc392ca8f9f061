/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/slots.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

static void *slot_memory(const struct ring_slots *slots, uint32_t index)
{
    size_t small_end = (size_t)slots->small_count * RING_SLOT_SIZE;

    if (index < slots->small_count)
        return slots->memory + (size_t)index * RING_SLOT_SIZE;
    return slots->memory + small_end + (size_t)(index - slots->small_count) * RING_SLOT_SIZE_BIG;
}

static uint32_t *free_list(struct ring_slots *slots, uint32_t index)
{
    return index < slots->small_count ? &slots->free_small : &slots->free_big;
}

static void put(struct ring_slots *slots, uint32_t index)
{
    uint32_t *list = free_list(slots, index);

    slots->slot[index].next_free = *list;
    *list = index;
}

static void prepare(struct ring_slots *slots, uint32_t index)
{
    struct ring_slot *slot = &slots->slot[index];

    slot->data.iov_base = slot_memory(slots, index);
    slot->msg.msg_iov = &slot->data;
    slot->msg.msg_iovlen = 1;
    slot->msg.msg_name = &slot->to;
}

bool ring_slots_init(struct ring_slots *slots, uint32_t small_count, uint32_t big_count)
{
    *slots = (struct ring_slots){
        .small_count = small_count,
        .count = small_count + big_count,
        .memory_size =
            (size_t)small_count * RING_SLOT_SIZE + (size_t)big_count * RING_SLOT_SIZE_BIG,
        .free_small = RING_SLOT_NONE,
        .free_big = RING_SLOT_NONE,
    };
    slots->slot = calloc(slots->count, sizeof(*slots->slot));
    slots->memory =
        mmap(NULL, slots->memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slots->memory == MAP_FAILED)
        slots->memory = NULL;
    if (slots->slot == NULL || slots->memory == NULL) {
        ring_slots_fini(slots);
        return false;
    }
    for (uint32_t index = slots->count; index-- > 0;) {
        prepare(slots, index);
        put(slots, index);
    }
    return true;
}

void ring_slots_fini(struct ring_slots *slots)
{
    free(slots->slot);
    if (slots->memory != NULL)
        munmap(slots->memory, slots->memory_size);
    *slots = (struct ring_slots){0};
}

uint32_t ring_slots_take(struct ring_slots *slots, size_t size)
{
    uint32_t *list = size <= RING_SLOT_SIZE ? &slots->free_small : &slots->free_big;
    uint32_t index = *list;

    if (index == RING_SLOT_NONE || size > RING_SLOT_SIZE_BIG)
        return RING_SLOT_NONE;
    *list = slots->slot[index].next_free;
    slots->slot[index].taken = true;
    return index;
}

void ring_slots_give(struct ring_slots *slots, uint32_t index)
{
    assert(index < slots->count && slots->slot[index].taken);
    slots->slot[index].taken = false;
    put(slots, index);
}
