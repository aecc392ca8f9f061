/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

/* Opens one socket over AUTO and expects a refusal; returns the reason. */
static struct ring_error refusal(struct ring_socket socket)
{
    struct ring_options options = {.sockets = &socket, .socket_count = 1};
    struct ring_error error;

    assert_null(ring_open(&options, &error));
    return error;
}

static void assert_port_in_use(void **state, const char *text, const char *format)
{
    struct ring *ring = open_one(state, text, false);
    struct ring_addr taken = ring_socket_addr(ring, 0);
    char expected[RING_TEXT_MAX];

    snprintf(expected, sizeof(expected), format, taken.port);
    assert_string_equal(refusal((struct ring_socket){.bind = taken}).text, expected);
    ring_close(ring);
}

static void test_port_in_use(void **state)
{
    assert_port_in_use(state, "127.0.0.1", "UDP 127.0.0.1:%u: Address already in use");
    if (has_ipv6())
        assert_port_in_use(state, "::1", "UDP [::1]:%u: Address already in use");
}

static void test_other_refusals(void **state)
{
    (void)state;
    assert_string_equal(refusal((struct ring_socket){.bind = address("192.0.2.1:500")}).text,
                        "UDP 192.0.2.1:500: Cannot assign requested address");
    assert_string_equal(refusal((struct ring_socket){0}).text,
                        "UDP none: Address family not supported by protocol");
}

/* A refusal of the second socket gives the first one's port free again. */
static void test_nothing_stays_open(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct ring_addr taken = ring_socket_addr(ring, 0);
    struct ring_socket sockets[] = {
        {.bind = with_port("127.0.0.2", taken.port)},
        {.bind = taken},
    };
    struct ring_options options = {.sockets = sockets, .socket_count = 2};
    struct ring_error error;

    assert_null(ring_open(&options, &error));
    options.socket_count = 1;
    ring_close(ring);
    ring = open_ring(state, options);
    ring_close(ring);
}

/* 0.0.0.0 and :: on one port live side by side: the IPv6 socket takes no IPv4. */
static void test_both_families_on_one_port(void **state)
{
    struct ring_socket sockets[] = {{.bind = address("0.0.0.0")}, {.bind = address("::")}};
    struct ring *v4 = open_one(state, "0.0.0.0", false);
    struct ring *both;

    sockets[0].bind.port = sockets[1].bind.port = ring_socket_addr(v4, 0).port;
    ring_close(v4);
    if (!has_ipv6())
        skip();
    both = open_ring(state, (struct ring_options){.sockets = sockets, .socket_count = 2});
    assert_int_equal(ring_socket_addr(both, 0).port, ring_socket_addr(both, 1).port);
    ring_close(both);
}

static void test_receive_queue(void **state)
{
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring *ring = open_ring(
        state,
        (struct ring_options){.sockets = &socket, .socket_count = 1, .receive_queue = 100000});

    assert_int_equal(ring_socket_queue(ring, 0), 200000);
    ring_close(ring);
}

/*
 * Datagrams of every length up to the first good one, which comes last: the filter keeps out the
 * others, the receive goes on, and the kernel's count of them is exported.
 */
static void assert_filter(void **state, bool marker, uint32_t shortest)
{
    const uint8_t zeros[64] = {0};
    struct ring *ring = open_one(state, "127.0.0.1", marker);
    struct peer peer = open_peer("127.0.0.1");
    struct ring_counters counters;

    for (size_t size = 0; size <= shortest; size++)
        peer_send(&peer, ring_socket_addr(ring, 0), zeros, size);
    assert_int_equal(next_datagram(ring).size, 28);
    ring_poll_drops(ring);
    counters = ring_counters(ring);
    assert_int_equal(counters.dropped_kernel, shortest);
    assert_int_equal(counters.dropped_short, 0);
    assert_int_equal(counters.rearmed_ended, 0);
    ring_close(ring);
    close(peer.fd);
}

static void test_length_filter(void **state)
{
    assert_filter(state, false, 28);
}

static void test_length_filter_with_marker(void **state)
{
    assert_filter(state, true, 32);
}

/* What gets past the filter is looked at again; without it, nothing silences the ring either. */
static void test_without_the_filter(void **state)
{
    const uint8_t zeros[64] = {0};
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    int unused = 0;
    const struct ring_datagram *batch;

    assert_int_equal(
        setsockopt(ring->sockets[0].fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)), 0);
    for (int round = 1; round <= 3; round++) {
        peer_send(&peer, ring_socket_addr(ring, 0), zeros, 0);
        peer_send(&peer, ring_socket_addr(ring, 0), zeros, 27);
        peer_send(&peer, ring_socket_addr(ring, 0), zeros, 28);
        assert_int_equal(next_batch(ring, &batch), 1);
        assert_int_equal(batch[0].size, 28);
        assert_int_equal(ring_counters(ring).dropped_short, 2 * round);
    }
    if (strcmp(ring_backend_name(ring), "io_uring") == 0)
        assert_in_range(ring_counters(ring).rearmed_ended, 1, 3);
    ring_close(ring);
    close(peer.fd);
}

/* The kernel's queue overflows while nobody waits; the loss is counted, and the ring goes on. */
static void test_kernel_drops(void **state)
{
    enum { SENT = 300 };
    const uint8_t zeros[1024] = {0};
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring *ring = open_ring(state, (struct ring_options){.sockets = &socket,
                                                               .socket_count = 1,
                                                               .receive_buffers = 8,
                                                               .receive_queue = 4096});
    struct peer peer = open_peer("127.0.0.1");
    const struct ring_datagram *batch;

    for (int i = 0; i < SENT; i++)
        peer_send(&peer, ring_socket_addr(ring, 0), zeros, sizeof(zeros));
    for (int i = 0; i < WAITS_MAX; i++) {
        struct ring_counters counters;

        ring_poll_drops(ring);
        counters = ring_counters(ring);
        if (counters.received + counters.dropped_kernel == SENT)
            break;
        assert_in_range(ring_wait(ring, WAIT_MS, &batch), 0, 8);
    }
    assert_in_range(ring_counters(ring).dropped_kernel, 1, SENT - 1);
    peer_send(&peer, ring_socket_addr(ring, 0), zeros, sizeof(zeros));
    next_datagram(ring);
    ring_close(ring);
    close(peer.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_port_in_use),
        cmocka_unit_test(test_other_refusals),
        ON_BOTH(test_nothing_stays_open),
        ON_BOTH(test_both_families_on_one_port),
        ON_BOTH(test_receive_queue),
        ON_BOTH(test_length_filter),
        ON_BOTH(test_length_filter_with_marker),
        ON_BOTH(test_without_the_filter),
        ON_BOTH(test_kernel_drops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
