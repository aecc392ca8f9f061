/* SPDX-License-Identifier: BSD-2-Clause */
/* What the packet process may say to the kernel, and what it may not. */
#include "shard/privilege/kernel_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <string.h>

#define REQUEST (NLM_F_REQUEST | NLM_F_ACK)

static _Alignas(8) char piece[4096];

/* One message at `at`; returns where the next one begins. */
static size_t put(size_t at, uint16_t type, uint16_t flags, size_t body)
{
    const struct nlmsghdr head = {
        .nlmsg_len = (uint32_t)NLMSG_LENGTH(body),
        .nlmsg_type = type,
        .nlmsg_flags = flags,
    };
    memset(piece + at, 0, NLMSG_SPACE(body));
    memcpy(piece + at, &head, sizeof(head));
    return at + NLMSG_SPACE(body);
}

static bool allows(enum hub_kernel_wire kind, uint16_t type, uint16_t flags, size_t body)
{
    return hub_kernel_check(kind, piece, put(0, type, flags, body));
}

static void test_what_shards_say(void **state)
{
    (void)state;
    size_t size = put(0, XFRM_MSG_NEWSA, REQUEST, sizeof(struct xfrm_usersa_info) + 64);
    size = put(size, XFRM_MSG_DELSA, REQUEST, sizeof(struct xfrm_usersa_id));
    size = put(size, XFRM_MSG_UPDPOLICY, REQUEST, sizeof(struct xfrm_userpolicy_info) + 3);
    size = put(size, XFRM_MSG_GETPOLICY, REQUEST, sizeof(struct xfrm_userpolicy_id));
    size = put(size, XFRM_MSG_NEWAE, REQUEST | NLM_F_REPLACE, sizeof(struct xfrm_aevent_id));
    assert_true(hub_kernel_check(HUB_KERNEL_WIRE_REQUESTS, piece, size));
    assert_true(allows(HUB_KERNEL_WIRE_EVENTS, XFRM_MSG_GETSA, NLM_F_REQUEST | NLM_F_DUMP, 0));
}

static void test_what_nobody_says(void **state)
{
    static const uint16_t types[] = {
        XFRM_MSG_FLUSHSA, XFRM_MSG_FLUSHPOLICY, XFRM_MSG_NEWPOLICY,  XFRM_MSG_ALLOCSPI,
        XFRM_MSG_MIGRATE, XFRM_MSG_REPORT,      XFRM_MSG_NEWSPDINFO, XFRM_MSG_ACQUIRE,
        XFRM_MSG_EXPIRE,  NLMSG_NOOP,           NLMSG_DONE,
    };
    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        assert_false(allows(HUB_KERNEL_WIRE_REQUESTS, types[i], REQUEST, 256));
        assert_false(allows(HUB_KERNEL_WIRE_EVENTS, types[i], REQUEST, 256));
    }
}

static void test_each_wire_has_its_own(void **state)
{
    const uint16_t dump = NLM_F_REQUEST | NLM_F_DUMP;
    (void)state;
    assert_false(allows(HUB_KERNEL_WIRE_REQUESTS, XFRM_MSG_GETSA, dump, 0));
    assert_false(allows(HUB_KERNEL_WIRE_EVENTS, XFRM_MSG_DELSA, REQUEST, 256));
}

static void test_flags(void **state)
{
    const size_t body = sizeof(struct xfrm_usersa_info);
    (void)state;
    assert_true(allows(HUB_KERNEL_WIRE_REQUESTS, XFRM_MSG_NEWSA, NLM_F_REQUEST, body));
    assert_false(allows(HUB_KERNEL_WIRE_REQUESTS, XFRM_MSG_NEWSA, NLM_F_ACK, body));
    assert_false(allows(HUB_KERNEL_WIRE_REQUESTS, XFRM_MSG_NEWSA, REQUEST | NLM_F_REPLACE, body));
    assert_false(allows(HUB_KERNEL_WIRE_REQUESTS, XFRM_MSG_NEWSA, REQUEST | NLM_F_ECHO, body));
}

static void test_lengths(void **state)
{
    const size_t body = sizeof(struct xfrm_usersa_id);
    (void)state;
    assert_false(allows(HUB_KERNEL_WIRE_REQUESTS, XFRM_MSG_DELSA, REQUEST, body - 1));
    const size_t size = put(0, XFRM_MSG_DELSA, REQUEST, body);
    for (size_t less = 0; less < size; less++)
        assert_false(hub_kernel_check(HUB_KERNEL_WIRE_REQUESTS, piece, less));
    assert_false(hub_kernel_check(HUB_KERNEL_WIRE_REQUESTS, piece, size + 4));
    struct nlmsghdr *head = (void *)piece;
    head->nlmsg_len = UINT32_MAX;
    assert_false(hub_kernel_check(HUB_KERNEL_WIRE_REQUESTS, piece, size));
    head->nlmsg_len = 0;
    assert_false(hub_kernel_check(HUB_KERNEL_WIRE_REQUESTS, piece, size));
}

static void test_one_bad_message_is_enough(void **state)
{
    (void)state;
    size_t size = put(0, XFRM_MSG_DELSA, REQUEST, sizeof(struct xfrm_usersa_id));
    size = put(size, XFRM_MSG_FLUSHSA, REQUEST, sizeof(struct xfrm_usersa_flush));
    assert_false(hub_kernel_check(HUB_KERNEL_WIRE_REQUESTS, piece, size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_shards_say),
        cmocka_unit_test(test_what_nobody_says),
        cmocka_unit_test(test_each_wire_has_its_own),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_one_bad_message_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
