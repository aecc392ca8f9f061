/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <stdalign.h>
#include <string.h>
#include <time.h>

#include "ioring/stamp.h"

struct control {
    alignas(struct cmsghdr) uint8_t bytes[RING_STAMP_SIZE];
};

static struct msghdr make(struct control *control, int level, int type)
{
    struct msghdr msg = {.msg_control = control->bytes, .msg_controllen = RING_STAMP_SIZE};
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
    struct timespec time = {.tv_sec = 3, .tv_nsec = 7};

    cmsg->cmsg_level = level;
    cmsg->cmsg_type = type;
    cmsg->cmsg_len = CMSG_LEN(sizeof(time));
    memcpy(CMSG_DATA(cmsg), &time, sizeof(time));
    return msg;
}

static void test_read(void **state)
{
    struct control control = {{0}};
    struct msghdr msg = make(&control, SOL_SOCKET, SCM_TIMESTAMPNS);

    (void)state;
    assert_int_equal(ring_stamp_read(&msg), UINT64_C(3000000007));
}

static void test_cut_foreign_and_none(void **state)
{
    struct control control = {{0}};
    struct msghdr msg = make(&control, SOL_SOCKET, SCM_TIMESTAMPNS);

    (void)state;
    CMSG_FIRSTHDR(&msg)->cmsg_len--;
    assert_int_equal(ring_stamp_read(&msg), 0);
    msg = make(&control, SOL_SOCKET, SCM_RIGHTS);
    assert_int_equal(ring_stamp_read(&msg), 0);
    msg.msg_controllen = 0;
    assert_int_equal(ring_stamp_read(&msg), 0);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* What arrives at a ring that does or does not ask for the time. */
static struct ring_datagram arrive(void **state, bool stamp, const char *text)
{
    static const uint8_t message[100];
    struct ring_socket socket = {.bind = address(text)};
    struct ring *ring = open_ring(
        state, (struct ring_options){.sockets = &socket, .socket_count = 1, .stamp = stamp});
    struct peer peer = open_peer(text);
    struct ring_datagram datagram;

    peer_send(&peer, ring_socket_addr(ring, 0), message, sizeof(message));
    datagram = next_datagram(ring);
    ring_close(ring);
    close(peer.fd);
    return datagram;
}

static void test_stamped(void **state)
{
    static const char *const addresses[] = {"127.0.0.1", "::1"};

    for (int i = 0; i < (has_ipv6() ? 2 : 1); i++) {
        uint64_t before = now_ns();
        struct ring_datagram datagram = arrive(state, true, addresses[i]);

        assert_in_range(datagram.arrived_ns, before, now_ns());
        assert_addr_equal(datagram.local, with_port(addresses[i], datagram.local.port));
    }
}

static void test_not_stamped(void **state)
{
    assert_int_equal(arrive(state, false, "127.0.0.1").arrived_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_cut_foreign_and_none),
        ON_BOTH(test_stamped),
        ON_BOTH(test_not_stamped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
