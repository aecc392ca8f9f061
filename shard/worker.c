/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/worker.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* jemalloc's, where the program is linked with it. */
extern int mallctl(const char *name, void *old, size_t *old_len, void *new, size_t new_len)
    __attribute__((weak));

/* The cores that the process may use, one after another; more shards than cores share them. */
static void pin(uint32_t index)
{
    cpu_set_t allowed;
    cpu_set_t own;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
        return;
    uint32_t before = index % (uint32_t)CPU_COUNT(&allowed);
    size_t cpu = 0;
    while (!CPU_ISSET(cpu, &allowed) || before-- > 0)
        cpu++;
    CPU_ZERO(&own);
    CPU_SET(cpu, &own);
    (void)pthread_setaffinity_np(pthread_self(), sizeof(own), &own);
}

/* So that no two shards write to the same cache lines of the allocator. */
static void take_arena(void)
{
    unsigned arena;
    size_t size = sizeof(arena);
    if (mallctl && mallctl("arenas.create", &arena, &size, NULL, 0) == 0)
        (void)mallctl("thread.arena", NULL, NULL, &arena, sizeof(arena));
}

static void tell_ended(const struct hub_worker *worker)
{
    const uint64_t one = 1;
    (void)!write(worker->ended, &one, sizeof(one));
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        continue;
}

static void *work(void *context)
{
    struct hub_worker *worker = context;
    char name[16];
    snprintf(name, sizeof(name), "shard-%u", worker->options.index);
    (void)pthread_setname_np(pthread_self(), name);
    pin(worker->options.index);
    take_arena();
    worker->shard = shard_open(&worker->options, &worker->error);
    struct shard *shard = worker->shard;
    sem_post(&worker->opened);
    if (!shard)
        return NULL;
    wait_for(&worker->served);
    worker->works = shard_run(shard);
    shard_tally_take(shard, &worker->tally);
    shard_close(shard);
    tell_ended(worker);
    return NULL;
}

static bool fail(struct hub_worker *worker, const char *what, int error)
{
    worker->error.code = error;
    snprintf(worker->error.text, sizeof(worker->error.text), "%s: %s", what, strerror(error));
    return false;
}

bool hub_worker_start(struct hub_worker *worker, const struct shard_options *options)
{
    *worker = (struct hub_worker){.options = *options};
    worker->ended = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (worker->ended < 0)
        return fail(worker, "eventfd", errno);
    sem_init(&worker->opened, 0, 0);
    sem_init(&worker->served, 0, 0);
    const int error = pthread_create(&worker->thread, NULL, work, worker);
    if (error) {
        sem_destroy(&worker->opened);
        sem_destroy(&worker->served);
        close(worker->ended);
        return fail(worker, "thread", error);
    }
    wait_for(&worker->opened);
    if (worker->shard)
        return true;
    hub_worker_join(worker);
    return false;
}

void hub_worker_serve(struct hub_worker *worker)
{
    sem_post(&worker->served);
}

void hub_worker_join(struct hub_worker *worker)
{
    pthread_join(worker->thread, NULL);
    sem_destroy(&worker->opened);
    sem_destroy(&worker->served);
    close(worker->ended);
}
