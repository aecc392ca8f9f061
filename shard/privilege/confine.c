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

#include "shard/privilege/filter.h"
#include "shard/privilege/sanitized.h"
#include "x4/core/types.h"

/* Whatever they are given. */
static const int allowed[] = {
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

static const struct hub_filter_bound bounds[] = {
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD},
    {SCMP_SYS(socketpair), 0, UINT64_MAX, AF_UNIX},
    {SCMP_SYS(prctl), 0, UINT64_MAX, PR_SET_NAME},
    {SCMP_SYS(newfstatat), 3, UINT64_MAX, AT_EMPTY_PATH}, /* fstat() of the C library */
};

/* With an error instead. clone3's flags are not to be seen: the C library uses clone() then. */
static const struct hub_filter_refusal refusals[] = {
    {SCMP_SYS(io_uring_setup), EPERM},
    {SCMP_SYS(clone3), ENOSYS},
};

static const struct hub_filter filter = {
    .allowed = allowed,
    .allowed_count = x4m_countof(allowed),
    .bounds = bounds,
    .bound_count = x4m_countof(bounds),
    .refusals = refusals,
    .refusal_count = x4m_countof(refusals),
};

bool hub_confine(struct ring_error *error)
{
    tzset(); /* the first line of a log would read it otherwise */
    return hub_filter_load(&filter, error);
}

const char *hub_confine_missing(void)
{
    return HUB_SANITIZED ? "a build with sanitizers makes other system calls" : NULL;
}
