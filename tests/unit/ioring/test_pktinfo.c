/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <stdalign.h>

#include "ioring/pktinfo.h"

static void assert_round_trip(const char *text)
{
    alignas(struct cmsghdr) uint8_t control[RING_PKTINFO_SIZE];
    struct msghdr msg = {0};
    struct ring_addr local = address(text);

    ring_pktinfo_write(&msg, control, &local);
    assert_in_range(msg.msg_controllen, 1, sizeof(control));
    assert_addr_equal(ring_pktinfo_read(&msg), local);
}

static void test_both_ways(void **state)
{
    (void)state;
    assert_round_trip("127.0.0.2");
    assert_round_trip("2001:db8::1");
    assert_round_trip("fe80::1%4");
}

static void test_none(void **state)
{
    alignas(struct cmsghdr) uint8_t control[RING_PKTINFO_SIZE];
    struct ring_addr none = {0};
    struct msghdr msg = {.msg_control = control, .msg_controllen = sizeof(control)};

    (void)state;
    ring_pktinfo_write(&msg, control, &none);
    assert_null(msg.msg_control);
    assert_int_equal(msg.msg_controllen, 0);
    assert_int_equal(ring_pktinfo_read(&msg).family, 0);
}

/* A control message that is cut, or another one, says nothing about the address. */
static void test_cut_and_foreign(void **state)
{
    alignas(struct cmsghdr) uint8_t control[RING_PKTINFO_SIZE];
    struct ring_addr local = address("127.0.0.2");
    struct msghdr msg = {0};
    struct cmsghdr *cmsg;

    (void)state;
    ring_pktinfo_write(&msg, control, &local);
    cmsg = CMSG_FIRSTHDR(&msg);
    cmsg->cmsg_len--;
    assert_int_equal(ring_pktinfo_read(&msg).family, 0);
    cmsg->cmsg_len++;
    cmsg->cmsg_type = IP_TTL;
    assert_int_equal(ring_pktinfo_read(&msg).family, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_cut_and_foreign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
