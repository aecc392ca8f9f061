/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flood [OPTION...] 127.0.0.1:PORT SECONDS
 *
 * First messages as a flood with forged source addresses has them: each from another address of
 * 127.0.0.0/8 and one of several ports, with a cookie of its own, and never gone on with. As fast
 * as one thread sends, for so many seconds or until SIGTERM. The target has to be in 127.0.0.0/8.
 *
 *     --aggressive    aggressive mode; main mode unless given
 *     --times N       each message N times, as if it were meant, with 131,071 others between
 *
 * Answers are counted and not read. What is told at the end: how many datagrams were sent and
 * answered, and how many a second the kernel took.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ioring/addr.h"

enum {
    PORTS = 32,
    SENDS_A_CALL = 64,
    SECONDS_MAX = 600,
    TIMES_MAX = 16,
    WINDOW = SENDS_A_CALL * 2048, /* messages that are gone through before the first comes again */
    MESSAGE_MAX = 512,
};

/* clang-format off */
/* RFC 2408 3, RFC 2409 appendix A: one proposal, AES-128, SHA2-256, P-256, preshared key, 8 h. */
#define SA_PAYLOAD(next)                                                                         \
    next, 0, 0, 60,  0, 0, 0, 1,  0, 0, 0, 1,           /* IPsec, identity only */               \
    0, 0, 0, 48,  1, 1, 0, 1,                           /* proposal 1: ISAKMP, one transform */  \
    0, 0, 0, 40,  1, 1, 0, 0,                           /* transform 1: KEY_IKE */               \
    0x80, 1, 0, 7,  0x80, 14, 0, 128,                   /* AES-CBC, 128 bits */                  \
    0x80, 2, 0, 4,  0x80, 4, 0, 19,                     /* SHA2-256, group 19 */                 \
    0x80, 3, 0, 1,                                      /* preshared key */                      \
    0x80, 11, 0, 1,  0, 12, 0, 4, 0, 0, 0x70, 0x80      /* 28800 seconds */

static const uint8_t main_mode[] = {
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,    /* cookies */
    1, 0x10, 2, 0,  0, 0, 0, 0,  0, 0, 0, 88,           /* SA, 1.0, main mode; 88 bytes */
    SA_PAYLOAD(0),
};

static const uint8_t aggressive_mode[] = {
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    1, 0x10, 4, 0,  0, 0, 0, 0,  0, 0, 0, 208,          /* SA, 1.0, aggressive mode; 208 bytes */
    SA_PAYLOAD(4),
    10, 0, 0, 68,                                       /* KE: the base point of P-256, SEC 2 2.4.2 */
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    5, 0, 0, 20,  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* nonce */
    0, 0, 0, 32,  2, 17, 1, 0xf4,                       /* identity: FQDN, UDP, port 500 */
    's', 't', 'r', 'a', 'n', 'g', 'e', 'r', '-', '0', '0', '0',
    '0', '0', '0', '1', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e',
};
/* clang-format on */

_Static_assert(sizeof(main_mode) == 88, "the lengths above");
_Static_assert(sizeof(aggressive_mode) == 208, "the lengths above");
_Static_assert(sizeof(aggressive_mode) <= MESSAGE_MAX, "room for either");

struct datagram {
    uint8_t bytes[MESSAGE_MAX];
    struct iovec data;
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct flood {
    struct sockaddr_in target;
    const uint8_t *message;
    size_t len;
    unsigned times;
    double seconds;

    int sockets[PORTS];
    uint64_t seed;
    uint64_t sent;
    struct datagram datagrams[SENDS_A_CALL];
    struct mmsghdr calls[SENDS_A_CALL];
};

/* SplitMix64's output for the n-th state. */
static uint64_t draw(uint64_t seed, uint64_t n)
{
    uint64_t z = seed + n * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Answers are to be dropped where they come: of the smallest queue that there is none is read. */
static bool open_socket(int *fd)
{
    const int smallest = 0;
    const struct sockaddr_in any = {.sin_family = AF_INET};
    *fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return *fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)) == 0 &&
           bind(*fd, (const struct sockaddr *)&any, sizeof(any)) == 0;
}

static void prepare(struct flood *flood)
{
    for (size_t i = 0; i < SENDS_A_CALL; i++) {
        struct datagram *datagram = &flood->datagrams[i];
        struct msghdr *msg = &flood->calls[i].msg_hdr;
        memcpy(datagram->bytes, flood->message, flood->len);
        datagram->data = (struct iovec){datagram->bytes, flood->len};
        *msg = (struct msghdr){
            .msg_name = &flood->target,
            .msg_namelen = sizeof(flood->target),
            .msg_iov = &datagram->data,
            .msg_iovlen = 1,
            .msg_control = datagram->control,
            .msg_controllen = sizeof(datagram->control),
        };
        *CMSG_FIRSTHDR(msg) = (struct cmsghdr){
            .cmsg_level = IPPROTO_IP,
            .cmsg_type = IP_PKTINFO,
            .cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)),
        };
    }
}

static bool open_flood(struct flood *flood)
{
    for (size_t i = 0; i < PORTS; i++)
        if (!open_socket(&flood->sockets[i]))
            return false;
    prepare(flood);
    return getrandom(&flood->seed, sizeof(flood->seed), 0) == (ssize_t)sizeof(flood->seed);
}

/* Everything about the n-th message follows from n, so that it can be sent again. */
static void write_message(struct flood *flood, size_t i, uint64_t n)
{
    const uint64_t cookie = draw(flood->seed, 2 * n);
    const uint32_t place = (uint32_t)draw(flood->seed, 2 * n + 1);
    const uint32_t host = (place & 0xffff00) | (1 + (place >> 24) % 254);
    const struct in_pktinfo from = {.ipi_spec_dst.s_addr = htonl(UINT32_C(127) << 24 | host)};
    memcpy(flood->datagrams[i].bytes, &cookie, sizeof(cookie));
    struct cmsghdr *header = (void *)flood->datagrams[i].control;
    memcpy(CMSG_DATA(header), &from, sizeof(from));
}

/* Which message the n-th one sent is: each window is gone through as often as is wished. */
static uint64_t message_of(const struct flood *flood, uint64_t n)
{
    return n / ((uint64_t)WINDOW * flood->times) * WINDOW + n % WINDOW;
}

/* A call's messages leave from one port, and again so when they are sent again. */
static bool send_some(struct flood *flood)
{
    const uint64_t first = message_of(flood, flood->sent);
    for (size_t i = 0; i < SENDS_A_CALL; i++)
        write_message(flood, i, first + i);
    const int fd = flood->sockets[first / SENDS_A_CALL % PORTS];
    for (int done = 0; done < SENDS_A_CALL;) {
        const int taken = sendmmsg(fd, flood->calls + done, (unsigned)(SENDS_A_CALL - done), 0);
        if (taken < 0 && errno != EINTR && errno != ECONNREFUSED)
            return false;
        done += taken > 0 ? taken : 0;
    }
    flood->sent += SENDS_A_CALL;
    return true;
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

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static bool run(struct flood *flood)
{
    const double began = now();
    double passed = 0;
    while (!stopped && passed < flood->seconds) {
        if (!send_some(flood))
            return false;
        passed = now() - began;
    }
    uint64_t answers = 0;
    for (size_t i = 0; i < PORTS; i++)
        answers += count_answers(flood->sockets[i]);
    printf("sent=%" PRIu64 " bytes=%" PRIu64 " answers=%" PRIu64 " seconds=%.1f rate=%.0f\n",
           flood->sent, flood->sent * flood->len, answers, passed, (double)flood->sent / passed);
    return true;
}

static bool parse_number(const char *text, long max, long *number)
{
    char *end;
    errno = 0;
    *number = strtol(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 && *number > 0 && *number <= max;
}

static bool parse_target(const char *text, struct sockaddr_in *target)
{
    struct ring_addr addr;
    union ring_sockaddr sockaddr;
    if (!ring_addr_parse(&addr, text, 500) || addr.family != 4 || addr.ip[0] != 127)
        return false;
    ring_addr_to_sockaddr(&addr, &sockaddr);
    *target = sockaddr.v4;
    return true;
}

static bool parse(int argc, char **argv, struct flood *flood)
{
    static const struct option options[] = {
        {"aggressive", no_argument, NULL, 'a'},
        {"times", required_argument, NULL, 't'},
        {0},
    };
    long number;
    flood->message = main_mode;
    flood->len = sizeof(main_mode);
    flood->times = 1;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'a') {
            flood->message = aggressive_mode;
            flood->len = sizeof(aggressive_mode);
        } else if (option == 't' && parse_number(optarg, TIMES_MAX, &number)) {
            flood->times = (unsigned)number;
        } else {
            return false;
        }
    }
    if (argc - optind != 2 || !parse_target(argv[optind], &flood->target) ||
        !parse_number(argv[optind + 1], SECONDS_MAX, &number))
        return false;
    flood->seconds = (double)number;
    return true;
}

int main(int argc, char **argv)
{
    static struct flood flood;
    if (!parse(argc, argv, &flood)) {
        fprintf(stderr,
                "usage: flood [--aggressive] [--times N] 127.0.0.1:PORT SECONDS   (up to %d)\n",
                SECONDS_MAX);
        return 2;
    }
    signal(SIGTERM, stop);
    if (open_flood(&flood) && run(&flood))
        return 0;
    fprintf(stderr, "flood: %s\n", strerror(errno));
    return 1;
}
