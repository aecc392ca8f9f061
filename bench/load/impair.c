/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/impair.h"

#include <stdlib.h>
#include <string.h>

#define MILLION 1000000

void load_impair_init(struct load_impair *impair, const struct load_impairment *plan, uint64_t seed)
{
    *impair = (struct load_impair){.plan = *plan, .random.state = seed};
}

void load_impair_fini(struct load_impair *impair)
{
    while (impair->count > 0)
        free(impair->heap[--impair->count]);
    free(impair->heap);
}

/* 0 to below - 1, evenly enough for a simulated network. */
static uint64_t draw(struct load_impair *impair, uint64_t below)
{
    uint64_t value;
    load_random_fill(&impair->random, &value, sizeof(value));
    return value % below;
}

/* ------------------------------------------------------------------ a binary heap */

static bool make_room(struct load_impair *impair)
{
    if (impair->count < impair->capacity)
        return true;
    size_t capacity = impair->capacity ? 2 * impair->capacity : 64;
    struct load_kept **heap = realloc(impair->heap, capacity * sizeof(struct load_kept *));
    if (!heap)
        return false;
    impair->heap = heap;
    impair->capacity = capacity;
    return true;
}

static void push(struct load_impair *impair, struct load_kept *kept)
{
    size_t at = impair->count++;
    for (; at > 0 && impair->heap[(at - 1) / 2]->due_us > kept->due_us; at = (at - 1) / 2)
        impair->heap[at] = impair->heap[(at - 1) / 2];
    impair->heap[at] = kept;
}

static struct load_kept *pop(struct load_impair *impair)
{
    struct load_kept **heap = impair->heap;
    struct load_kept *first = heap[0];
    struct load_kept *last = heap[--impair->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < impair->count; at = child) {
        if (child + 1 < impair->count && heap[child + 1]->due_us < heap[child]->due_us)
            child++;
        if (heap[child]->due_us >= last->due_us)
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return first;
}

/* ------------------------------------------------------------------ interface */

bool load_impair_take(struct load_impair *impair, enum load_direction direction,
                      const x4s_net_link *link, const void *data, size_t len, uint64_t now_us)
{
    const struct load_impairment *plan = &impair->plan;
    if (plan->loss_ppm && draw(impair, MILLION) < plan->loss_ppm) {
        impair->lost++;
        return true;
    }
    uint64_t delay_us = UINT64_C(1000) * plan->delay_ms;
    if (plan->jitter_ms)
        delay_us += draw(impair, UINT64_C(1000) * plan->jitter_ms + 1);
    if (delay_us == 0)
        return false;
    struct load_kept *kept = make_room(impair) ? malloc(sizeof(*kept) + len) : NULL;
    if (!kept) {
        impair->lost++;
        return true;
    }
    kept->due_us = now_us + delay_us;
    kept->direction = direction;
    kept->link = *link;
    kept->len = len;
    memcpy(kept->data, data, len);
    push(impair, kept);
    return true;
}

uint64_t load_impair_next_us(const struct load_impair *impair)
{
    return impair->count > 0 ? impair->heap[0]->due_us : UINT64_MAX;
}

struct load_kept *load_impair_due(struct load_impair *impair, uint64_t now_us)
{
    return load_impair_next_us(impair) <= now_us ? pop(impair) : NULL;
}
