/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MICRO_ECHO_H
#define BENCH_MICRO_ECHO_H

/*
 * A ring that echoes, on the caller's thread, and a thread that keeps a window of datagrams under
 * way to it over loopback: a small window is a shard that is nearly idle, a big one a busy one.
 */

#include "ioring/ring.h"

struct micro_echo;

/* `core` is the other thread's, -1 for any. NULL: it was said why, on stderr. */
struct micro_echo *micro_echo_new(enum ring_backend backend, uint32_t window, int core);
void micro_echo_free(struct micro_echo *echo);

/* Echoes `packets` datagrams or some more, as they came. Returns the number of waits. */
uint64_t micro_echo_run(struct micro_echo *echo, uint64_t packets);

/* "io_uring", "epoll": what is used. */
const char *micro_echo_backend(const struct micro_echo *echo);

/* Moves the calling thread to a core; -1: it stays. False: there is no such core. */
bool micro_echo_move(int core);

#endif
