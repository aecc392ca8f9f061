/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_kernel.h"

/*
 * The next receive of the back end finds that its socket's queue ran over. Not static, because the
 * C library has recvfrom() inline where it checks the lengths of buffers.
 */
int overrun_fd = -1;

ssize_t recvfrom(int fd, void *restrict bytes, size_t size, int flags,
                 struct sockaddr *restrict addr, socklen_t *restrict len)
{
    if (fd == overrun_fd) {
        overrun_fd = -1;
        errno = ENOBUFS;
        return -1;
    }
    if (len)
        *len = 0;
    (void)addr;
    return recv(fd, bytes, size, flags);
}

static struct nlmsghdr *message_new(uint16_t type, const void *body, size_t size)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(calloc(1, 2048));
    message->nlmsg_type = type;
    memcpy(mnl_nlmsg_put_extra_header(message, size), body, size);
    return message;
}

/* The kernel says it, and the shard's ring sees that. */
static void say(struct fake_kernel *fake, struct nlmsghdr *message)
{
    fake_send(fake->events, message, message->nlmsg_len);
    free(message);
    hub_kernel_ready(fake->kernel);
}

static struct xfrm_usersa_info sa_info(uint32_t name, uint32_t spi, const x4s_net_addr *target)
{
    struct xfrm_usersa_info info = {
        .id = {.spi = htonl(spi), .proto = IPPROTO_ESP},
        .seq = name,
        .lft = {.soft_byte_limit = XFRM_INF, .soft_packet_limit = XFRM_INF},
    };
    memcpy(&info.id.daddr, target->ip, sizeof(info.id.daddr));
    return info;
}

static void expire(struct fake_kernel *fake, uint32_t name, bool hard)
{
    const struct xfrm_user_expire expire = {
        .state = sa_info(name, 0x2222, &fake_link.remote),
        .hard = hard,
    };
    say(fake, message_new(XFRM_MSG_EXPIRE, &expire, sizeof(expire)));
}

static void test_tells_limits(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    expire(&fake, 0x1111, false);
    assert_int_equal(fake.told, 1);
    assert_int_equal(fake.event.kind, HUB_KERNEL_AGING);
    assert_int_equal(fake.event.spi_in, 0x1111);
    expire(&fake, 0x1111, true);
    assert_int_equal(fake.told, 2);
    assert_int_equal(fake.event.kind, HUB_KERNEL_EXPIRED);
    /* Another shard's, or another daemon's. */
    expire(&fake, 0x9999, true);
    expire(&fake, 0, true);
    assert_int_equal(fake.told, 2);
    fake_close(&fake);
}

static void test_tells_the_sequence(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    struct xfrm_aevent_id id = {.sa_id = {.spi = htonl(0x2222), .proto = IPPROTO_ESP}};
    const struct xfrm_replay_state_esn replay = {.oseq = 7, .oseq_hi = 1};
    memcpy(&id.sa_id.daddr, fake_link.remote.ip, sizeof(id.sa_id.daddr));
    struct nlmsghdr *message = message_new(XFRM_MSG_NEWAE, &id, sizeof(id));
    mnl_attr_put(message, XFRMA_REPLAY_ESN_VAL, sizeof(replay), &replay);
    say(&fake, message);
    assert_int_equal(fake.told, 1);
    assert_int_equal(fake.event.kind, HUB_KERNEL_SEQUENCE);
    assert_int_equal(fake.event.spi_in, 0x1111);
    assert_true(fake.event.out_sequence == UINT64_C(0x100000007));
    /* The same SPI of another peer. */
    id.sa_id.daddr.a4 ^= 1;
    message = message_new(XFRM_MSG_NEWAE, &id, sizeof(id));
    mnl_attr_put(message, XFRMA_REPLAY_ESN_VAL, sizeof(replay), &replay);
    say(&fake, message);
    assert_int_equal(fake.told, 1);
    fake_close(&fake);
}

static void test_takes_no_broken_message(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    const struct xfrm_user_expire whole = {.state = sa_info(0x1111, 0x2222, &fake_link.remote)};
    static const uint16_t types[] = {XFRM_MSG_EXPIRE, XFRM_MSG_ACQUIRE, XFRM_MSG_NEWAE,
                                     XFRM_MSG_NEWSA, XFRM_MSG_MAPPING};
    for (size_t i = 0; i < x4m_countof(types); i++)
        for (size_t size = 0; size < 40; size++)
            say(&fake, message_new(types[i], &whole, size));
    assert_int_equal(fake.told, 0);
    fake_close(&fake);
}

/* -------------------------------------------------------------------------- traps */

static void test_tells_who_is_wanted(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    struct hub_kernel_trap trap = {
        .local = fake_subnet(1),
        .remote = fake_subnet(2),
        .from = fake_link.local,
        .to = fake_link.remote,
        .transform = fake_keys(0, 0).transform,
        .options = &fake_options,
    };
    assert_true(hub_kernel_trap(fake.kernel, &trap));
    fake_round(&fake);
    assert_int_equal(fake.count, 1);
    assert_int_equal(fake.messages[0].dir, XFRM_POLICY_OUT);
    struct xfrm_user_acquire acquire = {0};
    acquire.policy.sel = xfrm_policy_key_out(&trap.local, &trap.remote, &fake_options).selector;
    say(&fake, message_new(XFRM_MSG_ACQUIRE, &acquire, sizeof(acquire)));
    assert_int_equal(fake.told, 1);
    assert_int_equal(fake.event.kind, HUB_KERNEL_WANTED);
    assert_ptr_equal(fake.event.trap, &trap);
    acquire.policy.sel.prefixlen_d--;
    say(&fake, message_new(XFRM_MSG_ACQUIRE, &acquire, sizeof(acquire)));
    assert_int_equal(fake.told, 1);

    /* A pair for the same traffic takes the policy over, and the trap is back behind it. */
    fake.count = 0;
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    fake_submit(&fake, HUB_KERNEL_ADD, &keys);
    fake_round(&fake);
    assert_int_equal(fake_count(&fake, XFRM_MSG_UPDPOLICY), 3);
    fake.count = 0;
    fake_submit(&fake, HUB_KERNEL_DELETE, &keys);
    fake_round(&fake);
    assert_int_equal(fake_count(&fake, XFRM_MSG_UPDPOLICY), 1);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELPOLICY), 2);
    fake.count = 0;
    hub_kernel_untrap(fake.kernel, &trap);
    fake_round(&fake);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELPOLICY), 1);
    fake_close(&fake);
}

/* -------------------------------------------------------------------------- overrun */

/* The number of the dump that was asked for. */
static uint32_t take_dump(struct fake_kernel *fake)
{
    _Alignas(struct nlmsghdr) char bytes[256];
    const struct nlmsghdr *message = (const struct nlmsghdr *)bytes;
    const ssize_t size = recv(fake->events, bytes, sizeof(bytes), MSG_DONTWAIT);
    assert_true(size >= (ssize_t)sizeof(*message));
    assert_int_equal(message->nlmsg_type, XFRM_MSG_GETSA);
    assert_int_equal(message->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
    return message->nlmsg_seq;
}

static void dump_sa(struct fake_kernel *fake, uint32_t number, const struct xfrm_usersa_info *info)
{
    struct nlmsghdr *message = message_new(XFRM_MSG_NEWSA, info, sizeof(*info));
    message->nlmsg_seq = number;
    say(fake, message);
}

static void dump_pair(struct fake_kernel *fake, uint32_t number, uint32_t spi_in, uint32_t spi_out)
{
    const struct xfrm_usersa_info in = sa_info(spi_in, spi_in, &fake_link.local);
    const struct xfrm_usersa_info out = sa_info(spi_in, spi_out, &fake_link.remote);
    dump_sa(fake, number, &in);
    dump_sa(fake, number, &out);
}

static void dump_end(struct fake_kernel *fake, uint32_t number, uint16_t type)
{
    static const int zero[4] = {0};
    struct nlmsghdr *message = message_new(type, zero, sizeof(zero));
    message->nlmsg_seq = number;
    say(fake, message);
}

static void overrun(struct fake_kernel *fake)
{
    overrun_fd = xfrm_of(fake->kernel)->events;
    hub_kernel_ready(fake->kernel);
}

static void test_reads_all_again(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    fake_add(&fake, 0x3333, 0x4444);
    fake_add(&fake, 0x5555, 0x6666);
    overrun(&fake);
    const uint32_t number = take_dump(&fake);
    dump_pair(&fake, number, 0x1111, 0x2222);
    /* Of this one what we send is gone; this one is about to be over; and one that is not ours. */
    const struct xfrm_usersa_info half = sa_info(0x3333, 0x3333, &fake_link.local);
    dump_sa(&fake, number, &half);
    dump_pair(&fake, number, 0x9999, 0x9998);
    assert_int_equal(fake.told, 0);
    struct xfrm_usersa_info aging = sa_info(0x5555, 0x6666, &fake_link.remote);
    aging.lft.soft_byte_limit = 100;
    aging.curlft.bytes = 100;
    dump_sa(&fake, number, &aging);
    assert_int_equal(fake.told, 1);
    assert_int_equal(fake.event.kind, HUB_KERNEL_AGING);
    const struct xfrm_usersa_info rest = sa_info(0x5555, 0x5555, &fake_link.local);
    dump_sa(&fake, number, &rest);
    fake_add(&fake, 0x7777, 0x8888); /* meanwhile */
    dump_end(&fake, number, NLMSG_DONE);
    assert_int_equal(fake.told, 2);
    assert_int_equal(fake.event.kind, HUB_KERNEL_LOST);
    assert_int_equal(fake.event.spi_in, 0x3333);
    /* An end that nobody waits for. */
    dump_end(&fake, number, NLMSG_DONE);
    assert_int_equal(fake.told, 2);
    fake_close(&fake);
}

static void test_reads_once_more_after_another_overrun(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    overrun(&fake);
    const uint32_t first = take_dump(&fake);
    overrun(&fake);
    const uint32_t second = take_dump(&fake);
    assert_int_not_equal(first, second);
    dump_end(&fake, first, NLMSG_DONE);
    assert_int_equal(fake.told, 0);
    dump_pair(&fake, second, 0x1111, 0x2222);
    dump_end(&fake, second, NLMSG_DONE);
    assert_int_equal(fake.told, 0);
    fake_close(&fake);
}

/* A kernel that cannot tell has not said that they are gone. */
static void test_believes_no_failure(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    overrun(&fake);
    dump_end(&fake, take_dump(&fake), NLMSG_ERROR);
    assert_int_equal(fake.told, 0);
    fake_close(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_limits),
        cmocka_unit_test(test_tells_the_sequence),
        cmocka_unit_test(test_takes_no_broken_message),
        cmocka_unit_test(test_tells_who_is_wanted),
        cmocka_unit_test(test_reads_all_again),
        cmocka_unit_test(test_reads_once_more_after_another_overrun),
        cmocka_unit_test(test_believes_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
