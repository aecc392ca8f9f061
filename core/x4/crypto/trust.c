/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/trust.h"

#include <stdio.h>

#include <openssl/x509_vfy.h>

#include "x4/crypto/dn.h"
#include "x4/crypto/internal.h"
#include "x4/crypto/ocsp.h"
#include "x4/crypto/verdict.h"

#define RSA_BITS_MIN 2048 /* unless the policy says otherwise */

typedef STACK_OF(X509) cert_stack;
typedef STACK_OF(X509_CRL) crl_stack;

/* One response. */
typedef struct x4s_trust_ocsp {
    struct x4s_trust_ocsp *next;
    OCSP_BASICRESP *response;
} x4s_trust_ocsp;

/* `anchors` are in the store, too, which verification wants. CRLs are given to it each time. */
struct x4s_trust {
    x4s_crypto *crypto;
    const x4s_allocator *allocator;
    uint64_t number; /* another one with each change, for verdicts */
    x4s_trust_policy policy;
    X509_STORE *store;
    cert_stack *anchors;
    cert_stack *intermediates;
    crl_stack *crls;
    x4s_trust_ocsp *ocsps; /* the last one first */
    int64_t now;           /* of the verification that goes on */
};

x4s_trust *x4_trust_new(x4s_crypto *crypto, const x4s_trust_policy *policy)
{
    x4s_trust *trust = x4_alloc(crypto->allocator, sizeof(*trust));
    if (!trust)
        return NULL;
    trust->crypto = crypto;
    trust->allocator = crypto->allocator;
    trust->number = x4_verdict_store(crypto);
    trust->policy = *policy;
    if (trust->policy.rsa_bits_min == 0)
        trust->policy.rsa_bits_min = RSA_BITS_MIN;
    trust->store = X509_STORE_new();
    trust->anchors = sk_X509_new_null();
    trust->intermediates = sk_X509_new_null();
    trust->crls = sk_X509_CRL_new_null();
    if (trust->store && trust->anchors && trust->intermediates && trust->crls &&
        X509_STORE_set_flags(trust->store, X509_V_FLAG_PARTIAL_CHAIN) == 1)
        return trust;
    x4_trust_free(trust);
    ERR_clear_error();
    return NULL;
}

void x4_trust_free(x4s_trust *trust)
{
    if (!trust)
        return;
    while (trust->ocsps) {
        x4s_trust_ocsp *ocsp = trust->ocsps;
        trust->ocsps = ocsp->next;
        OCSP_BASICRESP_free(ocsp->response);
        x4_free(trust->allocator, ocsp, sizeof(*ocsp));
    }
    sk_X509_CRL_pop_free(trust->crls, X509_CRL_free);
    sk_X509_pop_free(trust->intermediates, X509_free);
    sk_X509_pop_free(trust->anchors, X509_free);
    X509_STORE_free(trust->store);
    x4_free(trust->allocator, trust, sizeof(*trust));
}

/* No verdict of before counts any more. */
static void change(x4s_trust *trust)
{
    trust->number = x4_verdict_store(trust->crypto);
}

/* ------------------------------------------------------------------ certificates */

static bval contains(const cert_stack *stack, const X509 *x509)
{
    for (int i = 0; i < sk_X509_num(stack); i++) {
        if (X509_cmp(sk_X509_value(stack, i), x509) == 0)
            return btrue;
    }
    return bfalse;
}

static bval push(cert_stack *stack, X509 *x509)
{
    if (contains(stack, x509))
        return btrue;
    if (X509_up_ref(x509) != 1)
        return bfalse;
    if (sk_X509_push(stack, x509) > 0)
        return btrue;
    X509_free(x509);
    return bfalse;
}

bval x4_trust_add_ca(x4s_trust *trust, const x4s_cert *cert, const char **error)
{
    *error = "certificate is not one of a certification authority";
    if (!x4_cert_is_ca(cert))
        return bfalse;
    change(trust);
    *error = "out of memory";
    return x4_crypto_result(X509_STORE_add_cert(trust->store, cert->x509) == 1 &&
                            push(trust->anchors, cert->x509));
}

bval x4_trust_add_intermediate(x4s_trust *trust, const x4s_cert *cert, const char **error)
{
    *error = "certificate is not one of a certification authority";
    if (!x4_cert_is_ca(cert))
        return bfalse;
    change(trust);
    *error = "out of memory";
    return x4_crypto_result(push(trust->intermediates, cert->x509));
}

size_t x4_trust_ca_count(const x4s_trust *trust)
{
    return (size_t)sk_X509_num(trust->anchors);
}

x4s_chunk x4_trust_ca_subject(const x4s_trust *trust, size_t index)
{
    const X509 *x509 = sk_X509_value(trust->anchors, (int)index);
    const uint8_t *der;
    size_t len;
    if (X509_NAME_get0_der(X509_get_subject_name(x509), &der, &len) != 1)
        return (x4s_chunk){0};
    return (x4s_chunk){.data = der, .len = len};
}

/* ------------------------------------------------------------------ hashes of signatures */

static bval hash_believed(const x4s_trust *trust, int hash)
{
    static const int strong[] = {NID_sha224,   NID_sha256,   NID_sha384,   NID_sha512,
                                 NID_sha3_224, NID_sha3_256, NID_sha3_384, NID_sha3_512};
    for (size_t i = 0; i < x4m_countof(strong); i++) {
        if (strong[i] == hash)
            return btrue;
    }
    return hash == NID_sha1 && trust->policy.sha1;
}

static bval signature_believed(const x4s_trust *trust, X509 *x509)
{
    int hash;
    return X509_get_signature_info(x509, &hash, NULL, NULL, NULL) == 1 &&
           hash_believed(trust, hash);
}

/* RSA-PSS names its hash in parameters that OpenSSL does not tell of CRLs: it is left out. */
static bval crl_signature_believed(const x4s_trust *trust, const X509_CRL *crl)
{
    int hash = NID_undef;
    return OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &hash, NULL) == 1 &&
           hash_believed(trust, hash);
}

/* ------------------------------------------------------------------ CRLs */

static bval signed_by_one_of(const cert_stack *stack, X509_CRL *crl)
{
    for (int i = 0; i < sk_X509_num(stack); i++) {
        X509 *x509 = sk_X509_value(stack, i);
        if (X509_NAME_cmp(X509_get_subject_name(x509), X509_CRL_get_issuer(crl)) == 0 &&
            X509_CRL_verify(crl, X509_get0_pubkey(x509)) == 1)
            return btrue;
    }
    return bfalse;
}

static const ASN1_OCTET_STRING *extension(const X509_CRL *crl, int nid)
{
    int at = X509_CRL_get_ext_by_NID(crl, nid, -1);
    return at < 0 ? NULL : X509_EXTENSION_get_data(X509_CRL_get_ext(crl, at));
}

static bval same_extension(const X509_CRL *a, const X509_CRL *b, int nid)
{
    const ASN1_OCTET_STRING *left = extension(a, nid);
    const ASN1_OCTET_STRING *right = extension(b, nid);
    if (!left || !right)
        return left == right;
    return ASN1_OCTET_STRING_cmp(left, right) == 0;
}

/* The one that this would replace, or -1. */
static int find_crl(const x4s_trust *trust, const X509_CRL *crl)
{
    for (int i = 0; i < sk_X509_CRL_num(trust->crls); i++) {
        const X509_CRL *other = sk_X509_CRL_value(trust->crls, i);
        if (X509_NAME_cmp(X509_CRL_get_issuer(other), X509_CRL_get_issuer(crl)) == 0 &&
            same_extension(other, crl, NID_authority_key_identifier) &&
            same_extension(other, crl, NID_issuing_distribution_point))
            return i;
    }
    return -1;
}

static bval older(const X509_CRL *a, const X509_CRL *b)
{
    return ASN1_TIME_compare(X509_CRL_get0_lastUpdate(a), X509_CRL_get0_lastUpdate(b)) < 0;
}

static const char *refuse_crl(const x4s_trust *trust, X509_CRL *crl, int at)
{
    if (extension(crl, NID_delta_crl))
        return "CRL is a delta CRL";
    if (!crl_signature_believed(trust, crl))
        return "CRL is signed with a hash that is not believed";
    if (!signed_by_one_of(trust->anchors, crl) && !signed_by_one_of(trust->intermediates, crl))
        return "CRL is not signed by a certification authority at hand";
    if (at >= 0 && older(crl, sk_X509_CRL_value(trust->crls, at)))
        return "CRL is older than the one at hand";
    return NULL;
}

/* Takes the CRL unless it fails. */
static const char *keep_crl(x4s_trust *trust, X509_CRL *crl)
{
    int at = find_crl(trust, crl);
    const char *fault = refuse_crl(trust, crl, at);
    if (fault)
        return fault;
    if (at < 0)
        return sk_X509_CRL_push(trust->crls, crl) > 0 ? NULL : "out of memory";
    X509_CRL_free(sk_X509_CRL_value(trust->crls, at));
    (void)sk_X509_CRL_set(trust->crls, at, crl);
    return NULL;
}

bval x4_trust_add_crl(x4s_trust *trust, x4s_chunk der, const char **error)
{
    const uint8_t *pos = der.data;
    X509_CRL *crl = NULL;
    *error = "not a CRL";
    if (der.len && der.len <= x4c_trust_crl_max)
        crl = d2i_X509_CRL(NULL, &pos, (long)der.len);
    change(trust);
    if (crl && pos == der.data + der.len)
        *error = keep_crl(trust, crl);
    ERR_clear_error();
    if (!*error)
        return btrue;
    X509_CRL_free(crl);
    return bfalse;
}

/* ------------------------------------------------------------------ OCSP */

static bval key_long_enough(const x4s_trust *trust, const X509 *x509)
{
    const EVP_PKEY *key = X509_get0_pubkey(x509);
    return key && (!EVP_PKEY_is_a(key, "RSA") ||
                   EVP_PKEY_get_bits(key) >= (int)trust->policy.rsa_bits_min);
}

/* Where responders and what is above them are looked for; they stay their owners'. */
static cert_stack *known_certs(const x4s_trust *trust)
{
    cert_stack *certs = sk_X509_dup(trust->anchors);
    for (int i = 0; certs && i < sk_X509_num(trust->intermediates); i++) {
        if (sk_X509_push(certs, sk_X509_value(trust->intermediates, i)) > 0)
            continue;
        sk_X509_free(certs);
        certs = NULL;
    }
    return certs;
}

/* By the rules for certificates on the way: a responder stands for them. */
static bval responder_believed(const x4s_trust *trust, OCSP_BASICRESP *response, cert_stack *certs)
{
    X509 *signer = x4_ocsp_signer(response, certs);
    return signer && hash_believed(trust, x4_ocsp_hash(response)) &&
           key_long_enough(trust, signer) &&
           (contains(trust->anchors, signer) || signature_believed(trust, signer));
}

static bval ocsp_authentic(const x4s_trust *trust, OCSP_BASICRESP *response, const int64_t *now)
{
    cert_stack *certs = known_certs(trust);
    bval authentic = certs && x4_ocsp_authentic(response, trust->store, certs, now) &&
                     responder_believed(trust, response, certs);
    sk_X509_free(certs);
    return authentic;
}

static const char *keep_ocsp(x4s_trust *trust, OCSP_BASICRESP *response)
{
    if (!ocsp_authentic(trust, response, NULL))
        return "OCSP response is not signed by a certification authority at hand, nor by whom it "
               "has appointed";
    x4s_trust_ocsp *ocsp = x4_alloc(trust->allocator, sizeof(*ocsp));
    if (!ocsp)
        return "out of memory";
    *ocsp = (x4s_trust_ocsp){trust->ocsps, response};
    trust->ocsps = ocsp;
    return NULL;
}

bval x4_trust_add_ocsp(x4s_trust *trust, x4s_chunk der, const char **error)
{
    OCSP_BASICRESP *response = x4_ocsp_read(der, error);
    if (!response)
        return bfalse;
    change(trust);
    *error = keep_ocsp(trust, response);
    ERR_clear_error();
    if (!*error)
        return btrue;
    OCSP_BASICRESP_free(response);
    return bfalse;
}

static bval is_of_the_past(const x4s_trust *trust, const x4s_ocsp_answer *answer)
{
    return answer->this_update &&
           ASN1_TIME_cmp_time_t(answer->this_update, (time_t)trust->now) <= 0;
}

/* Of the newest response about it whose signer is believed now; none is of tomorrow. */
static x4s_ocsp_answer ask(const x4s_trust *trust, const X509 *cert, const X509 *issuer)
{
    x4s_ocsp_answer newest = {.status = x4c_ocsp_silent};
    for (const x4s_trust_ocsp *ocsp = trust->ocsps; ocsp; ocsp = ocsp->next) {
        x4s_ocsp_answer answer = x4_ocsp_ask(ocsp->response, cert, issuer);
        if (answer.status == x4c_ocsp_silent || !is_of_the_past(trust, &answer))
            continue;
        if (newest.this_update && ASN1_TIME_compare(answer.this_update, newest.this_update) <= 0)
            continue;
        if (ocsp_authentic(trust, ocsp->response, &trust->now))
            newest = answer;
    }
    return newest;
}

/* Whether a fresh response says so about what stands below its issuer. */
static bval ocsp_good(const x4s_trust *trust, const cert_stack *way, int depth)
{
    if (depth + 1 >= sk_X509_num(way))
        return bfalse;
    x4s_ocsp_answer answer = ask(trust, sk_X509_value(way, depth), sk_X509_value(way, depth + 1));
    return answer.status == x4c_ocsp_good && x4_ocsp_fresh(&answer, trust->now);
}

/* ------------------------------------------------------------------ verification */

static bval refuse(char reason[x4c_trust_reason], const char *why, const X509 *x509)
{
    char name[x4c_trust_reason];
    const uint8_t *der = NULL;
    size_t len = 0;
    if (x509 && X509_NAME_get0_der(X509_get_subject_name(x509), &der, &len) == 1)
        (void)snprintf(reason, x4c_trust_reason, "%s: %s", why,
                       x4_dn_format((x4s_chunk){.data = der, .len = len}, name, sizeof(name)));
    else
        (void)snprintf(reason, x4c_trust_reason, "%s", why);
    return bfalse;
}

/* Whether it tells where lists or responses are to be had: that is all that is read of it. */
static bval has_uri(X509 *x509)
{
    STACK_OF(OPENSSL_STRING) *uris = X509_get1_ocsp(x509);
    bval has = uris || X509_get_ext_by_NID(x509, NID_crl_distribution_points, -1) >= 0;
    X509_email_free(uris);
    return has;
}

/* Whether nothing has to say that it was not revoked. */
static bval may_be_silent(const x4s_trust *trust, X509 *x509)
{
    return trust->policy.crl == x4c_trust_crl_soft ||
           (trust->policy.crl == x4c_trust_crl_if_uri && !has_uri(x509));
}

/* Faults of CRLs that we live with: what was added as anchor needs none. */
static bval tolerable(x4s_trust *trust, int fault, const cert_stack *way, int depth)
{
    switch (fault) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
        return depth == sk_X509_num(way) - 1 || may_be_silent(trust, sk_X509_value(way, depth)) ||
               ocsp_good(trust, way, depth);
    default:
        return bfalse;
    }
}

static int on_fault(int ok, X509_STORE_CTX *ctx)
{
    if (ok)
        return 1;
    return tolerable(X509_STORE_CTX_get_app_data(ctx), X509_STORE_CTX_get_error(ctx),
                     X509_STORE_CTX_get0_chain(ctx), X509_STORE_CTX_get_error_depth(ctx));
}

static bval set_up(X509_STORE_CTX *ctx, x4s_trust *trust, X509 *x509, cert_stack *helpers,
                   int64_t now)
{
    if (X509_STORE_CTX_init(ctx, trust->store, x509, helpers) != 1 ||
        X509_STORE_CTX_set_app_data(ctx, trust) != 1)
        return bfalse;
    X509_STORE_CTX_set_verify_cb(ctx, on_fault);
    X509_STORE_CTX_set0_crls(ctx, trust->crls);

    unsigned long flags = 0;
    if (trust->policy.crl != x4c_trust_crl_ignore)
        flags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)now);
    X509_VERIFY_PARAM_set_depth(param, x4c_trust_depth_max);
    X509_VERIFY_PARAM_set_auth_level(param, 0); /* ours is check_policy */
    return X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY) == 1 &&
           X509_VERIFY_PARAM_set_flags(param, flags) == 1;
}

/* What we ask for beyond RFC 5280. An anchor's own signature was never looked at. */
static const char *beyond(const x4s_trust *trust, const cert_stack *way, int depth)
{
    X509 *x509 = sk_X509_value(way, depth);
    if (!key_long_enough(trust, x509))
        return "key is too short";
    if (depth == sk_X509_num(way) - 1)
        return NULL;
    if (!signature_believed(trust, x509))
        return "signed with a hash that is not believed";
    if (trust->policy.crl != x4c_trust_crl_ignore &&
        ask(trust, x509, sk_X509_value(way, depth + 1)).status == x4c_ocsp_revoked)
        return X509_verify_cert_error_string(X509_V_ERR_CERT_REVOKED);
    return NULL;
}

static bval check_policy(const x4s_trust *trust, const cert_stack *way,
                         char reason[x4c_trust_reason])
{
    for (int i = 0; i < sk_X509_num(way); i++) {
        const char *why = beyond(trust, way, i);
        if (why)
            return refuse(reason, why, sk_X509_value(way, i));
    }
    return btrue;
}

static bval verify(X509_STORE_CTX *ctx, x4s_trust *trust, const x4s_cert *const *chain,
                   cert_stack *helpers, int64_t now, char reason[x4c_trust_reason])
{
    if (!set_up(ctx, trust, chain[0]->x509, helpers, now))
        return refuse(reason, "out of memory", NULL);
    if (X509_verify_cert(ctx) != 1)
        return refuse(reason, X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)),
                      X509_STORE_CTX_get_current_cert(ctx));
    return check_policy(trust, X509_STORE_CTX_get0_chain(ctx), reason);
}

/* The configured intermediates and what the peer sent; they stay their owners'. */
static cert_stack *helpers_of(const x4s_trust *trust, const x4s_cert *const *chain, size_t count)
{
    cert_stack *helpers = sk_X509_dup(trust->intermediates);
    for (size_t i = 1; i < count && helpers; i++) {
        if (sk_X509_push(helpers, chain[i]->x509) > 0)
            continue;
        sk_X509_free(helpers);
        helpers = NULL;
    }
    return helpers;
}

/*
 * What OCSP responses say depends on their signers' certificates as well, and they are renewed
 * often: where there are some, each verification is done in full.
 */
static bval verdicts_count(const x4s_trust *trust, const x4s_cert *cert)
{
    return !trust->ocsps && cert->crypto == trust->crypto;
}

bval x4_trust_verify(x4s_trust *trust, const x4s_cert *const *chain, size_t count, int64_t now,
                     char reason[x4c_trust_reason])
{
    reason[0] = '\0';
    if (count == 0 || count > x4c_cert_chain_max)
        return refuse(reason, count ? "too many certificates" : "no certificate", NULL);
    if (!x4_cert_may_sign(chain[0]))
        return refuse(reason, "keyUsage does not allow signatures", chain[0]->x509);

    trust->now = now;
    x4s_verdict_case on;
    const bval may_keep = verdicts_count(trust, chain[0]) &&
                          x4_verdict_case(trust->crypto, trust->number, chain, count, &on);
    if (may_keep && x4_verdict_counts(chain[0], &on, now))
        return btrue;
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    cert_stack *helpers = helpers_of(trust, chain, count);
    bval ok = ctx && helpers ? verify(ctx, trust, chain, helpers, now, reason)
                             : refuse(reason, "out of memory", NULL);
    if (ok && may_keep)
        x4_verdict_keep(chain[0], &on, X509_STORE_CTX_get0_chain(ctx), trust->crls, now);
    X509_STORE_CTX_free(ctx);
    sk_X509_free(helpers);
    ERR_clear_error(); /* of what was tolerated, too */
    return ok;
}
