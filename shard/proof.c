/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/proof.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/report.h"
#include "x4/crypto/cert_cache.h"
#include "x4/crypto/trust.h"

/* Of peers that come again, and of the authorities between them and ours: 8 MB. */
#define CERTS_KEPT 1024

struct shard_belief {
    struct shard_belief *next;
    const struct hub_config *config; /* that it is of */
    const x4s_chunk *cas;            /* its: who has the same has the same belief */
    enum hub_revocation revocation;
    x4s_trust *trust;
};

/* What a peer has shown so far. */
struct shard_proof {
    x4s_cert *certs[x4c_cert_chain_max];
    size_t count;
    const struct hub_auth *auth; /* the rules */
    bool believed;
    x4s_ike_id id;
    uint8_t bytes[];
};

/* -------------------------------------------------------------------------- belief */

static bool add_anchors(x4s_crypto *crypto, x4s_trust *trust, const struct hub_auth *auth)
{
    bool added = true;
    for (size_t i = 0; added && i < auth->ca_count; i++) {
        const char *why;
        x4s_cert *ca = x4_cert_new(crypto, auth->cas[i], &why);
        added = ca && x4_trust_add_ca(trust, ca, &why);
        x4_cert_free(ca);
    }
    return added;
}

/*
 * Each list and response is of an authority of the configuration; which of them are of these here,
 * only the attempt tells.
 */
static void add_revocations(const struct hub_config *config, x4s_trust *trust)
{
    const char *why;
    bval of_these = btrue;
    for (size_t i = 0; i < config->crl_count; i++)
        of_these = x4_trust_add_crl(trust, config->crls[i], &why);
    for (size_t i = 0; i < config->ocsp_count; i++)
        of_these = x4_trust_add_ocsp(trust, config->ocsps[i], &why);
    (void)of_these;
}

x4s_cert_cache *shard_proof_certs(struct shard *shard)
{
    const char *why;
    if (!shard->crypto)
        shard->crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    if (shard->crypto && !shard->certs)
        shard->certs = x4_cert_cache_new(shard->crypto, CERTS_KEPT);
    return shard->certs;
}

static x4s_trust *make_trust(struct shard *shard, const struct hub_config *config,
                             const struct hub_auth *auth)
{
    static const x4e_trust_crl rules[] = {
        [HUB_REVOCATION_RELAXED] = x4c_trust_crl_soft,
        [HUB_REVOCATION_IFURI] = x4c_trust_crl_if_uri,
        [HUB_REVOCATION_STRICT] = x4c_trust_crl_strict,
    };
    const x4s_trust_policy policy = {.crl = rules[auth->revocation]};
    x4s_trust *trust = x4_trust_new(shard->crypto, &policy);
    if (!trust || !add_anchors(shard->crypto, trust, auth)) {
        x4_trust_free(trust);
        return NULL;
    }
    add_revocations(config, trust);
    return trust;
}

/* Few connections name authorities of their own, so that there are few. */
static x4s_trust *belief_of(struct shard *shard, const struct hub_config *config,
                            const struct hub_auth *auth)
{
    for (struct shard_belief *belief = shard->beliefs; belief; belief = belief->next)
        if (belief->cas == auth->cas && belief->revocation == auth->revocation)
            return belief->trust;
    struct shard_belief *belief = calloc(1, sizeof(*belief));
    if (!belief)
        return NULL;
    belief->trust = make_trust(shard, config, auth);
    if (!belief->trust) {
        free(belief);
        return NULL;
    }
    belief->config = config;
    belief->cas = auth->cas;
    belief->revocation = auth->revocation;
    belief->next = shard->beliefs;
    shard->beliefs = belief;
    return belief->trust;
}

static void drop(struct shard_belief **link)
{
    struct shard_belief *belief = *link;
    *link = belief->next;
    x4_trust_free(belief->trust);
    free(belief);
}

void shard_proof_forget(struct shard *shard, const struct hub_config *config)
{
    struct shard_belief **link = &shard->beliefs;
    while (*link) {
        if ((*link)->config == config)
            drop(link);
        else
            link = &(*link)->next;
    }
}

void shard_proof_fini(struct shard *shard)
{
    while (shard->beliefs)
        drop(&shard->beliefs);
    x4_cert_cache_free(shard->certs);
    shard->certs = NULL;
    x4_crypto_free(shard->crypto);
    shard->crypto = NULL;
}

/* -------------------------------------------------------------------------- a peer */

bool shard_proof_begin(struct shard_sa *sa, const x4s_ike_id *id, const struct hub_auth *auth)
{
    shard_proof_end(sa);
    if (!shard_proof_certs(sa->shard))
        return false;
    struct shard_proof *proof = calloc(1, sizeof(*proof) + id->data.len);
    if (!proof) {
        sa->shard->counters.no_memory++;
        return false;
    }
    proof->auth = auth;
    memcpy(proof->bytes, id->data.data, id->data.len);
    proof->id = (x4s_ike_id){id->type, {proof->bytes, id->data.len}};
    sa->negotiation->proof = proof;
    return true;
}

void shard_proof_end(struct shard_sa *sa)
{
    struct shard_proof *proof = sa->negotiation->proof;
    if (!proof)
        return;
    for (size_t i = 0; i < proof->count; i++)
        x4_cert_free(proof->certs[i]);
    free(proof);
    sa->negotiation->proof = NULL;
}

static bool is_pinned(const struct hub_auth *auth, const x4s_cert *cert)
{
    const x4s_chunk der = x4_cert_der(cert);
    for (size_t i = 0; i < auth->pinned_count; i++)
        if (auth->pinned[i].len == der.len && !memcmp(auth->pinned[i].data, der.data, der.len))
            return true;
    return false;
}

/* The one at `own`, with the help of the others. */
static bool is_believed(struct shard_sa *sa, size_t own, char reason[x4c_trust_reason])
{
    struct shard_proof *proof = sa->negotiation->proof;
    const struct hub_auth *auth = proof->auth;
    const x4s_cert *chain[x4c_cert_chain_max];
    size_t count = 0;
    chain[count++] = proof->certs[own];
    for (size_t i = 0; i < proof->count; i++)
        if (i != own)
            chain[count++] = proof->certs[i];
    if (is_pinned(auth, proof->certs[own]))
        return true;
    strcpy(reason, "it is not one of those that the connection names");
    if (auth->pinned_count)
        return false;
    strcpy(reason, "out of memory");
    x4s_trust *trust = belief_of(sa->shard, sa->connection->config, auth);
    return trust && x4_trust_verify(trust, chain, count, (int64_t)time(NULL), reason);
}

static bool judge(struct shard_sa *sa, size_t at)
{
    char reason[x4c_trust_reason];
    struct shard_proof *proof = sa->negotiation->proof;
    const x4s_ike_id *id = &proof->id;
    if (!x4_cert_speaks_for(proof->certs[at], (uint8_t)id->type, id->data)) /* req 2407-4.6.2-5 */
        return true;
    if (is_believed(sa, at, reason)) {
        proof->believed = true;
        return true;
    }
    shard_report_cert_refused(sa, x4_cert_subject(proof->certs[at]), reason);
    return false;
}

bool shard_proof_key(struct shard_sa *sa, const struct hub_auth *auth, x4s_chunk *der)
{
    if (!auth || !auth->pubkey.len)
        return false;
    sa->negotiation->key_of = auth;
    *der = auth->pubkey;
    return true;
}

/* With a certificate the signature is verified by that: what was asked before does not count. */
bool shard_proof_take(struct shard_sa *sa, x4s_chunk body)
{
    sa->negotiation->key_of = NULL;
    struct shard_proof *proof = sa->negotiation->proof;
    x4s_cert **certs = proof ? proof->certs + proof->count : NULL;
    size_t room = proof ? x4c_cert_chain_max - proof->count : 0;
    size_t added = 0;
    const char *why = "too many certificates";
    if (body.len < 2 || room == 0)
        return false;
    const x4s_chunk data = {body.data + 1, body.len - 1};
    if (body.data[0] == x4c_cert_x509_sign) {
        certs[0] = x4_cert_cache_take(sa->shard->certs, data, &why);
        added = certs[0] ? 1 : 0;
    } else if (body.data[0] == x4c_cert_pkcs7) {
        if (!x4_cert_pkcs7_read(sa->shard->crypto, data, certs, room, &added, &why))
            added = 0;
    } else {
        return true; /* a CRL for one: ours are those of the configuration */
    }
    if (added == 0) {
        shard_report_cert_refused(sa, (x4s_chunk){0}, why);
        return false;
    }
    proof->count += added;
    for (size_t i = proof->count - added; i < proof->count; i++)
        if (!judge(sa, i))
            return false;
    return true;
}

/* Whether who is believed by the first rules is so by the second. */
static bool implies(const struct hub_auth *a, const struct hub_auth *b)
{
    return a == b || (a->cas == b->cas && !a->pinned_count && !b->pinned_count &&
                      a->revocation >= b->revocation);
}

bool shard_proof_holds(const struct shard_sa *sa)
{
    const struct hub_auth *auth = sa->connection->auth;
    const struct shard_proof *proof = sa->negotiation->proof;
    if (auth && auth->pubkey.len)
        return sa->negotiation->key_of == auth;
    if (!auth || !(auth->ca_count || auth->pinned_count))
        return true;
    return proof && proof->believed && implies(proof->auth, auth);
}
