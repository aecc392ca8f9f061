/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "shard/privilege/rights.h"
#include "shard/privilege/sanitized.h"
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
    /* signals: an assertion's end */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
    /* time and chance */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
};

/* Those whose argument `arg` has none of the bits. */
static const struct {
    int call;
    unsigned arg;
    scmp_datum_t without;
} bounded[] = {
    {SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND},
    {SCMP_SYS(mmap), 2, PROT_EXEC},
    {SCMP_SYS(mprotect), 2, PROT_EXEC},
};

static int add_rules(scmp_filter_ctx filter)
{
    int error = 0;
    for (size_t i = 0; i < x4m_countof(allowed) && !error; i++)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; i < x4m_countof(bounded) && !error; i++)
        error =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, bounded[i].call, 1,
                             SCMP_CMP(bounded[i].arg, SCMP_CMP_MASKED_EQ, bounded[i].without, 0));
    return error;
}

static bool filter_calls(struct ring_error *error)
{
    if (HUB_SANITIZED)
        return true;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int result = filter ? add_rules(filter) : -ENOMEM;
    if (!result)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result == 0 || ring_error_set(error, "filtering system calls", -result);
}

/* -------------------------------------------------------------------------- all */

const char *key_sandbox_enter(struct ring_error *error)
{
    const struct hub_rights same_user = {.changes = false};
    const char *memory = lock_memory();
    hide_memory();
    if (!hub_rights_keep(&same_user, CAP_DAC_READ_SEARCH, error))
        return NULL;
    return filter_calls(error) ? memory : NULL;
}
