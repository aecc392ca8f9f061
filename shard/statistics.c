/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/statistics.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "shard/signer.h"

struct counter {
    const char *name;
    size_t offset;
    enum hub_counter_kind kind;
};

#define IKE(member)                                                                                \
    {                                                                                              \
#member, offsetof(x4s_ike_stats, member), HUB_COUNTER                                      \
    }
#define RING(member)                                                                               \
    {                                                                                              \
        "ring_" #member, offsetof(struct ring_counters, member), HUB_COUNTER                       \
    }
#define SHARD(member)                                                                              \
    {                                                                                              \
#member, offsetof(struct shard_counters, member), HUB_COUNTER                              \
    }

/* Those that come and go. */
#define IKE_NOW(member)                                                                            \
    {                                                                                              \
#member, offsetof(x4s_ike_stats, member), HUB_GAUGE                                        \
    }
#define STORE_NOW(member)                                                                          \
    {                                                                                              \
        "store_" #member, offsetof(struct shard_store_tally, member), HUB_GAUGE                    \
    }

static const struct counter ike_counters[] = {
    IKE(messages_in),
    IKE(messages_out),
    IKE(resends),
    IKE(duplicates_answered),
    IKE_NOW(half_open),
    IKE_NOW(unproven),
    {"ph1_initiated", offsetof(x4s_ike_stats, completed1[x4c_ike_initiator]), HUB_COUNTER},
    {"ph1_responded", offsetof(x4s_ike_stats, completed1[x4c_ike_responder]), HUB_COUNTER},
    {"ph2_initiated", offsetof(x4s_ike_stats, completed2[x4c_ike_initiator]), HUB_COUNTER},
    {"ph2_responded", offsetof(x4s_ike_stats, completed2[x4c_ike_responder]), HUB_COUNTER},
    IKE_NOW(aggressive),
    IKE(main_in),
    IKE(main_out),
    IKE(aggressive_in),
    IKE(aggressive_out),
    IKE_NOW(jobs_waiting),
    IKE(dh_jobs),
    IKE(dh_batches),
    IKE(dh_vector),
    IKE_NOW(dh_ahead),
    IKE(notified),
    IKE(withheld),
    {NULL, 0, HUB_COUNTER},
};

static const struct counter ring_counter_names[] = {
    RING(received),          RING(received_bytes),     RING(sent),
    RING(sent_bytes),        RING(send_errors),        RING(send_again),
    RING(dropped_kernel),    RING(dropped_short),      RING(dropped_truncated),
    RING(dropped_no_marker), RING(dropped_keepalive),  RING(dropped_malformed),
    RING(dropped_no_slot),   RING(rearmed_no_buffers), RING(rearmed_ended),
    RING(rearmed_error),     RING(overflows),          {NULL, 0, HUB_COUNTER},
};

static const struct counter shard_counter_names[] = {
    SHARD(attempts),
    SHARD(rekeys1),
    SHARD(rekeys2),
    SHARD(replaced),
    SHARD(twins1),
    SHARD(twins2),
    SHARD(moved),
    SHARD(keepalives),
    SHARD(restarts),
    SHARD(handed_over),
    SHARD(taken_over),
    SHARD(handover_lost),
    SHARD(xauth_refused),
    SHARD(xauth_delayed),
    SHARD(xauth_throttled),
    SHARD(xauth_unknown),
    SHARD(pool_exhausted),
    SHARD(strays),
    SHARD(strays_found),
    SHARD(relocated),
    SHARD(ring_reopened),
    SHARD(kernel_errors),
    SHARD(no_memory),
    SHARD(untold),
    SHARD(thinned),
    SHARD(stale),
    SHARD(events_lost),
    SHARD(sign_made),
    SHARD(sign_again),
    SHARD(sign_no_key),
    SHARD(sign_refused),
    SHARD(sign_busy),
    SHARD(sign_lost),
    {"asked_max_us", offsetof(struct shard_counters, asked_max_us), HUB_GAUGE},
    {"connections_up", offsetof(struct shard_counters, connections_up), HUB_GAUGE},
    {NULL, 0, HUB_COUNTER},
};

#define STORE(member)                                                                              \
    {                                                                                              \
        "store_" #member, offsetof(struct shard_store_tally, member), HUB_COUNTER                  \
    }

static const struct counter store_counter_names[] = {
    STORE(writes),      STORE(erases),       STORE(puts),        STORE(coalesced),
    STORE_NOW(queue),   STORE_NOW(lag_ms),   STORE(retries),     STORE_NOW(away),
    STORE(again),       STORE(full),         STORE(fenced),      STORE(refused),
    STORE(unsealed),    STORE(held),         STORE_NOW(holding), STORE(held_lost),
    STORE(revived1),    STORE(revived2),     STORE(orphaned),    STORE(no_connection),
    STORE(not_resumed), STORE(kept_waiting), STORE(foreign),     {NULL, 0, HUB_COUNTER},
};

static void each_counter(const struct counter *counters, const void *base, hub_counter_fn fn,
                         void *user)
{
    for (; counters->name; counters++) {
        uint64_t value;
        memcpy(&value, (const char *)base + counters->offset, sizeof(value));
        if (value)
            fn(user, counters->name, counters->kind, value);
    }
}

static void each_reason(const char *prefix, const uint64_t *counts, hub_counter_fn fn, void *user)
{
    for (int i = 0; i < x4c_ike_reason_count; i++) {
        char name[64];
        if (!counts[i])
            continue;
        snprintf(name, sizeof(name), "%s_%s", prefix, x4_ike_reason_name((x4e_ike_reason)i));
        fn(user, name, HUB_COUNTER, counts[i]);
    }
}

static void each_refusal(const struct shard_store_tally *store, hub_counter_fn fn, void *user)
{
    for (int i = 0; i < STORE_REASON_COUNT; i++) {
        char name[64];
        if (!store->refused_records[i])
            continue;
        snprintf(name, sizeof(name), "store_refused_%s", store_reason_name((enum store_reason)i));
        fn(user, name, HUB_COUNTER, store->refused_records[i]);
    }
}

static uint64_t microseconds(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

uint64_t hub_process_cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime);
}

/* Opened once: a process that serves opens nothing. */
static int open_statm(void)
{
    static int statm = -1;
    if (statm < 0)
        statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    return statm;
}

/* The second number of /proc/self/statm, in pages. 0 where /proc is not mounted. */
uint64_t hub_process_rss_kb(void)
{
    char text[128] = "";
    const ssize_t size = pread(open_statm(), text, sizeof(text) - 1, 0);
    const char *second = size > 0 ? strchr(text, ' ') : NULL;
    uint64_t pages = second ? strtoull(second, NULL, 10) : 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

void shard_tally_take(struct shard *shard, struct shard_tally *tally)
{
    struct timespec used;
    ring_poll_drops(shard->ring);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    *tally = (struct shard_tally){
        .ike = shard->stats,
        .ring = ring_counters(shard->ring),
        .shard = shard->counters,
        .handshakes = shard->handshakes,
        .residence = shard->residence.counts,
        .store = shard_persist_tally_of(shard),
        .kernel_pairs = hub_kernel_pairs(shard->kernel),
        .cpu_us = (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000,
    };
    shard_signer_count(shard, &tally->shard);
}

void shard_tally_add(struct shard_tally *sum, const struct shard_tally *tally)
{
    _Static_assert(sizeof(*sum) % sizeof(uint64_t) == 0, "counters only");
    uint64_t counters[sizeof(*sum) / sizeof(uint64_t)];
    uint64_t more[x4m_countof(counters)];
    memcpy(counters, sum, sizeof(counters));
    memcpy(more, tally, sizeof(more));
    const uint64_t lag_ms = x4m_max(sum->store.lag_ms, tally->store.lag_ms);
    const uint64_t asked_max_us = x4m_max(sum->shard.asked_max_us, tally->shard.asked_max_us);
    for (size_t i = 0; i < x4m_countof(counters); i++)
        counters[i] += more[i];
    memcpy(sum, counters, sizeof(counters));
    sum->store.lag_ms = lag_ms;
    sum->shard.asked_max_us = asked_max_us;
}

void shard_tally_subtract(struct shard_tally *tally, const struct shard_tally *base)
{
    uint64_t counters[sizeof(*tally) / sizeof(uint64_t)];
    uint64_t less[x4m_countof(counters)];
    memcpy(counters, tally, sizeof(counters));
    memcpy(less, base, sizeof(less));
    for (size_t i = 0; i < x4m_countof(counters); i++)
        counters[i] -= less[i];
    memcpy(tally, counters, sizeof(counters));
}

static void each_residence(const struct shard_residence_counts *counts, hub_counter_fn fn,
                           void *user)
{
    const uint64_t count = shard_residence_count(counts);
    if (count == 0)
        return;
    fn(user, "residence_count", HUB_COUNTER, count);
    fn(user, "residence_p50_us", HUB_GAUGE, shard_residence_quantile(counts, 500));
    fn(user, "residence_p99_us", HUB_GAUGE, shard_residence_quantile(counts, 990));
    fn(user, "residence_max_us", HUB_GAUGE, shard_residence_quantile(counts, 1000));
}

void hub_statistics_each(const struct shard_tally *tally, hub_counter_fn fn, void *user)
{
    const x4s_ike_stats *ike = &tally->ike;
    fn(user, "handshakes", HUB_COUNTER,
       ike->completed2[x4c_ike_initiator] + ike->completed2[x4c_ike_responder]);
    fn(user, "isakmp_sas", HUB_GAUGE, ike->phase1);
    fn(user, "children", HUB_GAUGE, ike->phase2);
    fn(user, "kernel_pairs", HUB_GAUGE, tally->kernel_pairs);
    fn(user, "cpu_us", HUB_COUNTER, tally->cpu_us);
    each_counter(ike_counters, ike, fn, user);
    each_reason("refused", ike->refused, fn, user);
    each_reason("ph1_down", ike->disposed1, fn, user);
    each_reason("ph2_down", ike->disposed2, fn, user);
    each_counter(ring_counter_names, &tally->ring, fn, user);
    each_counter(shard_counter_names, &tally->shard, fn, user);
    each_counter(store_counter_names, &tally->store, fn, user);
    each_refusal(&tally->store, fn, user);
    each_residence(&tally->residence, fn, user);
}

static void put_counter(void *user, const char *name, enum hub_counter_kind kind, uint64_t value)
{
    (void)kind;
    hub_log_number(user, name, value);
}

void hub_statistics_put(struct hub_log *log, const struct shard_tally *tally)
{
    hub_statistics_each(tally, put_counter, log);
}
