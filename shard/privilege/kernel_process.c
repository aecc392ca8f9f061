/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/kernel_process.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/kernel/channel.h"
#include "shard/privilege/kernel_check.h"
#include "shard/privilege/open.h"
#include "shard/privilege/rights.h"
#include "shard/privilege/wire.h"
#include "x4/core/memory.h"
#include "x4/misc/list.h"

/* As much as shards and the kernel put together. */
#define PIECE_BYTES (32 * 1024)

/* A shard's wire and the netlink socket behind it. */
struct line {
    x4s_list of_process;
    int wire;
    int netlink;
    enum hub_kernel_wire kind;
    size_t waiting; /* bytes from the kernel that the wire did not take yet */
    _Alignas(uint64_t) char bytes[PIECE_BYTES];
};

struct process {
    int epoll;
    int wire;
    const struct xfrm_sockets *sockets;
    x4s_list lines;
};

/* Whoever passed the wire may have kept a copy of it, which would leave it watched. */
static void end(const struct process *process, struct line *line)
{
    (void)epoll_ctl(process->epoll, EPOLL_CTL_DEL, line->wire, NULL);
    x4_list_remove(&line->of_process);
    close(line->wire);
    if (line->netlink >= 0)
        close(line->netlink);
    x4_wipe(line->bytes, sizeof(line->bytes));
    free(line);
}

/* -------------------------------------------------------------------------- pieces */

enum step {
    STEP_DONE,
    STEP_IDLE, /* there is nothing, or no room for it */
    STEP_LOST,
};

static enum step idle_or_lost(void)
{
    return errno == EAGAIN || errno == EINTR ? STEP_IDLE : STEP_LOST;
}

/* Keys do not stay behind. */
static enum step tell_shard(struct line *line)
{
    if (!line->waiting)
        return STEP_DONE;
    if (send(line->wire, line->bytes, line->waiting, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return idle_or_lost();
    x4_wipe(line->bytes, line->waiting);
    line->waiting = 0;
    return STEP_DONE;
}

static enum step hear_kernel(struct line *line)
{
    const ssize_t got = xfrm_receive(line->netlink, line->bytes, sizeof(line->bytes));
    if (got <= 0)
        return got == 0 ? STEP_LOST : idle_or_lost();
    line->waiting = (size_t)got;
    return STEP_DONE;
}

static enum step tell_kernel(struct line *line)
{
    const ssize_t got = recv(line->wire, line->bytes, sizeof(line->bytes), MSG_DONTWAIT);
    if (got <= 0)
        return got == 0 ? STEP_LOST : idle_or_lost();
    const bool sent = hub_kernel_check(line->kind, line->bytes, (size_t)got) &&
                      send(line->netlink, line->bytes, (size_t)got, MSG_NOSIGNAL) == got;
    x4_wipe(line->bytes, (size_t)got);
    return sent ? STEP_DONE : STEP_LOST;
}

/*
 * Until neither side has anything more. What the kernel says goes first, so that its queue has room
 * for the answers to the next piece.
 */
static enum step turn(struct line *line)
{
    for (;;) {
        enum step step = tell_shard(line);
        if (step != STEP_DONE)
            return step;
        step = hear_kernel(line);
        if (step == STEP_IDLE)
            step = tell_kernel(line);
        if (step != STEP_DONE)
            return step;
    }
}

/* -------------------------------------------------------------------------- lines */

static bool watch(const struct process *process, int fd, uint32_t events, void *line)
{
    struct epoll_event event = {.events = events, .data.ptr = line};
    return epoll_ctl(process->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static int open_netlink(const struct process *process, enum hub_kernel_wire kind)
{
    const struct xfrm_sockets *sockets = process->sockets;
    return kind == HUB_KERNEL_WIRE_EVENTS ? sockets->events(sockets->user)
                                          : sockets->requests(sockets->user);
}

/* Takes the wire over. */
static void begin(struct process *process, int wire, uint32_t kind)
{
    struct line *line = kind < HUB_KERNEL_WIRES ? calloc(1, sizeof(*line)) : NULL;
    if (!line) {
        close(wire);
        return;
    }
    line->wire = wire;
    line->kind = (enum hub_kernel_wire)kind;
    line->netlink = open_netlink(process, line->kind);
    x4_list_append(&process->lines, &line->of_process);
    if (line->netlink < 0 || !watch(process, wire, EPOLLIN | EPOLLOUT | EPOLLET, line) ||
        !watch(process, line->netlink, EPOLLIN | EPOLLET, line))
        end(process, line);
}

/* False: nobody is there any more. */
static bool take_wire(struct process *process)
{
    uint32_t kind;
    int passed;
    const ssize_t size = hub_wire_receive(process->wire, &kind, sizeof(kind), &passed);
    if (size == 0 || (size < 0 && errno != EMSGSIZE))
        return false;
    if (passed >= 0 && size == (ssize_t)sizeof(kind))
        begin(process, passed, kind);
    else if (passed >= 0)
        close(passed);
    return true;
}

/* One event at a time: a line that ends has two descriptors. */
static void serve(struct process *process)
{
    struct epoll_event event;
    for (;;) {
        if (epoll_wait(process->epoll, &event, 1, -1) < 1)
            continue;
        if (!event.data.ptr) {
            if (!take_wire(process))
                return;
        } else if (turn(event.data.ptr) == STEP_LOST) {
            end(process, event.data.ptr);
        }
    }
}

int hub_kernel_process_serve(int wire, const struct xfrm_sockets *sockets)
{
    struct process process = {
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .wire = wire,
        .sockets = sockets,
    };
    x4_list_init(&process.lines);
    if (process.epoll < 0 || !watch(&process, wire, EPOLLIN, NULL))
        return 1;
    serve(&process);
    x4s_list *link;
    while ((link = process.lines.next) != &process.lines)
        end(&process, x4m_container(link, struct line, of_process));
    close(process.epoll);
    return 0;
}

int hub_kernel_process_run(int wire, void *context)
{
    const struct hub_charter *charter = context;
    struct ring_error error;
    if (!hub_rights_keep(charter->rights, CAP_NET_ADMIN, &error))
        return 1;
    return hub_kernel_process_serve(wire, &xfrm_netlink);
}

/* -------------------------------------------------------------------------- the other end */

static int ask_requests(void *user)
{
    (void)user;
    return hub_open_helper(HUB_HELPER_KERNEL, HUB_KERNEL_WIRE_REQUESTS);
}

static int ask_events(void *user)
{
    (void)user;
    return hub_open_helper(HUB_HELPER_KERNEL, HUB_KERNEL_WIRE_EVENTS);
}

const struct xfrm_sockets hub_kernel_wires = {
    .requests = ask_requests,
    .events = ask_events,
    .waits = true,
};
