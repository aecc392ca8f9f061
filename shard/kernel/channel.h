/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_CHANNEL_H
#define SHARD_KERNEL_CHANNEL_H

/*
 * Requests to the kernel over one netlink socket, and its answers.
 *
 * Messages are gathered and leave together, many in one system call. Each has a number, by which
 * its answer finds what it was asked for; answers come in the order of the messages. The kernel
 * carries out what it is sent before the system call returns, so that its answers are there to be
 * read. Where another process is in between (shard/privilege/kernel_process.h) they come later, and
 * nothing here waits but xfrm_channel_settle().
 */

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a message was sent for. */
struct xfrm_ask {
    void *context; /* NULL: nobody wants to know */
    uint8_t what;  /* the user's */
};

/* The kernel's answer. `error` is an errno or 0; or, before that, `read` is what it has read. */
typedef void (*xfrm_answer_fn)(void *user, const struct xfrm_ask *ask, const struct nlmsghdr *read,
                               int error);

struct xfrm_channel;

/*
 * Takes the socket over. `waits`: another process is in between. NULL: no memory, and the socket is
 * still the caller's.
 */
struct xfrm_channel *xfrm_channel_new(int fd, bool waits, xfrm_answer_fn answer, void *user);

/* Closes the socket; what was not sent is not. */
void xfrm_channel_free(struct xfrm_channel *channel);

int xfrm_channel_fd(const struct xfrm_channel *channel);

/* Takes another socket over, and closes the one that it had; -1: nothing can be sent. */
void xfrm_channel_connect(struct xfrm_channel *channel, int fd);

/*
 * A message to be written, asked to be acknowledged; xfrm_channel_end() puts it behind the others.
 * NULL: no memory.
 */
struct nlmsghdr *xfrm_channel_begin(struct xfrm_channel *channel, const struct xfrm_ask *ask);
void xfrm_channel_end(struct xfrm_channel *channel, const struct nlmsghdr *message);

/* Sends what was gathered, as far as the socket takes it, and calls back for what was answered. */
void xfrm_channel_flush(struct xfrm_channel *channel);

/*
 * The same, and what was sent is in force: a process in between is waited for as the kernel is by
 * the system call, though not when it lets some milliseconds pass without an answer.
 */
void xfrm_channel_settle(struct xfrm_channel *channel);

/* Messages that were not answered, those that wait to be sent among them. */
size_t xfrm_channel_waiting(const struct xfrm_channel *channel);

/* Calls back for all that was not answered, with ECANCELED; what was not sent is not sent. */
void xfrm_channel_cancel(struct xfrm_channel *channel);

/* As recv(2), without waiting, of what the kernel says; other processes are not listened to. */
ssize_t xfrm_receive(int fd, void *bytes, size_t size);

#endif
