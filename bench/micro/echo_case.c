/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram received and answered, by both back ends of the ring. `size` is the window.
 */
#include "bench/micro/echo.h"
#include "bench/micro/kit.h"

enum {
    PACKETS = 256,
    WARM_UP = 10000,
};

static void *open_echo(const struct micro_case *self)
{
    const enum ring_backend backend = *(const enum ring_backend *)self->what;
    struct micro_echo *echo = micro_echo_new(backend, (uint32_t)self->size, -1);
    if (echo)
        micro_echo_run(echo, WARM_UP);
    return echo;
}

static void run_echo(void *user)
{
    micro_echo_run(user, PACKETS);
}

static void close_echo(void *user)
{
    micro_echo_free(user);
}

#define ROW(text, number, window)                                                                  \
    {                                                                                              \
        .name = "echo/" text "/" #window, .what = &(const enum ring_backend){number},              \
        .size = (window), .items = PACKETS, .open = open_echo, .run = run_echo,                    \
        .close = close_echo                                                                        \
    }

#define BACKEND(text, number)                                                                      \
    ROW(text, number, 1), ROW(text, number, 8), ROW(text, number, 64), ROW(text, number, 256)

static const struct micro_case cases[] = {
    BACKEND("io_uring", RING_BACKEND_URING),
    BACKEND("epoll", RING_BACKEND_EPOLL),
};

MICRO_TABLE(micro_echo_cases, cases);
