/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_CPU_H
#define BENCH_LOAD_CPU_H

/*
 * CPU time that processes have used, in user and kernel mode, in nanoseconds; memory of this one.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of the thread that calls. */
uint64_t load_cpu_thread_ns(void);

/* Resident memory of this process; 0 if the kernel does not tell. */
uint64_t load_cpu_resident_bytes(void);

/*
 * Of another process and those that descend from it, since a daemon may be several: the sum over
 * their living threads, as /proc/PID/task/TID/schedstat tells. A thread that is running just now is
 * up to date to within a scheduler tick; one that sleeps, exactly. False if there is no such
 * process or the kernel keeps no such statistics.
 */
bool load_cpu_process_ns(pid_t pid, uint64_t *ns);

#endif
