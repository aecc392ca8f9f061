/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/socket.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ioring/filter.h"

enum {
    /* Holds thousands of replies, so that EAGAIN means a network that does not move at all. */
    SEND_QUEUE_SIZE = 4 << 20,
};

static bool set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

/*
 * The destination of each datagram is wanted. Path MTU discovery is off: a message of IKEv1 is sent
 * once and in one datagram, and must be fragmented on the way rather than lost.
 */
static bool set_family_options(int fd, uint8_t family)
{
    if (family == 4)
        return set_option(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
               set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
    return set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
           set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
           set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
}

/* The forced option needs CAP_NET_ADMIN; without it the kernel takes what its limit allows. */
static bool set_queues(int fd, uint32_t receive_queue)
{
    int receive = (int)receive_queue;
    int send = SEND_QUEUE_SIZE;

    return (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive) ||
            set_option(fd, SOL_SOCKET, SO_RCVBUF, receive)) &&
           (set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, send) ||
            set_option(fd, SOL_SOCKET, SO_SNDBUF, send));
}

/* A group lets anybody of our user join it, another daemon for one: its first member looks first.
 */
static bool is_port_free(const union ring_sockaddr *address, socklen_t size)
{
    int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
    bool is_free;
    int error;

    if (fd < 0)
        return false;
    is_free =
        (address->any.sa_family != AF_INET6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
        bind(fd, &address->any, size) == 0;
    error = errno;
    close(fd);
    errno = error;
    return is_free;
}

/* The first member brings the program along: the kernel lets nobody join who has one already. */
static bool join_group(int fd, const struct ring_steer *steer, bool marker,
                       const union ring_sockaddr *address, socklen_t size)
{
    if (!set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return false;
    return steer->index != 0 ||
           (is_port_free(address, size) && ring_steer_attach(steer, fd, marker));
}

/* IKE's messages make SAs: they must not wait for one. */
static bool bypass_policies(int fd, uint8_t family)
{
    struct xfrm_userpolicy_info policy = {
        .action = XFRM_POLICY_ALLOW,
        .sel.family = family == 4 ? AF_INET : AF_INET6,
    };
    const int level = family == 4 ? IPPROTO_IP : IPPROTO_IPV6;
    const int name = family == 4 ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;

    for (policy.dir = XFRM_POLICY_IN; policy.dir <= XFRM_POLICY_OUT; policy.dir++)
        if (setsockopt(fd, level, name, &policy, sizeof(policy)) != 0)
            return false;
    return true;
}

/* A kernel without it has no ESP in UDP, and what comes is dropped for want of the marker. */
static bool take_esp(int fd)
{
    return set_option(fd, IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP) || errno == ENOPROTOOPT;
}

static bool set_ipsec(int fd, const struct ring_socket *spec)
{
    return !spec->ipsec ||
           (bypass_policies(fd, spec->bind.family) && (!spec->marker || take_esp(fd)));
}

/* The filter comes before bind(), so that nothing is received without it. */
static bool bind_socket(int fd, const struct ring_socket *spec, uint32_t receive_queue,
                        const struct ring_steer *steer)
{
    union ring_sockaddr address;
    socklen_t size = ring_addr_to_sockaddr(&spec->bind, &address);

    return ring_filter_attach(fd, spec->marker, RING_FILTER_ALL) &&
           set_family_options(fd, spec->bind.family) && set_queues(fd, receive_queue) &&
           set_ipsec(fd, spec) &&
           (steer == NULL || join_group(fd, steer, spec->marker, &address, size)) &&
           bind(fd, &address.any, size) == 0;
}

static bool read_back(struct ring_udp *udp)
{
    union ring_sockaddr address;
    socklen_t size = sizeof(address);
    int queue;
    socklen_t queue_size = sizeof(queue);

    if (getsockname(udp->fd, &address.any, &size) != 0 ||
        getsockopt(udp->fd, SOL_SOCKET, SO_RCVBUF, &queue, &queue_size) != 0)
        return false;
    udp->queue = (uint32_t)queue;
    return ring_addr_from_sockaddr(&udp->addr, &address.any, size);
}

/* Which right is missing is not in the system's words. */
static const char *needed(int code)
{
    switch (code) {
    case EACCES:
        return ": ports below 1024 need CAP_NET_BIND_SERVICE";
    case EPERM:
        return ": IPsec policies of sockets need CAP_NET_ADMIN";
    default:
        return "";
    }
}

static bool fail(struct ring_error *error, const struct ring_addr *addr, int code)
{
    char text[RING_ADDR_TEXT_MAX];

    error->code = code;
    snprintf(error->text, sizeof(error->text), "UDP %s: %s%s",
             ring_addr_format(addr, text, sizeof(text)), strerrordesc_np(code), needed(code));
    return false;
}

bool ring_udp_open(struct ring_udp *udp, const struct ring_socket *spec, uint32_t receive_queue,
                   const struct ring_steer *steer, struct ring_error *error)
{
    int domain = spec->bind.family == 4 ? AF_INET : AF_INET6;

    *udp = (struct ring_udp){.marker = spec->marker};
    if (ring_addr_ip_size(&spec->bind) == 0)
        return fail(error, &spec->bind, EAFNOSUPPORT);
    /* Blocking, so that io_uring waits instead of reporting EAGAIN; calls pass MSG_DONTWAIT. */
    udp->fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
    if (udp->fd < 0)
        return fail(error, &spec->bind, errno);
    if (!bind_socket(udp->fd, spec, receive_queue, steer) || !read_back(udp)) {
        fail(error, &spec->bind, errno);
        ring_udp_close(udp);
        return false;
    }
    return true;
}

bool ring_udp_stamp(const struct ring_udp *udp)
{
    return set_option(udp->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

bool ring_udp_thin(const struct ring_udp *udp, uint32_t permille)
{
    return ring_filter_attach(udp->fd, udp->marker, permille);
}

void ring_udp_close(struct ring_udp *udp)
{
    close(udp->fd);
    udp->fd = -1;
}

uint32_t ring_udp_new_drops(struct ring_udp *udp)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof(memory);
    uint32_t before = udp->drops;

    if (getsockopt(udp->fd, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0)
        return 0;
    udp->drops = memory[SK_MEMINFO_DROPS];
    return udp->drops - before;
}
