/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "shard/privilege/wire.h"
#include "x4/core/types.h"

/* Where the wire is: behind the standard three. */
#define WIRE 3
#define KEPT (HUB_PROCESS_LOG + 1)

_Static_assert(HUB_PROCESS_LOG == WIRE + 1, "nothing is in between");

/* What is sent to all of a terminal's or a service's processes is meant for the packet process. */
static void ignore_signals(void)
{
    static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE};
    sigset_t none;
    for (size_t i = 0; i < x4m_countof(ignored); i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The parent may be gone before it could be asked for. */
static bool bind_to(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

/* What others wait for the end of is not held open: ports, sockets, a store. */
static bool keep_only(int wire, int log_fd)
{
    const int high_wire = fcntl(wire, F_DUPFD, KEPT); /* out of each other's way */
    const int high_log = fcntl(log_fd, F_DUPFD, KEPT);
    return dup2(high_wire, WIRE) == WIRE && dup2(high_log, HUB_PROCESS_LOG) == HUB_PROCESS_LOG &&
           close_range(KEPT, UINT_MAX, 0) == 0;
}

static int live(const char *name, hub_process_fn run, void *context, int wire, int log_fd,
                pid_t parent)
{
    ignore_signals();
    prctl(PR_SET_NAME, name, 0, 0, 0);
    if (!bind_to(parent) || !keep_only(wire, log_fd))
        return 1;
    return run(WIRE, context);
}

pid_t hub_process_start(const char *name, hub_process_fn run, void *context, int log_fd, int *wire)
{
    int ends[2];
    const pid_t parent = getpid();
    if (!hub_wire_pair(ends))
        return -1;
    fflush(NULL); /* or it is written twice */
    const pid_t pid = fork();
    if (pid == 0)
        _exit(live(name, run, context, ends[1], log_fd, parent));
    const int error = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = error;
        return -1;
    }
    *wire = ends[0];
    return pid;
}
