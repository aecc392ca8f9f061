/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/embedded.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "store/embedded_env.h"
#include "store/store.h"

enum {
    BATCHES_MAX = 64, /* in one commit */
    JOBS = 80,        /* of an instance that need no memory: 64 partitions, and ownership */
    WHY_MAX = 160,
};

enum job_kind {
    JOB_WRITE,
    JOB_LOAD,
    JOB_OWN,   /* answered without the thread */
    JOB_CLOSE, /* the last one of its instance */
};

/* On its way to the thread, or back with the answer. */
struct job {
    struct job *next;
    struct store_backend *owner;
    enum job_kind kind;
    enum store_result result;
    struct store_batch *batch;
    struct store_slice *slice;
    struct store_estate estate;
    unsigned partition;
    char why[WHY_MAX]; /* of STORE_AWAY */
};

/* Jobs from any number of threads to one, which takes all at a time. */
struct inbox {
    _Atomic(struct job *) newest;
    int fd; /* readable when there are some */
};

/* The thread of a directory. */
struct engine {
    struct engine *next;
    const char *path;
    unsigned instances;
    struct store_env *env;
    struct inbox inbox;
    atomic_bool stop;
    pthread_t thread;
};

struct store_backend {
    struct engine *engine;
    const struct store_host *host;
    const char *node;
    struct inbox answers;
    struct job jobs[JOBS]; /* of loads and ownership */
    struct job *idle;
    x4s_list starved; /* store_batch.of_backend: there was no memory to write them */
    size_t batches;   /* that were not answered */
    bool troubled;    /* and the host was told */
    bool closing;
    bool closed;
};

/* -------------------------------------------------------------------------- inboxes */

static bool inbox_init(struct inbox *inbox)
{
    atomic_init(&inbox->newest, NULL);
    inbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return inbox->fd >= 0;
}

static void inbox_wake(const struct inbox *inbox)
{
    static const uint64_t one = 1;
    (void)!write(inbox->fd, &one, sizeof(one));
}

/* Where there was something already, whoever put it there has woken the reader. */
static void inbox_put(struct inbox *inbox, struct job *job)
{
    struct job *newest = atomic_load_explicit(&inbox->newest, memory_order_relaxed);
    do
        job->next = newest;
    while (!atomic_compare_exchange_weak_explicit(&inbox->newest, &newest, job,
                                                  memory_order_acq_rel, memory_order_relaxed));
    if (!newest)
        inbox_wake(inbox);
}

/* All jobs, the oldest first; the descriptor is not readable any more. */
static struct job *inbox_take(struct inbox *inbox)
{
    uint64_t count;
    (void)!read(inbox->fd, &count, sizeof(count));
    struct job *newest = atomic_exchange_explicit(&inbox->newest, NULL, memory_order_acq_rel);
    struct job *oldest = NULL;
    while (newest) {
        struct job *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

static void inbox_wait(const struct inbox *inbox)
{
    struct pollfd wanted = {.fd = inbox->fd, .events = POLLIN};
    (void)poll(&wanted, 1, -1);
}

/* More than that at once is the host's mistake. */
static struct job *idle_job(struct store_backend *owner, enum job_kind kind, const char *estate)
{
    struct job *job = owner->idle;
    assert(job);
    owner->idle = job->next;
    *job = (struct job){.owner = owner, .kind = kind};
    (void)snprintf(job->estate.name, sizeof(job->estate.name), "%s", estate);
    return job;
}

static void make_idle(struct job *job)
{
    free(job->slice);
    job->slice = NULL;
    job->next = job->owner->idle;
    job->owner->idle = job;
}

/* -------------------------------------------------------------------------- the thread */

static void answer(struct job *job, enum store_result result, const struct store_error *why)
{
    job->result = result;
    if (result == STORE_AWAY)
        (void)snprintf(job->why, sizeof(job->why), "%.*s", WHY_MAX - 1, why->text);
    inbox_put(&job->owner->answers, job);
}

/* Takes up to BATCHES_MAX jobs of a kind out of the list, in their order. */
static size_t pick(struct job **jobs, enum job_kind kind, struct job *picked[BATCHES_MAX])
{
    size_t count = 0;
    struct job **link = jobs;
    while (*link && count < BATCHES_MAX) {
        if ((*link)->kind != kind) {
            link = &(*link)->next;
            continue;
        }
        picked[count++] = *link;
        *link = (*link)->next;
    }
    return count;
}

static void write_batches(struct engine *engine, struct job **jobs)
{
    struct job *picked[BATCHES_MAX];
    struct store_batch *batches[BATCHES_MAX];
    struct store_error why;
    size_t count;
    while ((count = pick(jobs, JOB_WRITE, picked)) > 0) {
        for (size_t i = 0; i < count; i++)
            batches[i] = picked[i]->batch;
        const bool done = store_env_write(engine->env, batches, count, &why);
        for (size_t i = 0; i < count; i++)
            answer(picked[i], done ? STORE_DONE : STORE_AWAY, &why);
    }
}

static void load_slice(struct engine *engine, struct job *job)
{
    struct store_error why = {"no memory"};
    if (!job->slice)
        job->slice = calloc(1, sizeof(*job->slice));
    const bool done = job->slice && store_env_read(engine->env, job->estate.name, job->partition,
                                                   job->slice, &why);
    answer(job, done ? STORE_DONE : STORE_AWAY, &why);
}

/* One slice of each, so that writes wait for no load as a whole. */
static void load_slices(struct engine *engine, struct job **jobs)
{
    struct job *picked[BATCHES_MAX];
    size_t count;
    while ((count = pick(jobs, JOB_LOAD, picked)) > 0)
        for (size_t i = 0; i < count; i++)
            load_slice(engine, picked[i]);
}

static void answer_rest(struct job *jobs)
{
    while (jobs) {
        struct job *next = jobs->next;
        answer(jobs, STORE_DONE, NULL);
        jobs = next;
    }
}

static void *work(void *argument)
{
    struct engine *engine = argument;
    bool settled = true;
    while (!atomic_load(&engine->stop)) {
        struct job *jobs = inbox_take(&engine->inbox);
        if (!jobs && !settled)
            store_env_sync(engine->env);
        if (!jobs)
            inbox_wait(&engine->inbox);
        settled = !jobs;
        write_batches(engine, &jobs);
        load_slices(engine, &jobs);
        answer_rest(jobs);
    }
    return NULL;
}

/* -------------------------------------------------------------------------- engines */

/* Those that run, by path: what the instances of a daemon share. */
static struct engine *engines;
static pthread_mutex_t engines_lock = PTHREAD_MUTEX_INITIALIZER;

/* On whichever core the process may use, whoever starts it; and signals are for others. */
static int start_thread(struct engine *engine)
{
    sigset_t all;
    sigset_t before;
    cpu_set_t cores;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&engine->thread, NULL, work, engine);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return error;
    (void)pthread_setname_np(engine->thread, "store");
    if (sched_getaffinity(getpid(), sizeof(cores), &cores) == 0)
        (void)pthread_setaffinity_np(engine->thread, sizeof(cores), &cores);
    return 0;
}

static void free_engine(struct engine *engine)
{
    if (engine->env)
        store_env_close(engine->env);
    if (engine->inbox.fd >= 0)
        (void)close(engine->inbox.fd);
    free(engine);
}

static bool start(struct engine *engine, struct store_error *error)
{
    if (!inbox_init(&engine->inbox)) {
        store_error_set(error, "eventfd: %s", strerror(errno));
        return false;
    }
    engine->env = store_env_open(engine->path, error);
    if (!engine->env)
        return false;
    const int why = start_thread(engine);
    if (why)
        store_error_set(error, "%s: no thread: %s", engine->path, strerror(why));
    return !why;
}

static struct engine *new_engine(const char *path, struct store_error *error)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!engine) {
        store_error_set(error, "no memory");
        return NULL;
    }
    engine->path = path;
    engine->inbox.fd = -1;
    if (start(engine, error))
        return engine;
    free_engine(engine);
    return NULL;
}

static struct engine *find_engine(const char *path)
{
    struct engine *engine = engines;
    while (engine && strcmp(engine->path, path) != 0)
        engine = engine->next;
    return engine;
}

static struct engine *get_engine(const char *path, struct store_error *error)
{
    pthread_mutex_lock(&engines_lock);
    struct engine *engine = find_engine(path);
    if (!engine) {
        engine = new_engine(path, error);
        if (engine) {
            engine->next = engines;
            engines = engine;
        }
    }
    if (engine)
        engine->instances++;
    pthread_mutex_unlock(&engines_lock);
    return engine;
}

static void stop(struct engine *engine)
{
    struct engine **link = &engines;
    while (*link != engine)
        link = &(*link)->next;
    *link = engine->next;
    atomic_store(&engine->stop, true);
    inbox_wake(&engine->inbox);
    (void)pthread_join(engine->thread, NULL);
    free_engine(engine);
}

static void put_engine(struct engine *engine)
{
    pthread_mutex_lock(&engines_lock);
    if (--engine->instances == 0)
        stop(engine);
    pthread_mutex_unlock(&engines_lock);
}

/* -------------------------------------------------------------------------- answers */

static void tell_trouble(struct store_backend *backend, const struct job *job)
{
    const bool away = job->result == STORE_AWAY;
    if (away && !backend->troubled && backend->host->trouble)
        backend->host->trouble(backend->host->context, job->why);
    backend->troubled = away;
}

static void take_slice(struct store_backend *backend, struct job *job)
{
    const struct store_host *host = backend->host;
    struct store_name name;
    x4s_chunk data;
    size_t at = 0;
    while (job->result == STORE_DONE && store_slice_next(job->slice, &at, &name, &data))
        host->loaded(host->context, job->estate.name, job->partition, &name, data.data, data.len);
    if (job->result == STORE_DONE && !job->slice->end) {
        inbox_put(&backend->engine->inbox, job);
        return;
    }
    host->load_end(host->context, job->estate.name, job->partition, job->result);
    make_idle(job);
}

static void tell_wrote(struct store_backend *backend, struct store_batch *batch)
{
    backend->batches--;
    backend->host->wrote(backend->host->context, batch);
}

static void take_batch(struct store_backend *backend, struct job *job)
{
    struct store_batch *batch = job->batch;
    free(job);
    tell_wrote(backend, batch);
}

static void take_ownership(struct store_backend *backend, struct job *job)
{
    const struct store_estate estate = job->estate;
    make_idle(job);
    backend->host->owned(backend->host->context, estate.name, estate.token,
                         estate.token ? backend->node : "", STORE_DONE);
}

static void take_answer(struct store_backend *backend, struct job *job)
{
    if (job->kind == JOB_WRITE || job->kind == JOB_LOAD)
        tell_trouble(backend, job);
    if (job->kind == JOB_WRITE)
        take_batch(backend, job);
    else if (job->kind == JOB_CLOSE)
        backend->closed = true;
    else if (backend->closing)
        make_idle(job);
    else if (job->kind == JOB_LOAD)
        take_slice(backend, job);
    else
        take_ownership(backend, job);
}

static void answer_starved(struct store_backend *backend)
{
    while (!x4_list_empty(&backend->starved)) {
        struct store_batch *batch =
            x4m_container(backend->starved.next, struct store_batch, of_backend);
        x4_list_remove(&batch->of_backend);
        for (size_t i = 0; i < batch->count; i++)
            batch->writes[i].result = STORE_AWAY;
        tell_wrote(backend, batch);
    }
}

static void on_ready(struct store_backend *backend, int fd)
{
    (void)fd;
    struct job *job = inbox_take(&backend->answers);
    while (job) {
        struct job *next = job->next;
        take_answer(backend, job);
        job = next;
    }
    answer_starved(backend);
}

static x4_msec on_tick(struct store_backend *backend, x4_msec now)
{
    (void)backend;
    (void)now;
    return x4c_never;
}

/* -------------------------------------------------------------------------- opening and closing */

static void release(struct store_backend *backend)
{
    if (backend->answers.fd >= 0)
        (void)close(backend->answers.fd);
    free(backend);
}

static bool listen_to(struct store_backend *backend, struct store_error *error)
{
    if (inbox_init(&backend->answers) &&
        backend->host->watch(backend->host->context, backend->answers.fd))
        return true;
    store_error_set(error, "the answers of the store cannot be waited for");
    return false;
}

static struct store_backend *on_open(const struct store_options *options,
                                     const struct store_host *host, struct store_error *error)
{
    struct store_backend *backend = calloc(1, sizeof(*backend));
    if (!backend) {
        store_error_set(error, "no memory");
        return NULL;
    }
    backend->host = host;
    backend->node = options->node;
    backend->answers.fd = -1;
    x4_list_init(&backend->starved);
    for (size_t i = 0; i < JOBS; i++) {
        backend->jobs[i].owner = backend;
        make_idle(&backend->jobs[i]);
    }
    backend->engine = get_engine(options->path, error);
    if (backend->engine && listen_to(backend, error))
        return backend;
    if (backend->engine)
        put_engine(backend->engine);
    release(backend);
    return NULL;
}

static void await_answers(struct store_backend *backend)
{
    inbox_wait(&backend->answers);
    on_ready(backend, backend->answers.fd);
}

static void on_close(struct store_backend *backend)
{
    struct job last = {.owner = backend, .kind = JOB_CLOSE};
    backend->closing = true;
    while (backend->batches)
        await_answers(backend);
    inbox_put(&backend->engine->inbox, &last);
    while (!backend->closed)
        await_answers(backend);
    backend->host->unwatch(backend->host->context, backend->answers.fd);
    put_engine(backend->engine);
    release(backend);
}

/* -------------------------------------------------------------------------- requests */

static void on_write(struct store_backend *backend, struct store_batch *batch)
{
    struct job *job = calloc(1, sizeof(*job));
    backend->batches++;
    if (!job) {
        x4_list_append(&backend->starved, &batch->of_backend);
        inbox_wake(&backend->answers);
        return;
    }
    job->owner = backend;
    job->kind = JOB_WRITE;
    job->batch = batch;
    inbox_put(&backend->engine->inbox, job);
}

static void on_load(struct store_backend *backend, const char *estate, unsigned partition)
{
    struct job *job = idle_job(backend, JOB_LOAD, estate);
    job->partition = partition;
    inbox_put(&backend->engine->inbox, job);
}

static void own(struct store_backend *backend, const char *estate, uint64_t token)
{
    struct job *job = idle_job(backend, JOB_OWN, estate);
    job->estate.token = token;
    inbox_put(&backend->answers, job);
}

static void on_claim(struct store_backend *backend, const char *estate, uint64_t at_least,
                     bool force)
{
    (void)force;
    own(backend, estate, at_least + 1);
}

static void on_renew(struct store_backend *backend, const struct store_estate *estate)
{
    own(backend, estate->name, estate->token);
}

static void on_release(struct store_backend *backend, const struct store_estate *estate)
{
    own(backend, estate->name, 0);
}

const struct store_backend_ops store_embedded_ops = {
    .name = "embedded",
    .open = on_open,
    .close = on_close,
    .write = on_write,
    .load = on_load,
    .claim = on_claim,
    .renew = on_renew,
    .release = on_release,
    .ready = on_ready,
    .tick = on_tick,
};
