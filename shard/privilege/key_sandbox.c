/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "shard/privilege/filter.h"
#include "shard/privilege/rights.h"
#include "x4/core/types.h"

/* -------------------------------------------------------------------------- memory */

/* With a limit in force a later allocation would fail: then it is better not to begin. */
static const char *lock_memory(void)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit now;
    if (setrlimit(RLIMIT_MEMLOCK, &all) != 0 &&
        (getrlimit(RLIMIT_MEMLOCK, &now) != 0 || now.rlim_cur != RLIM_INFINITY))
        return "its memory may be swapped: the limit of locked memory is not infinite";
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0
               ? ""
               : "its memory may be swapped: the kernel refuses to lock it";
}

static void hide_memory(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* -------------------------------------------------------------------------- system calls */

static const int allowed[] = {
    /* the sockets, and their end */
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(close),
    /* files; opening them has a rule of its own */
    SCMP_SYS(read),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(getdents64),
    SCMP_SYS(readlink),
    SCMP_SYS(fcntl),
    SCMP_SYS(write), /* of standard error: the C library's last words */
    /* memory; what is executable has a rule of its own */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* threads: one for each socket that comes */
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(membarrier),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    /* signals */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    /* time and chance */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
};

/* Files are read, and nothing that is mapped can be executed. */
static const struct hub_filter_bound bounds[] = {
    {SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND, 0},
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
};

static const struct hub_filter filter = {
    .allowed = allowed,
    .allowed_count = x4m_countof(allowed),
    .bounds = bounds,
    .bound_count = x4m_countof(bounds),
};

/* -------------------------------------------------------------------------- all */

const char *key_sandbox_enter(struct ring_error *error)
{
    const struct hub_rights same_user = {.changes = false};
    const char *memory = lock_memory();
    hide_memory();
    if (!hub_rights_keep(&same_user, CAP_DAC_READ_SEARCH, error))
        return NULL;
    return hub_filter_load(&filter, error) ? memory : NULL;
}
