/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP datagrams for one thread: receive in batches, send in batches, watch other descriptors.
 *
 * One ring belongs to one thread, the one that calls ring_open(); every function below must be
 * called from it, but for ring_counters(), which any thread may call while the ring is open. Two
 * back ends do the work behind this interface: io_uring (multishot recvmsg into provided buffers)
 * and, where the kernel or a sandbox refuses io_uring, epoll with recvmmsg and sendmmsg. They
 * behave the same; only the system calls per datagram differ.
 *
 * A socket may carry the framing of IKE over UDP port 4500 (RFC 3948): then the four-byte non-ESP
 * marker is taken off before a datagram is delivered and put on when one is sent.
 *
 * The loop of a user:
 *
 *     while (running) {
 *         const struct ring_datagram *batch;
 *         int count = ring_wait(ring, timeout_ms, &batch);
 *         if (count < 0)
 *             break;                              // the ring is broken, -count is an errno
 *         for (int i = 0; i < count; i++)
 *             handle(&batch[i]);                  // may call ring_send()
 *     }                                           // the next ring_wait() sends what was queued
 */
#ifndef IORING_RING_H
#define IORING_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioring/addr.h"
#include "ioring/steer.h"

/* Datagrams that one ring_wait() hands over at most: batches of 32-64 get all of the gain. */
#define RING_BATCH_MAX 64

/* Sockets of one ring: port 500 and 4500, IPv4 and IPv6, and some for several local addresses. */
#define RING_SOCKETS_MAX 32

/* Descriptors watched by one ring: signals, control, netlink, store; not one per peer. */
#define RING_WATCHES_MAX 64

/* The longest datagram that ring_send() takes: IPv4's 65535 - 20 - 8, minus the marker. */
#define RING_SEND_SIZE_MAX 65503

/* Bytes of a reason in text, with its NUL. */
#define RING_TEXT_MAX 192

struct ring;

enum ring_backend {
    RING_BACKEND_AUTO, /* io_uring, or epoll if the kernel refuses it */
    RING_BACKEND_URING,
    RING_BACKEND_EPOLL,
};

struct ring_socket {
    struct ring_addr bind; /* family 4 or 6; the unspecified address for all; port 0: any free one.
                              An IPv6 socket never takes IPv4 (IPV6_V6ONLY). */
    bool marker;           /* RFC 3948 framing: port 4500 */
    bool ipsec; /* The kernel's IPsec is in use: with the marker ESP in UDP is its own, and
                   no policy is for what this socket sends and receives. Needs
                   CAP_NET_ADMIN. */
};

struct ring_error {
    int code;                 /* errno; EADDRINUSE: somebody else has the port */
    char text[RING_TEXT_MAX]; /* "UDP 127.0.0.1:500: Address already in use" */
};

/*
 * Opens a socket as ring_udp_open() does (ioring/socket.h): where that is another process's right.
 */
struct ring_udp;
typedef bool (*ring_open_fn)(struct ring_udp *udp, const struct ring_socket *spec,
                             uint32_t receive_queue, const struct ring_steer *steer,
                             struct ring_error *error);

/* All zero but for `sockets` and `socket_count` is a good start: 0 means the default given. */
struct ring_options {
    enum ring_backend backend;
    const struct ring_socket *sockets; /* copied; a socket's index here names it ever after */
    size_t socket_count;               /* 1 to RING_SOCKETS_MAX */
    uint32_t receive_buffers;          /* datagrams between two waits; rounded up to a power of two;
                                          512, at most 32768 */
    uint32_t receive_size;             /* longest datagram received, bytes; 8192, at most 65536:
                                          certificates make messages of several KiB */
    uint32_t receive_queue;  /* the kernel's queue per socket, bytes; 32 MiB, at most 512 MiB.
                                Without  CAP_NET_ADMIN the kernel caps it at net.core.rmem_max */
    uint32_t send_slots;     /* datagrams of up to 2 KiB queued or in flight; 1024, at
                                most 16384 */
    uint32_t send_slots_big; /* the same for up to 64 KiB each; 16, at most 1024 */

    /*
     * NULL, or the only one of its group: the ports are this ring's alone. Else the rings share
     * them, and each gets the datagrams that ring_steer_cookie() says. They are opened in the order
     * of their indices, the first one only if nobody has the ports; until the last one is open the
     * others get its datagrams. Copied.
     */
    const struct ring_steer *steer;

    bool stamp; /* the kernel shall say when it received each datagram */

    ring_open_fn open; /* NULL: ring_udp_open() */
};

struct ring_datagram {
    uint32_t socket;         /* index in ring_options.sockets */
    uint32_t size;           /* bytes at data, the marker not counted; at least 28 (RFC 2408 3.1) */
    const uint8_t *data;     /* valid until the next ring_wait() or ring_close() */
    struct ring_addr local;  /* the address that was hit, and the local port */
    struct ring_addr remote; /* the sender */
    uint64_t arrived_ns;     /* with ring_options.stamp: when the kernel received it, in nanoseconds
                                of CLOCK_REALTIME; 0: it did not say */
};

/*
 * What happened since ring_open(). Written by the ring's thread alone; each field is read and
 * written whole, but two fields need not be of the same moment.
 */
struct ring_counters {
    uint64_t received;       /* datagrams delivered by ring_wait() */
    uint64_t received_bytes; /* of their data, without markers */
    uint64_t sent;           /* datagrams that the kernel took */
    uint64_t sent_bytes;     /* of their data, without markers */
    uint64_t send_errors;    /* refused: no route, forbidden by a packet filter, too long, ... */
    uint64_t send_again;     /* refused: the socket's send queue is full (EAGAIN) */

    /* datagrams dropped, by cause */
    uint64_t dropped_kernel;    /* by the kernel: queue full, bad checksum, or kept out by the
                                   filter of lengths and first messages; polled once a second, see
                                   ring_poll_drops() */
    uint64_t dropped_short;     /* shorter than an ISAKMP header and yet past the filter */
    uint64_t dropped_truncated; /* longer than receive_size */
    uint64_t dropped_no_marker; /* ESP in UDP on a socket with the marker */
    uint64_t dropped_keepalive; /* NAT keepalive, one byte 0xff (RFC 3948 2.3) */
    uint64_t dropped_malformed; /* without a usable sender address (port 0) */
    uint64_t dropped_no_slot;   /* not sent: no send slot came free */

    /* ends of a receive request that was then armed again (io_uring only) */
    uint64_t rearmed_no_buffers; /* all receive buffers were in use */
    uint64_t rearmed_ended;      /* with a datagram or without an error: zero length, overflow */
    uint64_t rearmed_error;      /* any other error; on epoll: a failed recvmmsg */

    uint64_t overflows; /* times that the completion queue was found overflown (io_uring only) */
};

/*
 * Called by ring_wait() when fd is readable (or at its end, or in error), and at every ring_wait()
 * again for as long as it stays so. May call ring_send(), ring_flush(), ring_watch_add() and
 * ring_watch_remove(), also for itself; not ring_wait() or ring_close().
 */
typedef void (*ring_watch_fn)(void *user, int fd);

/*
 * Opens the sockets and a back end, in the thread that will use the ring.
 * Returns NULL with a reason in *error. Nothing stays open then. A port in use names itself:
 * "UDP 127.0.0.1:500: Address already in use".
 */
struct ring *ring_open(const struct ring_options *options, struct ring_error *error);

/*
 * Sends what is queued, cancels all requests, waits for their end (at most a second), closes the
 * sockets and frees the ring. Watched descriptors stay open; they are the caller's. NULL is
 * allowed.
 */
void ring_close(struct ring *ring);

/*
 * Opens a ring anew that ring_wait() has called broken: other sockets at the same addresses and
 * ports, another back end, chosen as at first. Watches and counters stay; datagrams that were
 * queued to be sent, or received and not looked at, are lost. In a group (ioring/steer.h) it comes
 * last now, so that some datagrams reach another ring than ring_steer_cookie() says.
 *
 * False with a reason in *error: nothing is open, and only ring_reopen(), ring_close() and
 * ring_counters() may be called.
 */
bool ring_reopen(struct ring *ring, struct ring_error *error);

/* "io_uring" or "epoll". */
const char *ring_backend_name(const struct ring *ring);

/* Why RING_BACKEND_AUTO did not take io_uring; "" if it did, or if there was no choice to make. */
const char *ring_fallback_reason(const struct ring *ring);

/* The bound address of a socket, with the port that was chosen for port 0. */
struct ring_addr ring_socket_addr(const struct ring *ring, uint32_t socket);

/* Bytes of the kernel's receive queue that a socket really got (twice the option if granted). */
uint32_t ring_socket_queue(const struct ring *ring, uint32_t socket);

/*
 * Sends what is queued, then waits until a datagram arrives, a watched descriptor is readable,
 * or timeout_ms milliseconds have passed (0: do not wait; negative: no limit). Runs the callbacks
 * of watched descriptors before it returns.
 *
 * *batch is set to the ring's own array. It and all data in it are valid until the next
 * ring_wait() or ring_close(). Returns the count of datagrams, 0 to RING_BATCH_MAX; 0 may also be
 * returned early (a signal, a send that completed, a datagram that was dropped), so look at the
 * clock, not at the count. A negative errno says that the kernel refuses the wait itself, or has
 * refused to receive on one of the sockets again and again, and that the ring is of no more use.
 */
int ring_wait(struct ring *ring, int timeout_ms, const struct ring_datagram **batch);

/*
 * Copies a datagram into a send slot and queues it; ring_flush() or ring_wait() sends it.
 * `local` is the source address to use, usually that of the datagram answered; its port is ignored
 * (the socket's is used), and family 0 leaves the choice to the kernel. Both addresses must be of
 * the socket's family. The marker is added where the socket has one. Never blocks.
 *
 * Returns false, and counts, if there is no room even after a flush (dropped_no_slot) or the
 * datagram is longer than RING_SEND_SIZE_MAX or of the wrong family (send_errors). True is no
 * promise of delivery: what the kernel refuses later is counted in send_errors or send_again.
 */
bool ring_send(struct ring *ring, uint32_t socket, const struct ring_addr *local,
               const struct ring_addr *remote, const void *data, size_t size);

/*
 * Queues a NAT keepalive (RFC 3948 2.3): one byte 0xff, without marker. What ring_send says holds
 * here too.
 */
bool ring_send_keepalive(struct ring *ring, uint32_t socket, const struct ring_addr *local,
                         const struct ring_addr *remote);

/*
 * Sends everything queued now: in one system call (io_uring), or in one for every run of up to 64
 * datagrams on the same socket (epoll).
 */
void ring_flush(struct ring *ring);

/*
 * Watches fd for readability. One watch per descriptor. Returns 0, -EEXIST, -ENOSPC
 * (RING_WATCHES_MAX), or what epoll_ctl() refused. The descriptor stays the caller's.
 */
int ring_watch_add(struct ring *ring, int fd, ring_watch_fn fn, void *user);

/*
 * Ends the watch; its callback is not called any more. Do this before fd is closed. The kernel may
 * keep the open file until the next ring_wait().
 */
void ring_watch_remove(struct ring *ring, int fd);

/*
 * Lets so many of a thousand first messages in from now on, 1 to 1000, by chance; 1000 at first.
 * The others are dropped by the kernel before they are queued, and counted in dropped_kernel. A
 * first message is one without responder cookie (RFC 2408 3.1): all others always come in. Stays so
 * when the ring is opened anew. False: the kernel refuses it for a socket, errno says why.
 */
bool ring_thin(struct ring *ring, uint32_t permille);

/* A copy of the counters. Any thread. */
struct ring_counters ring_counters(const struct ring *ring);

/* Brings dropped_kernel up to date now; ring_wait() does so once a second. */
void ring_poll_drops(struct ring *ring);

#endif
