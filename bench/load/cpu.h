/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_CPU_H
#define BENCH_LOAD_CPU_H

/*
 * CPU time that processes have used, in user and kernel mode, in nanoseconds.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of this process. */
uint64_t load_cpu_own_ns(void);

/*
 * Of another process: the sum over its living threads, as /proc/PID/task/TID/schedstat tells. A
 * thread that is running just now is up to date to within a scheduler tick; one that sleeps,
 * exactly. False if there is no such process or the kernel keeps no such statistics.
 */
bool load_cpu_process_ns(pid_t pid, uint64_t *ns);

#endif
