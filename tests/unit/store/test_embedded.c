/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/embedded.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/store.h"

static const struct store_estate here = {.name = "here", .token = 1};

static char folder[64];
static struct store_options options;

/* One instance and what it was told. */
struct user {
    struct store_host host;
    struct store_backend *backend;
    int fd;
    unsigned wrote;
    unsigned away;
    unsigned loaded;
    unsigned load_ends;
    unsigned owned;
    unsigned troubles;
    uint64_t token;
    uint32_t sum; /* of the first bytes of what was loaded */
    char holder[32];
    char why[160];
};

/* -------------------------------------------------------------------------- the host */

static bool on_watch(void *context, int fd)
{
    struct user *user = context;
    user->fd = fd;
    return true;
}

static void on_unwatch(void *context, int fd)
{
    struct user *user = context;
    assert_int_equal(user->fd, fd);
    user->fd = -1;
}

static void on_wrote(void *context, struct store_batch *batch)
{
    struct user *user = context;
    user->wrote++;
    for (size_t i = 0; i < batch->count; i++)
        user->away += batch->writes[i].result != STORE_DONE;
}

static void on_loaded(void *context, const char *estate, unsigned partition,
                      const struct store_name *name, const uint8_t *data, size_t len)
{
    struct user *user = context;
    (void)name;
    assert_string_equal(estate, "here");
    assert_true(partition < STORE_PARTITIONS);
    assert_true(len > 0);
    user->sum += data[0];
    user->loaded++;
}

static void on_load_end(void *context, const char *estate, unsigned partition,
                        enum store_result result)
{
    struct user *user = context;
    assert_string_equal(estate, "here");
    assert_true(partition < STORE_PARTITIONS);
    assert_int_equal(result, STORE_DONE);
    user->load_ends++;
}

static void on_owned(void *context, const char *estate, uint64_t token, const char *holder,
                     enum store_result result)
{
    struct user *user = context;
    assert_string_equal(estate, "here");
    assert_int_equal(result, STORE_DONE);
    user->owned++;
    user->token = token;
    (void)snprintf(user->holder, sizeof(user->holder), "%s", holder);
}

static void on_trouble(void *context, const char *why)
{
    struct user *user = context;
    user->troubles++;
    (void)snprintf(user->why, sizeof(user->why), "%s", why);
}

static void open_user(struct user *user)
{
    struct store_error error;
    *user = (struct user){.fd = -1};
    user->host = (struct store_host){
        .context = user,
        .watch = on_watch,
        .unwatch = on_unwatch,
        .wrote = on_wrote,
        .loaded = on_loaded,
        .load_end = on_load_end,
        .owned = on_owned,
        .trouble = on_trouble,
    };
    user->backend = store_embedded_ops.open(&options, &user->host, &error);
    if (!user->backend)
        print_error("%s\n", error.text);
    assert_non_null(user->backend);
}

static void close_user(struct user *user)
{
    store_embedded_ops.close(user->backend);
    assert_int_equal(user->fd, -1);
}

/* Waits until the counter has reached the number. */
static void wait_for(struct user *user, const unsigned *counter, unsigned number)
{
    while (*counter < number) {
        struct pollfd wanted = {.fd = user->fd, .events = POLLIN};
        assert_int_equal(poll(&wanted, 1, 60000), 1);
        store_embedded_ops.ready(user->backend, user->fd);
    }
    assert_int_equal(*counter, number);
    assert_true(store_embedded_ops.tick(user->backend, 0) == x4c_never);
}

/* -------------------------------------------------------------------------- batches */

enum { BATCH = 16, LEN = 300 };

/* A batch with as many records, whose names follow from its number. */
struct parcel {
    struct store_batch batch;
    struct store_write writes[BATCH];
    uint8_t data[LEN];
};

static void pack(struct parcel *parcel, uint32_t number, uint8_t partition)
{
    *parcel = (struct parcel){.batch = {.count = BATCH, .writes = parcel->writes}};
    memset(parcel->data, 1, LEN);
    for (uint32_t i = 0; i < BATCH; i++)
        parcel->writes[i] = (struct store_write){
            .estate = &here,
            .name = store_name_child(1000 + number * BATCH + i),
            .partition = partition,
            .data = parcel->data,
            .len = LEN,
            .expires_sec = UINT64_MAX,
            .result = STORE_RESULTS,
        };
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ikehub-embedded-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    options = (struct store_options){.path = folder, .node = "here"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char path[96];
    (void)snprintf(path, sizeof(path), "%s/records", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/lock", folder);
    (void)unlink(path);
    return rmdir(folder);
}

static unsigned load_all(struct user *user)
{
    const unsigned ends = user->load_ends;
    user->loaded = 0;
    for (unsigned i = 0; i < STORE_PARTITIONS; i++)
        store_embedded_ops.load(user->backend, "here", i);
    wait_for(user, &user->load_ends, ends + STORE_PARTITIONS);
    return user->loaded;
}

static void test_batches_are_there_again(void **state)
{
    (void)state;
    static struct parcel parcels[80];
    struct user user;
    open_user(&user);
    for (uint32_t i = 0; i < x4m_countof(parcels); i++) {
        pack(&parcels[i], i, 5);
        store_embedded_ops.write(user.backend, &parcels[i].batch);
    }
    assert_int_equal(user.wrote, 0);
    wait_for(&user, &user.wrote, x4m_countof(parcels));
    assert_int_equal(user.away, 0);
    close_user(&user);

    open_user(&user);
    assert_int_equal(load_all(&user), x4m_countof(parcels) * BATCH);
    assert_int_equal(user.sum, x4m_countof(parcels) * BATCH);
    for (size_t i = 0; i < BATCH; i++)
        parcels[0].writes[i].data = NULL;
    store_embedded_ops.write(user.backend, &parcels[0].batch);
    wait_for(&user, &user.wrote, 1);
    assert_int_equal(load_all(&user), (x4m_countof(parcels) - 1) * BATCH);
    close_user(&user);
}

static void test_closing_brings_to_an_end(void **state)
{
    (void)state;
    static struct parcel parcels[3];
    struct user user;
    open_user(&user);
    for (uint32_t i = 0; i < x4m_countof(parcels); i++) {
        pack(&parcels[i], i, 5);
        store_embedded_ops.write(user.backend, &parcels[i].batch);
    }
    store_embedded_ops.load(user.backend, "here", 1);
    store_embedded_ops.claim(user.backend, "here", 0, false);
    close_user(&user);
    assert_int_equal(user.wrote, x4m_countof(parcels));
    assert_int_equal(user.away, 0);
    assert_int_equal(user.load_ends, 0);
    assert_int_equal(user.owned, 0);
    open_user(&user);
    assert_int_equal(load_all(&user), x4m_countof(parcels) * BATCH);
    close_user(&user);
}

static void test_whoever_has_the_directory_owns_all(void **state)
{
    (void)state;
    struct user user;
    open_user(&user);
    store_embedded_ops.claim(user.backend, "here", 41, false);
    assert_int_equal(user.owned, 0);
    wait_for(&user, &user.owned, 1);
    assert_int_equal(user.token, 42);
    assert_string_equal(user.holder, "here");
    const struct store_estate estate = {.name = "here", .token = 42};
    store_embedded_ops.renew(user.backend, &estate);
    wait_for(&user, &user.owned, 2);
    assert_int_equal(user.token, 42);
    store_embedded_ops.release(user.backend, &estate);
    wait_for(&user, &user.owned, 3);
    assert_int_equal(user.token, 0);
    assert_string_equal(user.holder, "");
    close_user(&user);
}

/* -------------------------------------------------------------------------- several threads */

enum { THREADS = 4, ROUNDS = 20 };

static void *be_a_shard(void *argument)
{
    struct user *user = argument;
    const uint32_t number = (uint32_t)user->token;
    static struct parcel parcels[THREADS][ROUNDS];
    for (uint32_t i = 0; i < ROUNDS; i++) {
        pack(&parcels[number][i], number * ROUNDS + i, (uint8_t)number);
        store_embedded_ops.write(user->backend, &parcels[number][i].batch);
        if (i % 4 == 3)
            wait_for(user, &user->wrote, i + 1);
    }
    store_embedded_ops.load(user->backend, "here", number);
    wait_for(user, &user->load_ends, 1);
    return NULL;
}

static void test_shards_share_the_thread(void **state)
{
    (void)state;
    static struct user users[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        open_user(&users[i]);
        users[i].token = i;
        assert_int_equal(pthread_create(&threads[i], NULL, be_a_shard, &users[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(users[i].wrote, ROUNDS);
        assert_int_equal(users[i].away, 0);
        assert_int_equal(users[i].loaded, ROUNDS * BATCH);
    }
    for (unsigned i = 0; i < THREADS; i++)
        close_user(&users[i]);
}

/* -------------------------------------------------------------------------- other processes */

static void test_a_second_daemon_is_told(void **state)
{
    (void)state;
    struct user user;
    open_user(&user);
    char expected[128];
    (void)snprintf(expected, sizeof(expected), "%s: in use by process %ld", folder, (long)getpid());
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* What a path that is written otherwise finds is the lock. */
        char other[96];
        struct store_error error;
        (void)snprintf(other, sizeof(other), "%s/.", folder);
        (void)snprintf(expected, sizeof(expected), "%s: in use by process %ld", other,
                       (long)getppid());
        options.path = other;
        const bool told = !store_embedded_ops.open(&options, &user.host, &error) &&
                          strcmp(error.text, expected) == 0;
        _exit(told ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close_user(&user);
}

/* Writes batch after batch, several at a time, and tells each that was answered. */
static void write_until_killed(int answers)
{
    enum { FLIGHTS = 4 };
    static struct parcel parcels[FLIGHTS];
    struct user user;
    open_user(&user);
    for (uint32_t next = 0;; next += FLIGHTS) {
        const unsigned before = user.wrote;
        for (uint32_t i = 0; i < FLIGHTS; i++) {
            pack(&parcels[i], next + i, 0);
            store_embedded_ops.write(user.backend, &parcels[i].batch);
        }
        for (uint32_t i = 1; i <= FLIGHTS; i++) {
            while (user.wrote < before + i) {
                struct pollfd wanted = {.fd = user.fd, .events = POLLIN};
                (void)poll(&wanted, 1, 60000);
                store_embedded_ops.ready(user.backend, user.fd);
            }
            (void)!write(answers, "", 1);
        }
    }
}

/* Kills the writer when so many batches were answered; returns how many were in the end. */
static unsigned kill_writer(unsigned answered)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        write_until_killed(ends[1]);
    }
    (void)close(ends[1]);
    unsigned told = 0;
    while (told < answered && read(ends[0], &byte, 1) == 1)
        told++;
    assert_int_equal(told, answered);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    while (read(ends[0], &byte, 1) == 1)
        told++;
    (void)close(ends[0]);
    return told;
}

/*
 * What was answered is there, and a batch is there as a whole or not at all. The first batches are
 * overwritten by each writer, so that what is there is at least what the last one was answered.
 */
static void test_what_was_answered_survives_a_kill(void **state)
{
    (void)state;
    unsigned seed = 20240607;
    unsigned most = 0;
    for (unsigned round = 0; round < 12; round++) {
        seed = seed * 1664525 + 1013904223;
        const unsigned told = kill_writer(1 + (seed >> 16) % 24);
        struct user user;
        open_user(&user);
        const unsigned found = load_all(&user);
        close_user(&user);
        most = told > most ? told : most;
        assert_int_equal(found % BATCH, 0);
        assert_true(found >= most * BATCH);
    }
}

/* -------------------------------------------------------------------------- a bad disk */

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_full_disk_is_told_but_not_each_time(void **state)
{
    (void)state;
    static struct parcel parcels[400];
    struct user user;
    open_user(&user);
    pack(&parcels[0], 0, 0);
    store_embedded_ops.write(user.backend, &parcels[0].batch);
    wait_for(&user, &user.wrote, 1);
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(65536);
    for (uint32_t i = 1; i < x4m_countof(parcels); i++) {
        pack(&parcels[i], i, 0);
        store_embedded_ops.write(user.backend, &parcels[i].batch);
    }
    wait_for(&user, &user.wrote, x4m_countof(parcels));
    limit_files(RLIM_INFINITY);
    /* Once more after each batch for which there was room in between. */
    assert_true(user.troubles > 0);
    assert_true(user.troubles < user.away);
    assert_true(strstr(user.why, "records: Input/output error") ||
                strstr(user.why, "records: File too large"));

    const unsigned away = user.away;
    for (uint32_t i = 1; i < x4m_countof(parcels); i++)
        store_embedded_ops.write(user.backend, &parcels[i].batch);
    wait_for(&user, &user.wrote, 2 * x4m_countof(parcels) - 1);
    assert_int_equal(user.away, away);
    assert_int_equal(load_all(&user), x4m_countof(parcels) * BATCH);
    close_user(&user);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_batches_are_there_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closing_brings_to_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_whoever_has_the_directory_owns_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shards_share_the_thread, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_second_daemon_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_was_answered_survives_a_kill, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_told_but_not_each_time, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
