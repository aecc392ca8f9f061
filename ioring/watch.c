/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors that a ring watches besides its sockets, and the wake-up from other threads. */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "ioring/watch.h"

static uint32_t find(const struct ring *ring, int fd)
{
    uint32_t index = 0;

    while (index < RING_WATCH_ENTRIES && ring->watches[index].fd != fd)
        index++;
    return index;
}

static int add(struct ring *ring, uint32_t index, int fd, ring_watch_fn fn, void *user)
{
    struct ring_watch *watch = &ring->watches[index];
    int result;

    watch->fd = fd;
    watch->fn = fn;
    watch->user = user;
    result = ring->ops->watch_add(ring, index);
    if (result < 0)
        watch->fd = -1;
    return result;
}

int ring_watch_add(struct ring *ring, int fd, ring_watch_fn fn, void *user)
{
    uint32_t index = find(ring, -1);

    if (fd < 0)
        return -EBADF;
    if (find(ring, fd) != RING_WATCH_ENTRIES)
        return -EEXIST;
    if (index == RING_WATCH_ENTRIES)
        return -ENOSPC;
    return add(ring, index, fd, fn, user);
}

void ring_watch_remove(struct ring *ring, int fd)
{
    uint32_t index = find(ring, fd);
    struct ring_watch *watch = &ring->watches[index];

    if (fd < 0 || index == RING_WATCH_ENTRIES)
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
    for (uint32_t index = 0; index < RING_WATCH_ENTRIES && ring->watches_ready > 0; index++) {
        struct ring_watch *watch = &ring->watches[index];

        if (!watch->ready)
            continue;
        watch->ready = false;
        ring->watches_ready--;
        watch->fn(watch->user, watch->fd);
    }
}

static void drain_wakeup(void *user, int fd)
{
    uint64_t count;

    (void)user;
    /* An eventfd is read whole; EAGAIN says that there was nothing left to read. */
    while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
        continue;
}

void ring_watches_init(struct ring *ring)
{
    for (uint32_t index = 0; index < RING_WATCH_ENTRIES; index++)
        ring->watches[index].fd = -1;
}

int ring_watches_restart(struct ring *ring)
{
    int result = 0;

    ring->watches_ready = 0;
    for (uint32_t index = 0; index < RING_WATCH_ENTRIES && result == 0; index++) {
        struct ring_watch *watch = &ring->watches[index];

        watch->generation++;
        watch->armed = false;
        watch->ready = false;
        if (watch->fd >= 0)
            result = ring->ops->watch_add(ring, index);
    }
    return result;
}

int ring_wakeup_watch(struct ring *ring, int fd)
{
    return add(ring, RING_WATCH_WAKEUP, fd, drain_wakeup, NULL);
}

void ring_wakeup(struct ring *ring)
{
    static const uint64_t one = 1;
    ssize_t written = write(ring->watches[RING_WATCH_WAKEUP].fd, &one, sizeof(one));

    /* A full eventfd wakes as well. */
    (void)written;
}
