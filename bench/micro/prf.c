/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hashes, the PRF of each, and the keys that are made with it: those of phase 1, and the KEYMAT of
 * one direction of quick mode.
 */
#include "bench/micro/kit.h"
#include "x4/crypto/hash.h"
#include "x4/ike/engine.h"
#include "x4/ike/keymat.h"
#include "x4/ike/skeyid.h"

#include <stdlib.h>

enum {
    BYTES_MAX = 1280,
    NONCE = 32,
    SHARED = 256, /* of MODP-2048 */
};

struct state {
    x4s_crypto *crypto;
    x4e_hash hash;
    size_t len;
    uint8_t data[BYTES_MAX];
    uint8_t cookies[2 * 8];
    x4s_secret skeyid;
    x4s_charon charon;    /* KEYMAT looks for the instance's crypto, */
    x4s_ike_xchg1 parent; /* and for the ISAKMP SA's hash and SKEYID_d */
};

static void *open_hash(const struct micro_case *self)
{
    uint64_t sequence = 2;
    struct state *state = micro_alloc(sizeof(*state));
    state->crypto = micro_crypto();
    state->hash = *(const x4e_hash *)self->what;
    state->len = self->size;
    micro_fill(&sequence, state->data, sizeof(state->data));
    micro_fill(&sequence, state->cookies, sizeof(state->cookies));
    if (!x4_crypto_has_hash(state->crypto, state->hash)) {
        x4_crypto_free(state->crypto);
        free(state);
        return NULL;
    }
    state->skeyid.len = (uint8_t)x4_hash_size(state->hash);
    micro_fill(&sequence, state->skeyid.data, state->skeyid.len);
    state->charon.crypto = state->crypto;
    state->parent.base.charon = &state->charon;
    state->parent.suite.hash = (uint8_t)state->hash;
    state->parent.skeyid_d = state->skeyid;
    return state;
}

static void close_hash(void *user)
{
    struct state *state = user;
    x4_crypto_free(state->crypto);
    free(state);
}

static void run_hash(void *user)
{
    struct state *state = user;
    uint8_t out[x4c_hash_size_max];
    const x4s_chunk part = {state->data, state->len};
    micro_must(x4_hash(state->crypto, state->hash, &part, 1, out), "hash");
}

static void run_prf(void *user)
{
    struct state *state = user;
    uint8_t out[x4c_hash_size_max];
    const x4s_chunk key = {state->skeyid.data, state->skeyid.len};
    const x4s_chunk part = {state->data, state->len};
    micro_must(x4_prf(state->crypto, state->hash, key, &part, 1, out), "PRF");
}

/* With a preshared key: SKEYID, the three keys of it, the cipher's key, HASH_I and HASH_R. */
static void run_skeyid(void *user)
{
    struct state *state = user;
    const x4s_chunk psk = {state->data, 16};
    const x4s_chunk ni = {state->data, NONCE};
    const x4s_chunk nr = {state->data + NONCE, NONCE};
    const x4s_chunk shared = {state->data, SHARED};
    const x4s_chunk sa = {state->data, 52};
    const x4s_chunk id = {state->data, 20};
    x4s_secret skeyid;
    x4s_secret d;
    x4s_secret a;
    x4s_secret e;
    uint8_t key[x4c_cipher_key_max];
    uint8_t hash[x4c_hash_size_max];
    bval ok =
        x4_skeyid_psk(state->crypto, state->hash, psk, ni, nr, &skeyid) &&
        x4_skeyid_derive(state->crypto, state->hash, &skeyid, shared, state->cookies, &d, &a, &e) &&
        x4_skeyid_expand(state->crypto, state->hash, &e, key, 16);
    for (int i = 0; i < 2; i++)
        ok = ok && x4_skeyid_auth_hash(state->crypto, state->hash, &skeyid, shared, shared,
                                       state->cookies, state->cookies + 8, sa, id, hash);
    micro_must(ok, "SKEYID");
}

/* AES-128 with the HMAC of SHA2-256. */
static void run_keymat(void *user)
{
    static const x4s_ike_key_sizes sizes = {.encr = 16, .integ = 32};
    struct state *state = user;
    const x4s_keymat_seed seed = {.ni = {state->data, NONCE}, .nr = {state->data + NONCE, NONCE}};
    x4s_ike_sa2 sa = {.spi = 0xc0ffee};
    micro_must(x4_keymat_derive(&state->parent, &seed, x4c_protocol_esp, &sizes, &sa), "KEYMAT");
}

#define ROW(hash, text, runner, bytes)                                                             \
    {                                                                                              \
        .name = text, .what = &(const x4e_hash){x4c_hash_##hash}, .size = (bytes),                 \
        .open = open_hash, .run = (runner), .close = close_hash                                    \
    }

#define HASH(hash)                                                                                 \
    ROW(hash, "hash/" #hash "/64", run_hash, 64), ROW(hash, "hash/" #hash "/256", run_hash, 256),  \
        ROW(hash, "hash/" #hash "/1280", run_hash, 1280),                                          \
        ROW(hash, "prf/" #hash "/64", run_prf, 64), ROW(hash, "prf/" #hash "/256", run_prf, 256),  \
        ROW(hash, "prf/" #hash "/1280", run_prf, 1280), ROW(hash, "skeyid/" #hash, run_skeyid, 0), \
        ROW(hash, "keymat/" #hash, run_keymat, 0)

static const struct micro_case cases[] = {
    HASH(md5), HASH(sha1), HASH(sha256), HASH(sha384), HASH(sha512),
};

MICRO_TABLE(micro_prf_cases, cases);
