/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a datagram that is received and answered costs a ring, in CPU time of the answering thread.
 *
 *     ring_echo [--window COUNT] [--core NUMBER] [--client-core NUMBER] [PACKETS]
 *
 * One thread echoes, another keeps a window of datagrams under way to it over loopback. One line
 * for each back end and window: a small window is a shard that is nearly idle, a big one a busy
 * one. With a window: the back end that a daemon would have, one line with the microseconds alone.
 */
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ioring/ring.h"

enum {
    MESSAGE_SIZE = 300, /* a middling message of main mode */
    PACKETS_DEFAULT = 200000,
    LOSS_WAIT_MS = 200,
};

struct client {
    struct ring_addr server;
    enum ring_backend backend;
    uint32_t window;
    int core; /* -1: any */
    bool stop;
};

static struct ring *open_loopback(enum ring_backend backend)
{
    struct ring_socket socket = {.bind = {.family = 4, .ip = {127, 0, 0, 1}}};
    struct ring_options options = {.backend = backend, .sockets = &socket, .socket_count = 1};
    struct ring_error error;
    struct ring *ring = ring_open(&options, &error);

    if (ring == NULL)
        fprintf(stderr, "%s\n", error.text);
    return ring;
}

static void send_some(struct ring *ring, const struct client *client, uint32_t count)
{
    static const uint8_t message[MESSAGE_SIZE];
    struct ring_addr local = ring_socket_addr(ring, 0);

    for (uint32_t i = 0; i < count; i++)
        ring_send(ring, 0, &local, &client->server, message, sizeof(message));
}

static bool move_to(int core)
{
    cpu_set_t set;

    if (core < 0)
        return true;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof(set), &set) == 0;
}

/* Answers each echo with another datagram; a window that seems lost is opened anew. */
static void *run_client(void *user)
{
    struct client *client = user;
    struct ring *ring = open_loopback(client->backend);
    const struct ring_datagram *batch;

    if (ring == NULL || !move_to(client->core))
        exit(2);
    send_some(ring, client, client->window);
    while (!__atomic_load_n(&client->stop, __ATOMIC_RELAXED)) {
        int count = ring_wait(ring, LOSS_WAIT_MS, &batch);

        send_some(ring, client, count > 0 ? (uint32_t)count : client->window);
    }
    ring_close(ring);
    return NULL;
}

static double thread_cpu_us(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

/* Echoes `packets` datagrams. Returns the number of waits that it took. */
static uint64_t echo(struct ring *ring, uint64_t packets)
{
    uint64_t done = 0;
    uint64_t waits = 0;

    while (done < packets) {
        const struct ring_datagram *batch;
        int count = ring_wait(ring, LOSS_WAIT_MS, &batch);

        for (int i = 0; i < count; i++)
            ring_send(ring, batch[i].socket, &batch[i].local, &batch[i].remote, batch[i].data,
                      batch[i].size);
        done += count > 0 ? (uint64_t)count : 0;
        waits++;
    }
    return waits;
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
    struct ring *ring = open_loopback(backend);
    struct client client = {.backend = backend, .window = window, .core = core};
    pthread_t thread;
    double used;
    uint64_t waits;

    if (ring == NULL)
        return false;
    client.server = ring_socket_addr(ring, 0);
    if (pthread_create(&thread, NULL, run_client, &client) != 0)
        return false;
    echo(ring, packets / 10);
    used = thread_cpu_us();
    waits = echo(ring, packets);
    used = thread_cpu_us() - used;
    __atomic_store_n(&client.stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    *cost = (struct cost){used / (double)packets, (double)packets / (double)waits,
                          ring_backend_name(ring)};
    ring_close(ring);
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
    if (!move_to(own_core))
        return 1;
    return (window ? print_one(window, core, packets) : print_all(core, packets)) ? 0 : 1;
}
