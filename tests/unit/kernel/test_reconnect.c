/* SPDX-License-Identifier: BSD-2-Clause */
/* A process between the shard and the kernel ends: other wires, and all SAs are read again. */
#include "fake_kernel.h"

static int set_up(void **state)
{
    static struct fake_kernel fake;
    *state = &fake;
    fake_open(&fake);
    fake.backend.sockets.waits = true;
    return 0;
}

static int tear_down(void **state)
{
    fake_close(*state);
    return 0;
}

/* The other ends go, and the shard sees it. */
static void end_process(struct fake_kernel *fake)
{
    const int requests = fake->requests;
    const int events = fake->events;
    close(requests);
    close(events);
    hub_kernel_ready(fake->kernel);
}

/* The number of the dump that was asked for at the events' wire. */
static uint32_t read_dump(const struct fake_kernel *fake)
{
    _Alignas(struct nlmsghdr) char bytes[256];
    const struct nlmsghdr *message = (const struct nlmsghdr *)bytes;
    assert_true(recv(fake->events, bytes, sizeof(bytes), MSG_DONTWAIT) >=
                (ssize_t)sizeof(*message));
    assert_int_equal(message->nlmsg_type, XFRM_MSG_GETSA);
    assert_int_equal(message->nlmsg_flags & NLM_F_DUMP, NLM_F_DUMP);
    return message->nlmsg_seq;
}

static void test_other_wires(void **state)
{
    struct fake_kernel *fake = *state;
    int before[HUB_KERNEL_FDS];
    int after[HUB_KERNEL_FDS];
    fake_add(fake, 0x1111, 0x2222);
    assert_int_equal(hub_kernel_fds(fake->kernel, before), 2);
    end_process(fake);
    assert_int_equal(hub_kernel_fds(fake->kernel, after), 2);
    for (int i = 0; i < 2; i++)
        assert_true(after[i] >= 0 && after[i] != before[i]);
    (void)read_dump(fake);
    fake_add(fake, 0x3333, 0x4444);
    assert_int_equal(fake->done_error, 0);
    assert_int_equal(hub_kernel_pairs(fake->kernel), 2);
}

static void test_what_was_asked_has_failed(void **state)
{
    struct fake_kernel *fake = *state;
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    fake_submit(fake, HUB_KERNEL_ADD, &keys);
    hub_kernel_poll(fake->kernel);
    assert_int_equal(fake->done, 0);
    end_process(fake);
    fake_round(fake);
    assert_int_equal(fake->done, 1);
    assert_int_not_equal(fake->done_error, 0);
    assert_int_equal(hub_kernel_pairs(fake->kernel), 0);
}

static void test_what_went_meanwhile_is_told(void **state)
{
    struct fake_kernel *fake = *state;
    _Alignas(struct nlmsghdr) char bytes[64] = {0};
    struct nlmsghdr *done = mnl_nlmsg_put_header(bytes);
    fake_add(fake, 0x1111, 0x2222);
    end_process(fake);
    done->nlmsg_type = NLMSG_DONE;
    done->nlmsg_seq = read_dump(fake);
    fake_send(fake->events, done, done->nlmsg_len);
    hub_kernel_ready(fake->kernel);
    assert_int_equal(fake->told, 1);
    assert_int_equal(fake->event.kind, HUB_KERNEL_LOST);
    assert_int_equal(fake->event.spi_in, 0x1111);
}

/* The kernel itself does not end. */
static void test_a_socket_stays(void **state)
{
    struct fake_kernel *fake = *state;
    int before[HUB_KERNEL_FDS];
    int after[HUB_KERNEL_FDS];
    fake->backend.sockets.waits = false;
    hub_kernel_fds(fake->kernel, before);
    end_process(fake);
    hub_kernel_fds(fake->kernel, after);
    assert_memory_equal(after, before, sizeof(after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_other_wires, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_asked_has_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_went_meanwhile_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_socket_stays, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
