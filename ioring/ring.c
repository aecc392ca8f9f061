/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ioring/backend.h"
#include "ioring/error.h"
#include "ioring/filter.h"
#include "ioring/frame.h"
#include "ioring/pktinfo.h"
#include "ioring/watch.h"

enum {
    DROPS_POLL_MS = 1000,
};

static_assert(RING_SEND_SIZE_MAX + RING_MARKER_SIZE <= RING_SLOT_SIZE_BIG,
              "a big slot holds any datagram");

/* A limit of ring_options: what 0 means, and the largest value. */
struct limit {
    const char *name;
    size_t offset;
    uint32_t preset;
    uint32_t max;
};

#define LIMIT(field, preset, max)                                                                  \
    {                                                                                              \
#field, offsetof(struct ring_options, field), preset, max                                  \
    }

static const struct limit limits[] = {
    LIMIT(receive_buffers, 512, RING_RECEIVE_BUFFERS_LIMIT),
    LIMIT(receive_size, 8192, RING_RECEIVE_SIZE_LIMIT),
    LIMIT(receive_queue, 32 << 20, RING_RECEIVE_QUEUE_LIMIT),
    LIMIT(send_slots, 1024, RING_SEND_SLOTS_LIMIT),
    LIMIT(send_slots_big, 16, RING_SEND_SLOTS_BIG_LIMIT),
};

static uint32_t next_power_of_two(uint32_t number)
{
    return number <= 1 ? 1 : 1U << (32 - __builtin_clz(number - 1));
}

static bool fill_options(struct ring *ring, const struct ring_options *options,
                         struct ring_error *error)
{
    ring->options = *options;
    ring->permille = RING_FILTER_ALL;
    ring->options.sockets = NULL;
    ring->options.steer = NULL;
    if (options->steer != NULL)
        ring->steer = *options->steer;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        uint32_t *value = (void *)((char *)&ring->options + limits[i].offset);

        if (*value == 0)
            *value = limits[i].preset;
        if (*value > limits[i].max)
            return ring_error_set(error, limits[i].name, ERANGE);
    }
    ring->options.receive_buffers = next_power_of_two(ring->options.receive_buffers);
    ring->batch_max = ring->options.receive_buffers < RING_BATCH_MAX ? ring->options.receive_buffers
                                                                     : RING_BATCH_MAX;
    if (options->socket_count < 1 || options->socket_count > RING_SOCKETS_MAX)
        return ring_error_set(error, "socket_count", ERANGE);
    memcpy(ring->specs, options->sockets, options->socket_count * sizeof(ring->specs[0]));
    return true;
}

static bool open_sockets(struct ring *ring, struct ring_error *error)
{
    const struct ring_steer *steer = ring->steer.count > 1 ? &ring->steer : NULL;
    const ring_open_fn open = ring->options.open ? ring->options.open : ring_udp_open;

    for (size_t i = 0; i < ring->options.socket_count; i++) {
        if (!open(&ring->sockets[i], &ring->specs[i], ring->options.receive_queue, steer, error))
            return false;
        ring->specs[i].bind = ring->sockets[i].addr; /* to be opened there again */
        ring->socket_count++;
        if (ring->permille != RING_FILTER_ALL && !ring_udp_thin(&ring->sockets[i], ring->permille))
            return ring_error_set(error, "a socket's filter", errno);
        if (ring->options.stamp && !ring_udp_stamp(&ring->sockets[i]))
            return ring_error_set(error, "SO_TIMESTAMPNS", errno);
    }
    return true;
}

static bool open_with(struct ring *ring, const struct ring_backend_ops *ops,
                      struct ring_error *error)
{
    if (!ops->open(ring, error))
        return false;
    ring->ops = ops;
    return true;
}

static bool open_backend(struct ring *ring, struct ring_error *error)
{
    switch (ring->options.backend) {
    case RING_BACKEND_URING:
        return open_with(ring, &ring_uring_ops, error);
    case RING_BACKEND_EPOLL:
        return open_with(ring, &ring_epoll_ops, error);
    case RING_BACKEND_AUTO:
        break;
    }
    return open_with(ring, &ring_uring_ops, &ring->fallback) ||
           open_with(ring, &ring_epoll_ops, error);
}

static bool open_all(struct ring *ring, struct ring_error *error)
{
    if (!open_sockets(ring, error))
        return false;
    if (!ring_slots_init(&ring->slots, ring->options.send_slots, ring->options.send_slots_big))
        return ring_error_set(error, "send slots", ENOMEM);
    return open_backend(ring, error);
}

/* The back end goes first: a socket leaves its port and its group only when no request holds it. */
static void close_all(struct ring *ring)
{
    if (ring->ops != NULL)
        ring->ops->close(ring);
    ring->ops = NULL;
    for (uint32_t i = 0; i < ring->socket_count; i++)
        ring_udp_close(&ring->sockets[i]);
    ring->socket_count = 0;
    ring_slots_fini(&ring->slots);
}

struct ring *ring_open(const struct ring_options *options, struct ring_error *error)
{
    struct ring *ring = calloc(1, sizeof(*ring));

    *error = (struct ring_error){0};
    if (ring == NULL) {
        ring_error_set(error, "ring", ENOMEM);
        return NULL;
    }
    ring_watches_init(ring);
    if (fill_options(ring, options, error) && open_all(ring, error))
        return ring;
    ring_close(ring);
    return NULL;
}

static bool restart_watches(struct ring *ring, struct ring_error *error)
{
    int result = ring_watches_restart(ring);

    return result == 0 || ring_error_set(error, "watching a descriptor", -result);
}

/* Who comes again is not the first of the group: that has its program from the others. */
bool ring_reopen(struct ring *ring, struct ring_error *error)
{
    *error = (struct ring_error){0};
    close_all(ring);
    memset(ring->failures, 0, sizeof(ring->failures));
    if (ring->steer.count > 1 && ring->steer.index == 0)
        ring->steer.index = ring->steer.count - 1;
    if (open_all(ring, error) && restart_watches(ring, error)) {
        ring->broken = 0;
        return true;
    }
    close_all(ring);
    return false;
}

void ring_close(struct ring *ring)
{
    if (ring == NULL)
        return;
    close_all(ring);
    free(ring);
}

const char *ring_backend_name(const struct ring *ring)
{
    return ring->ops->name;
}

const char *ring_fallback_reason(const struct ring *ring)
{
    return ring->fallback.text;
}

struct ring_addr ring_socket_addr(const struct ring *ring, uint32_t socket)
{
    assert(socket < ring->socket_count);
    return ring->sockets[socket].addr;
}

uint32_t ring_socket_queue(const struct ring *ring, uint32_t socket)
{
    assert(socket < ring->socket_count);
    return ring->sockets[socket].queue;
}

/* What a frame that is not delivered adds to. */
static uint64_t *drop_counter(struct ring_counters *counters, enum ring_frame frame)
{
    switch (frame) {
    case RING_FRAME_KEEPALIVE:
        return &counters->dropped_keepalive;
    case RING_FRAME_NO_MARKER:
        return &counters->dropped_no_marker;
    case RING_FRAME_SHORT:
        return &counters->dropped_short;
    case RING_FRAME_IKE:
        break;
    }
    return NULL;
}

void ring_deliver(struct ring *ring, uint32_t socket, struct msghdr *msg, const uint8_t *data,
                  size_t size)
{
    const struct ring_udp *udp = &ring->sockets[socket];
    struct ring_datagram *datagram = &ring->batch[ring->batch_count];
    size_t overhead = ring_frame_overhead(udp->marker);
    uint64_t *dropped = drop_counter(&ring->counters, ring_frame_classify(udp->marker, data, size));

    assert(ring->batch_count < ring->batch_max);
    ring->failures[socket] = 0;
    if ((msg->msg_flags & MSG_TRUNC) != 0 || size > ring->options.receive_size)
        dropped = &ring->counters.dropped_truncated;
    if (dropped != NULL) {
        ring_count(dropped, 1);
        return;
    }
    if (!ring_addr_from_sockaddr(&datagram->remote, msg->msg_name, msg->msg_namelen) ||
        datagram->remote.port == 0) {
        ring_count(&ring->counters.dropped_malformed, 1);
        return;
    }
    datagram->arrived_ns = ring_stamp_read(msg);
    datagram->local = ring_pktinfo_read(msg);
    if (datagram->local.family == 0)
        datagram->local = udp->addr;
    datagram->local.port = udp->addr.port;
    datagram->socket = socket;
    datagram->data = data + overhead;
    datagram->size = (uint32_t)(size - overhead);
    ring->batch_count++;
    ring_count(&ring->counters.received, 1);
    ring_count(&ring->counters.received_bytes, datagram->size);
}

void ring_failed(struct ring *ring, uint32_t socket, int error)
{
    ring_count(&ring->counters.rearmed_error, 1);
    if (++ring->failures[socket] == RING_FAILURES_MAX)
        ring->broken = error;
}

bool ring_thin(struct ring *ring, uint32_t permille)
{
    bool done = true;

    ring->permille = permille;
    for (uint32_t i = 0; i < ring->socket_count; i++)
        done &= ring_udp_thin(&ring->sockets[i], permille);
    return done;
}

static uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void ring_poll_drops(struct ring *ring)
{
    for (uint32_t i = 0; i < ring->socket_count; i++)
        ring_count(&ring->counters.dropped_kernel, ring_udp_new_drops(&ring->sockets[i]));
}

static void poll_drops_at_times(struct ring *ring)
{
    uint64_t now = clock_ms();

    if (now - ring->drops_polled_ms < DROPS_POLL_MS)
        return;
    ring->drops_polled_ms = now;
    ring_poll_drops(ring);
}

int ring_wait(struct ring *ring, int timeout_ms, const struct ring_datagram **batch)
{
    int result;

    ring->batch_count = 0;
    result = ring->ops->wait(ring, timeout_ms);
    ring_watches_run(ring);
    poll_drops_at_times(ring);
    *batch = ring->batch;
    if (result == 0)
        result = ring->broken;
    return result < 0 ? result : (int)ring->batch_count;
}

static uint32_t take_slot(struct ring *ring, size_t size)
{
    uint32_t index = ring_slots_take(&ring->slots, size);

    if (index != RING_SLOT_NONE)
        return index;
    ring->ops->reclaim(ring);
    return ring_slots_take(&ring->slots, size);
}

static void fill_slot(struct ring_slot *slot, const struct ring_addr *local,
                      const struct ring_addr *remote, const void *data, size_t size)
{
    uint8_t *out = slot->data.iov_base;

    memset(out, 0, slot->overhead);
    memcpy(out + slot->overhead, data, size);
    slot->data.iov_len = slot->overhead + size;
    slot->msg.msg_namelen = ring_addr_to_sockaddr(remote, &slot->to);
    ring_pktinfo_write(&slot->msg, slot->control, local);
}

static bool sendable(const struct ring_udp *udp, const struct ring_addr *local,
                     const struct ring_addr *remote, size_t size)
{
    return size <= RING_SEND_SIZE_MAX && remote->family == udp->addr.family &&
           (local->family == 0 || local->family == udp->addr.family);
}

static bool send_behind(struct ring *ring, size_t overhead, uint32_t socket,
                        const struct ring_addr *local, const struct ring_addr *remote,
                        const void *data, size_t size)
{
    const struct ring_udp *udp = &ring->sockets[socket];
    uint32_t index;

    if (!sendable(udp, local, remote, size)) {
        ring_count(&ring->counters.send_errors, 1);
        return false;
    }
    index = take_slot(ring, size + overhead);
    if (index == RING_SLOT_NONE) {
        ring_count(&ring->counters.dropped_no_slot, 1);
        return false;
    }
    ring->slots.slot[index].socket = socket;
    ring->slots.slot[index].overhead = (uint8_t)overhead;
    fill_slot(&ring->slots.slot[index], local, remote, data, size);
    if (ring->ops->queue(ring, index))
        return true;
    ring_slots_give(&ring->slots, index);
    ring_count(&ring->counters.dropped_no_slot, 1);
    return false;
}

bool ring_send(struct ring *ring, uint32_t socket, const struct ring_addr *local,
               const struct ring_addr *remote, const void *data, size_t size)
{
    assert(socket < ring->socket_count);
    return send_behind(ring, ring_frame_overhead(ring->sockets[socket].marker), socket, local,
                       remote, data, size);
}

bool ring_send_keepalive(struct ring *ring, uint32_t socket, const struct ring_addr *local,
                         const struct ring_addr *remote)
{
    static const uint8_t keepalive = RING_KEEPALIVE_BYTE;

    assert(socket < ring->socket_count);
    return send_behind(ring, 0, socket, local, remote, &keepalive, sizeof(keepalive));
}

void ring_sent(struct ring *ring, uint32_t slot, int result)
{
    if (result >= 0) {
        ring_count(&ring->counters.sent, 1);
        ring_count(&ring->counters.sent_bytes, (uint64_t)result - ring->slots.slot[slot].overhead);
    } else {
        ring_count(result == -EAGAIN ? &ring->counters.send_again : &ring->counters.send_errors, 1);
    }
    ring_slots_give(&ring->slots, slot);
}

void ring_flush(struct ring *ring)
{
    ring->ops->flush(ring);
}

struct ring_counters ring_counters(const struct ring *ring)
{
    struct ring_counters copy;
    const uint64_t *from = (const uint64_t *)&ring->counters;
    uint64_t *to = (uint64_t *)&copy;

    static_assert(sizeof(copy) % sizeof(*to) == 0, "counters are all uint64_t");
    for (size_t i = 0; i < sizeof(copy) / sizeof(*to); i++)
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
    return copy;
}
