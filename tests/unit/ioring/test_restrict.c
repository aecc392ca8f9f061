/* SPDX-License-Identifier: BSD-2-Clause */
/* A restricted ring carries out what the back end issues, and opens nothing. */
#include "ioring/restrict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
    struct io_uring io;
    int event;
};

static int set_up(void **state)
{
    static struct fixture f;
    struct io_uring_params params = {.flags = IORING_SETUP_R_DISABLED};
    *state = NULL;
    if (io_uring_queue_init_params(8, &f.io, &params) != 0)
        return 0; /* a sandbox without io_uring: there is nothing to restrict */
    f.event = eventfd(1, EFD_CLOEXEC);
    *state = &f;
    return ring_restrict(&f.io);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (!f)
        return 0;
    close(f->event);
    io_uring_queue_exit(&f->io);
    return 0;
}

static struct io_uring_sqe *next_of(void **state)
{
    struct fixture *f = *state;
    if (!f)
        skip();
    return io_uring_get_sqe(&f->io);
}

static int result_of(void **state)
{
    struct fixture *f = *state;
    struct io_uring_cqe *cqe;
    assert_int_equal(io_uring_submit_and_wait(&f->io, 1), 1);
    assert_int_equal(io_uring_wait_cqe(&f->io, &cqe), 0);
    const int result = cqe->res;
    io_uring_cqe_seen(&f->io, cqe);
    return result;
}

static void test_polls(void **state)
{
    struct io_uring_sqe *sqe = next_of(state);
    io_uring_prep_poll_add(sqe, ((struct fixture *)*state)->event, POLLIN);
    assert_int_equal(result_of(state), POLLIN);
}

static void test_opens_nothing(void **state)
{
    io_uring_prep_openat(next_of(state), AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
    assert_int_equal(result_of(state), -EACCES);
}

static void test_makes_no_socket(void **state)
{
    io_uring_prep_socket(next_of(state), AF_INET, SOCK_STREAM, 0, 0);
    assert_int_equal(result_of(state), -EACCES);
}

static void test_connects_to_nobody(void **state)
{
    const struct sockaddr addr = {.sa_family = AF_UNSPEC};
    io_uring_prep_connect(next_of(state), 0, &addr, sizeof(addr));
    assert_int_equal(result_of(state), -EACCES);
}

static void test_reads_no_file(void **state)
{
    char byte;
    struct io_uring_sqe *sqe = next_of(state);
    io_uring_prep_read(sqe, ((struct fixture *)*state)->event, &byte, 1, 0);
    assert_int_equal(result_of(state), -EACCES);
}

static void test_registers_nothing(void **state)
{
    struct fixture *f = *state;
    (void)next_of(state);
    assert_int_equal(io_uring_register_files(&f->io, &f->event, 1), -EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_polls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_opens_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_makes_no_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_connects_to_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reads_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_registers_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
