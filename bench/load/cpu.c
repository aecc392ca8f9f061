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

/* -------------------------------------------------------------------------- other processes */

/* A daemon has a few; who has more is no daemon. */
#define PROCESSES_MAX 64

struct family {
    pid_t members[PROCESSES_MAX];
    size_t count;
};

static FILE *open_of(pid_t pid, const char *thread, const char *name)
{
    char path[320];
    snprintf(path, sizeof(path), "/proc/%ld/task/%s/%s", (long)pid, thread, name);
    return fopen(path, "re");
}

static bool thread_ns(pid_t pid, const char *thread, uint64_t *ns)
{
    FILE *file = open_of(pid, thread, "schedstat");
    if (!file)
        return false;
    bool read = fscanf(file, "%" SCNu64, ns) == 1;
    fclose(file);
    return read;
}

static void add_children(struct family *family, pid_t pid, const char *thread)
{
    FILE *file = open_of(pid, thread, "children");
    long child;
    while (file && family->count < PROCESSES_MAX && fscanf(file, "%ld", &child) == 1)
        family->members[family->count++] = (pid_t)child;
    if (file)
        fclose(file);
}

/* Adds what the process's threads have used to *ns, and its children to the family. */
static bool add_process(struct family *family, pid_t pid, uint64_t *ns)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
    DIR *threads = opendir(path);
    if (!threads)
        return false;
    bool found = false;
    for (const struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        uint64_t one;
        if (entry->d_name[0] == '.' || !thread_ns(pid, entry->d_name, &one))
            continue;
        add_children(family, pid, entry->d_name);
        *ns += one;
        found = true;
    }
    closedir(threads);
    return found;
}

bool load_cpu_process_ns(pid_t pid, uint64_t *ns)
{
    struct family family = {.members = {pid}, .count = 1};
    *ns = 0;
    bool found = false;
    for (size_t i = 0; i < family.count; i++)
        found = add_process(&family, family.members[i], ns) || found;
    return found;
}
