/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* From here on the process gets EPERM from one system call, as in a container that forbids it. */
static bool forbid(uint32_t call)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* What a child sees that may not use the call; its exit status says which step failed. */
static int without(uint32_t call, const char *reason)
{
    struct ring_socket socket = {.bind = {.family = 4, .ip = {127, 0, 0, 1}}};
    struct ring_options options = {.sockets = &socket, .socket_count = 1};
    const struct ring_datagram *batch;
    struct ring_error error;
    struct ring *ring;
    int result;

    if (!forbid(call))
        return 77;
    ring = ring_open(&options, &error);
    if (ring == NULL)
        return 1;
    if (strcmp(ring_backend_name(ring), "epoll") != 0)
        return 2;
    if (strcmp(ring_fallback_reason(ring), reason) != 0)
        return 3;
    result = ring_wait(ring, 0, &batch);
    ring_close(ring);
    options.backend = RING_BACKEND_URING;
    if (ring_open(&options, &error) != NULL || strcmp(error.text, reason) != 0)
        return 4;
    return result == 0 ? 0 : 5;
}

static void assert_falls_back(uint32_t call, const char *reason)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0)
        _exit(without(call, reason));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_auto(void **state)
{
    struct ring_socket socket = {.bind = address("127.0.0.1")};
    struct ring_options options = {.sockets = &socket, .socket_count = 1};
    struct ring_error error;
    struct ring *ring = ring_open(&options, &error);

    (void)state;
    assert_non_null(ring);
    if (strcmp(ring_backend_name(ring), "io_uring") == 0)
        assert_string_equal(ring_fallback_reason(ring), "");
    else
        assert_string_not_equal(ring_fallback_reason(ring), "");
    ring_close(ring);
}

/* Only where io_uring works can it be seen to be taken away. */
static void skip_without_uring(void)
{
    enum ring_backend backend = RING_BACKEND_URING;
    void *state = &backend;

    ring_close(open_one(&state, "127.0.0.1", false));
}

static void test_setup_forbidden(void **state)
{
    (void)state;
    skip_without_uring();
    assert_falls_back(SYS_io_uring_setup, "io_uring_setup: Operation not permitted");
}

static void test_register_forbidden(void **state)
{
    (void)state;
    skip_without_uring();
    assert_falls_back(SYS_io_uring_register, "io_uring: Operation not permitted");
}

static void test_enter_forbidden(void **state)
{
    (void)state;
    skip_without_uring();
    assert_falls_back(SYS_io_uring_enter, "io_uring: Operation not permitted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auto),
        cmocka_unit_test(test_setup_forbidden),
        cmocka_unit_test(test_register_forbidden),
        cmocka_unit_test(test_enter_forbidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
