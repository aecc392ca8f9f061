/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flood 127.0.0.1:PORT SECONDS
 *
 * First messages of main mode as a flood with forged source addresses has them: each from another
 * address of 127.0.0.0/8 and one of several ports, with a cookie of its own, and never gone on
 * with. As fast as one thread sends, for so many seconds. The target has to be in 127.0.0.0/8.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "ioring/ring.h"

enum {
    PORTS = RING_SOCKETS_MAX,
    SENDS_A_TURN = 64,
    SECONDS_MAX = 600,
};

/* clang-format off */
/* RFC 2408 3, RFC 2409 appendix A: one proposal, AES-128, SHA2-256, P-256, preshared key, 8 h. */
static const uint8_t first_message[] = {
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,    /* cookies */
    1, 0x10, 2, 0,  0, 0, 0, 0,  0, 0, 0, 88,           /* SA, 1.0, main mode; 88 bytes */
    0, 0, 0, 60,  0, 0, 0, 1,  0, 0, 0, 1,              /* SA payload: IPsec, identity only */
    0, 0, 0, 48,  1, 1, 0, 1,                           /* proposal 1: ISAKMP, one transform */
    0, 0, 0, 40,  1, 1, 0, 0,                           /* transform 1: KEY_IKE */
    0x80, 1, 0, 7,  0x80, 14, 0, 128,                   /* AES-CBC, 128 bits */
    0x80, 2, 0, 4,  0x80, 4, 0, 19,                     /* SHA2-256, group 19 */
    0x80, 3, 0, 1,                                      /* preshared key */
    0x80, 11, 0, 1,  0, 12, 0, 4, 0, 0, 0x70, 0x80,     /* 28800 seconds */
};
/* clang-format on */

_Static_assert(sizeof(first_message) == 88, "the lengths above");

struct flood {
    struct ring *ring;
    struct ring_addr target;
    uint64_t random; /* SplitMix64's state */
    uint64_t answers;
};

static uint64_t draw(struct flood *flood)
{
    uint64_t z = flood->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool open_flood(struct flood *flood)
{
    struct ring_socket sockets[PORTS];
    struct ring_error error;
    for (int i = 0; i < PORTS; i++)
        sockets[i] = (struct ring_socket){.bind = ring_addr_any(4, 0)};
    const struct ring_options options = {.sockets = sockets, .socket_count = PORTS};
    flood->ring = ring_open(&options, &error);
    if (!flood->ring)
        fprintf(stderr, "flood: %s\n", error.text);
    return flood->ring &&
           getrandom(&flood->random, sizeof(flood->random), 0) == (ssize_t)sizeof(flood->random);
}

static void send_one(struct flood *flood)
{
    uint8_t message[sizeof(first_message)];
    const uint64_t cookie = draw(flood);
    const uint64_t place = draw(flood);
    const struct ring_addr from = {
        .family = 4,
        .ip = {127, (uint8_t)(place >> 8), (uint8_t)(place >> 16), (uint8_t)(1 + place % 254)},
    };
    memcpy(message, first_message, sizeof(message));
    memcpy(message, &cookie, sizeof(cookie));
    ring_send(flood->ring, (uint32_t)(place >> 32) % PORTS, &from, &flood->target, message,
              sizeof(message));
}

/* Returns a negative errno when the ring is broken. */
static int run(struct flood *flood, double until)
{
    const struct ring_datagram *batch;
    int count = 0;
    while (count >= 0 && seconds() < until) {
        for (int i = 0; i < SENDS_A_TURN; i++)
            send_one(flood);
        count = ring_wait(flood->ring, 0, &batch);
        flood->answers += count > 0 ? (uint64_t)count : 0;
    }
    return count;
}

static bool parse(int argc, char **argv, struct flood *flood, long *duration)
{
    char *end;
    if (argc != 3 || !ring_addr_parse(&flood->target, argv[1], 500) || flood->target.family != 4 ||
        flood->target.ip[0] != 127)
        return false;
    *duration = strtol(argv[2], &end, 10);
    return *end == '\0' && *duration > 0 && *duration <= SECONDS_MAX;
}

int main(int argc, char **argv)
{
    struct flood flood = {0};
    long duration;
    if (!parse(argc, argv, &flood, &duration)) {
        fprintf(stderr, "usage: flood 127.0.0.1:PORT SECONDS   (up to %d)\n", SECONDS_MAX);
        return 2;
    }
    if (!open_flood(&flood))
        return 1;
    const int result = run(&flood, seconds() + (double)duration);
    const struct ring_counters counters = ring_counters(flood.ring);
    ring_close(flood.ring);
    if (result < 0) {
        fprintf(stderr, "flood: %s\n", strerror(-result));
        return 1;
    }
    printf("sent=%" PRIu64 " answers=%" PRIu64 " seconds=%ld\n", counters.sent, flood.answers,
           duration);
    return 0;
}
