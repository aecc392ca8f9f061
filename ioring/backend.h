/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the interface (ring.c) and its back ends (uring.c, epoll.c): the ring itself, what a back
 * end must do, and what it calls back. Private to this folder and its tests.
 */
#ifndef IORING_BACKEND_H
#define IORING_BACKEND_H

#include "ioring/pktinfo.h"
#include "ioring/ring.h"
#include "ioring/slots.h"
#include "ioring/socket.h"
#include "ioring/stamp.h"

/* The largest values of ring_options. */
enum {
    RING_RECEIVE_BUFFERS_LIMIT = 32768, /* io_uring: entries of a buffer ring */
    RING_RECEIVE_SIZE_LIMIT = 65536,    /* bytes; UDP's own limit */
    RING_RECEIVE_QUEUE_LIMIT = 1 << 29, /* bytes; the kernel doubles it and keeps it in an int */
    RING_SEND_SLOTS_LIMIT = 16384,      /* io_uring: half of its submission entries */
    RING_SEND_SLOTS_BIG_LIMIT = 1024,   /* 64 MiB */
};

/* Bytes of the control messages that come with a datagram. */
#define RING_CONTROL_SIZE (RING_PKTINFO_SIZE + RING_STAMP_SIZE)

/* Some milliseconds of trying: what passes has passed by then. */
enum {
    RING_FAILURES_MAX = 1000,
};

struct ring_watch {
    int fd; /* -1: the entry is free */
    ring_watch_fn fn;
    void *user;
    uint32_t generation; /* tells a late completion of an earlier watch from this one's */
    bool armed;          /* io_uring: a poll request is under way */
    bool ready;          /* its callback is due */
};

/*
 * A back end keeps its state in ring->backend. All functions run in the ring's thread. `open` comes
 * after the sockets and slots are there; if it fails it leaves nothing behind.
 */
struct ring_backend_ops {
    const char *name;
    bool (*open)(struct ring *ring, struct ring_error *error);

    /* Sends what is queued, waits, hands datagrams to ring_deliver() and marks watches ready.
       Buffers of the batch before are free again. Returns 0 or a negative errno. */
    int (*wait)(struct ring *ring, int timeout_ms);

    /* Queues a filled slot; it comes back through ring_sent(). False if there is no room. */
    bool (*queue)(struct ring *ring, uint32_t slot);

    void (*flush)(struct ring *ring);

    /* Flushes, and brings back the slots of all sends that have completed. */
    void (*reclaim)(struct ring *ring);

    /* Starts or ends watching ring->watches[index]. `add` returns 0 or a negative errno. */
    int (*watch_add)(struct ring *ring, uint32_t index);
    void (*watch_remove)(struct ring *ring, uint32_t index);

    /* Sends what is queued, ends every request, frees the state. The sockets are still open. */
    void (*close)(struct ring *ring);
};

extern const struct ring_backend_ops ring_uring_ops;
extern const struct ring_backend_ops ring_epoll_ops;

struct ring {
    const struct ring_backend_ops *ops;
    void *backend;
    struct ring_options options; /* with the defaults filled in; without pointers */
    struct ring_steer steer;     /* count 0 or 1: the ports are this ring's alone */
    struct ring_socket specs[RING_SOCKETS_MAX];
    struct ring_udp sockets[RING_SOCKETS_MAX]; /* the first socket_count are open */
    uint32_t socket_count;
    struct ring_slots slots;
    struct ring_watch watches[RING_WATCHES_MAX];
    uint32_t watches_ready;
    struct ring_datagram batch[RING_BATCH_MAX];
    uint32_t batch_count;
    uint32_t batch_max; /* RING_BATCH_MAX, or less if there are fewer buffers */
    uint64_t drops_polled_ms;
    uint32_t permille; /* of first messages that the sockets let in */
    struct ring_error fallback;
    uint32_t failures[RING_SOCKETS_MAX]; /* receives refused since the last datagram came */
    int broken;                          /* what ring_wait() returns from now on, if not 0 */
    struct ring_counters counters;
};

/* The owner's side of a counter that other threads read: one whole store, no lock. */
static inline void ring_count(uint64_t *counter, uint64_t by)
{
    __atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

/*
 * Takes a datagram as recvmsg() returned it (name, control, flags; the payload apart) into the
 * batch, or drops and counts it. The batch must have room.
 */
void ring_deliver(struct ring *ring, uint32_t socket, struct msghdr *msg, const uint8_t *data,
                  size_t size);

/*
 * The kernel refuses to receive on a socket, with a negative errno. Counts; the back end tries
 * again at the next wait. When RING_FAILURES_MAX were refused in a row the ring is broken.
 */
void ring_failed(struct ring *ring, uint32_t socket, int error);

/* The kernel is done with a slot: bytes sent, or a negative errno. Counts and frees it. */
void ring_sent(struct ring *ring, uint32_t slot, int result);

/* The watch's descriptor is readable: its callback runs before ring_wait() returns. */
void ring_watch_ready(struct ring *ring, uint32_t index);

#endif
