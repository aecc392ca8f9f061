/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/channel.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/kernel/message.h"
#include "x4/core/memory.h"
#include "x4/misc/list.h"

/* Messages of one system call: their answers have to fit into the socket's queue. */
#define BATCH_MESSAGES 64
#define BATCH_BYTES    (32 * 1024)

/* How long a process in between may take, until answers are read when they come. */
#define ANSWER_MS 5

/* What one read takes: the kernel puts no more of a dump together. */
#define READ_BYTES (32 * 1024)

/* It holds keys: wiped when it was sent. */
struct batch {
    x4s_list of_channel;
    size_t used;
    unsigned messages;
    _Alignas(uint64_t) char bytes[BATCH_BYTES];
};

struct xfrm_channel {
    int fd;
    xfrm_answer_fn answer;
    void *user;
    x4s_list batches;    /* to be sent, oldest first */
    struct batch *last;  /* of them, or NULL */
    struct batch *spare; /* or NULL */

    /* What was asked and not answered: a ring of `size`, a power of two, by number. */
    struct xfrm_ask *asks;
    uint32_t size;
    uint32_t first; /* the number of the oldest */
    uint32_t next;  /* of the next message */
    bool answering;
    bool waits;
    _Alignas(uint64_t) char bytes[READ_BYTES];
};

struct xfrm_channel *xfrm_channel_new(int fd, bool waits, xfrm_answer_fn answer, void *user)
{
    struct xfrm_channel *channel = calloc(1, sizeof(*channel));
    if (!channel)
        return NULL;
    channel->size = BATCH_MESSAGES;
    channel->asks = calloc(channel->size, sizeof(*channel->asks));
    if (!channel->asks) {
        free(channel);
        return NULL;
    }
    x4_list_init(&channel->batches);
    channel->fd = fd;
    channel->waits = waits;
    channel->answer = answer;
    channel->user = user;
    channel->first = channel->next = 1; /* 0 is the number of what the kernel says by itself */
    return channel;
}

static struct batch *batch_of(x4s_list *link)
{
    return x4m_container(link, struct batch, of_channel);
}

static void batch_free(struct batch *batch)
{
    if (batch)
        x4_wipe(batch->bytes, batch->used);
    free(batch);
}

static void drop_batches(struct xfrm_channel *channel)
{
    x4s_list *link;
    while ((link = x4_list_pop(&channel->batches)))
        batch_free(batch_of(link));
    channel->last = NULL;
}

static void close_socket(struct xfrm_channel *channel)
{
    if (channel->fd >= 0)
        close(channel->fd);
    channel->fd = -1;
}

void xfrm_channel_free(struct xfrm_channel *channel)
{
    if (!channel)
        return;
    drop_batches(channel);
    batch_free(channel->spare);
    close_socket(channel);
    free(channel->asks);
    x4_free(&x4_libc_allocator, channel, sizeof(*channel));
}

int xfrm_channel_fd(const struct xfrm_channel *channel)
{
    return channel->fd;
}

void xfrm_channel_connect(struct xfrm_channel *channel, int fd)
{
    close_socket(channel);
    channel->fd = fd;
}

size_t xfrm_channel_waiting(const struct xfrm_channel *channel)
{
    return channel->next - channel->first;
}

static struct xfrm_ask *ask_of(const struct xfrm_channel *channel, uint32_t number)
{
    return &channel->asks[number & (channel->size - 1)];
}

/* -------------------------------------------------------------------------- messages */

static bool make_room(struct xfrm_channel *channel)
{
    if (xfrm_channel_waiting(channel) < channel->size)
        return true;
    struct xfrm_ask *old = channel->asks;
    const uint32_t old_size = channel->size;
    struct xfrm_ask *asks = calloc((size_t)old_size * 2, sizeof(*asks));
    if (!asks)
        return false;
    channel->asks = asks;
    channel->size = old_size * 2;
    for (uint32_t number = channel->first; number != channel->next; number++)
        *ask_of(channel, number) = old[number & (old_size - 1)];
    free(old);
    return true;
}

static struct batch *new_batch(struct xfrm_channel *channel)
{
    struct batch *batch = channel->spare ? channel->spare : malloc(sizeof(*batch));
    channel->spare = NULL;
    if (!batch)
        return NULL;
    batch->used = 0;
    batch->messages = 0;
    batch->of_channel = (x4s_list){NULL, NULL};
    x4_list_append(&channel->batches, &batch->of_channel);
    return batch;
}

static bool has_room(const struct batch *batch)
{
    return batch->messages < BATCH_MESSAGES && batch->used + XFRM_MESSAGE_MAX <= BATCH_BYTES;
}

static struct batch *batch_with_room(struct xfrm_channel *channel)
{
    if (!channel->last || !has_room(channel->last))
        channel->last = new_batch(channel);
    return channel->last;
}

struct nlmsghdr *xfrm_channel_begin(struct xfrm_channel *channel, const struct xfrm_ask *ask)
{
    struct batch *batch = make_room(channel) ? batch_with_room(channel) : NULL;
    if (!batch)
        return NULL;
    memset(batch->bytes + batch->used, 0, XFRM_MESSAGE_MAX);
    struct nlmsghdr *message = mnl_nlmsg_put_header(batch->bytes + batch->used);
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    message->nlmsg_seq = channel->next;
    *ask_of(channel, channel->next) = *ask;
    return message;
}

void xfrm_channel_end(struct xfrm_channel *channel, const struct nlmsghdr *message)
{
    struct batch *batch = channel->last;
    batch->used += (size_t)NLMSG_ALIGN(message->nlmsg_len);
    batch->messages++;
    channel->next++;
}

/* -------------------------------------------------------------------------- answers */

/* What was asked before and has no answer never gets one. */
static void answered(struct xfrm_channel *channel, uint32_t number, int error)
{
    while (channel->first != channel->next) {
        const struct xfrm_ask ask = *ask_of(channel, channel->first);
        const bool is_this = channel->first++ == number;
        if (ask.context)
            channel->answer(channel->user, &ask, NULL, is_this ? error : ENOMSG);
        if (is_this)
            return;
    }
}

static bool is_open(const struct xfrm_channel *channel, uint32_t number)
{
    return number - channel->first < channel->next - channel->first;
}

static int error_of(const struct nlmsghdr *message)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
    if (mnl_nlmsg_get_payload_len(message) < sizeof(error->error))
        return EBADMSG;
    return error->error < 0 ? -error->error : 0;
}

static void take(struct xfrm_channel *channel, const struct nlmsghdr *message)
{
    const uint32_t number = message->nlmsg_seq;
    if (!is_open(channel, number))
        return;
    if (message->nlmsg_type == NLMSG_ERROR) {
        answered(channel, number, error_of(message));
    } else if (message->nlmsg_type == NLMSG_DONE) {
        answered(channel, number, 0);
    } else if (ask_of(channel, number)->context) {
        const struct xfrm_ask ask = *ask_of(channel, number);
        channel->answer(channel->user, &ask, message, 0);
    }
}

static void take_all(struct xfrm_channel *channel, size_t size)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *)channel->bytes;
    int left = (int)size;
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
        take(channel, message);
    x4_wipe(channel->bytes, size);
}

void xfrm_channel_cancel(struct xfrm_channel *channel)
{
    drop_batches(channel);
    while (channel->first != channel->next)
        answered(channel, channel->first, ECANCELED);
}

/* Answers were lost: the queue ran over, which a batch's cannot; or the other side went away. */
static void give_up(struct xfrm_channel *channel, int error)
{
    if (error != EAGAIN && error != EINTR && channel->first != channel->next)
        answered(channel, channel->next - 1, error);
}

/* True: there were some. */
static bool read_answers(struct xfrm_channel *channel)
{
    bool some = false;
    while (channel->first != channel->next) {
        const ssize_t size = xfrm_receive(channel->fd, channel->bytes, sizeof(channel->bytes));
        if (size <= 0) {
            give_up(channel, size == 0 ? EPIPE : errno);
            return some;
        }
        take_all(channel, (size_t)size);
        some = true;
    }
    return some;
}

/* -------------------------------------------------------------------------- sending */

static void sent(struct xfrm_channel *channel, struct batch *batch)
{
    x4_list_remove(&batch->of_channel);
    x4_wipe(batch->bytes, batch->used);
    batch->used = 0;
    if (channel->last == batch)
        channel->last = NULL;
    if (channel->spare)
        batch_free(batch);
    else
        channel->spare = batch;
}

/* False: no more for now. */
static bool send_first(struct xfrm_channel *channel)
{
    if (x4_list_empty(&channel->batches))
        return false;
    struct batch *batch = batch_of(channel->batches.next);
    if (send(channel->fd, batch->bytes, batch->used, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
            return false;
        give_up(channel, errno);
    }
    sent(channel, batch);
    return true;
}

/* What the socket takes at once. */
static void turn(struct xfrm_channel *channel)
{
    bool more = true;
    while (more) {
        const bool sends = send_first(channel);
        const bool reads = read_answers(channel);
        more = sends || (reads && !x4_list_empty(&channel->batches));
    }
}

/* False: the other process is slow. */
static bool wait_for_answers(const struct xfrm_channel *channel)
{
    struct pollfd readable = {.fd = channel->fd, .events = POLLIN};
    return channel->waits && xfrm_channel_waiting(channel) > 0 &&
           poll(&readable, 1, ANSWER_MS) == 1;
}

void xfrm_channel_flush(struct xfrm_channel *channel)
{
    if (channel->answering)
        return;
    channel->answering = true;
    turn(channel);
    channel->answering = false;
}

void xfrm_channel_settle(struct xfrm_channel *channel)
{
    do
        xfrm_channel_flush(channel);
    while (!channel->answering && wait_for_answers(channel));
}

ssize_t xfrm_receive(int fd, void *bytes, size_t size)
{
    struct sockaddr_nl from = {0};
    socklen_t len = sizeof(from);
    const ssize_t got = recvfrom(fd, bytes, size, MSG_DONTWAIT, (struct sockaddr *)&from, &len);
    if (got <= 0 || from.nl_family != AF_NETLINK || from.nl_pid == 0)
        return got;
    errno = EINTR; /* as if it had not come */
    return -1;
}
