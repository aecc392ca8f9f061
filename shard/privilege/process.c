/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/process.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "shard/privilege/wire.h"
#include "x4/core/types.h"

/* Where the wire is: behind the standard three. */
#define WIRE 3

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
static bool keep_only(int wire)
{
    return (wire == WIRE || dup2(wire, WIRE) == WIRE) && close_range(WIRE + 1, UINT_MAX, 0) == 0;
}

static int live(const char *name, hub_process_fn run, void *context, int wire, pid_t parent)
{
    ignore_signals();
    prctl(PR_SET_NAME, name, 0, 0, 0);
    if (!bind_to(parent) || !keep_only(wire))
        return 1;
    return run(WIRE, context);
}

pid_t hub_process_start(const char *name, hub_process_fn run, void *context, int *wire)
{
    int ends[2];
    const pid_t parent = getpid();
    if (!hub_wire_pair(ends))
        return -1;
    fflush(NULL); /* or it is written twice */
    const pid_t pid = fork();
    if (pid == 0)
        _exit(live(name, run, context, ends[1], parent));
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
