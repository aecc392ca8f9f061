/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A node without tunnels, for the cases of Redis: it keeps numbered records in a store as a shard
 * does, and does what the lines of its standard input say. Each answer is a line.
 *
 *     store_driver --node NAME [--mode MODE] [--user NAME] [--password TEXT] [--master NAME]
 *                  [--sentinel-user NAME] [--sentinel-password TEXT] [--lease MS] [--queue RECORDS]
 *                  ADDRESS...
 *
 *     claim ESTATE | force ESTATE     owned ESTATE TOKEN HOLDER RESULT
 *     renew ESTATE | release ESTATE   owned ESTATE TOKEN HOLDER RESULT
 *     put FIRST COUNT SIZE            the next version of these records, into the estate it has
 *     erase FIRST COUNT
 *     settle                          settled WRITES ERASES AWAY FENCED AGAIN, when all is durable
 *     stats                           stats LENGTH WRITES AWAY FENCED AGAIN LONGEST_US TURNS
 *     trouble                         trouble WHY..., as it was last
 *     load ESTATE                     loaded RECORDS WRONG DOUBLE RESULT
 *     quit
 *
 * WRONG are records that are not as it has put them last, with those that are missing. LONGEST_US
 * is the longest time that a call of the store took.
 */

#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/redis.h"
#include "store/store.h"

enum {
    RECORDS_MAX = 200000,
    SIZE_MAX_BYTES = 65536,
    LINE_MAX_BYTES = 256,
    LIFE_SEC = 3600,
};

struct record {
    uint32_t version; /* 0: there is none */
    uint32_t size;
    uint32_t seen; /* in the current load */
};

static struct {
    struct store *store;
    struct store_estate estate;
    struct record records[RECORDS_MAX];
    uint8_t bytes[SIZE_MAX_BYTES];
    int watched;
    bool settling;
    bool quit;
    uint64_t fenced;
    uint64_t again;
    uint64_t longest_ns;
    uint64_t turns;
    char trouble[160];
    unsigned loads; /* partitions that are not read yet */
    size_t walk;    /* records before this were put again */
    enum store_result load_result;
} driver = {.watched = -1, .walk = RECORDS_MAX};

static const char *const results[STORE_RESULTS] = {
    [STORE_DONE] = "done",
    [STORE_AWAY] = "away",
    [STORE_FENCED] = "fenced",
    [STORE_REFUSED] = "refused",
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static x4_msec now_ms(void)
{
    return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* Others may have the CPU at times. */
static uint64_t cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* ------------------------------------------------------------------------------- records */

static void fill(size_t index, const struct record *record)
{
    memset(driver.bytes, (int)('a' + (index + record->version) % 26), record->size);
    snprintf((char *)driver.bytes, record->size, "%zu:%" PRIu32, index, record->version);
}

static bool put(size_t index)
{
    struct record *record = &driver.records[index];
    struct store_put put = {
        .estate = &driver.estate,
        .name = store_name_child((uint32_t)index + 1),
        .partition = (uint8_t)(index % STORE_PARTITIONS),
        .expires_sec = (uint64_t)time(NULL) + LIFE_SEC,
    };
    if (record->version) {
        fill(index, record);
        put.data = driver.bytes;
        put.len = record->size;
    }
    return store_put(driver.store, &put, now_ms());
}

static void put_range(size_t first, size_t count, uint32_t size)
{
    assert(first + count <= RECORDS_MAX && size <= SIZE_MAX_BYTES);
    for (size_t i = first; i < first + count; i++) {
        driver.records[i].version++;
        driver.records[i].size = x4m_max(size, UINT32_C(16));
        (void)put(i);
    }
}

static void erase_range(size_t first, size_t count)
{
    assert(first + count <= RECORDS_MAX);
    for (size_t i = first; i < first + count; i++) {
        driver.records[i].version = 0;
        (void)put(i);
    }
}

/* ------------------------------------------------------------------------- the store's user */

static bool on_watch(void *context, int fd)
{
    (void)context;
    driver.watched = fd;
    return true;
}

static void on_unwatch(void *context, int fd)
{
    (void)context;
    (void)fd;
    driver.watched = -1;
}

static void on_loaded(void *context, const char *estate, unsigned partition,
                      const struct store_name *name, const uint8_t *data, size_t len)
{
    (void)context;
    (void)estate;
    const uint8_t *spi = name->bytes + 1;
    const size_t index =
        ((size_t)spi[0] << 24 | (size_t)spi[1] << 16 | (size_t)spi[2] << 8 | spi[3]) - 1;
    assert(name->bytes[0] == STORE_CHILD && index < RECORDS_MAX);
    assert(index % STORE_PARTITIONS == partition);
    struct record *record = &driver.records[index];
    fill(index, record);
    const bool same =
        record->version && len == record->size && memcmp(data, driver.bytes, len) == 0;
    record->seen += same ? 1 : 1000;
}

static void tell_load(void)
{
    size_t records = 0;
    size_t wrong = 0;
    size_t twice = 0;
    for (size_t i = 0; i < RECORDS_MAX; i++) {
        struct record *record = &driver.records[i];
        records += record->seen > 0;
        wrong += record->seen >= 1000 || (record->version && !record->seen);
        twice += record->seen > 1 && record->seen < 1000;
        record->seen = 0;
    }
    printf("loaded %zu %zu %zu %s\n", records, wrong, twice, results[driver.load_result]);
}

static void on_load_end(void *context, const char *estate, unsigned partition,
                        enum store_result result)
{
    (void)context;
    (void)estate;
    (void)partition;
    driver.load_result = x4m_max(driver.load_result, result);
    if (--driver.loads == 0)
        tell_load();
}

static void on_fenced(void *context, const struct store_estate *estate)
{
    (void)context;
    driver.fenced++;
    store_forget(driver.store, estate);
}

static void on_owned(void *context, const char *estate, uint64_t token, const char *holder,
                     enum store_result result)
{
    (void)context;
    if (result == STORE_DONE && token) {
        driver.estate.token = token;
        snprintf(driver.estate.name, sizeof(driver.estate.name), "%s", estate);
    }
    printf("owned %s %" PRIu64 " %s %s\n", estate, token, *holder ? holder : "-", results[result]);
}

static void on_trouble(void *context, const char *why)
{
    (void)context;
    snprintf(driver.trouble, sizeof(driver.trouble), "%s", why);
}

static void on_again(void *context)
{
    (void)context;
    driver.again++;
    driver.walk = 0;
}

static void walk(void)
{
    for (; driver.walk < RECORDS_MAX; driver.walk++) {
        if (!driver.records[driver.walk].version)
            continue;
        if (!store_room(driver.store))
            return;
        (void)put(driver.walk);
    }
}

/* ------------------------------------------------------------------------------- commands */

static void load(const char *estate)
{
    driver.loads = STORE_PARTITIONS;
    driver.load_result = STORE_DONE;
    for (unsigned i = 0; i < STORE_PARTITIONS; i++)
        store_load(driver.store, estate, i);
}

static void tell_stats(void)
{
    struct store_stats stats;
    store_stats(driver.store, now_ms(), &stats);
    printf("stats %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, stats.length, stats.queue.writes,
           stats.away, driver.fenced);
    printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", driver.again, driver.longest_ns / 1000,
           driver.turns);
    driver.longest_ns = 0;
}

static void settle(void)
{
    struct store_stats stats;
    store_stats(driver.store, now_ms(), &stats);
    if (!driver.settling || stats.length || driver.walk < RECORDS_MAX)
        return;
    driver.settling = false;
    printf("settled %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
           stats.queue.writes, stats.queue.erases, stats.away, driver.fenced, driver.again);
}

static void obey(const char *line)
{
    char word[16] = "";
    char text[STORE_ESTATE_MAX + 1] = "";
    unsigned first = 0;
    unsigned count = 0;
    unsigned size = 0;
    (void)sscanf(line, "%15s %63s", word, text);
    (void)sscanf(line, "%*s %u %u %u", &first, &count, &size);
    if (strcmp(word, "claim") == 0)
        store_claim(driver.store, text, 0, false);
    else if (strcmp(word, "force") == 0)
        store_claim(driver.store, text, 0, true);
    else if (strcmp(word, "renew") == 0)
        store_renew(driver.store, &driver.estate);
    else if (strcmp(word, "release") == 0)
        store_release(driver.store, &driver.estate);
    else if (strcmp(word, "put") == 0)
        put_range(first, count, size);
    else if (strcmp(word, "erase") == 0)
        erase_range(first, count);
    else if (strcmp(word, "settle") == 0)
        driver.settling = true;
    else if (strcmp(word, "stats") == 0)
        tell_stats();
    else if (strcmp(word, "trouble") == 0)
        printf("trouble %s\n", driver.trouble);
    else if (strcmp(word, "load") == 0)
        load(text);
    else
        driver.quit = true;
}

/* A byte at a time: lines are short, and there is nothing to hurry for. */
static void read_command(void)
{
    static char line[LINE_MAX_BYTES];
    static size_t len;
    char byte;
    if (read(STDIN_FILENO, &byte, 1) != 1) {
        driver.quit = true;
        return;
    }
    if (byte != '\n' && len < sizeof(line) - 1) {
        line[len++] = byte;
        return;
    }
    line[len] = '\0';
    len = 0;
    obey(line);
}

/* ----------------------------------------------------------------------------------- loop */

static void account(uint64_t begin_ns)
{
    driver.longest_ns = x4m_max(driver.longest_ns, cpu_ns() - begin_ns);
}

static void turn(x4_msec due)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = driver.watched, .events = POLLIN}};
    (void)poll(fds, x4m_countof(fds), (int)x4m_min(due, UINT64_C(1000)));
    if (fds[1].revents) {
        const uint64_t begin = cpu_ns();
        store_ready(driver.store, driver.watched, now_ms());
        account(begin);
    }
    if (fds[0].revents)
        read_command();
}

static void run(void)
{
    while (!driver.quit) {
        driver.turns++;
        const uint64_t begin = cpu_ns();
        const x4_msec due = store_tick(driver.store, now_ms());
        walk();
        store_flush(driver.store, now_ms());
        account(begin);
        settle();
        fflush(stdout);
        turn(due);
    }
}

static enum redis_mode mode_of(const char *name)
{
    if (strcmp(name, "sentinel") == 0)
        return REDIS_SENTINEL;
    return strcmp(name, "cluster") == 0 ? REDIS_CLUSTER : REDIS_STANDALONE;
}

static struct redis_options redis;
static struct store_options options = {.redis = &redis};

static bool set_option(int option, const char *value)
{
    switch (option) {
    case 'n':
        options.node = value;
        return true;
    case 'm':
        redis.mode = mode_of(value);
        return true;
    case 'u':
        redis.user = value;
        return true;
    case 'p':
        redis.password = value;
        return true;
    case 'U':
        redis.sentinel_user = value;
        return true;
    case 'P':
        redis.sentinel_password = value;
        return true;
    case 'M':
        redis.master = value;
        return true;
    case 'l':
        redis.lease_ms = (uint32_t)strtoul(value, NULL, 10);
        return true;
    case 'q':
        options.queue = strtoul(value, NULL, 10);
        return true;
    default:
        return false;
    }
}

static bool read_arguments(int argc, char **argv)
{
    static const struct option names[] = {
        {"node", required_argument, NULL, 'n'},
        {"mode", required_argument, NULL, 'm'},
        {"user", required_argument, NULL, 'u'},
        {"password", required_argument, NULL, 'p'},
        {"master", required_argument, NULL, 'M'},
        {"sentinel-user", required_argument, NULL, 'U'},
        {"sentinel-password", required_argument, NULL, 'P'},
        {"lease", required_argument, NULL, 'l'},
        {"queue", required_argument, NULL, 'q'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!set_option(option, optarg))
            return false;
    const bool sentinel = redis.mode == REDIS_SENTINEL;
    for (; optind < argc && redis.address_count < REDIS_ADDRESSES_MAX; optind++)
        if (!redis_address_parse(argv[optind], sentinel ? REDIS_SENTINEL_PORT : REDIS_PORT,
                                 &redis.addresses[redis.address_count++]))
            return false;
    return options.node != NULL;
}

int main(int argc, char **argv)
{
    static const uint8_t hash_key[x4c_siphash_key];
    static const struct store_user user = {
        .watch = on_watch,
        .unwatch = on_unwatch,
        .loaded = on_loaded,
        .load_end = on_load_end,
        .fenced = on_fenced,
        .owned = on_owned,
        .trouble = on_trouble,
        .again = on_again,
    };
    struct store_error error;
    signal(SIGPIPE, SIG_IGN);
    if (!read_arguments(argc, argv)) {
        fprintf(stderr, "usage: store_driver --node NAME [OPTION...] ADDRESS...\n");
        return 2;
    }
    driver.store = store_open(&redis_store_ops, &options, &user, hash_key, &error);
    if (!driver.store) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    run();
    store_close(driver.store);
    return 0;
}
