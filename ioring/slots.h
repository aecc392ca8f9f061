/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Send slots: what a datagram needs from the moment it is queued until the kernel is done with it.
 *
 * A fixed pool of small slots and a few big ones. Memory is mapped at once and touched on first
 * use. A slot is taken, filled, handed to the back end, and given back when its send has completed,
 * never before.
 */
#ifndef IORING_SLOTS_H
#define IORING_SLOTS_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "ioring/addr.h"
#include "ioring/pktinfo.h"

enum {
    RING_SLOT_SIZE = 2048,      /* nearly every message of IKEv1 without certificates */
    RING_SLOT_SIZE_BIG = 65536, /* any UDP datagram */
};

#define RING_SLOT_NONE UINT32_MAX

struct ring_slot {
    struct msghdr msg; /* points at the fields below and at the slot's data */
    struct iovec data;
    union ring_sockaddr to;
    alignas(struct cmsghdr) uint8_t control[RING_PKTINFO_SIZE];
    uint32_t socket;
    uint32_t next_free;
    uint8_t overhead; /* bytes before the data: the marker, or none */
    bool taken;
};

struct ring_slots {
    struct ring_slot *slot; /* the small ones first */
    uint8_t *memory;
    size_t memory_size;
    uint32_t small_count;
    uint32_t count;
    uint32_t free_small; /* heads of the free lists */
    uint32_t free_big;
};

/* False if there is no memory. */
bool ring_slots_init(struct ring_slots *slots, uint32_t small_count, uint32_t big_count);

/* Allowed on a zeroed struct. */
void ring_slots_fini(struct ring_slots *slots);

/* Takes a slot with room for `size` bytes; RING_SLOT_NONE if there is none. */
uint32_t ring_slots_take(struct ring_slots *slots, size_t size);

void ring_slots_give(struct ring_slots *slots, uint32_t index);

#endif
