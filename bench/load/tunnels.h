/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_TUNNELS_H
#define BENCH_LOAD_TUNNELS_H

/*
 * The tunnels of one run over one instance of libike. Each is of a peer of its own: phase 1, with
 * extended authentication and mode config where the options say so, and its children, one quick
 * mode after the other. A tunnel is up when its last child is complete; it has failed when any of
 * the exchanges ends before, and then the others are ended too.
 *
 * What is begun here and negotiates is an attempt, and a tunnel has one at a time. Of those there
 * are options->concurrency, and nothing may be begun without load_tunnels_room(). `begin_us` is
 * when it was to begin, in microseconds of load_clock_us(): from then on its latency counts.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bench/load/credentials.h"
#include "bench/load/histogram.h"
#include "bench/load/impair.h"
#include "bench/load/options.h"
#include "bench/load/wire.h"
#include "x4/ike/charon.h"

struct load_tunnels;

/* What an attempt is for. */
enum load_attempt {
    LOAD_START,     /* a tunnel for the first time */
    LOAD_RECONNECT, /* one that was there before */
    LOAD_REKEY,     /* new keys for a child; the old one is then deleted */
    LOAD_REAUTH,    /* a new tunnel in place of the old one, which is then deleted */
    LOAD_ATTEMPTS,
};

/* Of the attempts of one kind. */
struct load_outcome {
    uint64_t begun;
    uint64_t done;
    uint64_t failed;
    uint64_t first_us; /* when the first was to begin */
    uint64_t last_us;  /* when the last was done */
    struct load_histogram latency_us;
};

/* What happened so far. Times are microseconds of load_clock_us(). */
struct load_tally {
    struct load_outcome outcomes[LOAD_ATTEMPTS];
    uint32_t in_flight; /* attempts begun, neither done nor failed */
    uint32_t up;        /* tunnels that are up now */
    uint64_t lost;      /* ended by the peer or by their lifetime while they were up */
    uint64_t children;  /* quick modes that were completed */
    uint64_t failures[x4c_ike_reason_count];
    uint64_t received; /* datagrams */
};

/*
 * Memory for options->count tunnels and an instance of libike. What is given outlives it. NULL with
 * a reason in *error.
 */
struct load_tunnels *load_tunnels_new(const struct load_options *options, struct load_wire *wire,
                                      struct load_impair *impair,
                                      struct load_credentials *credentials,
                                      struct load_error *error);

/* Forgets what is left without telling the peer. NULL is ignored. */
void load_tunnels_free(struct load_tunnels *tunnels);

/* How many attempts may be begun. */
uint32_t load_tunnels_room(const struct load_tunnels *tunnels);

/* Starts the next tunnel; fewer than `count` were started. */
void load_tunnels_start(struct load_tunnels *tunnels, uint64_t begin_us);

/* False if tunnel n is not up, or has an attempt already. The first child of it is rekeyed. */
bool load_tunnels_rekey(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us);
bool load_tunnels_reauth(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us);

/* The same; it is deleted first, and made anew. */
bool load_tunnels_churn(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us);

/* What is left of tunnel n is forgotten, and it begins anew. False if it is up, or has an attempt.
 */
bool load_tunnels_reconnect(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us);

/* The next tunnel that was lost, and when; each is told once. False if there is none. */
bool load_tunnels_next_lost(struct load_tunnels *tunnels, uint32_t *n, uint64_t *lost_us);

/* A datagram that came. */
void load_tunnels_receive(struct load_tunnels *tunnels, const x4s_net_link *link, const void *data,
                          size_t len);

/* Does what is due; milliseconds until the next time, or x4c_never. */
x4_msec load_tunnels_tick(struct load_tunnels *tunnels);

bool load_tunnels_is_up(const struct load_tunnels *tunnels, uint32_t n);

/* Tunnel n is being started or made anew after a loss. */
bool load_tunnels_in_flight(const struct load_tunnels *tunnels, uint32_t n);

/*
 * Ends tunnel n, in whatever state it is; an attempt of it has failed with x4c_ike_terminated.
 * `tell`: with Deletes. False if nothing was there to end.
 */
bool load_tunnels_end(struct load_tunnels *tunnels, uint32_t n, bool tell);

const struct load_tally *load_tunnels_tally(const struct load_tunnels *tunnels);
const x4s_ike_stats *load_tunnels_stats(const struct load_tunnels *tunnels);

#endif
