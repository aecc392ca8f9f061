/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process under the packet process' filter is made to try what it shall not: each attempt is its
 * end. What is open goes on.
 */
#include "shard/privilege/confine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEY "/etc/ikehub/private/key.pem"

struct attempt {
    const char *name;
    void (*make)(void);
};

static void try_open(void)
{
    (void)syscall(SYS_open, KEY, O_RDONLY);
}

static void try_openat(void)
{
    (void)!open(KEY, O_RDONLY | O_CLOEXEC);
}

static void try_openat2(void)
{
    const uint64_t how[3] = {O_RDONLY};
    (void)syscall(SYS_openat2, AT_FDCWD, KEY, how, sizeof(how));
}

static void try_create(void)
{
    (void)syscall(SYS_creat, "/tmp/never", 0600);
}

static void try_unlink(void)
{
    (void)unlink("/tmp/never");
}

static void try_stat(void)
{
    (void)access(KEY, R_OK);
}

static void try_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void try_socketpair(void)
{
    int ends[2];
    (void)socketpair(AF_TIPC, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static void try_connect(void)
{
    const struct sockaddr addr = {.sa_family = AF_UNSPEC};
    (void)connect(0, &addr, sizeof(addr));
}

static void try_bind(void)
{
    const struct sockaddr addr = {.sa_family = AF_UNSPEC};
    (void)bind(0, &addr, sizeof(addr));
}

static void try_execve(void)
{
    char *const arguments[] = {NULL};
    (void)execve("/bin/true", arguments, arguments);
}

static void try_fork(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
}

static void try_ptrace(void)
{
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void try_kill(void)
{
    (void)kill(getpid(), 0);
}

static void try_bpf(void)
{
    (void)syscall(SYS_bpf, 0, NULL, 0);
}

static void try_code(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_process_memory(void)
{
    (void)syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
}

static void try_setuid(void)
{
    (void)!setuid(0);
}

static void try_register(void)
{
    (void)syscall(SYS_io_uring_register, 0, 0, NULL, 0);
}

static const struct attempt attempts[] = {
    {"open", try_open},
    {"openat", try_openat},
    {"openat2", try_openat2},
    {"creat", try_create},
    {"unlink", try_unlink},
    {"access", try_stat},
    {"socket", try_socket},
    {"socketpair of another family", try_socketpair},
    {"connect", try_connect},
    {"bind", try_bind},
    {"execve", try_execve},
    {"fork", try_fork},
    {"ptrace", try_ptrace},
    {"kill", try_kill},
    {"bpf", try_bpf},
    {"executable memory", try_code},
    {"memory of processes", try_process_memory},
    {"setuid", try_setuid},
    {"io_uring_register", try_register},
};

/* How a process ends that is confined and makes the attempt. */
static int end_of(void (*make)(void))
{
    int status = 0;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct ring_error error;
        if (!hub_confine(&error))
            _exit(2);
        make();
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_what_is_not_allowed_ends_it(void **state)
{
    (void)state;
    if (hub_confine_missing())
        skip();
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        const int status = end_of(attempts[i].make);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: status %#x", attempts[i].name, (unsigned)status);
    }
}

static void leave_well(void)
{
    _exit(0);
}

/* As the daemon does all the time. */
static void *serve_a_little(void *context)
{
    int ends[2];
    char byte = 'x';
    void *memory = malloc(1 << 20);
    (void)context;
    if (!memory || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        _exit(3);
    if (send(ends[0], &byte, 1, 0) != 1 || recv(ends[1], &byte, 1, 0) != 1)
        _exit(4);
    close(ends[0]);
    close(ends[1]);
    free(memory);
    return NULL;
}

static void serve_in_a_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve_a_little, NULL) != 0)
        _exit(5);
    pthread_join(thread, NULL);
    leave_well();
}

static void test_what_it_does_goes_on(void **state)
{
    (void)state;
    assert_int_equal(end_of(leave_well), 0);
    assert_int_equal(end_of(serve_in_a_thread), 0);
}

/* A shard whose ring broke asks for another, and gets along without. */
static void open_ring_anew(void)
{
    struct io_uring_params params = {0};
    const long fd = syscall(SYS_io_uring_setup, 8, &params);
    _exit(fd < 0 ? 0 : 6);
}

static void test_no_ring_is_no_end(void **state)
{
    (void)state;
    if (hub_confine_missing())
        skip();
    assert_int_equal(end_of(open_ring_anew), 0);
}

/* Threads that are there already. */
static void *open_later(void *context)
{
    char byte;
    if (read(*(int *)context, &byte, 1) == 1)
        try_openat();
    return NULL;
}

static void test_all_threads(void **state)
{
    int status = 0;
    (void)state;
    if (hub_confine_missing())
        skip();
    const pid_t pid = fork();
    if (pid == 0) {
        struct ring_error error;
        pthread_t thread;
        int ends[2];
        if (pipe(ends) != 0 || pthread_create(&thread, NULL, open_later, &ends[0]) != 0)
            _exit(7);
        if (!hub_confine(&error) || write(ends[1], "x", 1) != 1)
            _exit(8);
        pthread_join(thread, NULL);
        _exit(9);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_allowed_ends_it),
        cmocka_unit_test(test_what_it_does_goes_on),
        cmocka_unit_test(test_no_ring_is_no_end),
        cmocka_unit_test(test_all_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
