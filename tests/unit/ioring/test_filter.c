/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of a socket: what comes in when first messages are thinned out. What is too short for
 * IKE is test_socket's.
 */
#include "ioring/filter.h"

#include "harness.h"
#include "ioring/frame.h"

enum {
    COOKIE_AT = 8, /* the responder's, RFC 2408 3.1 */
    SIZE = 40,
    ROUNDS = 4000,
};

/* A message with or without a responder cookie, one bit of which is set. */
static void send_message(const struct peer *peer, const struct ring *ring, bool marker, int bit)
{
    uint8_t message[RING_MARKER_SIZE + SIZE] = {0};
    size_t overhead = ring_frame_overhead(marker);

    if (bit >= 0)
        message[overhead + COOKIE_AT + (size_t)bit / 8] = (uint8_t)(1 << bit % 8);
    peer_send(peer, ring_socket_addr(ring, 0), message, overhead + SIZE);
}

/* Of what was received, and then dropped by the kernel. */
static uint64_t settle(struct ring *ring, uint64_t all)
{
    const struct ring_datagram *batch;
    struct ring_counters counters = ring_counters(ring);

    for (int i = 0; i < WAITS_MAX; i++) {
        ring_poll_drops(ring);
        counters = ring_counters(ring);
        if (counters.received + counters.dropped_kernel == all)
            break;
        assert_in_range(ring_wait(ring, WAIT_MS, &batch), 0, RING_BATCH_MAX);
    }
    assert_int_equal(counters.received + counters.dropped_kernel, all);
    return counters.received;
}

/* Sends so many first messages, a batch at a time. Returns how many have come in. */
static uint64_t let_in(struct ring *ring, const struct peer *peer, bool marker)
{
    uint64_t all = ring_counters(ring).received + ring_counters(ring).dropped_kernel;
    uint64_t before = ring_counters(ring).received;

    for (int i = 1; i <= ROUNDS; i++) {
        send_message(peer, ring, marker, -1);
        if (i % RING_BATCH_MAX == 0)
            settle(ring, all + (uint64_t)i);
    }
    return settle(ring, all + ROUNDS) - before;
}

/* Half of 4,000 is missed by 10 standard deviations if it is by 320. */
static void assert_thinned(void **state, bool marker)
{
    struct ring *ring = open_one(state, "127.0.0.1", marker);
    struct peer peer = open_peer("127.0.0.1");

    assert_int_equal(let_in(ring, &peer, marker), ROUNDS);
    assert_true(ring_thin(ring, 500));
    assert_in_range(let_in(ring, &peer, marker), ROUNDS / 2 - 320, ROUNDS / 2 + 320);
    assert_true(ring_thin(ring, 1));
    assert_in_range(let_in(ring, &peer, marker), 0, 40);
    assert_true(ring_thin(ring, RING_FILTER_ALL));
    assert_int_equal(let_in(ring, &peer, marker), ROUNDS);
    ring_close(ring);
    close(peer.fd);
}

static void test_thinned(void **state)
{
    assert_thinned(state, false);
}

static void test_thinned_with_marker(void **state)
{
    assert_thinned(state, true);
}

/* Whatever has a bit of a responder cookie comes in. */
static void assert_others_come_in(void **state, bool marker)
{
    enum { BITS = 64 };
    struct ring *ring = open_one(state, "127.0.0.1", marker);
    struct peer peer = open_peer("127.0.0.1");

    assert_true(ring_thin(ring, 1));
    for (uint64_t round = 0; round < 10; round++) {
        for (int bit = 0; bit < BITS; bit++)
            send_message(&peer, ring, marker, bit);
        assert_int_equal(settle(ring, (round + 1) * BITS), (round + 1) * BITS);
    }
    ring_close(ring);
    close(peer.fd);
}

static void test_others_come_in(void **state)
{
    assert_others_come_in(state, false);
}

static void test_others_come_in_with_marker(void **state)
{
    assert_others_come_in(state, true);
}

/* NAT keepalives and ESP in UDP are let in, and counted. */
static void test_what_is_not_ike(void **state)
{
    enum { EACH = 50 };
    const uint8_t keepalive = RING_KEEPALIVE_BYTE;
    uint8_t esp[64] = {0};
    struct ring *ring = open_one(state, "127.0.0.1", true);
    struct peer peer = open_peer("127.0.0.1");
    const struct ring_datagram *batch;

    esp[3] = 1;
    assert_true(ring_thin(ring, 1));
    for (int i = 0; i < EACH; i++) {
        peer_send(&peer, ring_socket_addr(ring, 0), &keepalive, 1);
        peer_send(&peer, ring_socket_addr(ring, 0), esp, sizeof(esp));
    }
    for (int i = 0; i < WAITS_MAX && ring_counters(ring).dropped_no_marker < EACH; i++)
        assert_int_equal(ring_wait(ring, WAIT_MS, &batch), 0);
    assert_int_equal(ring_counters(ring).dropped_no_marker, EACH);
    assert_int_equal(ring_counters(ring).dropped_keepalive, EACH);
    ring_close(ring);
    close(peer.fd);
}

/* The sockets of a ring that is opened anew are as thin. */
static void test_opened_anew(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    struct ring_error error;

    assert_true(ring_thin(ring, 1));
    assert_true(ring_reopen(ring, &error));
    assert_in_range(let_in(ring, &peer, false), 0, 40);
    ring_close(ring);
    close(peer.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_thinned),         ON_BOTH(test_thinned_with_marker),
        ON_BOTH(test_others_come_in),  ON_BOTH(test_others_come_in_with_marker),
        ON_BOTH(test_what_is_not_ike), ON_BOTH(test_opened_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
