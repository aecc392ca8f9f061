/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The io_uring back end: one multishot recvmsg per socket into provided buffers, one sendmsg per
 * datagram sent, one poll per watched descriptor.
 *
 * Estimate per datagram received and answered, in batches of n: 1/n system calls (the enter that
 * sends a batch also collects the next one), 2/n when idle (one sends, one waits). Our side: two
 * completions, one submission entry, one address and one control message each way, and the copy
 * into the slot, 300-500 cycles or 0.2 us. The kernel's UDP receive and transmit paths: some 4 us,
 * most of it transmit. So system calls and copies cease to matter from n = 8 on.
 *
 * Measured (bench/micro/ring_echo, 2 virtual cores, Linux 6.18): 4.5-4.8 us of CPU a datagram with
 * 64 and 256 under way, epoll 4.4-4.9; `perf record` of it puts 95 % of that in the kernel.
 *
 * Every request that ends is issued again before the next wait: `armed` is cleared in one place
 * (complete_receive, complete_watch) and looked at in one place (arm). Nothing else needs to know
 * why it ended.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "ioring/backend.h"
#include "ioring/error.h"
#include "ioring/pbuf.h"
#include "ioring/restrict.h"

enum {
    BUFFER_GROUP = 0,
    /* A multiple of 8, so that control message and payload behind it are aligned. */
    NAME_SIZE = 32,
    /* Beyond buffers and sends: a cancel, the ends of receives, polls and their removals. */
    ENTRIES_SPARE = RING_SOCKETS_MAX + 3 * RING_WATCHES_MAX,
    SQ_ENTRIES_MAX = 32768, /* the kernel's limits */
    CQ_ENTRIES_MAX = 2 * SQ_ENTRIES_MAX,
    CLOSE_STEP_MS = 50,
    CLOSE_STEPS = 20,
};

/*
 * A completion queue of the largest size holds every buffer, send and request at once, so that it
 * cannot overflow; queues of the smaller rings are sized by the same sum, twice.
 */
static_assert(RING_RECEIVE_BUFFERS_LIMIT + RING_SEND_SLOTS_LIMIT + RING_SEND_SLOTS_BIG_LIMIT +
                      ENTRIES_SPARE <=
                  CQ_ENTRIES_MAX,
              "completions fit");
static_assert(RING_SEND_SLOTS_LIMIT + RING_SEND_SLOTS_BIG_LIMIT + ENTRIES_SPARE <= SQ_ENTRIES_MAX,
              "a flush is one system call");
static_assert(NAME_SIZE >= sizeof(union ring_sockaddr) && NAME_SIZE % 8 == 0, "room for a name");

/* A filled buffer that no ring_wait() has delivered yet. */
struct arrival {
    int32_t result;
    uint16_t buffer;
    uint16_t socket;
};

struct uring {
    struct io_uring io;
    struct ring_pbuf buffers;
    struct msghdr receive; /* how each buffer is laid out */
    bool armed[RING_SOCKETS_MAX];
    struct arrival *arrivals; /* a queue as long as there are buffers, so it cannot overflow */
    uint32_t arrivals_head;
    uint32_t arrivals_count;
    uint16_t held[RING_BATCH_MAX]; /* buffers of the batch that the user looks at */
    uint32_t held_count;
    uint32_t requests; /* issued and not ended */
    uint32_t sends;    /* the sends among them */
    bool stirred;      /* something is not armed, which the next wait has to do: do not sleep */
    bool closing;
};

/* user_data: what completed, and which one of it. */
enum kind {
    KIND_IGNORED,
    KIND_RECEIVE,
    KIND_SEND,
    KIND_WATCH,
};

static uint64_t tag(enum kind kind, uint32_t generation, uint32_t index)
{
    return (uint64_t)kind << 56 | (uint64_t)(generation & 0xffffff) << 32 | index;
}

/* A free submission entry; NULL if the kernel does not take the queued ones. */
static struct io_uring_sqe *next_entry(struct uring *uring)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->io);

    if (sqe != NULL)
        return sqe;
    io_uring_submit(&uring->io);
    return io_uring_get_sqe(&uring->io);
}

/* After the entry has been prepared, which resets its fields. */
static void issue(struct uring *uring, struct io_uring_sqe *sqe, uint64_t user_data)
{
    io_uring_sqe_set_data64(sqe, user_data);
    uring->requests++;
}

static bool arm_receive(struct ring *ring, struct uring *uring, uint32_t socket)
{
    struct io_uring_sqe *sqe = next_entry(uring);

    if (sqe == NULL)
        return false;
    io_uring_prep_recvmsg_multishot(sqe, ring->sockets[socket].fd, &uring->receive, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = BUFFER_GROUP;
    issue(uring, sqe, tag(KIND_RECEIVE, 0, socket));
    uring->armed[socket] = true;
    return true;
}

/* One shot at a time: as long as the descriptor stays readable, its callback is called again. */
static bool arm_watch(struct ring *ring, struct uring *uring, uint32_t index)
{
    struct ring_watch *watch = &ring->watches[index];
    struct io_uring_sqe *sqe = next_entry(uring);

    if (sqe == NULL)
        return false;
    io_uring_prep_poll_add(sqe, watch->fd, POLLIN);
    issue(uring, sqe, tag(KIND_WATCH, watch->generation, index));
    watch->armed = true;
    return true;
}

static bool wants_poll(const struct ring_watch *watch)
{
    return watch->fd >= 0 && !watch->armed && !watch->ready;
}

static void arm(struct ring *ring, struct uring *uring)
{
    bool buffers_left = uring->arrivals_count < uring->buffers.count;

    for (uint32_t i = 0; i < ring->socket_count && buffers_left; i++)
        if (!uring->armed[i])
            uring->stirred |= !arm_receive(ring, uring, i);
    for (uint32_t i = 0; i < RING_WATCHES_MAX; i++)
        if (wants_poll(&ring->watches[i]))
            uring->stirred |= !arm_watch(ring, uring, i);
}

static void receive_ended(struct ring *ring, uint32_t socket, int result)
{
    if (result == -ENOBUFS)
        ring_count(&ring->counters.rearmed_no_buffers, 1);
    else if (result < 0)
        ring_failed(ring, socket, result);
    else
        ring_count(&ring->counters.rearmed_ended, 1);
}

static void complete_receive(struct ring *ring, struct uring *uring, uint32_t socket,
                             const struct io_uring_cqe *cqe)
{
    uint32_t mask = uring->buffers.count - 1;

    if ((cqe->flags & IORING_CQE_F_BUFFER) != 0) {
        assert(uring->arrivals_count < uring->buffers.count);
        uring->arrivals[(uring->arrivals_head + uring->arrivals_count++) & mask] = (struct arrival){
            .result = cqe->res,
            .buffer = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT),
            .socket = (uint16_t)socket,
        };
    }
    if ((cqe->flags & IORING_CQE_F_MORE) != 0)
        return;
    uring->requests--;
    uring->armed[socket] = false;
    uring->stirred = true;
    if (!uring->closing)
        receive_ended(ring, socket, cqe->res);
}

/* A watch that was removed, or whose entry was taken again, has another generation. */
static void complete_watch(struct ring *ring, struct uring *uring, uint32_t index,
                           const struct io_uring_cqe *cqe)
{
    struct ring_watch *watch = &ring->watches[index];

    uring->requests--;
    if (cqe->user_data != tag(KIND_WATCH, watch->generation, index) || uring->closing)
        return;
    watch->armed = false;
    ring_watch_ready(ring, index);
}

static void complete_send(struct ring *ring, struct uring *uring, uint32_t slot, int result)
{
    uring->requests--;
    uring->sends--;
    ring_sent(ring, slot, result);
}

static void complete(struct ring *ring, struct uring *uring, const struct io_uring_cqe *cqe)
{
    uint32_t index = (uint32_t)cqe->user_data;

    switch ((enum kind)(cqe->user_data >> 56)) {
    case KIND_RECEIVE:
        complete_receive(ring, uring, index, cqe);
        break;
    case KIND_SEND:
        complete_send(ring, uring, index, cqe->res);
        break;
    case KIND_WATCH:
        complete_watch(ring, uring, index, cqe);
        break;
    case KIND_IGNORED:
        uring->requests--;
        break;
    }
}

static void reap(struct ring *ring, struct uring *uring)
{
    struct io_uring_cqe *cqe;
    unsigned head;
    unsigned count = 0;

    io_uring_for_each_cqe(&uring->io, head, cqe)
    {
        complete(ring, uring, cqe);
        count++;
    }
    io_uring_cq_advance(&uring->io, count);
}

/* Refusals that pass: try again at the next wait. */
static bool is_transient(int error)
{
    return error == -ETIME || error == -EINTR || error == -EAGAIN || error == -EBUSY;
}

/*
 * One system call: submits, runs what the kernel deferred to us, waits for one completion at most
 * timeout_ms, and handles all that are there. Only an enter that asks for events shows arrivals.
 */
static int enter(struct ring *ring, struct uring *uring, int timeout_ms)
{
    struct __kernel_timespec limit = {
        .tv_sec = timeout_ms / 1000,
        .tv_nsec = timeout_ms % 1000 * 1000000LL,
    };
    struct io_uring_cqe *cqe;
    int result;

    if (timeout_ms == 0)
        result = io_uring_submit_and_get_events(&uring->io);
    else
        result = io_uring_submit_and_wait_timeout(&uring->io, &cqe, 1,
                                                  timeout_ms < 0 ? NULL : &limit, NULL);
    if ((IO_URING_READ_ONCE(*uring->io.sq.kflags) & IORING_SQ_CQ_OVERFLOW) != 0)
        ring_count(&ring->counters.overflows, 1);
    reap(ring, uring);
    return result < 0 && !is_transient(result) ? result : 0;
}

static void deliver(struct ring *ring, struct uring *uring, const struct arrival *arrival)
{
    uint8_t *buffer = ring_pbuf_at(&uring->buffers, arrival->buffer);
    struct io_uring_recvmsg_out *out =
        io_uring_recvmsg_validate(buffer, arrival->result, &uring->receive);
    struct msghdr msg = {0};

    if (out == NULL)
        return;
    msg.msg_name = io_uring_recvmsg_name(out);
    msg.msg_namelen = out->namelen < NAME_SIZE ? out->namelen : NAME_SIZE;
    msg.msg_control = io_uring_recvmsg_cmsg_firsthdr(out, &uring->receive);
    msg.msg_controllen = msg.msg_control == NULL ? 0 : out->controllen;
    msg.msg_flags = (int)out->flags;
    ring_deliver(ring, arrival->socket, &msg, io_uring_recvmsg_payload(out, &uring->receive),
                 io_uring_recvmsg_payload_length(out, arrival->result, &uring->receive));
}

static void deliver_batch(struct ring *ring, struct uring *uring)
{
    while (uring->arrivals_count > 0 && uring->held_count < ring->batch_max) {
        const struct arrival *arrival = &uring->arrivals[uring->arrivals_head];

        uring->arrivals_head = (uring->arrivals_head + 1) & (uring->buffers.count - 1);
        uring->arrivals_count--;
        uring->held[uring->held_count++] = arrival->buffer;
        deliver(ring, uring, arrival);
    }
}

/* There is something to hand over or to attend to, so that a wait would be wrong. */
static bool has_news(const struct ring *ring, const struct uring *uring)
{
    return uring->arrivals_count > 0 || ring->watches_ready > 0 || uring->stirred;
}

static int uring_wait(struct ring *ring, int timeout_ms)
{
    struct uring *uring = ring->backend;
    int result = 0;

    ring_pbuf_recycle(&uring->buffers, uring->held, uring->held_count);
    uring->held_count = 0;
    uring->stirred = false;
    arm(ring, uring);
    /* Completed sends would end a wait at once: collect them, and what has arrived, before it. */
    if (uring->sends > 0 || has_news(ring, uring))
        result = enter(ring, uring, 0);
    if (result == 0 && !has_news(ring, uring))
        result = enter(ring, uring, timeout_ms);
    deliver_batch(ring, uring);
    return result;
}

static bool uring_queue(struct ring *ring, uint32_t slot)
{
    struct uring *uring = ring->backend;
    const struct ring_slot *send = &ring->slots.slot[slot];
    struct io_uring_sqe *sqe = next_entry(uring);

    if (sqe == NULL)
        return false;
    io_uring_prep_sendmsg(sqe, ring->sockets[send->socket].fd, &send->msg, MSG_DONTWAIT);
    issue(uring, sqe, tag(KIND_SEND, 0, slot));
    uring->sends++;
    return true;
}

static void uring_flush(struct ring *ring)
{
    struct uring *uring = ring->backend;

    if (io_uring_sq_ready(&uring->io) > 0)
        io_uring_submit(&uring->io);
}

static void uring_reclaim(struct ring *ring)
{
    enter(ring, ring->backend, 0);
}

/* Both take effect at the next wait, which arms what is not armed. */
static int uring_watch_add(struct ring *ring, uint32_t index)
{
    ring->watches[index].armed = false;
    return 0;
}

static void uring_watch_remove(struct ring *ring, uint32_t index)
{
    struct uring *uring = ring->backend;
    const struct ring_watch *watch = &ring->watches[index];
    struct io_uring_sqe *sqe = watch->armed ? next_entry(uring) : NULL;

    if (sqe == NULL)
        return;
    io_uring_prep_poll_remove(sqe, tag(KIND_WATCH, watch->generation, index));
    issue(uring, sqe, tag(KIND_IGNORED, 0, 0));
}

static void free_state(struct uring *uring)
{
    ring_pbuf_fini(&uring->buffers);
    free(uring->arrivals);
    free(uring);
}

static void cancel_all(struct uring *uring)
{
    struct io_uring_sqe *sqe = next_entry(uring);

    if (sqe == NULL)
        return;
    io_uring_prep_cancel64(sqe, 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
    issue(uring, sqe, tag(KIND_IGNORED, 0, 0));
}

/* The sends that are still queued are submitted ahead of the cancel, and complete as they go. */
static void uring_close(struct ring *ring)
{
    struct uring *uring = ring->backend;

    uring->closing = true;
    cancel_all(uring);
    for (int step = 0; step < CLOSE_STEPS && uring->requests > 0; step++)
        enter(ring, uring, step == 0 ? 0 : CLOSE_STEP_MS);
    io_uring_queue_exit(&uring->io);
    free_state(uring);
}

static uint32_t buffer_size(const struct ring *ring, const struct msghdr *receive)
{
    size_t size = sizeof(struct io_uring_recvmsg_out) + receive->msg_namelen +
                  receive->msg_controllen + ring->options.receive_size;

    return (uint32_t)((size + 63) / 64 * 64); /* each begins a cache line */
}

/* The task that opens the ring is the only one that may use it. */
static int open_io(const struct ring *ring, struct uring *uring)
{
    uint32_t sends = ring->options.send_slots + ring->options.send_slots_big;
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                 IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED,
        .cq_entries = 2 * (ring->options.receive_buffers + sends + ENTRIES_SPARE),
    };

    return io_uring_queue_init_params(sends + ENTRIES_SPARE, &uring->io, &params);
}

static bool fail(struct ring_error *error, struct uring *uring, const char *what, int result)
{
    free_state(uring);
    return ring_error_set(error, what, -result);
}

/* DEFER_TASKRUN came with Linux 6.1; a kernel that has it has multishot recvmsg (6.0) as well. */
static bool uring_open(struct ring *ring, struct ring_error *error)
{
    struct uring *uring = calloc(1, sizeof(*uring));
    int result;

    if (uring == NULL)
        return ring_error_set(error, "io_uring", ENOMEM);
    uring->receive.msg_namelen = NAME_SIZE;
    uring->receive.msg_controllen = RING_CONTROL_SIZE;
    uring->arrivals = calloc(ring->options.receive_buffers, sizeof(*uring->arrivals));
    if (uring->arrivals == NULL)
        return fail(error, uring, "io_uring", -ENOMEM);
    result = open_io(ring, uring);
    if (result < 0)
        return fail(error, uring, "io_uring_setup", result);
    result = ring_pbuf_init(&uring->buffers, &uring->io, BUFFER_GROUP,
                            ring->options.receive_buffers, buffer_size(ring, &uring->receive));
    if (result == 0)
        result = ring_restrict(&uring->io);
    if (result == 0)
        result = io_uring_get_events(&uring->io); /* a sandbox may forbid just the enter */
    if (result < 0) {
        io_uring_queue_exit(&uring->io);
        return fail(error, uring, "io_uring", result);
    }
    ring->backend = uring;
    return true;
}

const struct ring_backend_ops ring_uring_ops = {
    .name = "io_uring",
    .open = uring_open,
    .wait = uring_wait,
    .queue = uring_queue,
    .flush = uring_flush,
    .reclaim = uring_reclaim,
    .watch_add = uring_watch_add,
    .watch_remove = uring_watch_remove,
    .close = uring_close,
};
