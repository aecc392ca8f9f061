/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/cpu.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

uint64_t load_cpu_thread_ns(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000000000 + (uint64_t)spent.tv_nsec;
}

uint64_t load_cpu_resident_bytes(void)
{
    uint64_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%*u %" SCNu64, &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool thread_ns(pid_t pid, const char *thread, uint64_t *ns)
{
    char path[320];
    snprintf(path, sizeof(path), "/proc/%ld/task/%s/schedstat", (long)pid, thread);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool read = fscanf(file, "%" SCNu64, ns) == 1;
    fclose(file);
    return read;
}

bool load_cpu_process_ns(pid_t pid, uint64_t *ns)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
    DIR *threads = opendir(path);
    if (!threads)
        return false;
    bool found = false;
    *ns = 0;
    for (const struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        uint64_t one;
        if (entry->d_name[0] == '.' || !thread_ns(pid, entry->d_name, &one))
            continue;
        *ns += one;
        found = true;
    }
    closedir(threads);
    return found;
}
