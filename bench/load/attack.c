/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/attack.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/load/clock.h"
#include "bench/load/pace.h"
#include "ioring/pktinfo.h"
#include "x4/core/types.h"

enum {
    PORTS = 32,
    SENDS_A_CALL = 64,
    WINDOW = SENDS_A_CALL * 2048, /* datagrams that are gone through before the first comes again */
    NAP_US = 10000,               /* the longest sleep, in which nobody can stop it */
};

struct datagram {
    uint8_t bytes[LOAD_FORGED_MAX];
    struct iovec data;
    _Alignas(struct cmsghdr) uint8_t control[RING_PKTINFO_SIZE];
};

struct load_attack {
    struct load_attack_plan plan;
    union ring_sockaddr target;
    socklen_t target_size;
    pthread_t thread;
    atomic_bool stopped;
    int sockets[PORTS];
    int socket_count;
    uint64_t seed;
    uint64_t begin_us;
    uint64_t end_us;
    uint64_t sent;
    uint64_t bytes;
    struct datagram datagrams[SENDS_A_CALL];
    struct mmsghdr calls[SENDS_A_CALL];
};

/* ------------------------------------------------------------------ datagrams */

/* Where it comes from; hosts 0 and 255 of an IPv4 net are nobody's. */
static struct ring_addr source_of(const struct load_attack *attack, uint64_t n)
{
    uint64_t place = load_forge_draw(~attack->seed, n % load_forge_period(attack->plan.kind));
    x4s_net_addr addr =
        load_pattern_addr(&attack->plan.range, place % load_pattern_capacity(&attack->plan.range));
    if (addr.family == x4c_net_ipv4)
        addr.ip[3] = (uint8_t)(1 + addr.ip[3] % 254);
    struct ring_addr source = {.family = addr.family};
    memcpy(source.ip, addr.ip, sizeof(source.ip));
    return source;
}

static void write_datagram(struct load_attack *attack, size_t i, uint64_t n)
{
    struct datagram *datagram = &attack->datagrams[i];
    const struct ring_addr source = source_of(attack, n);
    datagram->data.iov_len = load_forge(attack->plan.kind, attack->seed, n, datagram->bytes);
    ring_pktinfo_write(&attack->calls[i].msg_hdr, datagram->control, &source);
}

static void prepare(struct load_attack *attack)
{
    for (size_t i = 0; i < SENDS_A_CALL; i++) {
        struct datagram *datagram = &attack->datagrams[i];
        datagram->data.iov_base = datagram->bytes;
        attack->calls[i].msg_hdr = (struct msghdr){
            .msg_name = &attack->target,
            .msg_namelen = attack->target_size,
            .msg_iov = &datagram->data,
            .msg_iovlen = 1,
        };
    }
}

/* Which datagram the n-th one sent is: each window is gone through as often as is wished. */
static uint64_t datagram_of(const struct load_attack *attack, uint64_t n)
{
    return n / ((uint64_t)WINDOW * attack->plan.times) * WINDOW + n % WINDOW;
}

/* ------------------------------------------------------------------ the thread */

/* A call's datagrams leave from one port, and again so when they are sent again. */
static bool send_some(struct load_attack *attack, uint32_t count)
{
    const uint64_t first = datagram_of(attack, attack->sent);
    for (size_t i = 0; i < count; i++)
        write_datagram(attack, i, first + i);
    const int fd = attack->sockets[first / SENDS_A_CALL % PORTS];
    for (uint32_t done = 0; done < count;) {
        const int taken = sendmmsg(fd, attack->calls + done, count - done, 0);
        if (taken < 0 && errno != EINTR && errno != ECONNREFUSED)
            return false;
        done += taken > 0 ? (uint32_t)taken : 0;
    }
    for (size_t i = 0; i < count; i++)
        attack->bytes += attack->datagrams[i].data.iov_len;
    attack->sent += count;
    return true;
}

static void nap(uint64_t us)
{
    const struct timespec time = {.tv_nsec = (long)x4m_min(us, (uint64_t)NAP_US) * 1000};
    nanosleep(&time, NULL);
}

static void *run(void *context)
{
    struct load_attack *attack = context;
    struct load_pace pace;
    load_pace_init(&pace, attack->plan.per_second, load_clock_us());
    /* However soon it is stopped, there was an attack. */
    while (attack->sent == 0 || !atomic_load_explicit(&attack->stopped, memory_order_relaxed)) {
        /* So that a call does not go beyond the end of a window. */
        uint32_t count = SENDS_A_CALL - (uint32_t)(attack->sent % SENDS_A_CALL);
        count = x4m_min(count, load_pace_allowed(&pace, load_clock_us()));
        if (count == 0)
            nap(load_pace_wait_us(&pace));
        else if (!send_some(attack, count))
            break;
        load_pace_take(&pace, count);
    }
    attack->end_us = load_clock_us();
    return NULL;
}

/* ------------------------------------------------------------------ starting and stopping */

bool load_attack_fits(const struct load_attack_plan *plan, const struct ring_addr *target,
                      char *error, size_t size)
{
    const bool loopback = target->family == 4 && target->ip[0] == 127;
    if (loopback || plan->range.base.family != x4c_net_none)
        return true;
    snprintf(error, size, "--attack needs --source-range, unless the target is in 127.0.0.0/8");
    return false;
}

/* Answers are to be dropped where they come: of the smallest queue that there is none is read. */
static bool open_sockets(struct load_attack *attack)
{
    const int smallest = 0;
    const struct ring_addr unspecified = ring_addr_any(attack->plan.range.base.family, 0);
    union ring_sockaddr any;
    const socklen_t any_size = ring_addr_to_sockaddr(&unspecified, &any);
    for (; attack->socket_count < PORTS; attack->socket_count++) {
        int fd = socket(any.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            return false;
        attack->sockets[attack->socket_count] = fd;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)) != 0 ||
            bind(fd, &any.any, any_size) != 0) {
            attack->socket_count++;
            return false;
        }
    }
    return true;
}

static void release(struct load_attack *attack)
{
    for (int i = 0; i < attack->socket_count; i++)
        close(attack->sockets[i]);
    free(attack);
}

struct load_attack *load_attack_start(const struct load_attack_plan *plan,
                                      const struct ring_addr *target, char *error, size_t size)
{
    struct load_attack *attack = calloc(1, sizeof(*attack));
    if (!attack) {
        snprintf(error, size, "out of memory");
        return NULL;
    }
    attack->plan = *plan;
    if (plan->range.base.family == x4c_net_none)
        (void)load_pattern_parse("127.0.0.0/8+32", &attack->plan.range);
    attack->target_size = ring_addr_to_sockaddr(target, &attack->target);
    prepare(attack);
    attack->begin_us = load_clock_us();
    int status = 0;
    if (!open_sockets(attack) ||
        getrandom(&attack->seed, sizeof(attack->seed), 0) != (ssize_t)sizeof(attack->seed))
        status = errno;
    if (status == 0)
        status = pthread_create(&attack->thread, NULL, run, attack);
    if (status == 0)
        return attack;
    snprintf(error, size, "the attack cannot begin: %s", strerror(status));
    release(attack);
    return NULL;
}

/* What was dropped, and the few that are in the queue. */
static uint64_t count_answers(int fd)
{
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof(memory);
    uint8_t byte;
    (void)getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size);
    uint64_t count = memory[SK_MEMINFO_DROPS];
    while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) >= 0)
        count++;
    return count;
}

void load_attack_stop(struct load_attack *attack, struct load_attacked *attacked)
{
    atomic_store_explicit(&attack->stopped, true, memory_order_relaxed);
    pthread_join(attack->thread, NULL);
    *attacked = (struct load_attacked){
        .sent = attack->sent,
        .bytes = attack->bytes,
        .seconds = (double)(attack->end_us - attack->begin_us) / 1e6,
    };
    for (int i = 0; i < attack->socket_count; i++)
        attacked->answers += count_answers(attack->sockets[i]);
    release(attack);
}
