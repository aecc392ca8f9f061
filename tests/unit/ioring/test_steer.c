/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "ioring/steer.h"

enum {
    MEMBERS = 5,
    COOKIES = 25000, /* of each of the four layouts */
    BURST = 50,      /* sent before anybody looks */
    HEADER = 28,
    MARKER = 4,
    FRAGMENTED = 5000,
    KEEPALIVES = 500, /* for each member */
};

static const uint32_t key[2] = {0x03020100, 0x07060504};

struct group {
    struct ring_udp members[MEMBERS];
    struct ring_steer steer;
    bool marker;
    int sender;
};

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state ^ *state >> 29;
}

static void open_group(struct group *group, const char *text, bool marker)
{
    struct ring_socket spec = {.bind = address(text), .marker = marker};
    struct ring_error error;

    *group = (struct group){.marker = marker, .steer = {{key[0], key[1]}, 0, MEMBERS}};
    for (uint32_t i = 0; i < MEMBERS; i++) {
        group->steer.index = i;
        assert_true(ring_udp_open(&group->members[i], &spec, 1 << 22, &group->steer, &error));
        spec.bind.port = group->members[i].addr.port;
    }
    union ring_sockaddr to;
    socklen_t size = ring_addr_to_sockaddr(&spec.bind, &to);
    group->sender = socket(to.any.sa_family, SOCK_DGRAM, 0);
    assert_true(group->sender >= 0);
    assert_int_equal(connect(group->sender, &to.any, size), 0);
}

static void close_group(struct group *group)
{
    for (uint32_t i = 0; i < MEMBERS; i++)
        ring_udp_close(&group->members[i]);
    close(group->sender);
}

static void send_cookie(const struct group *group, const uint8_t cookie[8], size_t size)
{
    static uint8_t datagram[FRAGMENTED + MARKER];
    size_t overhead = group->marker ? MARKER : 0;

    memset(datagram, 0, overhead);
    memcpy(datagram + overhead, cookie, 8);
    assert_int_equal(send(group->sender, datagram, size + overhead, 0), size + overhead);
}

/* Fetches all that has arrived; each has to be where the hash in C says. */
static size_t fetch_all(const struct group *group, size_t counts[MEMBERS])
{
    uint8_t datagram[FRAGMENTED + MARKER];
    size_t fetched = 0;

    for (uint32_t i = 0; i < MEMBERS; i++) {
        while (recv(group->members[i].fd, datagram, sizeof(datagram), MSG_DONTWAIT) > 0) {
            const uint8_t *cookie = datagram + (group->marker ? MARKER : 0);
            assert_int_equal(ring_steer_cookie(&group->steer, cookie), i);
            counts[i]++;
            fetched++;
        }
    }
    return fetched;
}

static void assert_steered(const char *text, bool marker, size_t size, size_t cookies)
{
    struct group group;
    size_t counts[MEMBERS] = {0};
    size_t fetched = 0;
    uint64_t state = size + marker;

    open_group(&group, text, marker);
    for (size_t i = 0; i < cookies; i++) {
        uint64_t cookie = draw(&state);
        send_cookie(&group, (const uint8_t *)&cookie, size);
        if (i % BURST == BURST - 1)
            fetched += fetch_all(&group, counts);
    }
    assert_int_equal(fetched + fetch_all(&group, counts), cookies);
    for (size_t i = 0; i < MEMBERS; i++) /* an even share, give or take a fifth */
        assert_in_range(counts[i] * MEMBERS, cookies * 4 / 5, cookies * 6 / 5);
    close_group(&group);
}

static void test_kernel_agrees(void **state)
{
    (void)state;
    assert_steered("127.0.0.1", false, HEADER, COOKIES);
    assert_steered("0.0.0.0", true, HEADER, COOKIES);
    if (!has_ipv6())
        skip();
    assert_steered("::1", false, HEADER, COOKIES);
    assert_steered("::", true, HEADER, COOKIES);
}

/*
 * Keepalives pass the length filter of port 4500 and have no cookie: everybody gets a fair part.
 * The kernel draws, so the bounds are 13 standard deviations away and more.
 */
static void test_keepalives_are_spread(void **state)
{
    struct group group;

    (void)state;
    open_group(&group, "127.0.0.1", true);
    for (int i = 0; i < KEEPALIVES * MEMBERS; i++)
        assert_int_equal(send(group.sender, "\xff", 1, 0), 1);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        uint8_t byte;
        size_t count = 0;
        while (recv(group.members[i].fd, &byte, 1, MSG_DONTWAIT) == 1)
            count++;
        assert_in_range(count, KEEPALIVES * 2 / 5, KEEPALIVES * 9 / 5);
    }
    close_group(&group);
}

static void test_first_member_wants_free_port(void **state)
{
    struct group group;
    struct ring_udp udp;
    struct ring_error error;
    struct ring_socket spec = {.bind = address("127.0.0.1")};

    (void)state;
    open_group(&group, "127.0.0.1", false);
    spec.bind = group.members[0].addr;
    group.steer.index = 0;
    assert_false(ring_udp_open(&udp, &spec, 1 << 20, &group.steer, &error));
    assert_int_equal(error.code, EADDRINUSE);
    close_group(&group);
}

/* The kernel's own hsiphash is HalfSipHash-1-3 on 32-bit machines: its test of eight bytes. */
static void test_known_answer(void **state)
{
    (void)state;
    assert_int_equal(ring_steer_hash(key, 0x03020100, 0x07060504), 0x577999b1);
}

static void test_alone(void **state)
{
    const struct ring_steer steer = {{1, 2}, 0, 1};
    const uint8_t cookie[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
    assert_int_equal(ring_steer_cookie(&steer, cookie), 0);
}

static bool small_loopback(void)
{
    struct ifreq interface = {.ifr_name = "lo"};
    int fd;
    bool done;

    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    interface.ifr_mtu = 1280;
    done = ioctl(fd, SIOCSIFMTU, &interface) == 0;
    interface.ifr_flags = IFF_UP;
    done = done && ioctl(fd, SIOCSIFFLAGS, &interface) == 0;
    close(fd);
    return done;
}

/* The last one: the process stays in its network namespace. */
static void test_fragmented_datagrams(void **state)
{
    (void)state;
    if (!small_loopback())
        skip();
    assert_steered("127.0.0.1", false, FRAGMENTED, COOKIES / 5);
    assert_steered("127.0.0.1", true, FRAGMENTED, COOKIES / 5);
    if (has_ipv6())
        assert_steered("::1", true, FRAGMENTED, COOKIES / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answer),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_kernel_agrees),
        cmocka_unit_test(test_keepalives_are_spread),
        cmocka_unit_test(test_first_member_wants_free_port),
        cmocka_unit_test(test_fragmented_datagrams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
