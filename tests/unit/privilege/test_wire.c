/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between processes: boundaries, descriptors, ends. */
#include "shard/privilege/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
    int ends[2];
};

static int set_up(void **state)
{
    static struct fixture f;
    *state = &f;
    return hub_wire_pair(f.ends) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++)
        if (f->ends[i] >= 0)
            close(f->ends[i]);
    return 0;
}

static void test_boundaries_are_kept(void **state)
{
    const struct fixture *f = *state;
    char data[16];
    int passed;
    assert_true(hub_wire_send(f->ends[0], "one", 3, -1));
    assert_true(hub_wire_send(f->ends[0], "three", 5, -1));
    assert_int_equal(hub_wire_receive(f->ends[1], data, sizeof(data), &passed), 3);
    assert_int_equal(passed, -1);
    assert_int_equal(hub_wire_receive(f->ends[1], data, sizeof(data), &passed), 5);
    assert_memory_equal(data, "three", 5);
}

static void test_a_descriptor_comes_along(void **state)
{
    const struct fixture *f = *state;
    int pipe_ends[2];
    char byte;
    int passed;
    assert_int_equal(pipe(pipe_ends), 0);
    assert_true(hub_wire_send(f->ends[0], "x", 1, pipe_ends[0]));
    close(pipe_ends[0]);
    assert_int_equal(hub_wire_receive(f->ends[1], &byte, 1, &passed), 1);
    assert_true(passed >= 0);
    assert_true(fcntl(passed, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(pipe_ends[1], "y", 1), 1);
    assert_int_equal(read(passed, &byte, 1), 1);
    assert_int_equal(byte, 'y');
    close(passed);
    close(pipe_ends[1]);
}

/* The descriptor of a message that is refused is not kept open: its pipe has no reader. */
static void test_too_long_is_an_error(void **state)
{
    const struct fixture *f = *state;
    int pipe_ends[2];
    char byte;
    int passed;
    assert_int_equal(pipe(pipe_ends), 0);
    assert_true(hub_wire_send(f->ends[0], "long", 4, pipe_ends[1]));
    close(pipe_ends[1]);
    assert_int_equal(hub_wire_receive(f->ends[1], &byte, 1, &passed), -1);
    assert_int_equal(errno, EMSGSIZE);
    assert_int_equal(passed, -1);
    assert_int_equal(read(pipe_ends[0], &byte, 1), 0);
    close(pipe_ends[0]);
}

/* Whoever sends two has neither taken, nor left open. */
static void test_two_descriptors_are_an_error(void **state)
{
    const struct fixture *f = *state;
    int pipe_ends[2];
    int passed;
    char byte = 'x';
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    const struct msghdr message = {.msg_iov = &data,
                                   .msg_iovlen = 1,
                                   .msg_control = control.bytes,
                                   .msg_controllen = sizeof(control.bytes)};
    assert_int_equal(pipe(pipe_ends), 0);
    const int both[2] = {pipe_ends[1], pipe_ends[1]};
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(both)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), both, sizeof(both));
    assert_int_equal(sendmsg(f->ends[0], &message, 0), 1);
    close(pipe_ends[1]);
    assert_int_equal(hub_wire_receive(f->ends[1], &byte, 1, &passed), -1);
    assert_int_equal(errno, EMSGSIZE);
    assert_int_equal(passed, -1);
    assert_int_equal(read(pipe_ends[0], &byte, 1), 0);
    close(pipe_ends[0]);
}

static void test_the_end(void **state)
{
    struct fixture *f = *state;
    char byte;
    int passed;
    close(f->ends[0]);
    f->ends[0] = -1;
    assert_int_equal(hub_wire_receive(f->ends[1], &byte, 1, &passed), 0);
    assert_false(hub_wire_send(f->ends[1], "x", 1, -1));
    assert_int_equal(errno, EPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_boundaries_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_descriptor_comes_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_long_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_two_descriptors_are_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_end, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
