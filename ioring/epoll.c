/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The epoll back end, for kernels and sandboxes without io_uring: recvmmsg and sendmmsg.
 *
 * Estimate per datagram received and answered, in batches of n on one socket: 3/n system calls
 * (epoll_wait, recvmmsg, sendmmsg); the rest is as with io_uring.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "ioring/backend.h"
#include "ioring/error.h"

enum {
    EVENTS_MAX = RING_SOCKETS_MAX + RING_WATCHES_MAX,
    SEND_RUN_MAX = 64,
};

struct receive_buffer {
    struct iovec data;
    union ring_sockaddr from;
    alignas(struct cmsghdr) uint8_t control[RING_CONTROL_SIZE];
};

struct epoll {
    int fd;
    uint32_t first; /* the event to look at first: no socket starves behind a flooded one */
    uint32_t buffers_used;
    struct mmsghdr received[RING_BATCH_MAX];
    struct receive_buffer buffers[RING_BATCH_MAX];
    uint8_t *memory;
    uint32_t *queue; /* slots to be sent, in order */
    uint32_t queue_count;
};

/* An event's data: a socket, or a watch, and its index. */
#define WATCH_BIT (1U << 31)

static int control(const struct epoll *epoll, int operation, int fd, uint32_t data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = data};

    return epoll_ctl(epoll->fd, operation, fd, &event) == 0 ? 0 : -errno;
}

/* Every call of recvmmsg() changes what it was given. */
static void prepare(struct epoll *epoll, uint32_t index)
{
    struct receive_buffer *buffer = &epoll->buffers[index];

    epoll->received[index].msg_hdr = (struct msghdr){
        .msg_name = &buffer->from,
        .msg_namelen = sizeof(buffer->from),
        .msg_iov = &buffer->data,
        .msg_iovlen = 1,
        .msg_control = buffer->control,
        .msg_controllen = sizeof(buffer->control),
    };
}

static void receive(struct ring *ring, struct epoll *epoll, uint32_t socket)
{
    uint32_t first = epoll->buffers_used;
    uint32_t room = ring->batch_max - first;
    int count;

    if (room == 0)
        return;
    for (uint32_t i = first; i < ring->batch_max; i++)
        prepare(epoll, i);
    count = recvmmsg(ring->sockets[socket].fd, &epoll->received[first], room, MSG_DONTWAIT, NULL);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        ring_failed(ring, socket, -errno);
    for (int i = 0; i < count; i++) {
        struct mmsghdr *message = &epoll->received[epoll->buffers_used];

        ring_deliver(ring, socket, &message->msg_hdr, message->msg_hdr.msg_iov->iov_base,
                     message->msg_len);
        epoll->buffers_used++;
    }
}

/* The rest of a run behind a refused datagram is tried again; each call settles at least one. */
static uint32_t send_run(struct ring *ring, const uint32_t *slots, uint32_t count)
{
    struct mmsghdr messages[SEND_RUN_MAX];
    int fd = ring->sockets[ring->slots.slot[slots[0]].socket].fd;
    int sent;

    for (uint32_t i = 0; i < count; i++)
        messages[i] = (struct mmsghdr){.msg_hdr = ring->slots.slot[slots[i]].msg};
    sent = sendmmsg(fd, messages, count, MSG_DONTWAIT);
    if (sent < 0) {
        ring_sent(ring, slots[0], -errno);
        return 1;
    }
    for (int i = 0; i < sent; i++)
        ring_sent(ring, slots[i], (int)messages[i].msg_len);
    return (uint32_t)sent;
}

/* Datagrams from `slots` on that leave by the same socket. */
static uint32_t run_length(const struct ring *ring, const uint32_t *slots, uint32_t count)
{
    uint32_t length = 1;

    while (length < count && length < SEND_RUN_MAX &&
           ring->slots.slot[slots[length]].socket == ring->slots.slot[slots[0]].socket)
        length++;
    return length;
}

static void epoll_flush(struct ring *ring)
{
    struct epoll *epoll = ring->backend;
    uint32_t done = 0;

    while (done < epoll->queue_count) {
        const uint32_t *slots = &epoll->queue[done];

        done += send_run(ring, slots, run_length(ring, slots, epoll->queue_count - done));
    }
    epoll->queue_count = 0;
}

static bool epoll_queue(struct ring *ring, uint32_t slot)
{
    struct epoll *epoll = ring->backend;

    assert(epoll->queue_count < ring->slots.count);
    epoll->queue[epoll->queue_count++] = slot;
    return true;
}

static int epoll_wait_ring(struct ring *ring, int timeout_ms)
{
    struct epoll *epoll = ring->backend;
    struct epoll_event events[EVENTS_MAX];
    int count;

    epoll_flush(ring);
    epoll->buffers_used = 0;
    count = epoll_wait(epoll->fd, events, EVENTS_MAX, timeout_ms < 0 ? -1 : timeout_ms);
    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    epoll->first++;
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        uint32_t data = events[(epoll->first + i) % (uint32_t)count].data.u32;

        if ((data & WATCH_BIT) != 0)
            ring_watch_ready(ring, data & ~WATCH_BIT);
        else
            receive(ring, epoll, data);
    }
    return 0;
}

static int epoll_watch_add(struct ring *ring, uint32_t index)
{
    return control(ring->backend, EPOLL_CTL_ADD, ring->watches[index].fd, WATCH_BIT | index);
}

static void epoll_watch_remove(struct ring *ring, uint32_t index)
{
    control(ring->backend, EPOLL_CTL_DEL, ring->watches[index].fd, 0);
}

static void free_state(struct epoll *epoll)
{
    if (epoll->fd >= 0)
        close(epoll->fd);
    free(epoll->memory);
    free(epoll->queue);
    free(epoll);
}

static void epoll_close(struct ring *ring)
{
    epoll_flush(ring);
    free_state(ring->backend);
}

static int watch_sockets(const struct ring *ring, const struct epoll *epoll)
{
    int result = 0;

    for (uint32_t i = 0; i < ring->socket_count && result == 0; i++)
        result = control(epoll, EPOLL_CTL_ADD, ring->sockets[i].fd, i);
    return result;
}

static int start(const struct ring *ring, struct epoll *epoll)
{
    size_t size = ring->options.receive_size;

    epoll->fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll->fd < 0)
        return -errno;
    epoll->memory = calloc(ring->batch_max, size);
    epoll->queue = calloc(ring->slots.count, sizeof(*epoll->queue));
    if (epoll->memory == NULL || epoll->queue == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < ring->batch_max; i++)
        epoll->buffers[i].data = (struct iovec){epoll->memory + i * size, size};
    return watch_sockets(ring, epoll);
}

static bool epoll_open(struct ring *ring, struct ring_error *error)
{
    struct epoll *epoll = calloc(1, sizeof(*epoll));
    int result;

    if (epoll == NULL)
        return ring_error_set(error, "epoll", ENOMEM);
    result = start(ring, epoll);
    if (result < 0) {
        free_state(epoll);
        return ring_error_set(error, "epoll", -result);
    }
    ring->backend = epoll;
    return true;
}

const struct ring_backend_ops ring_epoll_ops = {
    .name = "epoll",
    .open = epoll_open,
    .wait = epoll_wait_ring,
    .queue = epoll_queue,
    .flush = epoll_flush,
    .reclaim = epoll_flush,
    .watch_add = epoll_watch_add,
    .watch_remove = epoll_watch_remove,
    .close = epoll_close,
};
