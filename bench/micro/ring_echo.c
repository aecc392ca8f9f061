/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a datagram that is received and answered costs a ring, in CPU time of the answering thread.
 *
 *     ring_echo [--window COUNT] [--core NUMBER] [--client-core NUMBER] [PACKETS]
 *
 * One line for each back end and window. With a window: the back end that a daemon would have, one
 * line with the microseconds alone.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/micro/echo.h"

enum { PACKETS_DEFAULT = 200000 };

static double thread_cpu_us(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

/* What one echo costs; how many there were for each wait. */
struct cost {
    double us;
    double a_wait;
    const char *backend;
};

static bool measure(enum ring_backend backend, uint32_t window, int core, uint64_t packets,
                    struct cost *cost)
{
    struct micro_echo *echo = micro_echo_new(backend, window, core);
    double used;
    uint64_t waits;

    if (echo == NULL)
        return false;
    micro_echo_run(echo, packets / 10);
    used = thread_cpu_us();
    waits = micro_echo_run(echo, packets);
    used = thread_cpu_us() - used;
    *cost = (struct cost){used / (double)packets, (double)packets / (double)waits,
                          micro_echo_backend(echo)};
    micro_echo_free(echo);
    return true;
}

static bool print_all(int core, uint64_t packets)
{
    static const enum ring_backend backends[] = {RING_BACKEND_URING, RING_BACKEND_EPOLL};
    static const uint32_t windows[] = {1, 8, 64, 256};

    for (size_t b = 0; b < sizeof(backends) / sizeof(backends[0]); b++)
        for (size_t w = 0; w < sizeof(windows) / sizeof(windows[0]); w++) {
            struct cost cost;

            if (!measure(backends[b], windows[w], core, packets, &cost))
                return false;
            printf("%-8s  window %3u  %6.1f packets a wait  %5.2f us of CPU a packet\n",
                   cost.backend, windows[w], cost.a_wait, cost.us);
        }
    return true;
}

static bool print_one(uint32_t window, int core, uint64_t packets)
{
    struct cost cost;

    if (!measure(RING_BACKEND_AUTO, window, core, packets, &cost))
        return false;
    printf("%.2f\n", cost.us);
    return true;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"window", required_argument, NULL, 'w'},
        {"core", required_argument, NULL, 'e'},
        {"client-core", required_argument, NULL, 'c'},
        {0},
    };
    uint32_t window = 0;
    int own_core = -1;
    int core = -1;
    bool known = true;

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'w')
            window = (uint32_t)strtoul(optarg, NULL, 10);
        else if (option == 'e')
            own_core = (int)strtol(optarg, NULL, 10);
        else if (option == 'c')
            core = (int)strtol(optarg, NULL, 10);
        else
            known = false;
    }
    const uint64_t packets = optind < argc ? strtoull(argv[optind], NULL, 10) : PACKETS_DEFAULT;
    if (!known || packets == 0) {
        fprintf(stderr, "usage: ring_echo [--window COUNT] [--core NUMBER] [--client-core NUMBER] "
                        "[PACKETS]\n");
        return 2;
    }
    if (!micro_echo_move(own_core))
        return 1;
    return (window ? print_one(window, core, packets) : print_all(core, packets)) ? 0 : 1;
}
