/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors that a ring watches besides its sockets. */
#include <errno.h>
#include <stdint.h>

#include "ioring/watch.h"

static uint32_t find(const struct ring *ring, int fd)
{
    uint32_t index = 0;

    while (index < RING_WATCHES_MAX && ring->watches[index].fd != fd)
        index++;
    return index;
}

int ring_watch_add(struct ring *ring, int fd, ring_watch_fn fn, void *user)
{
    uint32_t index = find(ring, -1);

    if (fd < 0)
        return -EBADF;
    if (find(ring, fd) != RING_WATCHES_MAX)
        return -EEXIST;
    if (index == RING_WATCHES_MAX)
        return -ENOSPC;

    struct ring_watch *watch = &ring->watches[index];
    watch->fd = fd;
    watch->fn = fn;
    watch->user = user;
    int result = ring->ops->watch_add(ring, index);
    if (result < 0)
        watch->fd = -1;
    return result;
}

void ring_watch_remove(struct ring *ring, int fd)
{
    uint32_t index = find(ring, fd);
    struct ring_watch *watch = &ring->watches[index];

    if (fd < 0 || index == RING_WATCHES_MAX)
        return;
    ring->ops->watch_remove(ring, index);
    if (watch->ready)
        ring->watches_ready--;
    *watch = (struct ring_watch){.fd = -1, .generation = watch->generation + 1};
}

void ring_watch_ready(struct ring *ring, uint32_t index)
{
    if (ring->watches[index].ready)
        return;
    ring->watches[index].ready = true;
    ring->watches_ready++;
}

/* A callback may remove any watch, and add one in its place, which is then not ready. */
void ring_watches_run(struct ring *ring)
{
    for (uint32_t index = 0; index < RING_WATCHES_MAX && ring->watches_ready > 0; index++) {
        struct ring_watch *watch = &ring->watches[index];

        if (!watch->ready)
            continue;
        watch->ready = false;
        ring->watches_ready--;
        watch->fn(watch->user, watch->fd);
    }
}

void ring_watches_init(struct ring *ring)
{
    for (uint32_t index = 0; index < RING_WATCHES_MAX; index++)
        ring->watches[index].fd = -1;
}

int ring_watches_restart(struct ring *ring)
{
    int result = 0;

    ring->watches_ready = 0;
    for (uint32_t index = 0; index < RING_WATCHES_MAX && result == 0; index++) {
        struct ring_watch *watch = &ring->watches[index];

        watch->generation++;
        watch->armed = false;
        watch->ready = false;
        if (watch->fd >= 0)
            result = ring->ops->watch_add(ring, index);
    }
    return result;
}
