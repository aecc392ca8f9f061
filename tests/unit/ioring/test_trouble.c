/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the kernel or a stranger can do to a ring, each thing provoked: none of it may silence the
 * ring without a word.
 */

#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <sys/eventfd.h>

enum {
    MESSAGE_SIZE = 100,
    FEW = 3,
};

static void send_message(const struct peer *peer, const struct ring *ring, uint32_t number)
{
    uint8_t message[MESSAGE_SIZE];

    fill_message(message, sizeof(message), number);
    peer_send(peer, ring_socket_addr(ring, 0), message, sizeof(message));
}

static void assert_receives(struct ring *ring, const struct peer *peer, uint32_t number)
{
    struct ring_datagram datagram;

    send_message(peer, ring, number);
    datagram = next_datagram(ring);
    assert_message(datagram.data, datagram.size, number);
}

/* Lets zero-length datagrams in, which the filter of the socket keeps out. */
static void detach_filter(const struct ring *ring)
{
    int none = 0;

    assert_int_equal(
        setsockopt(ring->sockets[0].fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)), 0);
}

static bool is_uring(const struct ring *ring)
{
    return strcmp(ring_backend_name(ring), "io_uring") == 0;
}

/* Each ends a multishot receive. */
static void test_zero_length(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");

    detach_filter(ring);
    assert_receives(ring, &peer, 1);
    for (uint32_t i = 0; i < FEW; i++) {
        peer_send(&peer, ring_socket_addr(ring, 0), "", 0);
        assert_receives(ring, &peer, i);
    }
    assert_int_equal(ring_counters(ring).dropped_short, FEW);
    assert_int_equal(ring_counters(ring).rearmed_ended, is_uring(ring) ? FEW : 0);
    ring_close(ring);
    close(peer.fd);
}

/* With the filter the kernel drops them, and nothing ends. */
static void test_zero_length_is_kept_out(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");

    assert_receives(ring, &peer, 1);
    for (uint32_t i = 0; i < FEW; i++) {
        peer_send(&peer, ring_socket_addr(ring, 0), "", 0);
        assert_receives(ring, &peer, i);
    }
    ring_poll_drops(ring);
    assert_int_equal(ring_counters(ring).dropped_kernel, FEW);
    assert_int_equal(ring_counters(ring).rearmed_ended, 0);
    ring_close(ring);
    close(peer.fd);
}

/*
 * What a ring issues fits its completion queue, so the test lets it overflow by requests of its
 * own, whose completions the ring takes no notice of. The io_uring is what a back end's state
 * begins with.
 */
static void overflow(struct ring *ring)
{
    struct io_uring *io = ring->backend;
    unsigned count = 2 * io->cq.ring_entries;

    while (count > 0) {
        struct io_uring_sqe *sqe = io_uring_get_sqe(io);

        if (sqe == NULL) {
            assert_true(io_uring_submit(io) > 0);
            continue;
        }
        io_uring_prep_nop(sqe);
        io_uring_sqe_set_data64(sqe, UINT64_MAX);
        count--;
    }
    assert_true(io_uring_submit(io) > 0);
}

static void test_overflow(void **state)
{
    enum { BUFFERS = 16 };
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring *ring = open_ring(
        state,
        (struct ring_options){.sockets = &socket, .socket_count = 1, .receive_buffers = BUFFERS});
    struct peer peer = open_peer("127.0.0.1");
    const struct ring_datagram *batch;

    assert_receives(ring, &peer, 1);
    for (unsigned round = 0; round < FEW; round++) {
        overflow(ring);
        for (uint32_t i = 0; i < 2 * BUFFERS; i++)
            send_message(&peer, ring, i);
        for (uint32_t next = 0; next < 2 * BUFFERS;) {
            int count = next_batch(ring, &batch);

            for (int i = 0; i < count; i++)
                assert_message(batch[i].data, batch[i].size, next++);
        }
    }
    assert_true(ring_counters(ring).overflows >= FEW);
    assert_receives(ring, &peer, 2);
    ring_close(ring);
    close(peer.fd);
}

/* Waits until the ring is broken, and returns why; meanwhile nothing arrives. */
static int wait_until_broken(struct ring *ring)
{
    const struct ring_datagram *batch;

    for (int i = 0; i < 2 * RING_FAILURES_MAX; i++) {
        int count = ring_wait(ring, WAIT_MS, &batch);

        if (count < 0)
            return count;
        assert_int_equal(count, 0);
    }
    fail_msg("not broken");
    return 0;
}

/*
 * From now on receives on the ring's socket fail, as if the kernel had taken it away. io_uring
 * looks at the descriptor only when it is armed again, which the zero-length datagram brings about.
 * Returns the descriptor.
 */
static int take_socket_away(struct ring *ring, const struct peer *peer)
{
    int fd = ring->sockets[0].fd;

    ring->sockets[0].fd = open("/dev/null", O_RDONLY);
    assert_true(ring->sockets[0].fd >= 0);
    peer_send(peer, ring_socket_addr(ring, 0), "", 0);
    return fd;
}

static void test_a_socket_that_fails(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    const struct ring_datagram *batch;
    int fd;

    detach_filter(ring);
    assert_receives(ring, &peer, 1);
    fd = take_socket_away(ring, &peer);
    assert_int_equal(wait_until_broken(ring), -ENOTSOCK);
    assert_int_equal(ring_wait(ring, 0, &batch), -ENOTSOCK);
    assert_in_range(ring_counters(ring).rearmed_error, RING_FAILURES_MAX, RING_FAILURES_MAX + 1);
    ring_close(ring);
    close(fd);
    close(peer.fd);
}

/* What passes does not break it. */
static void test_a_socket_that_recovers(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    const struct ring_datagram *batch;

    detach_filter(ring);
    assert_receives(ring, &peer, 1);
    for (unsigned round = 0; round < FEW; round++) {
        int fd = take_socket_away(ring, &peer);
        uint64_t failures = ring_counters(ring).rearmed_error + RING_FAILURES_MAX / 2;

        while (ring_counters(ring).rearmed_error < failures)
            assert_int_equal(ring_wait(ring, WAIT_MS, &batch), 0);
        close(ring->sockets[0].fd);
        ring->sockets[0].fd = fd;
        assert_receives(ring, &peer, round);
    }
    ring_close(ring);
    close(peer.fd);
}

/* -------------------------------------------------------------------------- opened anew */

static void break_ring(struct ring *ring, const struct peer *peer)
{
    int fd;

    detach_filter(ring);
    assert_receives(ring, peer, 1);
    fd = take_socket_away(ring, peer);
    wait_until_broken(ring);
    close(ring->sockets[0].fd);
    ring->sockets[0].fd = fd;
}

static void count_call(void *user, int fd)
{
    uint64_t count;

    ++*(unsigned *)user;
    assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
}

static void assert_watched(struct ring *ring, int fd, const unsigned *calls)
{
    static const uint64_t one = 1;
    const struct ring_datagram *batch;
    unsigned before = *calls;

    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    for (int i = 0; i < WAITS_MAX && *calls == before; i++)
        assert_int_equal(ring_wait(ring, WAIT_MS, &batch), 0);
    assert_int_equal(*calls, before + 1);
}

/* The same address and port, the same watches and counters. */
static void test_reopened(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct ring_addr addr = ring_socket_addr(ring, 0);
    struct peer peer = open_peer("127.0.0.1");
    int fd = eventfd(0, 0);
    unsigned calls = 0;
    struct ring_error error;

    assert_true(fd >= 0);
    assert_int_equal(ring_watch_add(ring, fd, count_call, &calls), 0);
    assert_watched(ring, fd, &calls);
    for (unsigned round = 1; round <= FEW; round++) {
        break_ring(ring, &peer);
        assert_true(ring_reopen(ring, &error));
        assert_addr_equal(ring_socket_addr(ring, 0), addr);
        assert_receives(ring, &peer, round);
        assert_watched(ring, fd, &calls);
        assert_int_equal(ring_counters(ring).received, 2 * round);
    }
    ring_close(ring);
    close(fd);
    close(peer.fd);
}

/* Whoever has the port now says so, and it can be tried again. */
static void test_not_reopened(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    struct ring_addr addr = ring_socket_addr(ring, 0);
    struct ring_error error;

    break_ring(ring, &peer);
    ring->specs[0].bind = peer.addr;
    for (unsigned round = 0; round < FEW; round++) {
        assert_false(ring_reopen(ring, &error));
        assert_int_equal(error.code, EADDRINUSE);
    }
    ring->specs[0].bind = addr;
    assert_true(ring_reopen(ring, &error));
    assert_receives(ring, &peer, 1);
    ring_close(ring);
    close(peer.fd);
}

/* What is sent to a group arrives, whoever of it was opened anew. */
static void test_reopened_in_a_group(void **state)
{
    enum { MEMBERS = 3, SENT = 300 };
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring_steer steer = {.key = {1, 2}, .count = MEMBERS};
    struct ring *rings[MEMBERS];
    struct peer peer = open_peer("127.0.0.1");
    struct ring_error error;
    unsigned received = 0;

    for (uint32_t i = 0; i < MEMBERS; i++) {
        steer.index = i;
        rings[i] = open_ring(
            state, (struct ring_options){.sockets = &socket, .socket_count = 1, .steer = &steer});
        socket.bind = ring_socket_addr(rings[0], 0);
    }
    for (uint32_t i = 0; i < MEMBERS; i++)
        assert_true(ring_reopen(rings[i], &error));
    for (uint32_t i = 0; i < SENT; i++)
        send_message(&peer, rings[0], i);
    for (uint32_t i = 0; i < WAITS_MAX * MEMBERS && received < SENT; i++) {
        const struct ring_datagram *batch;
        int count = ring_wait(rings[i % MEMBERS], 0, &batch);

        assert_true(count >= 0);
        received += (unsigned)count;
    }
    assert_int_equal(received, SENT);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        assert_true(ring_counters(rings[i]).received > 0);
        ring_close(rings[i]);
    }
    close(peer.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_zero_length),
        ON_BOTH(test_zero_length_is_kept_out),
        BACKEND_TEST(test_overflow, "io_uring", backend_uring),
        ON_BOTH(test_a_socket_that_fails),
        ON_BOTH(test_a_socket_that_recovers),
        ON_BOTH(test_reopened),
        ON_BOTH(test_not_reopened),
        ON_BOTH(test_reopened_in_a_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
