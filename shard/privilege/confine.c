/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shard/privilege/sanitized.h"
#include "x4/core/types.h"

/* Whatever they are given. */
static const int plain[] = {
    /* what is open */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(fcntl),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(msync),

    /* sockets that are there, and clients that come */
    SCMP_SYS(accept4),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),

    /* waiting */
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(eventfd2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(futex),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(wait4),

    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),

    /* threads and their ends */
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),

    /* who, when, how much */
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrandom),
    SCMP_SYS(getrusage),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
};

/* With one argument, and the bits of it that are looked at. */
static const struct {
    int call;
    unsigned argument;
    uint64_t mask;
    uint64_t value;
} bounded[] = {
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD},
    {SCMP_SYS(socketpair), 0, UINT64_MAX, AF_UNIX},
    {SCMP_SYS(prctl), 0, UINT64_MAX, PR_SET_NAME},
    {SCMP_SYS(newfstatat), 3, UINT64_MAX, AT_EMPTY_PATH}, /* fstat() of the C library */
};

/* With an error instead. clone3's flags are not to be seen: the C library uses clone() then. */
static const struct {
    int call;
    int error;
} refused[] = {
    {SCMP_SYS(io_uring_setup), EPERM},
    {SCMP_SYS(clone3), ENOSYS},
};

static int allow_plain(scmp_filter_ctx filter)
{
    int result = 0;
    for (size_t i = 0; i < x4m_countof(plain) && result == 0; i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, plain[i], 0);
    return result;
}

static int allow_bounded(scmp_filter_ctx filter)
{
    int result = 0;
    for (size_t i = 0; i < x4m_countof(bounded) && result == 0; i++) {
        const struct scmp_arg_cmp compare = {
            .arg = bounded[i].argument,
            .op = SCMP_CMP_MASKED_EQ,
            .datum_a = bounded[i].mask,
            .datum_b = bounded[i].value,
        };
        result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, bounded[i].call, 1, &compare);
    }
    return result;
}

/* abort() signals its own thread. */
static int allow_abort(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp own = {
        .arg = 0,
        .op = SCMP_CMP_EQ,
        .datum_a = (scmp_datum_t)getpid(),
        .datum_b = 0,
    };
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &own);
}

static int refuse_some(scmp_filter_ctx filter)
{
    int result = 0;
    for (size_t i = 0; i < x4m_countof(refused) && result == 0; i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint16_t)refused[i].error),
                                  refused[i].call, 0);
    return result;
}

/* The kernel looks at most at a handful of rules, of all that there are, for a call. */
static int load(scmp_filter_ctx filter)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result == 0)
        result = allow_plain(filter);
    if (result == 0)
        result = allow_bounded(filter);
    if (result == 0)
        result = allow_abort(filter);
    if (result == 0)
        result = refuse_some(filter);
    return result == 0 ? seccomp_load(filter) : result;
}

bool hub_confine(struct ring_error *error)
{
    if (HUB_SANITIZED)
        return true;
    tzset(); /* the first line of a log would read it otherwise */
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    const int result = filter ? load(filter) : -ENOMEM;
    seccomp_release(filter);
    return result == 0 || ring_error_set(error, "filtering system calls", -result);
}

const char *hub_confine_missing(void)
{
    return HUB_SANITIZED ? "a build with sanitizers makes other system calls" : NULL;
}
