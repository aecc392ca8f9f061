/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeping tunnels in the embedded store costs the thread of a shard, and how fast they are
 * back.
 *
 *     store_cost FOLDER [TUNNELS]
 *
 * A tunnel is a record of an ISAKMP SA and one of a child: written, sealed, queued, given to the
 * store's thread, and its answers taken. `batch` is how many tunnels come up in one round of the
 * shard's loop; between two rounds the shard is busy for as long as their handshakes take. CPU time
 * is that of the shard's thread, without this.
 *
 * Then all are loaded, opened and read. FOLDER should not be there, and stays.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/micro/tunnel_record.h"
#include "store/embedded.h"
#include "store/store.h"

enum {
    TUNNELS_DEFAULT = 20000,
    HANDSHAKE_US = 300,
    WATCHED = 4,
};

static const struct store_estate estate = {.name = "bench", .token = 1};

struct shard {
    struct store *store;
    struct store_sealer *sealer;
    int fds[WATCHED];
    unsigned load_ends;
    uint64_t loaded;
    uint64_t refused;
    double open_sec; /* CPU */
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "store_cost: %s\n", what);
    exit(1);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t wall_ms(void)
{
    return (uint64_t)(seconds_of(CLOCK_REALTIME) * 1e3);
}

static x4_msec clock_ms(void)
{
    return (x4_msec)(seconds_of(CLOCK_MONOTONIC) * 1e3);
}

/* -------------------------------------------------------------------------- the shard */

static bool on_watch(void *context, int fd)
{
    struct shard *shard = context;
    for (size_t i = 0; i < WATCHED; i++)
        if (shard->fds[i] < 0) {
            shard->fds[i] = fd;
            return true;
        }
    return false;
}

static void on_unwatch(void *context, int fd)
{
    struct shard *shard = context;
    for (size_t i = 0; i < WATCHED; i++)
        if (shard->fds[i] == fd)
            shard->fds[i] = -1;
}

static enum store_reason read_record(const struct store_name *name, x4s_chunk record)
{
    static struct store_isakmp sa;
    static struct store_child child;
    return name->bytes[0] == STORE_ISAKMP ? store_isakmp_read(record, wall_ms(), &sa)
                                          : store_child_read(record, wall_ms(), &child);
}

static void on_loaded(void *context, const char *of, unsigned partition,
                      const struct store_name *name, const uint8_t *data, size_t len)
{
    struct shard *shard = context;
    const struct store_place place = {of, partition, *name};
    static uint8_t record[STORE_RECORD_MAX];
    const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    size_t record_len;
    enum store_reason reason =
        store_unseal(shard->sealer, &place, (x4s_chunk){data, len}, record, &record_len);
    if (reason == STORE_none)
        reason = read_record(name, (x4s_chunk){record, record_len});
    shard->refused += reason != STORE_none;
    shard->loaded++;
    shard->open_sec += seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin;
}

static void on_load_end(void *context, const char *of, unsigned partition, enum store_result result)
{
    struct shard *shard = context;
    (void)of;
    (void)partition;
    must(result == STORE_DONE, "a load failed");
    shard->load_ends++;
}

static void on_fenced(void *context, const struct store_estate *of)
{
    (void)context;
    (void)of;
}

static void on_owned(void *context, const char *of, uint64_t token, const char *holder,
                     enum store_result result)
{
    (void)context;
    (void)of;
    (void)token;
    (void)holder;
    (void)result;
}

static void on_again(void *context)
{
    (void)context;
    must(false, "the queue was too short");
}

static void on_trouble(void *context, const char *why)
{
    (void)context;
    must(false, why);
}

static struct store_user user = {
    .watch = on_watch,
    .unwatch = on_unwatch,
    .loaded = on_loaded,
    .load_end = on_load_end,
    .fenced = on_fenced,
    .owned = on_owned,
    .again = on_again,
    .trouble = on_trouble,
};

/* Hears what the store has to say; sleeps until there is something, or does not (0). */
static void hear(struct shard *shard, int timeout)
{
    struct pollfd wanted[WATCHED];
    for (size_t i = 0; i < WATCHED; i++)
        wanted[i] = (struct pollfd){.fd = shard->fds[i], .events = POLLIN};
    if (poll(wanted, WATCHED, timeout) < 0 && errno != EINTR)
        must(false, "poll failed");
    for (size_t i = 0; i < WATCHED; i++)
        if (wanted[i].revents & POLLIN)
            store_ready(shard->store, wanted[i].fd, clock_ms());
}

static void put(struct shard *shard, const struct store_place *place, x4s_chunk record)
{
    uint8_t sealed[STORE_SEALED_MAX];
    const size_t len = store_seal(shard->sealer, place, record, sealed);
    const struct store_put what = {
        .estate = &estate,
        .name = place->name,
        .partition = (uint8_t)place->partition,
        .data = sealed,
        .len = (uint32_t)len,
        .expires_sec = UINT64_MAX,
    };
    must(record.len && len, "a record was not written");
    must(store_put(shard->store, &what, clock_ms()), "the queue is full");
}

static void keep_tunnel(struct shard *shard, uint32_t number)
{
    struct micro_tunnel tunnel;
    uint8_t record[STORE_RECORD_MAX];
    micro_tunnel_make(&tunnel, estate.name, number, wall_ms());
    put(shard, &tunnel.isakmp_place,
        (x4s_chunk){record, store_isakmp_write(&tunnel.isakmp, record)});
    put(shard, &tunnel.child_place, (x4s_chunk){record, store_child_write(&tunnel.child, record)});
}

static size_t waiting(const struct shard *shard)
{
    struct store_stats stats;
    store_stats(shard->store, clock_ms(), &stats);
    return stats.length;
}

/* CPU seconds of the thread. */
static double keep_round(struct shard *shard, uint32_t first, uint32_t count)
{
    const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    for (uint32_t i = 0; i < count; i++)
        keep_tunnel(shard, first + i);
    hear(shard, 0);
    store_flush(shard->store, clock_ms());
    return seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin;
}

static void be_busy(double seconds)
{
    const double end = seconds_of(CLOCK_MONOTONIC) + seconds;
    while (seconds_of(CLOCK_MONOTONIC) < end)
        continue;
}

/* CPU microseconds for each tunnel. */
static double keep_all(struct shard *shard, uint32_t first, uint32_t count, uint32_t batch)
{
    double cpu = 0;
    for (uint32_t done = 0; done < count; done += batch) {
        cpu += keep_round(shard, first + done, batch);
        be_busy(batch * HANDSHAKE_US * 1e-6);
    }
    const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    while (waiting(shard)) {
        hear(shard, 1); /* what is gathered goes with a later flush, and nothing tells when */
        store_flush(shard->store, clock_ms());
    }
    return (cpu + seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin) * 1e6 / count;
}

/* -------------------------------------------------------------------------- the whole */

static struct shard open_shard(void)
{
    static const struct store_keys keys = {.count = 1, .keys = {{.id = 1, .secret = {7}}}};
    struct shard shard = {.fds = {-1, -1, -1, -1}};
    const char *error;
    shard.sealer = store_sealer_new(&keys, NULL, NULL, &error);
    must(shard.sealer != NULL, "no sealer");
    return shard;
}

static void open_store(struct shard *shard, const char *folder)
{
    static struct store_options options;
    static const uint8_t hash_key[x4c_siphash_key];
    struct store_error error;
    options = (struct store_options){.path = folder, .node = "bench"};
    user.context = shard;
    shard->store = store_open(&store_embedded_ops, &options, &user, hash_key, &error);
    must(shard->store != NULL, error.text);
}

static void load_all(struct shard *shard, uint64_t records)
{
    const double begin = seconds_of(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < STORE_PARTITIONS; i++)
        store_load(shard->store, estate.name, i);
    while (shard->load_ends < STORE_PARTITIONS)
        hear(shard, -1);
    must(shard->loaded == records && shard->refused == 0, "not all came back");
    printf("load: %llu records in %.3f s; opened and read in %.2f us each\n",
           (unsigned long long)shard->loaded, seconds_of(CLOCK_MONOTONIC) - begin,
           shard->open_sec * 1e6 / (double)shard->loaded);
}

int main(int argc, char **argv)
{
    static const uint32_t batches[] = {1, 4, 16, 64};
    must(argc == 2 || argc == 3, "store_cost FOLDER [TUNNELS]");
    const uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : TUNNELS_DEFAULT;
    const uint32_t rounds = count / (uint32_t)x4m_countof(batches) / 64;
    const uint32_t each = rounds * 64;
    struct shard shard = open_shard();
    open_store(&shard, argv[1]);
    for (uint32_t i = 0; i < x4m_countof(batches); i++)
        printf("keep: batch %2u, %.2f us of the shard for a tunnel\n", (unsigned)batches[i],
               keep_all(&shard, i * each, each, batches[i]));
    store_close(shard.store);
    open_store(&shard, argv[1]);
    load_all(&shard, 2 * (uint64_t)each * x4m_countof(batches));
    store_close(shard.store);
    store_sealer_free(shard.sealer);
    return 0;
}
