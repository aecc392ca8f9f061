/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Calls of OpenSSL's that fail, each in its turn, in sessions with preshared keys, RSA and ECDSA.
 * No failure passes for success: somebody refuses or ends something, what comes about all the same
 * is the same at both ends, and nothing is left behind.
 */

#include <stdio.h>

#include "tests/sim/pair.h"
#include "tests/unit/crypto/fixture.h"

enum {
    TRIES_MAX = 16, /* of the calls of one function in one session */
    MINUTE_MS = 60 * 1000,
};

/* -------------------------------------------------------------------------- the calls */

/* Functions that return 1 for success, and those that return an object. */
#define INTEGERS(X)                                                                                \
    X(EVP_DigestInit_ex2, (EVP_MD_CTX * ctx, const EVP_MD *md, const OSSL_PARAM *params),          \
      (ctx, md, params))                                                                           \
    X(EVP_DigestUpdate, (EVP_MD_CTX * ctx, const void *data, size_t len), (ctx, data, len))        \
    X(EVP_DigestFinal_ex, (EVP_MD_CTX * ctx, unsigned char *out, unsigned *len), (ctx, out, len))  \
    X(EVP_CipherInit_ex2,                                                                          \
      (EVP_CIPHER_CTX * ctx, const EVP_CIPHER *cipher, const unsigned char *key,                   \
       const unsigned char *iv, int enc, const OSSL_PARAM *params),                                \
      (ctx, cipher, key, iv, enc, params))                                                         \
    X(EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX * ctx, int padding), (ctx, padding))             \
    X(EVP_CipherUpdate,                                                                            \
      (EVP_CIPHER_CTX * ctx, unsigned char *out, int *out_len, const unsigned char *in, int len),  \
      (ctx, out, out_len, in, len))                                                                \
    X(EVP_PKEY_generate, (EVP_PKEY_CTX * ctx, EVP_PKEY * *key), (ctx, key))                        \
    X(EVP_PKEY_get_octet_string_param,                                                             \
      (const EVP_PKEY *key, const char *name, unsigned char *out, size_t room, size_t *len),       \
      (key, name, out, room, len))                                                                 \
    X(EVP_PKEY_copy_parameters, (EVP_PKEY * to, const EVP_PKEY *from), (to, from))                 \
    X(EVP_PKEY_set1_encoded_public_key, (EVP_PKEY * key, const unsigned char *value, size_t len),  \
      (key, value, len))                                                                           \
    X(EVP_PKEY_derive_init, (EVP_PKEY_CTX * ctx), (ctx))                                           \
    X(EVP_PKEY_derive_set_peer_ex, (EVP_PKEY_CTX * ctx, EVP_PKEY * peer, int validate),            \
      (ctx, peer, validate))                                                                       \
    X(EVP_PKEY_derive, (EVP_PKEY_CTX * ctx, unsigned char *out, size_t *len), (ctx, out, len))     \
    X(EVP_PKEY_sign,                                                                               \
      (EVP_PKEY_CTX * ctx, unsigned char *out, size_t *len, const unsigned char *in,               \
       size_t in_len),                                                                             \
      (ctx, out, len, in, in_len))                                                                 \
    X(EVP_PKEY_verify_init, (EVP_PKEY_CTX * ctx), (ctx))                                           \
    X(EVP_PKEY_verify,                                                                             \
      (EVP_PKEY_CTX * ctx, const unsigned char *signature, size_t len, const unsigned char *hash,  \
       size_t hash_len),                                                                           \
      (ctx, signature, len, hash, hash_len))                                                       \
    X(EVP_PKEY_verify_recover_init, (EVP_PKEY_CTX * ctx), (ctx))                                   \
    X(EVP_PKEY_verify_recover,                                                                     \
      (EVP_PKEY_CTX * ctx, unsigned char *out, size_t *len, const unsigned char *in,               \
       size_t in_len),                                                                             \
      (ctx, out, len, in, in_len))                                                                 \
    X(EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX * ctx, int padding), (ctx, padding))

#define OBJECTS(X)                                                                                 \
    X(EVP_PKEY *, EVP_PKEY_new, (void), ())                                                        \
    X(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_pkey,                                                  \
      (OSSL_LIB_CTX * libctx, EVP_PKEY * key, const char *query), (libctx, key, query))            \
    X(EVP_PKEY *, d2i_PUBKEY, (EVP_PKEY * *key, const unsigned char **in, long len),               \
      (key, in, len))                                                                              \
    X(EVP_PKEY *, d2i_AutoPrivateKey, (EVP_PKEY * *key, const unsigned char **in, long len),       \
      (key, in, len))                                                                              \
    X(X509 *, d2i_X509, (X509 * *x509, const unsigned char **in, long len), (x509, in, len))       \
    X(EVP_PKEY *, X509_get_pubkey, (X509 * x509), (x509))

enum site {
#define INTEGER(name, parameters, arguments) SITE_##name,
    INTEGERS(INTEGER)
#undef INTEGER
#define OBJECT(type, name, parameters, arguments) SITE_##name,
        OBJECTS(OBJECT)
#undef OBJECT
            SITES,
};

static const char *const names[] = {
#define INTEGER(name, parameters, arguments) #name,
    INTEGERS(INTEGER)
#undef INTEGER
#define OBJECT(type, name, parameters, arguments) #name,
        OBJECTS(OBJECT)
#undef OBJECT
};

/* What is to fail: a call of a function, counted from 1, and all after it if they do not recover.
 */
struct plan {
    enum site site;
    unsigned call; /* 0: none */
    bool for_good;
    int result;
};

static struct plan plan;
static unsigned calls[SITES];
static bool failed;

static bool fails(enum site site)
{
    unsigned call = ++calls[site];
    if (!plan.call || site != plan.site)
        return false;
    bool now = plan.for_good ? call >= plan.call : call == plan.call;
    failed |= now;
    return now;
}

#define INTEGER(name, parameters, arguments)                                                       \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        return fails(SITE_##name) ? plan.result : __real_##name arguments;                         \
    }
INTEGERS(INTEGER)
#undef INTEGER

#define OBJECT(type, name, parameters, arguments)                                                  \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails(SITE_##name) ? NULL : __real_##name arguments;                                \
    }
OBJECTS(OBJECT)
#undef OBJECT

/* -------------------------------------------------------------------------- a session */

/* What one end has to sign with. */
struct party {
    fixture_der private_key;
    fixture_der cert;
    x4s_chunk chain;
    uint8_t subject[SIM_ID_MAX];
    size_t subject_len;
};

static void party_init(struct party *party, EVP_PKEY *key, const char *name)
{
    const char *error;
    X509 *own = fixture_x509(&(fixture_cert){.subject = name, .key = key});
    party->private_key = fixture_private(key);
    party->cert = fixture_x509_der(own);
    party->chain = fixture_chunk(&party->cert);
    assert_true(
        x4_dn_parse(name, party->subject, sizeof(party->subject), &party->subject_len, &error));
    X509_free(own);
}

static struct party parties[2][2]; /* RSA, ECDSA; Alice, Bob */

static int setup(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        EVP_PKEY *rsa = fixture_rsa(1024);
        EVP_PKEY *ec = fixture_ec("P-256");
        party_init(&parties[0][i], rsa, i ? "CN=bob" : "CN=alice");
        party_init(&parties[1][i], ec, i ? "CN=bob" : "CN=alice");
        EVP_PKEY_free(rsa);
        EVP_PKEY_free(ec);
    }
    return 0;
}

static void use_party(struct sim_node *node, struct party *party, uint16_t auth)
{
    node->config1.id = (x4s_ike_id){x4c_ike_id_dn, {party->subject, party->subject_len}};
    node->transforms1[0].auth = auth;
    node->prikey.der = fixture_chunk(&party->private_key);
    node->certs = (x4s_ike_certs){&party->chain, 1};
}

static const uint16_t methods[] = {x4c_ike_auth_psk, x4c_ike_auth_rsa, x4c_ike_auth_ecdsa256};

static struct pair pair_for(unsigned method)
{
    struct pair pair = pair_new(1);
    struct sim_node *nodes[] = {pair.alice, pair.bob};
    for (unsigned i = 0; i < 2; i++) {
        if (method)
            use_party(nodes[i], &parties[method - 1][i], methods[method]);
        nodes[i]->transforms2[0].group = x4c_group_ecp256;
        assert_true(sim_boot(nodes[i]));
    }
    return pair;
}

static uint64_t troubles_of(const struct sim_node *node)
{
    uint64_t troubles = 0;
    for (unsigned reason = 0; reason < x4c_ike_reason_count; reason++)
        troubles += node->stats.refused[reason] + node->stats.disposed1[reason] +
                    node->stats.disposed2[reason];
    return troubles;
}

static uint64_t completions_of(const struct pair *pair)
{
    uint64_t count = 0;
    for (unsigned role = 0; role < 2; role++)
        count += pair->alice->stats.completed1[role] + pair->alice->stats.completed2[role] +
                 pair->bob->stats.completed1[role] + pair->bob->stats.completed2[role];
    return count;
}

/* Whether the session was in trouble, and what came about after the first failure. */
struct outcome {
    bool trouble;
    bool completed;
    uint64_t completions;
};

static void note_completion(struct sim_xchg *xchg, enum sim_call call)
{
    struct outcome *outcome = xchg->node->sim->test;
    if (call == SIM_COMPLETED && failed)
        outcome->completions++;
}

static struct outcome run_session(unsigned method, const struct plan *wanted)
{
    struct outcome outcome = {0};
    struct pair pair = pair_for(method);
    pair.sim->test = &outcome;
    pair.alice->hook = pair.bob->hook = note_completion;
    memset(calls, 0, sizeof(calls));
    failed = false;
    plan = *wanted;
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, MINUTE_MS);
    struct sim_xchg *quick = pair.a && sim_complete(pair.a) ? sim_init2(pair.a) : NULL;
    sim_run(pair.sim, MINUTE_MS);
    plan.call = 0;
    outcome.trouble = !quick || troubles_of(pair.alice) + troubles_of(pair.bob) > 0;
    outcome.completed = completions_of(&pair) == 4;
    sim_free(pair.sim);
    return outcome;
}

/* The calls to try: all of a few, some of many. */
static unsigned step_for(unsigned count)
{
    return 1 + count / TRIES_MAX;
}

static unsigned fail_site(unsigned method, enum site site, unsigned count, bool for_good)
{
    static const int results[] = {0, -1};
    unsigned tries = 0;
    for (unsigned call = 1; call <= count; call += step_for(count)) {
        const struct plan wanted = {site, call, for_good, results[call % 2]};
        const struct outcome outcome = run_session(method, &wanted);
        if (failed && !outcome.trouble)
            fail_msg("method %u: call %u of %s fails, and nobody minds", methods[method], call,
                     names[site]);
        if (for_good && (site == SITE_EVP_DigestUpdate || site == SITE_EVP_DigestFinal_ex) &&
            outcome.completions)
            fail_msg("method %u: completed without %s from call %u on", methods[method],
                     names[site], call);
        tries += failed;
    }
    return tries;
}

static void fail_all(bool for_good)
{
    unsigned tries = 0;
    for (unsigned method = 0; method < x4m_countof(methods); method++) {
        unsigned counts[SITES];
        const struct outcome clean = run_session(method, &(const struct plan){0});
        assert_true(clean.completed && !clean.trouble);
        memcpy(counts, calls, sizeof(counts));
        for (enum site site = 0; site < SITES; site++)
            tries += fail_site(method, site, counts[site], for_good);
    }
    printf("%u failures\n", tries);
    assert_true(tries > 250);
}

/* strongSwan: keys of a PRF that could not be set were used as they were. */
static void cve_2018_10811(void **state)
{
    (void)state;
    fail_all(true);
}

/* Each call at each site fails once. */
static void single_failures(void **state)
{
    (void)state;
    fail_all(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2018_10811),
        cmocka_unit_test(single_failures),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
