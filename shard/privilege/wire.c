/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/wire.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for one descriptor, aligned as its header. */
union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool hub_wire_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
}

bool hub_wire_send(int fd, const void *data, size_t size, int passed)
{
    struct iovec all = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    union control control = {.bytes = {0}};
    struct msghdr message = {.msg_iov = &all, .msg_iovlen = 1};
    ssize_t sent;
    if (passed >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(passed));
        memcpy(CMSG_DATA(head), &passed, sizeof(passed));
    }
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size;
}

static int passed_with(struct msghdr *message)
{
    int passed = -1;
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(passed)))
        memcpy(&passed, CMSG_DATA(head), sizeof(passed));
    return passed;
}

ssize_t hub_wire_receive(int fd, void *data, size_t size, int *passed)
{
    struct iovec all = {.iov_base = data, .iov_len = size};
    union control control = {.bytes = {0}};
    struct msghdr message = {
        .msg_iov = &all,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = CMSG_LEN(sizeof(int)), /* the padding has room for a second one */
    };
    ssize_t got;
    *passed = -1;
    do
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -1;
    *passed = passed_with(&message);
    if (!(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return got;
    if (*passed >= 0)
        close(*passed);
    *passed = -1;
    errno = EMSGSIZE;
    return -1;
}
