/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/pbuf.h"

#include <errno.h>
#include <sys/mman.h>

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static size_t ring_size(const struct ring_pbuf *pbuf)
{
    return pbuf->count * sizeof(struct io_uring_buf);
}

static size_t memory_size(const struct ring_pbuf *pbuf)
{
    return (size_t)pbuf->count * pbuf->size;
}

static void add(struct ring_pbuf *pbuf, uint16_t buffer, uint32_t offset)
{
    io_uring_buf_ring_add(pbuf->ring, ring_pbuf_at(pbuf, buffer), pbuf->size, buffer,
                          io_uring_buf_ring_mask(pbuf->count), (int)offset);
}

/* liburing 2.3 has no io_uring_setup_buf_ring(). */
static int register_ring(struct ring_pbuf *pbuf, struct io_uring *uring)
{
    struct io_uring_buf_reg registration = {
        .ring_addr = (uintptr_t)pbuf->ring,
        .ring_entries = pbuf->count,
        .bgid = pbuf->group,
    };

    if (pbuf->ring == NULL || pbuf->memory == NULL)
        return -ENOMEM;
    return io_uring_register_buf_ring(uring, &registration, 0);
}

int ring_pbuf_init(struct ring_pbuf *pbuf, struct io_uring *uring, uint16_t group, uint32_t count,
                   uint32_t size)
{
    int result;

    *pbuf = (struct ring_pbuf){.count = count, .size = size, .group = group};
    pbuf->ring = map(ring_size(pbuf));
    pbuf->memory = map(memory_size(pbuf));
    result = register_ring(pbuf, uring);
    if (result < 0) {
        ring_pbuf_fini(pbuf);
        return result;
    }
    io_uring_buf_ring_init(pbuf->ring);
    for (uint32_t i = 0; i < count; i++)
        add(pbuf, (uint16_t)i, i);
    io_uring_buf_ring_advance(pbuf->ring, (int)count);
    return 0;
}

void ring_pbuf_fini(struct ring_pbuf *pbuf)
{
    if (pbuf->ring != NULL)
        munmap(pbuf->ring, ring_size(pbuf));
    if (pbuf->memory != NULL)
        munmap(pbuf->memory, memory_size(pbuf));
    *pbuf = (struct ring_pbuf){0};
}

void ring_pbuf_recycle(struct ring_pbuf *pbuf, const uint16_t *buffers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        add(pbuf, buffers[i], i);
    io_uring_buf_ring_advance(pbuf->ring, (int)count);
}
