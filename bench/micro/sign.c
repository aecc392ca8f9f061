/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signatures of phase 1, made and verified; and a peer's key and certificate taken from DER,
 * which comes before. `what` is the key, made when the case is opened.
 */
#include "x4/crypto/sign.h"
#include "bench/micro/key.h"
#include "bench/micro/kit.h"
#include "x4/crypto/cert_cache.h"

#include <stdlib.h>

struct state {
    struct micro_key *pair;
    x4s_crypto *crypto;
    x4s_private_key *key;
    x4s_cert_cache *certs;
    x4s_sign_job job;
    uint8_t signature[x4c_signature_max];
};

static void run_sign(void *user)
{
    struct state *state = user;
    x4s_sign_job *job = &state->job;
    job->state = x4c_sign_idle;
    x4_sign_run(state->crypto, &job, 1);
    micro_must(job->state == x4c_sign_done, "signing");
}

static void *open_key(const struct micro_case *self)
{
    uint64_t sequence = 3;
    struct state *state = micro_alloc(sizeof(*state));
    const char *error;
    state->pair = micro_key_new(self->what);
    state->crypto = micro_crypto();
    state->certs = x4_cert_cache_new(state->crypto, 1);
    micro_must(state->certs != NULL, "making a cache");
    state->key = x4_private_key_new(state->crypto, micro_key_private(state->pair), &error);
    micro_must(state->key != NULL, "taking the key");
    const x4e_key_type type = x4_public_key_type(x4_private_key_public(state->key));
    state->job.key = state->key;
    state->job.signature = state->signature;
    state->job.hash_len = (uint8_t)x4_hash_size(x4_sign_hash(type, x4c_hash_sha256));
    micro_fill(&sequence, state->job.hash, state->job.hash_len);
    run_sign(state);
    return state;
}

static void run_verify(void *user)
{
    const struct state *state = user;
    const x4s_sign_job *job = &state->job;
    micro_must(x4_sign_verify(state->crypto, x4_private_key_public(state->key),
                              (x4s_chunk){job->hash, job->hash_len},
                              (x4s_chunk){job->signature, job->signature_size}),
               "verification");
}

static void run_take_key(void *user)
{
    const struct state *state = user;
    const char *error;
    x4s_public_key *key = x4_public_key_new(state->crypto, micro_key_public(state->pair), &error);
    micro_must(key != NULL, "taking a public key");
    x4_public_key_free(key);
}

static void run_take_cert(void *user)
{
    const struct state *state = user;
    const char *error;
    x4s_cert *cert = x4_cert_new(state->crypto, micro_key_cert(state->pair), &error);
    micro_must(cert != NULL, "taking a certificate");
    x4_cert_free(cert);
}

/* One that is remembered. */
static void run_take_cert_again(void *user)
{
    const struct state *state = user;
    const char *error;
    x4s_cert *cert = x4_cert_cache_take(state->certs, micro_key_cert(state->pair), &error);
    micro_must(cert != NULL, "taking a certificate");
    x4_cert_free(cert);
}

static void close_key(void *user)
{
    struct state *state = user;
    x4_cert_cache_free(state->certs);
    micro_key_free(state->pair);
    x4_private_key_free(state->key);
    x4_crypto_free(state->crypto);
    free(state);
}

#define ROW(text, name_of_key, operation)                                                          \
    {                                                                                              \
        .name = #operation "/" text, .what = (name_of_key), .open = open_key,                      \
        .run = run_##operation, .close = close_key                                                 \
    }

#define KEY(text, name_of_key)                                                                     \
    ROW(text, name_of_key, sign), ROW(text, name_of_key, verify),                                  \
        ROW(text, name_of_key, take_key), ROW(text, name_of_key, take_cert),                       \
        ROW(text, name_of_key, take_cert_again)

static const struct micro_case cases[] = {
    KEY("rsa2048", "RSA-2048"), KEY("rsa3072", "RSA-3072"), KEY("rsa4096", "RSA-4096"),
    KEY("ecdsa256", "P-256"),   KEY("ecdsa384", "P-384"),   KEY("ecdsa521", "P-521"),
};

MICRO_TABLE(micro_sign_cases, cases);
