/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Diffie-Hellman, each group: a key pair, the shared value, the check of a peer's value, and what a
 * responder needs of it in one batch; for MODP groups also with the processor's vector unit.
 */
#include "x4/crypto/dh.h"
#include "bench/micro/kit.h"
#include "x4/crypto/modp.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_MAX = 64 };

struct peer {
    x4s_dh_job job;
    uint8_t own[x4c_dh_public_max];
    uint8_t theirs[x4c_dh_public_max];
    uint8_t shared[x4c_dh_shared_max];
};

struct state {
    x4s_crypto *crypto;
    x4s_modp *modp; /* NULL: OpenSSL does it */
    x4e_group group;
    size_t count;
    x4s_dh_job *jobs[BATCH_MAX];
    struct peer peers[BATCH_MAX];
};

static void run_jobs(struct state *state)
{
    x4_dh_run(state->crypto, state->jobs, state->count);
    for (size_t i = 0; i < state->count; i++)
        micro_must(state->jobs[i]->done, "Diffie-Hellman");
}

/* Each peer gets a public value of the group, and a key pair of ours for it. */
static void generate_peer(struct state *state, struct peer *peer)
{
    x4s_dh_job *job = &peer->job;
    *job = (x4s_dh_job){.group = state->group, .work = x4c_dh_generate, .own = peer->theirs};
    x4_dh_run(state->crypto, &job, 1);
    micro_must(job->done, "key generation");
    x4_dh_key_free(job->key);
    *job = (x4s_dh_job){.group = state->group,
                        .work = x4c_dh_generate,
                        .own = peer->own,
                        .peer = peer->theirs,
                        .shared = peer->shared};
    x4_dh_run(state->crypto, &job, 1);
    micro_must(job->done, "key generation");
}

static void set_work(struct state *state, x4e_dh_work work)
{
    for (size_t i = 0; i < state->count; i++)
        state->peers[i].job.work = work;
}

static void *open_group(const struct micro_case *self)
{
    struct state *state = micro_alloc(sizeof(*state));
    state->crypto = micro_crypto();
    state->group = *(const x4e_group *)self->what;
    state->count = self->items ? self->items : 1;
    if (!x4_crypto_has_group(state->crypto, state->group)) {
        x4_crypto_free(state->crypto);
        free(state);
        return NULL;
    }
    for (size_t i = 0; i < state->count; i++) {
        generate_peer(state, &state->peers[i]);
        state->jobs[i] = &state->peers[i].job;
    }
    set_work(state, x4c_dh_derive);
    return state;
}

static void free_keys(struct state *state)
{
    for (size_t i = 0; i < state->count; i++) {
        x4_dh_key_free(state->jobs[i]->key);
        state->jobs[i]->key = NULL;
    }
}

static void close_group(void *user)
{
    struct state *state = user;
    free_keys(state);
    x4_crypto_free(state->crypto);
    x4_modp_free(state->modp);
    free(state);
}

static void *open_both(const struct micro_case *self)
{
    struct state *state = open_group(self);
    if (!state)
        return NULL;
    free_keys(state);
    set_work(state, x4c_dh_both);
    return state;
}

static void *open_generate(const struct micro_case *self)
{
    struct state *state = open_both(self);
    if (state)
        set_work(state, x4c_dh_generate);
    return state;
}

static void *open_vector(const struct micro_case *self)
{
    const char *why;
    x4s_modp *modp = x4_modp_new(NULL, &why);
    if (!modp)
        return NULL;
    struct state *state = open_both(self);
    micro_must(state != NULL, "opening a group that has a vector");
    state->modp = modp;
    micro_must(x4_crypto_use_modp(state->crypto, modp), "x4_crypto_use_modp");
    return state;
}

static void run_generate(void *user)
{
    run_jobs(user);
    free_keys(user);
}

static void run_work(void *user)
{
    run_jobs(user);
}

static void run_valid(void *user)
{
    const struct state *state = user;
    const x4s_chunk value = {state->peers[0].theirs, x4_dh_public_size(state->group)};
    micro_must(x4_dh_public_valid(state->crypto, state->group, value), "validation");
}

#define ROW(group, operation, opener, runner, count)                                               \
    {                                                                                              \
        .name = "dh/" #group "/" operation, .what = &(const x4e_group){x4c_group_##group},         \
        .items = (count), .open = (opener), .run = (runner), .close = close_group                  \
    }

#define GROUP(group)                                                                               \
    ROW(group, "generate", open_generate, run_generate, 1),                                        \
        ROW(group, "derive", open_group, run_work, 1),                                             \
        ROW(group, "valid", open_group, run_valid, 1),                                             \
        ROW(group, "both/1", open_both, run_work, 1),                                              \
        ROW(group, "both/8", open_both, run_work, 8),                                              \
        ROW(group, "both/64", open_both, run_work, 64)

#define VECTOR(group)                                                                              \
    ROW(group, "vector/1", open_vector, run_work, 1),                                              \
        ROW(group, "vector/8", open_vector, run_work, 8),                                          \
        ROW(group, "vector/64", open_vector, run_work, 64)

static const struct micro_case cases[] = {
    GROUP(modp768),      GROUP(modp1024),     GROUP(modp1536),     GROUP(modp2048),
    GROUP(modp3072),     GROUP(modp4096),     GROUP(modp6144),     GROUP(modp8192),
    GROUP(modp1024s160), GROUP(modp2048s224), GROUP(modp2048s256), GROUP(ecp192),
    GROUP(ecp224),       GROUP(ecp256),       GROUP(ecp384),       GROUP(ecp521),
    GROUP(ecp224bp),     GROUP(ecp256bp),     GROUP(ecp384bp),     GROUP(ecp512bp),
    VECTOR(modp1024),    VECTOR(modp1536),    VECTOR(modp2048),    VECTOR(modp3072),
    VECTOR(modp4096),
};

MICRO_TABLE(micro_dh_cases, cases);
