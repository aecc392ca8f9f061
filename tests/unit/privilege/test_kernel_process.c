/* SPDX-License-Identifier: BSD-2-Clause */
/* Between shards and the kernel: what is passed on, and when a wire ends. */
#include "shard/privilege/kernel_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/privilege/wire.h"

struct fixture {
    pthread_t thread;
    int wire;
    int end; /* the process' */
    int kernel[HUB_KERNEL_WIRES];
};

/* The kernel is the other end of a pair. */
static int open_kernel(void *user, enum hub_kernel_wire kind)
{
    struct fixture *f = user;
    int ends[2];
    assert_true(hub_wire_pair(ends));
    __atomic_store_n(&f->kernel[kind], ends[1], __ATOMIC_RELEASE);
    return ends[0];
}

static int open_requests(void *user)
{
    return open_kernel(user, HUB_KERNEL_WIRE_REQUESTS);
}

static int open_events(void *user)
{
    return open_kernel(user, HUB_KERNEL_WIRE_EVENTS);
}

static void *serve(void *context)
{
    struct fixture *f = context;
    const struct xfrm_sockets sockets = {
        .requests = open_requests, .events = open_events, .user = f};
    (void)hub_kernel_process_serve(f->end, &sockets);
    return NULL;
}

static int set_up(void **state)
{
    static struct fixture f;
    int ends[2];
    *state = &f;
    f.kernel[0] = f.kernel[1] = -1;
    if (!hub_wire_pair(ends))
        return -1;
    f.wire = ends[0];
    f.end = ends[1];
    return pthread_create(&f.thread, NULL, serve, &f);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close(f->wire);
    pthread_join(f->thread, NULL);
    close(f->end);
    for (int i = 0; i < HUB_KERNEL_WIRES; i++)
        if (f->kernel[i] >= 0)
            close(f->kernel[i]);
    return 0;
}

static int begin(struct fixture *f, uint32_t kind)
{
    int ends[2];
    assert_true(hub_wire_pair(ends));
    assert_true(hub_wire_send(f->wire, &kind, sizeof(kind), ends[1]));
    close(ends[1]);
    return ends[0];
}

struct delete
{
    struct nlmsghdr head;
    struct xfrm_usersa_id id;
};

static struct delete a_delete(uint16_t type)
{
    const struct delete message = {
        .head = {.nlmsg_len = sizeof(message), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST}};
    return message;
}

static int kernel_of(struct fixture *f, enum hub_kernel_wire kind)
{
    return __atomic_load_n(&f->kernel[kind], __ATOMIC_ACQUIRE);
}

static void test_both_ways(void **state)
{
    struct fixture *f = *state;
    struct delete message = a_delete(XFRM_MSG_DELSA);
    char bytes[256];
    const int wire = begin(f, HUB_KERNEL_WIRE_REQUESTS);
    assert_int_equal(send(wire, &message, sizeof(message), 0), sizeof(message));
    struct pollfd answer = {.fd = wire, .events = POLLIN};
    assert_int_equal(poll(&answer, 1, 0), 0);
    /* It has opened its socket by the time that it passes something on. */
    while (kernel_of(f, HUB_KERNEL_WIRE_REQUESTS) < 0)
        sched_yield();
    const int kernel = kernel_of(f, HUB_KERNEL_WIRE_REQUESTS);
    assert_int_equal(recv(kernel, bytes, sizeof(bytes), 0), sizeof(message));
    assert_memory_equal(bytes, &message, sizeof(message));
    assert_int_equal(send(kernel, "one", 3, 0), 3);
    assert_int_equal(send(kernel, "other", 5, 0), 5);
    assert_int_equal(recv(wire, bytes, sizeof(bytes), 0), 3);
    assert_int_equal(recv(wire, bytes, sizeof(bytes), 0), 5);
    close(wire);
    assert_int_equal(recv(kernel, bytes, sizeof(bytes), 0), 0);
}

static void test_what_is_not_allowed_ends_the_wire(void **state)
{
    struct fixture *f = *state;
    const struct delete message = a_delete(XFRM_MSG_FLUSHSA);
    char byte;
    const int wire = begin(f, HUB_KERNEL_WIRE_REQUESTS);
    const int other = begin(f, HUB_KERNEL_WIRE_EVENTS);
    assert_int_equal(send(wire, &message, sizeof(message), 0), sizeof(message));
    assert_int_equal(recv(wire, &byte, 1, 0), 0);
    assert_int_equal(recv(kernel_of(f, HUB_KERNEL_WIRE_REQUESTS), &byte, 1, 0), 0);
    struct pollfd alive = {.fd = other, .events = POLLIN};
    assert_int_equal(poll(&alive, 1, 0), 0);
    close(other);
    close(wire);
}

/* Nothing that comes over it afterwards reaches what there was of it. */
static void test_a_copy_of_an_ended_wire_is_not_heard(void **state)
{
    struct fixture *f = *state;
    const uint32_t kind = HUB_KERNEL_WIRE_REQUESTS;
    const struct delete refused = a_delete(XFRM_MSG_FLUSHSA);
    struct delete message = a_delete(XFRM_MSG_DELSA);
    char bytes[256];
    int ends[2];
    assert_true(hub_wire_pair(ends));
    assert_true(hub_wire_send(f->wire, &kind, sizeof(kind), ends[1]));
    assert_int_equal(send(ends[0], &refused, sizeof(refused), 0), sizeof(refused));
    while (kernel_of(f, HUB_KERNEL_WIRE_REQUESTS) < 0)
        sched_yield();
    assert_int_equal(recv(kernel_of(f, HUB_KERNEL_WIRE_REQUESTS), bytes, 1, 0), 0);
    close(f->kernel[HUB_KERNEL_WIRE_REQUESTS]);
    __atomic_store_n(&f->kernel[HUB_KERNEL_WIRE_REQUESTS], -1, __ATOMIC_RELEASE);
    assert_int_equal(send(ends[0], &message, sizeof(message), 0), sizeof(message));
    const int wire = begin(f, HUB_KERNEL_WIRE_REQUESTS);
    assert_int_equal(send(wire, &message, sizeof(message), 0), sizeof(message));
    while (kernel_of(f, HUB_KERNEL_WIRE_REQUESTS) < 0)
        sched_yield();
    const int kernel = kernel_of(f, HUB_KERNEL_WIRE_REQUESTS);
    assert_int_equal(recv(kernel, bytes, sizeof(bytes), 0), sizeof(message));
    assert_int_equal(recv(ends[1], bytes, sizeof(bytes), 0), sizeof(message));
    close(wire);
    close(ends[0]);
    close(ends[1]);
}

static void test_the_kernels_end_is_the_wires(void **state)
{
    struct fixture *f = *state;
    char byte;
    const int wire = begin(f, HUB_KERNEL_WIRE_EVENTS);
    while (kernel_of(f, HUB_KERNEL_WIRE_EVENTS) < 0)
        sched_yield();
    close(f->kernel[HUB_KERNEL_WIRE_EVENTS]);
    f->kernel[HUB_KERNEL_WIRE_EVENTS] = -1;
    assert_int_equal(recv(wire, &byte, 1, 0), 0);
    close(wire);
}

static void test_a_wire_of_no_kind(void **state)
{
    struct fixture *f = *state;
    char byte;
    const int wire = begin(f, HUB_KERNEL_WIRES);
    assert_int_equal(recv(wire, &byte, 1, 0), 0);
    close(wire);
}

/* A shard that reads nothing: the kernel's messages wait, all of them in order. */
static void test_who_does_not_read_has_it_later(void **state)
{
    enum { MESSAGES = 2000 };
    struct fixture *f = *state;
    char bytes[512] = {0};
    uint32_t number;
    const int wire = begin(f, HUB_KERNEL_WIRE_EVENTS);
    while (kernel_of(f, HUB_KERNEL_WIRE_EVENTS) < 0)
        sched_yield();
    const int kernel = kernel_of(f, HUB_KERNEL_WIRE_EVENTS);
    uint32_t sent = 0;
    uint32_t got = 0;
    while (got < MESSAGES) {
        memcpy(bytes, &sent, sizeof(sent));
        if (sent < MESSAGES && send(kernel, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
            sent++;
            continue;
        }
        assert_int_equal(recv(wire, bytes, sizeof(bytes), 0), sizeof(bytes));
        memcpy(&number, bytes, sizeof(number));
        assert_int_equal(number, got++);
    }
    close(wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_allowed_ends_the_wire, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_copy_of_an_ended_wire_is_not_heard, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_kernels_end_is_the_wires, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_wire_of_no_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_does_not_read_has_it_later, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
