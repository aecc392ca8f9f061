/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ISAKMP SA found by its cookies among 1,000 to 1,000,000, as every message of an established
 * peer has it found: the keyed hash, the bucket, the comparison. Which one is looked for is random,
 * so that with many SAs it is memory and not the cache that answers.
 */
#include "bench/micro/kit.h"
#include "x4/ike/phase1.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct state {
    x4s_charon charon; /* of which only the table and its key are used */
    uint64_t sequence;
    size_t count;
    x4s_ike_xchg1 *sas; /* of which only the cookies are */
};

/* The cookies of an SA follow from its number. */
static void cookies_of(uint64_t number, uint8_t cookies[2 * x4c_isakmp_cookie])
{
    micro_fill(&number, cookies, 2 * x4c_isakmp_cookie);
}

static bool fits_in_memory(size_t bytes)
{
    return (size_t)sysconf(_SC_AVPHYS_PAGES) > 2 * bytes / (size_t)sysconf(_SC_PAGESIZE);
}

static void *open_table(const struct micro_case *self)
{
    if (!fits_in_memory(self->size * sizeof(x4s_ike_xchg1)))
        return NULL;
    struct state *state = micro_alloc(sizeof(*state));
    state->count = self->size;
    state->sas = micro_alloc(state->count * sizeof(*state->sas));
    state->sequence = 4;
    micro_must(x4_table_init(&state->charon.by_cookies, &x4_libc_allocator), "making a table");
    for (size_t i = 0; i < state->count; i++) {
        x4s_ike_xchg1 *sa = &state->sas[i];
        cookies_of(i, sa->cookies);
        x4_table_insert(&state->charon.by_cookies, &sa->by_cookies,
                        x4_engine_hash(&state->charon, sa->cookies, sizeof(sa->cookies)));
    }
    return state;
}

static void run_find(void *user)
{
    struct state *state = user;
    uint8_t cookies[2 * x4c_isakmp_cookie];
    const size_t number = micro_next(&state->sequence) % state->count;
    cookies_of(number, cookies);
    micro_must(x4_phase1_find(&state->charon, cookies) == &state->sas[number], "finding an SA");
}

static void close_table(void *user)
{
    struct state *state = user;
    for (size_t i = 0; i < state->count; i++)
        x4_table_remove(&state->charon.by_cookies, &state->sas[i].by_cookies);
    x4_table_fini(&state->charon.by_cookies);
    free(state->sas);
    free(state);
}

#define ROW(count)                                                                                 \
    {                                                                                              \
        .name = "lookup/" #count, .size = (count), .open = open_table, .run = run_find,            \
        .close = close_table                                                                       \
    }

static const struct micro_case cases[] = {ROW(1000), ROW(10000), ROW(100000), ROW(1000000)};

MICRO_TABLE(micro_lookup_cases, cases);
