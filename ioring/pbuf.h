/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io_uring's ring of provided buffers: memory that the kernel fills on its own and that is given
 * back, buffer by buffer, when the datagram in it has been used. One per ring; not shared.
 */
#ifndef IORING_PBUF_H
#define IORING_PBUF_H

#include <liburing.h>
#include <stdint.h>

struct ring_pbuf {
    struct io_uring_buf_ring *ring;
    uint8_t *memory;
    uint32_t count; /* a power of two */
    uint32_t size;  /* bytes of a buffer */
    uint16_t group;
};

/* Maps and registers `count` buffers, all free. Returns 0 or a negative errno. */
int ring_pbuf_init(struct ring_pbuf *pbuf, struct io_uring *uring, uint16_t group, uint32_t count,
                   uint32_t size);

/* Unmaps, after the io_uring has ended. Allowed on a zeroed struct. */
void ring_pbuf_fini(struct ring_pbuf *pbuf);

/* Gives buffers back to the kernel. */
void ring_pbuf_recycle(struct ring_pbuf *pbuf, const uint16_t *buffers, uint32_t count);

static inline uint8_t *ring_pbuf_at(const struct ring_pbuf *pbuf, uint16_t buffer)
{
    return pbuf->memory + (size_t)buffer * pbuf->size;
}

#endif
