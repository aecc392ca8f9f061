/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

enum {
    MESSAGE_SIZE = 200,
};

/* Sends the datagram back the way it came. */
static void echo(struct ring *ring, const struct ring_datagram *datagram)
{
    assert_true(ring_send(ring, datagram->socket, &datagram->local, &datagram->remote,
                          datagram->data, datagram->size));
}

/* One message to `hit` on the port of the ring's socket, and its echo, which comes from there. */
static void assert_echo(struct ring *ring, const struct peer *peer, const char *hit)
{
    struct ring_addr to = with_port(hit, ring_socket_addr(ring, 0).port);
    uint8_t message[MESSAGE_SIZE];
    uint8_t reply[2 * MESSAGE_SIZE];
    struct ring_addr from;
    struct ring_datagram datagram;

    fill_message(message, sizeof(message), 7);
    peer_send(peer, to, message, sizeof(message));
    datagram = next_datagram(ring);
    assert_int_equal(datagram.socket, 0);
    assert_int_equal(datagram.size, MESSAGE_SIZE);
    assert_memory_equal(datagram.data, message, MESSAGE_SIZE);
    assert_addr_equal(datagram.local, to);
    assert_addr_equal(datagram.remote, peer->addr);
    echo(ring, &datagram);
    ring_flush(ring);
    assert_int_equal(peer_receive(peer, &from, reply, sizeof(reply)), MESSAGE_SIZE);
    assert_memory_equal(reply, message, MESSAGE_SIZE);
    assert_addr_equal(from, to);
}

static void test_echo_v4(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    const struct ring_datagram *batch;
    struct ring_counters counters;

    assert_echo(ring, &peer, "127.0.0.1");
    assert_int_equal(ring_wait(ring, 0, &batch), 0);
    counters = ring_counters(ring);
    assert_int_equal(counters.received, 1);
    assert_int_equal(counters.received_bytes, MESSAGE_SIZE);
    assert_int_equal(counters.sent, 1);
    assert_int_equal(counters.sent_bytes, MESSAGE_SIZE);
    ring_close(ring);
    close(peer.fd);
}

static void test_echo_v6(void **state)
{
    struct ring *ring;
    struct peer peer;

    if (!has_ipv6())
        skip();
    ring = open_one(state, "::", false);
    peer = open_peer("::1");
    assert_echo(ring, &peer, "::1");
    ring_close(ring);
    close(peer.fd);
}

static void test_reply_from_the_address_hit(void **state)
{
    struct ring *ring = open_one(state, "0.0.0.0", false);
    struct peer peer = open_peer("127.0.0.1");

    assert_echo(ring, &peer, "127.0.0.1");
    assert_echo(ring, &peer, "127.0.0.2");
    assert_echo(ring, &peer, "127.9.9.9");
    ring_close(ring);
    close(peer.fd);
}

static void test_source_left_to_the_kernel(void **state)
{
    struct ring *ring = open_one(state, "0.0.0.0", false);
    struct peer peer = open_peer("127.0.0.1");
    const uint8_t message[MESSAGE_SIZE] = {0};
    struct ring_addr none = {0};
    struct ring_addr from;
    uint8_t reply[MESSAGE_SIZE];

    assert_true(ring_send(ring, 0, &none, &peer.addr, message, sizeof(message)));
    ring_flush(ring);
    assert_int_equal(peer_receive(&peer, &from, reply, sizeof(reply)), MESSAGE_SIZE);
    assert_addr_equal(from, with_port("127.0.0.1", ring_socket_addr(ring, 0).port));
    ring_close(ring);
    close(peer.fd);
}

static void test_marker(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", true);
    struct peer peer = open_peer("127.0.0.1");
    uint8_t framed[4 + MESSAGE_SIZE] = {0};
    uint8_t reply[2 * MESSAGE_SIZE];
    struct ring_addr from;
    struct ring_datagram datagram;

    fill_message(framed + 4, MESSAGE_SIZE, 9);
    peer_send(&peer, ring_socket_addr(ring, 0), framed, sizeof(framed));
    datagram = next_datagram(ring);
    assert_int_equal(datagram.size, MESSAGE_SIZE);
    assert_message(datagram.data, datagram.size, 9);
    echo(ring, &datagram);
    ring_flush(ring);
    assert_int_equal(peer_receive(&peer, &from, reply, sizeof(reply)), sizeof(framed));
    assert_memory_equal(reply, framed, sizeof(framed));
    ring_close(ring);
    close(peer.fd);
}

static void test_esp_and_keepalive(void **state) /* req 3948-2.3-4 3948-2.3-5 */
{
    struct ring *ring = open_one(state, "127.0.0.1", true);
    struct peer peer = open_peer("127.0.0.1");
    const uint8_t keepalive = 0xff;
    const uint8_t esp[100] = {0, 0, 0, 1};
    const uint8_t ike[100] = {0};
    struct ring_counters counters;

    for (int i = 0; i < 3; i++)
        peer_send(&peer, ring_socket_addr(ring, 0), &keepalive, 1);
    peer_send(&peer, ring_socket_addr(ring, 0), esp, sizeof(esp));
    peer_send(&peer, ring_socket_addr(ring, 0), ike, sizeof(ike));
    assert_int_equal(next_datagram(ring).size, sizeof(ike) - 4);
    counters = ring_counters(ring);
    assert_int_equal(counters.dropped_keepalive, 3);
    assert_int_equal(counters.dropped_no_marker, 1);
    assert_int_equal(counters.received, 1);
    ring_close(ring);
    close(peer.fd);
}

static void test_truncated(void **state)
{
    enum { LONGEST = 1000 };
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring *ring = open_ring(
        state,
        (struct ring_options){.sockets = &socket, .socket_count = 1, .receive_size = LONGEST});
    struct peer peer = open_peer("127.0.0.1");
    const uint8_t message[60000] = {0};

    peer_send(&peer, ring_socket_addr(ring, 0), message, LONGEST + 1);
    peer_send(&peer, ring_socket_addr(ring, 0), message, sizeof(message));
    peer_send(&peer, ring_socket_addr(ring, 0), message, LONGEST);
    assert_int_equal(next_datagram(ring).size, LONGEST);
    assert_int_equal(ring_counters(ring).dropped_truncated, 2);
    ring_close(ring);
    close(peer.fd);
}

static void test_more_datagrams_than_buffers(void **state)
{
    enum { BUFFERS = 8, SENT = 150 };
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring *ring = open_ring(
        state,
        (struct ring_options){.sockets = &socket, .socket_count = 1, .receive_buffers = BUFFERS});
    struct peer peer = open_peer("127.0.0.1");
    uint8_t message[MESSAGE_SIZE];
    const struct ring_datagram *batch;

    ring_wait(ring, 0, &batch); /* the receive is armed before they come */
    for (uint32_t i = 0; i < SENT; i++) {
        fill_message(message, sizeof(message), i);
        peer_send(&peer, ring_socket_addr(ring, 0), message, sizeof(message));
    }
    for (uint32_t next = 0; next < SENT;) {
        int count = next_batch(ring, &batch);

        assert_in_range(count, 1, BUFFERS);
        for (int i = 0; i < count; i++)
            assert_message(batch[i].data, batch[i].size, next++);
    }
    if (strcmp(ring_backend_name(ring), "io_uring") == 0)
        assert_in_range(ring_counters(ring).rearmed_no_buffers, 1, SENT);
    assert_int_equal(ring_counters(ring).rearmed_error, 0);
    ring_close(ring);
    close(peer.fd);
}

/* Sends arrive and complete between the arrivals that wait to be handed over. */
static void test_sends_while_batches_wait(void **state)
{
    enum { SENT = 200 };
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring *ring = open_ring(
        state, (struct ring_options){.sockets = &socket, .socket_count = 1, .send_slots = 4});
    struct peer peer = open_peer("127.0.0.1");
    uint8_t message[MESSAGE_SIZE];
    struct ring_addr from;
    const struct ring_datagram *batch;

    for (uint32_t i = 0; i < SENT; i++) {
        fill_message(message, sizeof(message), i);
        peer_send(&peer, ring_socket_addr(ring, 0), message, sizeof(message));
    }
    for (uint32_t next = 0; next < SENT;) {
        int count = next_batch(ring, &batch);

        for (int i = 0; i < count; i++) {
            echo(ring, &batch[i]);
            assert_message(batch[i].data, batch[i].size, next++);
        }
    }
    ring_flush(ring);
    for (uint32_t i = 0; i < SENT; i++) {
        assert_int_equal(peer_receive(&peer, &from, message, sizeof(message)), MESSAGE_SIZE);
        assert_message(message, sizeof(message), i);
    }
    assert_int_equal(ring_counters(ring).dropped_no_slot, 0);
    ring_close(ring);
    close(peer.fd);
}

static void test_many_sends_in_one_flush(void **state)
{
    enum { SENT = 200 };
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    struct ring_addr local = ring_socket_addr(ring, 0);
    uint8_t message[MESSAGE_SIZE];
    struct ring_addr from;
    const struct ring_datagram *batch;

    for (uint32_t i = 0; i < SENT; i++) {
        fill_message(message, sizeof(message), i);
        assert_true(ring_send(ring, 0, &local, &peer.addr, message, sizeof(message)));
    }
    ring_flush(ring);
    for (uint32_t i = 0; i < SENT; i++) {
        assert_int_equal(peer_receive(&peer, &from, message, sizeof(message)), MESSAGE_SIZE);
        assert_message(message, sizeof(message), i);
    }
    assert_int_equal(ring_wait(ring, 0, &batch), 0);
    assert_int_equal(ring_counters(ring).sent, SENT);
    ring_close(ring);
    close(peer.fd);
}

/* Every slot is held, so that neither a flush nor a completion can bring one back. */
static void test_no_slot(void **state)
{
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring *ring = open_ring(
        state, (struct ring_options){.sockets = &socket, .socket_count = 1, .send_slots = 2});
    struct peer peer = open_peer("127.0.0.1");
    struct ring_addr local = ring_socket_addr(ring, 0);
    uint32_t first = ring_slots_take(&ring->slots, 1);
    uint32_t second = ring_slots_take(&ring->slots, 1);
    uint8_t message[MESSAGE_SIZE];
    struct ring_addr from;

    fill_message(message, sizeof(message), 1);
    assert_false(ring_send(ring, 0, &local, &peer.addr, message, sizeof(message)));
    assert_int_equal(ring_counters(ring).dropped_no_slot, 1);
    ring_slots_give(&ring->slots, first);
    ring_slots_give(&ring->slots, second);
    assert_true(ring_send(ring, 0, &local, &peer.addr, message, sizeof(message)));
    ring_flush(ring);
    assert_int_equal(peer_receive(&peer, &from, message, sizeof(message)), MESSAGE_SIZE);
    ring_close(ring);
    close(peer.fd);
}

static void test_big_messages(void **state)
{
    enum { SENT = 5 };
    static uint8_t message[RING_SEND_SIZE_MAX + 1];
    struct ring_socket socket = {.bind = address("127.0.0.1"), .marker = true};
    struct ring_options options = {
        .sockets = &socket, .socket_count = 1, .receive_size = 65536, .send_slots_big = 2};
    struct ring *sender = open_ring(state, options);
    struct ring *receiver = open_ring(state, options);
    struct ring_addr local = ring_socket_addr(sender, 0);
    struct ring_addr remote = ring_socket_addr(receiver, 0);
    const struct ring_datagram *batch;

    for (uint32_t i = 0; i < SENT; i++) {
        fill_message(message, RING_SEND_SIZE_MAX, i);
        assert_true(ring_send(sender, 0, &local, &remote, message, RING_SEND_SIZE_MAX));
    }
    assert_false(ring_send(sender, 0, &local, &remote, message, RING_SEND_SIZE_MAX + 1));
    ring_flush(sender);
    for (uint32_t next = 0; next < SENT;) {
        int count = next_batch(receiver, &batch);

        for (int i = 0; i < count; i++) {
            assert_int_equal(batch[i].size, RING_SEND_SIZE_MAX);
            assert_message(batch[i].data, batch[i].size, next++);
        }
    }
    assert_int_equal(ring_counters(sender).send_errors, 1);
    ring_close(sender);
    ring_close(receiver);
}

/* A refused datagram in the middle of a flush takes no other with it. */
static void test_send_error(void **state)
{
    struct ring *ring = open_one(state, "0.0.0.0", false);
    struct peer peer = open_peer("127.0.0.1");
    struct ring_addr none = {0};
    struct ring_addr broadcast = with_port("255.255.255.255", peer.addr.port);
    uint8_t message[MESSAGE_SIZE];
    struct ring_addr from;
    const struct ring_datagram *batch;

    for (uint32_t i = 0; i < 6; i++) {
        fill_message(message, sizeof(message), i);
        assert_true(ring_send(ring, 0, &none, i % 3 == 1 ? &broadcast : &peer.addr, message,
                              sizeof(message)));
    }
    ring_flush(ring);
    for (uint32_t i = 0; i < 6; i++) {
        if (i % 3 == 1)
            continue;
        assert_int_equal(peer_receive(&peer, &from, message, sizeof(message)), MESSAGE_SIZE);
        assert_message(message, sizeof(message), i);
    }
    assert_int_equal(ring_wait(ring, 0, &batch), 0);
    assert_int_equal(ring_counters(ring).send_errors, 2);
    assert_int_equal(ring_counters(ring).sent, 4);
    ring_close(ring);
    close(peer.fd);
}

static void test_wrong_family(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct ring_addr v4 = address("127.0.0.1:9");
    struct ring_addr v6 = address("[::1]:9");
    struct ring_addr none = {0};
    const uint8_t message[MESSAGE_SIZE] = {0};

    assert_false(ring_send(ring, 0, &v4, &v6, message, sizeof(message)));
    assert_false(ring_send(ring, 0, &v6, &v4, message, sizeof(message)));
    assert_false(ring_send(ring, 0, &v4, &none, message, sizeof(message)));
    assert_int_equal(ring_counters(ring).send_errors, 3);
    ring_close(ring);
}

/* A flood on one socket, a single datagram on another: both come, in batches of at most 64. */
static void test_several_sockets(void **state)
{
    enum { FLOOD = 300 };
    struct ring_socket sockets[] = {
        {.bind = address("127.0.0.1")},
        {.bind = address("127.0.0.1"), .marker = true},
    };
    struct ring *ring =
        open_ring(state, (struct ring_options){.sockets = sockets, .socket_count = 2});
    struct peer peer = open_peer("127.0.0.1");
    const uint8_t message[MESSAGE_SIZE] = {0};
    int counts[2] = {0};
    const struct ring_datagram *batch;

    for (int i = 0; i < FLOOD; i++)
        peer_send(&peer, ring_socket_addr(ring, 0), message, sizeof(message));
    peer_send(&peer, ring_socket_addr(ring, 1), message, sizeof(message));
    while (counts[0] + counts[1] < FLOOD + 1) {
        int count = next_batch(ring, &batch);

        for (int i = 0; i < count; i++) {
            assert_int_equal(batch[i].size, MESSAGE_SIZE - (batch[i].socket == 1 ? 4 : 0));
            assert_addr_equal(batch[i].local, ring_socket_addr(ring, batch[i].socket));
            counts[batch[i].socket]++;
        }
    }
    assert_int_equal(counts[0], FLOOD);
    assert_int_equal(counts[1], 1);
    ring_close(ring);
    close(peer.fd);
}

/* An unreachable port answers with ICMP, which must neither end a receive nor fail a send. */
static void test_icmp_errors_are_harmless(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    struct peer gone = open_peer("127.0.0.1");
    struct ring_addr local = ring_socket_addr(ring, 0);
    const uint8_t message[MESSAGE_SIZE] = {0};

    close(gone.fd);
    for (int i = 0; i < 3; i++) {
        assert_true(ring_send(ring, 0, &local, &gone.addr, message, sizeof(message)));
        ring_flush(ring);
    }
    assert_echo(ring, &peer, "127.0.0.1");
    assert_int_equal(ring_counters(ring).send_errors, 0);
    assert_int_equal(ring_counters(ring).rearmed_error, 0);
    ring_close(ring);
    close(peer.fd);
}

static void test_timeout(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    const struct ring_datagram *batch;

    assert_int_equal(ring_wait(ring, 0, &batch), 0);
    assert_int_equal(ring_wait(ring, 5, &batch), 0);
    ring_close(ring);
}

static void ignore_signal(int number)
{
    (void)number;
}

/* The timer repeats, so that one that fires before the wait does not leave it waiting. */
static void test_signal_ends_the_wait(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct sigaction action = {.sa_handler = ignore_signal};
    struct itimerval every_5_ms = {{0, 5000}, {0, 5000}};
    struct itimerval off = {0};
    const struct ring_datagram *batch;

    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every_5_ms, NULL), 0);
    assert_int_equal(ring_wait(ring, -1, &batch), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
    ring_close(ring);
}

static void test_close_sends_what_is_queued(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct peer peer = open_peer("127.0.0.1");
    struct ring_addr local = ring_socket_addr(ring, 0);
    uint8_t message[MESSAGE_SIZE];
    struct ring_addr from;

    for (uint32_t i = 0; i < 10; i++) {
        fill_message(message, sizeof(message), i);
        assert_true(ring_send(ring, 0, &local, &peer.addr, message, sizeof(message)));
    }
    ring_close(ring);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(peer_receive(&peer, &from, message, sizeof(message)), MESSAGE_SIZE);
        assert_message(message, sizeof(message), i);
    }
    close(peer.fd);
}

struct flood {
    struct peer peer;
    struct ring_addr to;
    bool stop;
};

static void *run_flood(void *user)
{
    const uint8_t message[MESSAGE_SIZE] = {0};
    struct flood *flood = user;
    union ring_sockaddr name;
    socklen_t size = ring_addr_to_sockaddr(&flood->to, &name);

    while (!__atomic_load_n(&flood->stop, __ATOMIC_RELAXED))
        sendto(flood->peer.fd, message, sizeof(message), 0, &name.any, size);
    return NULL;
}

/* Traffic comes all the time; the port is free as soon as a ring has closed, for the next one. */
static void test_close_with_traffic(void **state)
{
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring_options options = {.sockets = &socket, .socket_count = 1, .receive_buffers = 32};
    struct ring *ring = open_ring(state, options);
    struct flood flood = {.peer = open_peer("127.0.0.1"), .to = ring_socket_addr(ring, 0)};
    const struct ring_datagram *batch;
    pthread_t thread;

    socket.bind = flood.to;
    assert_int_equal(pthread_create(&thread, NULL, run_flood, &flood), 0);
    for (int round = 0; round < 10; round++) {
        for (int waits = 0; waits <= round; waits++) {
            int count = next_batch(ring, &batch);

            for (int i = 0; i < count; i++)
                echo(ring, &batch[i]);
        }
        ring_close(ring);
        ring = open_ring(state, options);
    }
    ring_close(ring);
    __atomic_store_n(&flood.stop, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(flood.peer.fd);
}

static void test_options_out_of_range(void **state)
{
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    const struct ring_options good = {.sockets = &socket, .socket_count = 1};
    struct ring_options options = good;
    struct ring_error error;

    (void)state;
    options.receive_buffers = 32769;
    assert_null(ring_open(&options, &error));
    assert_string_equal(error.text, "receive_buffers: Numerical result out of range");
    options = good;
    options.receive_size = 65537;
    assert_null(ring_open(&options, &error));
    assert_string_equal(error.text, "receive_size: Numerical result out of range");
    options = good;
    options.socket_count = RING_SOCKETS_MAX + 1;
    assert_null(ring_open(&options, &error));
    assert_string_equal(error.text, "socket_count: Numerical result out of range");
    options.socket_count = 0;
    assert_null(ring_open(&options, &error));
    ring_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_echo_v4),
        ON_BOTH(test_echo_v6),
        ON_BOTH(test_reply_from_the_address_hit),
        ON_BOTH(test_source_left_to_the_kernel),
        ON_BOTH(test_marker),
        ON_BOTH(test_esp_and_keepalive),
        ON_BOTH(test_truncated),
        ON_BOTH(test_more_datagrams_than_buffers),
        ON_BOTH(test_sends_while_batches_wait),
        ON_BOTH(test_many_sends_in_one_flush),
        ON_BOTH(test_no_slot),
        ON_BOTH(test_big_messages),
        ON_BOTH(test_send_error),
        ON_BOTH(test_wrong_family),
        ON_BOTH(test_several_sockets),
        ON_BOTH(test_icmp_errors_are_harmless),
        ON_BOTH(test_timeout),
        ON_BOTH(test_signal_ends_the_wait),
        ON_BOTH(test_close_sends_what_is_queued),
        ON_BOTH(test_close_with_traffic),
        cmocka_unit_test(test_options_out_of_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
