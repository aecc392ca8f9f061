/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/micro/echo.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MESSAGE_SIZE = 300, /* a middling message of main mode */
    LOSS_WAIT_MS = 200,
};

struct micro_echo {
    enum ring_backend backend;
    struct ring *ring;
    struct ring_addr server;
    uint32_t window;
    int core;
    pthread_t thread;
    bool stop;
    uint64_t ahead; /* echoed beyond what the last run was asked for */
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

static void send_some(struct ring *ring, const struct ring_addr *server, uint32_t count)
{
    static const uint8_t message[MESSAGE_SIZE];
    struct ring_addr local = ring_socket_addr(ring, 0);

    for (uint32_t i = 0; i < count; i++)
        ring_send(ring, 0, &local, server, message, sizeof(message));
}

bool micro_echo_move(int core)
{
    cpu_set_t set;

    if (core < 0)
        return true;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof(set), &set) == 0;
}

/*
 * Answers each echo with another datagram; a window that seems lost is opened anew. A ring is of
 * the thread that opens it.
 */
static void *run_client(void *user)
{
    struct micro_echo *echo = user;
    struct ring *ring = open_loopback(echo->backend);
    const struct ring_datagram *batch;

    if (ring == NULL || !micro_echo_move(echo->core))
        exit(2);
    send_some(ring, &echo->server, echo->window);
    while (!__atomic_load_n(&echo->stop, __ATOMIC_RELAXED)) {
        int count = ring_wait(ring, LOSS_WAIT_MS, &batch);

        send_some(ring, &echo->server, count > 0 ? (uint32_t)count : echo->window);
    }
    ring_close(ring);
    return NULL;
}

static bool start(struct micro_echo *echo)
{
    echo->ring = open_loopback(echo->backend);
    if (echo->ring == NULL)
        return false;
    echo->server = ring_socket_addr(echo->ring, 0);
    if (pthread_create(&echo->thread, NULL, run_client, echo) == 0)
        return true;
    ring_close(echo->ring);
    return false;
}

struct micro_echo *micro_echo_new(enum ring_backend backend, uint32_t window, int core)
{
    struct micro_echo *echo = calloc(1, sizeof(*echo));

    if (echo == NULL)
        return NULL;
    echo->backend = backend;
    echo->window = window;
    echo->core = core;
    if (start(echo))
        return echo;
    free(echo);
    return NULL;
}

void micro_echo_free(struct micro_echo *echo)
{
    __atomic_store_n(&echo->stop, true, __ATOMIC_RELAXED);
    pthread_join(echo->thread, NULL);
    ring_close(echo->ring);
    free(echo);
}

uint64_t micro_echo_run(struct micro_echo *echo, uint64_t packets)
{
    uint64_t done = echo->ahead;
    uint64_t waits = 0;

    while (done < packets) {
        const struct ring_datagram *batch;
        int count = ring_wait(echo->ring, LOSS_WAIT_MS, &batch);

        for (int i = 0; i < count; i++)
            ring_send(echo->ring, batch[i].socket, &batch[i].local, &batch[i].remote, batch[i].data,
                      batch[i].size);
        done += count > 0 ? (uint64_t)count : 0;
        waits++;
    }
    echo->ahead = done - packets;
    return waits;
}

const char *micro_echo_backend(const struct micro_echo *echo)
{
    return ring_backend_name(echo->ring);
}
