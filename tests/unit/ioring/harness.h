/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of ioring share: rings over either back end, and a plain UDP peer. */
#ifndef TESTS_IORING_HARNESS_H
#define TESTS_IORING_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "ioring/backend.h"
#include "ioring/ring.h"

/* Waits of one test at most; each ends early when something happens. */
enum {
    WAIT_MS = 100,
    WAITS_MAX = 100,
    PEER_TIMEOUT_S = 10,
};

static const enum ring_backend backend_uring = RING_BACKEND_URING;
static const enum ring_backend backend_epoll = RING_BACKEND_EPOLL;

/* One entry of the test table for each back end; the test gets the back end as its state. */
#define BACKEND_TEST(test, name, backend)                                                          \
    {                                                                                              \
        name ": " #test, test, NULL, NULL, (void *)(uintptr_t)&backend                             \
    }
#define ON_BOTH(test)                                                                              \
    BACKEND_TEST(test, "io_uring", backend_uring), BACKEND_TEST(test, "epoll", backend_epoll)

struct peer {
    int fd;
    struct ring_addr addr;
};

static inline struct ring_addr address(const char *text)
{
    struct ring_addr addr;

    assert_true(ring_addr_parse(&addr, text, 0));
    return addr;
}

static inline struct ring_addr with_port(const char *text, uint16_t port)
{
    struct ring_addr addr = address(text);

    addr.port = port;
    return addr;
}

static inline bool has_ipv6(void)
{
    struct ring_addr loopback = address("::1");
    union ring_sockaddr to;
    socklen_t size = ring_addr_to_sockaddr(&loopback, &to);
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    bool bound = fd >= 0 && bind(fd, &to.any, size) == 0;

    if (fd >= 0)
        close(fd);
    return bound;
}

/* A ring on the back end of the test; where io_uring is forbidden, the test is skipped. */
static inline struct ring *open_ring(void **state, struct ring_options options)
{
    const enum ring_backend *backend = *state;
    struct ring_error error;
    struct ring *ring;

    options.backend = *backend;
    ring = ring_open(&options, &error);
    if (ring == NULL && strncmp(error.text, "io_uring", 8) == 0)
        skip();
    if (ring == NULL)
        fail_msg("%s", error.text);
    return ring;
}

/* A ring with one socket on a free port. */
static inline struct ring *open_one(void **state, const char *bind_to, bool marker)
{
    struct ring_socket socket = {.bind = address(bind_to), .marker = marker};

    return open_ring(state, (struct ring_options){.sockets = &socket, .socket_count = 1});
}

static inline struct peer open_peer(const char *bind_to)
{
    struct ring_addr wanted = address(bind_to);
    struct timeval limit = {.tv_sec = PEER_TIMEOUT_S};
    int queue = 8 << 20;
    union ring_sockaddr own;
    socklen_t size = ring_addr_to_sockaddr(&wanted, &own);
    struct peer peer = {.fd = socket(own.any.sa_family, SOCK_DGRAM, 0)};

    assert_true(peer.fd >= 0);
    assert_int_equal(setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    assert_int_equal(setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &queue, sizeof(queue)), 0);
    assert_int_equal(bind(peer.fd, &own.any, size), 0);
    size = sizeof(own);
    assert_int_equal(getsockname(peer.fd, &own.any, &size), 0);
    assert_true(ring_addr_from_sockaddr(&peer.addr, &own.any, size));
    return peer;
}

static inline void peer_send(const struct peer *peer, struct ring_addr to, const void *data,
                             size_t size)
{
    union ring_sockaddr name;
    socklen_t name_size = ring_addr_to_sockaddr(&to, &name);

    assert_int_equal(sendto(peer->fd, data, size, 0, &name.any, name_size), size);
}

/* Returns the size; fails the test if nothing comes. */
static inline size_t peer_receive(const struct peer *peer, struct ring_addr *from, void *data,
                                  size_t size)
{
    union ring_sockaddr name;
    socklen_t name_size = sizeof(name);
    ssize_t received = recvfrom(peer->fd, data, size, 0, &name.any, &name_size);

    assert_true(received >= 0);
    assert_true(ring_addr_from_sockaddr(from, &name.any, name_size));
    return (size_t)received;
}

/* Waits until a batch arrives. Returns its size. */
static inline int next_batch(struct ring *ring, const struct ring_datagram **batch)
{
    for (int i = 0; i < WAITS_MAX; i++) {
        int count = ring_wait(ring, WAIT_MS, batch);

        assert_in_range(count, 0, RING_BATCH_MAX);
        if (count > 0)
            return count;
    }
    fail_msg("nothing arrived");
    return 0;
}

/* Waits for exactly one datagram. */
static inline struct ring_datagram next_datagram(struct ring *ring)
{
    const struct ring_datagram *batch;

    assert_int_equal(next_batch(ring, &batch), 1);
    return batch[0];
}

/* A message of `size` bytes that tells its number: the first four bytes, then a pattern. */
static inline void fill_message(uint8_t *message, size_t size, uint32_t number)
{
    for (size_t i = sizeof(number); i < size; i++)
        message[i] = (uint8_t)(i + number);
    memcpy(message, &number, sizeof(number));
}

static inline void assert_message(const uint8_t *message, size_t size, uint32_t number)
{
    uint32_t told;

    memcpy(&told, message, sizeof(told));
    assert_int_equal(told, number);
    for (size_t i = sizeof(told); i < size; i++)
        assert_int_equal(message[i], (uint8_t)(i + number));
}

static inline void assert_addr_equal(struct ring_addr a, struct ring_addr b)
{
    char text_a[RING_ADDR_TEXT_MAX];
    char text_b[RING_ADDR_TEXT_MAX];

    assert_string_equal(ring_addr_format(&a, text_a, sizeof(text_a)),
                        ring_addr_format(&b, text_b, sizeof(text_b)));
    assert_true(ring_addr_equal(&a, &b));
}

#endif
