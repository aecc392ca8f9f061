/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Phase 1 with signatures: certificates and raw keys, who asks for what, and what a holder of keys
 * outside of the library may do.
 */

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"
#include "tests/unit/crypto/fixture.h"
#include "x4/crypto/sign.h"

enum {
    PAYLOAD_ID = 5,
    PAYLOAD_CERT = 6,
    PAYLOAD_CR = 7,
    SEEN_MAX = 16,
};

/* What one end has. */
struct party {
    EVP_PKEY *key;
    fixture_der private_key;
    fixture_der public_key;
    fixture_der certs[2];
    x4s_chunk chain[2];
    uint8_t subject[SIM_ID_MAX];
};

/* The authority, what validate saw, and what the key server was asked for. */
struct stage {
    struct pair pair;
    struct party party[2];
    fixture_der authority;
    x4s_chunk asked_for;
    uint8_t seen[2][SEEN_MAX]; /* by node: types of payloads */
    size_t seen_len[2][SEEN_MAX];
    unsigned seen_count[2];
    uint8_t refuse; /* this type of payload */
    unsigned refuse_from;
    x4s_sign_job *held;
    unsigned cancelled;
};

static struct stage *stage;

static bval look(struct sim_xchg *xchg, x4s_chunk body, uint8_t payload)
{
    unsigned node = xchg->node == stage->pair.bob;
    unsigned at = stage->seen_count[node]++;
    assert_true(at < SEEN_MAX);
    stage->seen[node][at] = payload;
    stage->seen_len[node][at] = body.len;
    return stage->refuse != payload || at < stage->refuse_from;
}

static EVP_PKEY *key_for(uint16_t auth)
{
    switch (auth) {
    case x4c_ike_auth_ecdsa256:
        return fixture_ec("P-256");
    case x4c_ike_auth_ecdsa384:
        return fixture_ec("P-384");
    case x4c_ike_auth_ecdsa521:
        return fixture_ec("P-521");
    default:
        return fixture_rsa(1024);
    }
}

/* A key with a certificate of a CA in between, whose anchor nobody needs here. */
static void equip(struct party *party, struct sim_node *node, uint16_t auth, const char *name)
{
    EVP_PKEY *ca_key = fixture_ec("P-256");
    X509 *ca = fixture_x509(&(fixture_cert){.subject = "CN=between", .key = ca_key, .ca = btrue});
    party->key = key_for(auth);
    X509 *own = fixture_x509(
        &(fixture_cert){.subject = name, .key = party->key, .issuer = ca, .issuer_key = ca_key});
    party->private_key = fixture_private(party->key);
    party->public_key = fixture_spki(party->key);
    party->certs[0] = fixture_x509_der(own);
    party->certs[1] = fixture_x509_der(ca);
    for (unsigned i = 0; i < 2; i++)
        party->chain[i] = fixture_chunk(&party->certs[i]);
    X509_free(own);
    X509_free(ca);
    EVP_PKEY_free(ca_key);

    const char *error;
    size_t len;
    assert_true(x4_dn_parse(name, party->subject, sizeof(party->subject), &len, &error));
    node->config1.id = (x4s_ike_id){x4c_ike_id_dn, {party->subject, len}};
    node->config1.authorities = &stage->asked_for;
    node->config1.authority_count = 1;
    node->transforms1[0].auth = auth;
    node->prikey.der = fixture_chunk(&party->private_key);
    node->certs = (x4s_ike_certs){party->chain, 2};
    node->validate = look;
}

static struct stage stage_new(uint64_t seed)
{
    return (struct stage){.pair = pair_new(seed)};
}

static void stage_equip(struct stage *new_stage, uint16_t auth)
{
    stage = new_stage;
    equip(&stage->party[0], stage->pair.alice, auth, "C=CH, CN=alice");
    equip(&stage->party[1], stage->pair.bob, auth, "C=CH, CN=bob");
}

static void stage_free(void)
{
    sim_free(stage->pair.sim);
    for (unsigned i = 0; i < 2; i++)
        EVP_PKEY_free(stage->party[i].key);
}

static const uint16_t methods[] = {x4c_ike_auth_rsa, x4c_ike_auth_ecdsa256, x4c_ike_auth_ecdsa384,
                                   x4c_ike_auth_ecdsa521};

static void assert_seen(unsigned node, const uint8_t *types, unsigned count)
{
    assert_int_equal(stage->seen_count[node], count);
    assert_memory_equal(stage->seen[node], types, count);
}

/* RFC 2409 5.1 and RFC 4754: still six messages, with certificates on request. */
static void test_methods(void **state) /* req 2409-4-16 2408-1.5.3-2 2408-3.9-1 2408-5.12-1 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(methods); i++) {
        struct stage s = stage_new(methods[i]);
        stage_equip(&s, methods[i]);
        pair_connect(&s.pair);
        assert_int_equal(s.pair.sim->network.sent, 6);
        assert_int_equal(s.pair.a->keys1.suite.auth, methods[i]);
        assert_int_equal(s.pair.a->keys1.remote_id.type, x4c_ike_id_dn);
        assert_int_equal(s.pair.alice->stats.signatures, 1);
        assert_int_equal(s.pair.bob->stats.signatures, 1);
        assert_int_equal(s.pair.a->calls[SIM_GET_PSK] + s.pair.b->calls[SIM_GET_PSK], 0);
        assert_int_equal(s.pair.a->calls[SIM_GET_PUBKEY] + s.pair.b->calls[SIM_GET_PUBKEY], 0);
        pair_quick(s.pair.a);
        pair_quick(s.pair.b);
        stage_free();
    }
}

/* One address for peers with preshared keys and with certificates: who asks is answered alike. */
static const x4s_ike_config1 *by_method(void *userdata, const x4s_ike_offer1 *offer)
{
    struct sim_node *node = userdata;
    for (size_t i = 0; i < offer->transform_count; i++)
        for (size_t k = 0; k < 2; k++)
            if (offer->transforms[i].auth == node->transforms1[k].auth) {
                node->config1.transforms = &node->transforms1[k];
                return &node->config1;
            }
    return NULL;
}

static void test_policy_by_method(void **state)
{
    (void)state;
    static const uint16_t auths[] = {x4c_ike_auth_psk, x4c_ike_auth_ecdsa256};
    for (size_t i = 0; i < 2 * x4m_countof(auths); i++) {
        const bval aggressive = i >= x4m_countof(auths);
        struct stage s = stage_new(i + 1);
        stage_equip(&s, x4c_ike_auth_ecdsa256);
        struct sim_node *bob = s.pair.bob;
        bob->transforms1[1] = bob->transforms1[0];
        bob->transforms1[1].auth = x4c_ike_auth_psk;
        bob->config1.aggressive = bob->config1.aggressive_psk = aggressive;
        bob->calls1.policy = by_method;
        s.pair.alice->config1.aggressive = aggressive;
        s.pair.alice->transforms1[0].auth = auths[i % x4m_countof(auths)];
        pair_connect(&s.pair);
        assert_int_equal(s.pair.b->keys1.suite.auth, auths[i % x4m_countof(auths)]);
        pair_quick(s.pair.a);
        stage_free();
    }
}

/* A method that the responder has for nobody, and one that nobody knows, reach no configuration. */
static void test_policy_has_no_method(void **state)
{
    (void)state;
    struct stage s = stage_new(1);
    stage_equip(&s, x4c_ike_auth_rsa);
    s.pair.bob->transforms1[0].auth = s.pair.bob->transforms1[1].auth = x4c_ike_auth_psk;
    s.pair.bob->calls1.policy = by_method;
    struct sim_xchg *a = sim_init1(s.pair.alice, s.pair.bob);
    sim_run(s.pair.sim, 600000);
    assert_true(sim_ended(a, x4c_ike_peer_no_proposal));
    assert_true(s.pair.bob->stats.refused[x4c_ike_no_policy] > 0);
    stage_free();
}

/* The request first; the identity before the certificates; the peer's own certificate last. */
static void test_order_of_validation(void **state) /* req 2408-5.9-1 */
{
    (void)state;
    static const uint8_t types[] = {PAYLOAD_CR, PAYLOAD_ID, PAYLOAD_CERT, PAYLOAD_CERT};
    struct stage s = stage_new(1);
    stage_equip(&s, x4c_ike_auth_ecdsa256);
    pair_connect(&s.pair);
    for (unsigned node = 0; node < 2; node++) {
        assert_seen(node, types, x4m_countof(types));
        assert_int_equal(s.seen_len[node][2], s.party[!node].certs[1].len + 1);
        assert_int_equal(s.seen_len[node][3], s.party[!node].certs[0].len + 1);
    }
    stage_free();
}

static void test_raw_public_keys(void **state)
{
    (void)state;
    static const uint8_t types[] = {PAYLOAD_ID};
    struct stage s = stage_new(2);
    stage_equip(&s, x4c_ike_auth_rsa);
    s.pair.alice->config1.authority_count = s.pair.bob->config1.authority_count = 0;
    s.pair.alice->certs.count = s.pair.bob->certs.count = 0;
    s.pair.alice->pubkey = fixture_chunk(&s.party[1].public_key);
    s.pair.bob->pubkey = fixture_chunk(&s.party[0].public_key);
    pair_connect(&s.pair);
    assert_seen(0, types, 1);
    assert_seen(1, types, 1);
    assert_int_equal(s.pair.b->calls[SIM_GET_PUBKEY], 1);
    stage_free();
}

/* Alice begins; both ends have to end, Bob after having refused a message for the reason. */
static void assert_fails_at_bob(x4e_ike_reason reason)
{
    struct sim_xchg *a = sim_init1(stage->pair.alice, stage->pair.bob);
    assert_non_null(a);
    sim_settle(stage->pair.sim);
    assert_true(stage->pair.bob->refused[reason] > 0);
    sim_run(stage->pair.sim, 120000);
    assert_true(a->calls[SIM_DISPOSED]);
    assert_int_equal(sim_count(stage->pair.alice, 1) + sim_count(stage->pair.bob, 1), 0);
    assert_int_equal(stage->pair.bob->stats.completed1[x4c_ike_responder], 0);
}

static void test_unknown_public_key(void **state)
{
    (void)state;
    struct stage s = stage_new(3);
    stage_equip(&s, x4c_ike_auth_rsa);
    s.pair.bob->config1.authority_count = 0;
    s.pair.alice->certs.count = 0;
    assert_fails_at_bob(x4c_ike_no_pubkey);
    stage_free();
}

/* A key of somebody else's: the signature is well made, but not by who is known. */
static void test_another_key(void **state) /* req 2408-5.12-2 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(methods); i++) {
        struct stage s = stage_new(methods[i]);
        stage_equip(&s, methods[i]);
        EVP_PKEY *other = key_for(methods[i]);
        fixture_der der = fixture_private(other);
        s.pair.alice->prikey.der = fixture_chunk(&der);
        assert_fails_at_bob(x4c_ike_bad_signature);
        assert_int_equal(s.seen_count[1], 1); /* the request, of which nothing had to be proven */
        EVP_PKEY_free(other);
        stage_free();
    }
}

static bool tell_nothing(void *context, const struct sim_datagram *datagram)
{
    (void)context;
    return datagram->data[WIRE_EXCHANGE_AT] != WIRE_INFORMATIONAL;
}

/* A peer that goes on trying has us verify a few signatures and no more. */
static void test_signatures_are_bounded(void **state)
{
    (void)state;
    enum { TRIES_MAX = 8 + 60 }; /* at once, then one a second */
    struct stage s = stage_new(7);
    stage_equip(&s, x4c_ike_auth_ecdsa256);
    EVP_PKEY *other = key_for(x4c_ike_auth_ecdsa256);
    fixture_der der = fixture_private(other);
    s.pair.alice->prikey.der = fixture_chunk(&der);
    s.pair.alice->config.timing.resend_tries = 10000;
    s.pair.alice->config.timing.resend_first_ms = s.pair.alice->config.timing.resend_max_ms = 100;
    s.pair.sim->network.tap = tell_nothing;
    assert_fails_at_bob(x4c_ike_bad_signature);
    assert_in_range(s.pair.bob->stats.refused[x4c_ike_bad_signature], TRIES_MAX - 10, TRIES_MAX);
    assert_true(s.pair.bob->stats.refused[x4c_ike_over_limit] > 300);
    EVP_PKEY_free(other);
    stage_free();
}

/* RSA was agreed on, and the certificate has an elliptic curve. */
static void test_certificate_of_another_kind(void **state)
{
    (void)state;
    struct stage s = stage_new(4);
    stage_equip(&s, x4c_ike_auth_rsa);
    struct party other = {0};
    equip(&other, s.pair.alice, x4c_ike_auth_ecdsa256, "C=CH, CN=alice");
    s.pair.alice->prikey.der = fixture_chunk(&s.party[0].private_key);
    s.pair.alice->transforms1[0].auth = x4c_ike_auth_rsa;
    assert_fails_at_bob(x4c_ike_bad_cert);
    EVP_PKEY_free(other.key);
    stage_free();
}

static void test_certificate_refused(void **state)
{
    (void)state;
    /* the certificate between, then the peer's own, of request, identity, between, own */
    for (unsigned at = 2; at < 4; at++) {
        struct stage s = stage_new(at);
        stage_equip(&s, x4c_ike_auth_ecdsa256);
        s.refuse = PAYLOAD_CERT;
        s.refuse_from = at;
        assert_fails_at_bob(x4c_ike_cert_refused);
        stage_free();
    }
}

static void test_identity_refused(void **state)
{
    (void)state;
    struct stage s = stage_new(5);
    stage_equip(&s, x4c_ike_auth_ecdsa256);
    s.refuse = PAYLOAD_ID;
    assert_fails_at_bob(x4c_ike_id_refused);
    for (unsigned i = 0; i < s.seen_count[1]; i++)
        assert_int_not_equal(s.seen[1][i], PAYLOAD_CERT);
    stage_free();
}

/* The message with the request is discarded, and nothing was computed for it. */
static void test_request_refused(void **state) /* req 2408-5.10-3 2408-5.10-4 */
{
    (void)state;
    struct stage s = stage_new(6);
    stage_equip(&s, x4c_ike_auth_ecdsa256);
    s.refuse = PAYLOAD_CR;
    assert_fails_at_bob(x4c_ike_request_refused);
    assert_int_equal(s.pair.bob->stats.dh_jobs, 0);
    stage_free();
}

/* req 2408-3.10-1 2408-3.10-3 2408-3.10-4 2408-3.10-5 */
static void test_one_of_several_requests(void **state)
{
    (void)state;
    struct stage s = stage_new(7);
    stage_equip(&s, x4c_ike_auth_ecdsa256);
    const x4s_chunk authorities[] = {{s.party[0].subject, s.pair.alice->config1.id.data.len}, {0}};
    s.pair.alice->config1.authorities = authorities;
    s.pair.alice->config1.authority_count = 2;
    s.refuse = PAYLOAD_CR;
    s.refuse_from = 1; /* the second only */
    pair_connect(&s.pair);
    assert_int_equal(s.seen_len[1][0], 1 + authorities[0].len);
    assert_int_equal(s.seen_len[1][1], 1);
    stage_free();
}

static void test_promised_certificate_missing(void **state) /* req 2408-3.10-3 */
{
    (void)state;
    struct stage s = stage_new(8);
    stage_equip(&s, x4c_ike_auth_ecdsa256);
    s.pair.alice->certs.count = 0;
    struct sim_xchg *a = sim_init1(s.pair.alice, s.pair.bob);
    sim_settle(s.pair.sim);
    assert_true(sim_ended(a, x4c_ike_no_cert));
    stage_free();
}

/* No key, one that is none, one of another kind. */
static void test_private_key_missing(void **state)
{
    (void)state;
    EVP_PKEY *curve = fixture_ec("P-256");
    fixture_der der = fixture_private(curve);
    const x4s_chunk keys[] = {{0}, {(const uint8_t *)"key", 3}, fixture_chunk(&der)};
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        struct stage s = stage_new(i);
        stage_equip(&s, x4c_ike_auth_rsa);
        s.pair.alice->prikey.der = keys[i];
        struct sim_xchg *a = sim_init1(s.pair.alice, s.pair.bob);
        sim_settle(s.pair.sim);
        assert_true(sim_ended(a, x4c_ike_no_prikey));
        stage_free();
    }
    EVP_PKEY_free(curve);
}

static void test_signatures_need_a_key_callback(void **state)
{
    (void)state;
    struct stage s = stage_new(9);
    stage_equip(&s, x4c_ike_auth_rsa);
    s.pair.alice->calls1.get_prikey = NULL;
    assert_null(sim_init1(s.pair.alice, s.pair.bob));
    stage_free();
}

/* Without traffic below it a responder of aggressive mode does not learn that message 3 is lost. */
static void begin_quick_mode(struct sim_xchg *xchg, enum sim_call call)
{
    if (call == SIM_COMPLETED && xchg->phase == 1)
        assert_non_null(sim_init2(xchg));
}

/*
 * Both sides send as long a chain as may be, in many fragments, over a network that loses, doubles
 * and reorders them. In aggressive mode the initiator has to take them before it knows the peer's
 * cookie.
 */
static void test_chains_in_fragments(void **state)
{
    (void)state;
    enum { WORLDS = 24, PACKET = 400, PLAIN_MESSAGES = 9 };
    x4s_chunk chains[2][x4c_cert_chain_max];
    unsigned complete = 0;
    for (unsigned world = 0; world < WORLDS; world++) {
        struct stage s = stage_new(world);
        stage_equip(&s, x4c_ike_auth_rsa);
        for (unsigned i = 0; i < 2; i++) {
            struct sim_node *node = s.pair.sim->nodes[i];
            for (size_t at = 0; at < x4c_cert_chain_max; at++)
                chains[i][at] = s.party[i].chain[at > 0];
            node->certs = (x4s_ike_certs){chains[i], x4c_cert_chain_max};
            node->config1.aggressive = world % 2 != 0;
            node->config1.fragmentation = x4c_ike_fragment_yes;
            node->config1.fragment_size = PACKET;
        }
        bool calm = world < 2;
        s.pair.sim->network.loss_pct = calm ? 0 : 5;
        s.pair.sim->network.duplicate_pct = calm ? 0 : 20;
        s.pair.sim->network.delay_max_ms = calm ? 5 : 200;
        s.pair.alice->hook = begin_quick_mode;
        assert_non_null(sim_init1(s.pair.alice, s.pair.bob));
        sim_run(s.pair.sim, 60000);
        bool done = sim_count(s.pair.alice, 2) == 1 && sim_count(s.pair.bob, 2) == 1;
        complete += done;
        assert_true(done || !calm);
        assert_true(!done || s.seen_count[0] > x4c_cert_chain_max);
        assert_true(!done || s.seen_count[1] > x4c_cert_chain_max);
        assert_true(s.pair.sim->network.sent > PLAIN_MESSAGES);
        stage_free();
    }
    assert_true(complete >= WORLDS - 4);
}

/* -------------------------------------------------------------------------- keys elsewhere */

static void hold(void *context, x4s_sign_job *job)
{
    struct stage *s = context;
    assert_null(s->held);
    s->held = job;
}

static void give_up(void *context, x4s_sign_job *job)
{
    struct stage *s = context;
    assert_ptr_equal(s->held, job);
    s->held = NULL;
    s->cancelled++;
}

/* Ends the job with the key that Alice's certificate has. */
static void sign_held(struct stage *s)
{
    const char *error;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    x4s_private_key *key =
        x4_private_key_new(crypto, fixture_chunk(&s->party[0].private_key), &error);
    x4s_sign_job here = {
        .key = key, .hash_len = s->held->hash_len, .signature = s->held->signature};
    memcpy(here.hash, s->held->hash, here.hash_len);
    x4s_sign_job *const list[] = {&here};
    x4_sign_run(crypto, list, 1);
    assert_int_equal(here.state, x4c_sign_done);
    assert_int_equal(here.signature_size, s->held->signature_size);
    x4_private_key_free(key);
    x4_crypto_free(crypto);
}

static void end_held(struct stage *s, x4e_sign_state how)
{
    x4s_sign_job *job = s->held;
    s->held = NULL;
    job->state = how;
    job->completed(job);
    s->pair.alice->tick_at = s->pair.sim->now;
}

/* Alice's key is elsewhere; she has asked for a signature. */
static struct sim_xchg *asked_elsewhere(struct stage *s, const x4s_key_holder *holder)
{
    stage_equip(s, x4c_ike_auth_rsa);
    s->pair.alice->prikey = (x4s_ike_prikey){fixture_chunk(&s->party[0].public_key), holder};
    struct sim_xchg *a = sim_init1(s->pair.alice, s->pair.bob);
    sim_settle(s->pair.sim);
    assert_non_null(s->held);
    assert_int_equal(s->pair.sim->network.sent, 4);
    return a;
}

static void test_key_elsewhere(void **state)
{
    (void)state;
    struct stage s = stage_new(10);
    const x4s_key_holder holder = {hold, give_up, &s};
    struct sim_xchg *a = asked_elsewhere(&s, &holder);
    sign_held(&s);
    end_held(&s, x4c_sign_done);
    sim_settle(s.pair.sim);
    assert_true(sim_complete(a));
    pair_quick(a);
    assert_int_equal(s.cancelled, 0);
    stage_free();
}

static void test_key_elsewhere_fails(void **state)
{
    (void)state;
    struct stage s = stage_new(11);
    const x4s_key_holder holder = {hold, give_up, &s};
    struct sim_xchg *a = asked_elsewhere(&s, &holder);
    end_held(&s, x4c_sign_failed);
    sim_settle(s.pair.sim);
    assert_true(sim_ended(a, x4c_ike_crypto_failed));
    assert_int_equal(s.cancelled, 0);
    stage_free();
}

/* The job is taken back: by the deadline, by the user, by the end of the instance. */
static void test_key_elsewhere_is_silent(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        struct stage s = stage_new(12 + how);
        const x4s_key_holder holder = {hold, give_up, &s};
        struct sim_xchg *a = asked_elsewhere(&s, &holder);
        if (how == 0)
            sim_run(s.pair.sim, 120000);
        else if (how == 1)
            sim_term(a, btrue);
        else
            sim_shut_down(s.pair.alice);
        assert_int_equal(s.cancelled, 1);
        assert_int_equal(a->calls[SIM_DISPOSED], 1);
        stage_free();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_policy_by_method),
        cmocka_unit_test(test_policy_has_no_method),
        cmocka_unit_test(test_order_of_validation),
        cmocka_unit_test(test_raw_public_keys),
        cmocka_unit_test(test_unknown_public_key),
        cmocka_unit_test(test_another_key),
        cmocka_unit_test(test_signatures_are_bounded),
        cmocka_unit_test(test_certificate_of_another_kind),
        cmocka_unit_test(test_certificate_refused),
        cmocka_unit_test(test_identity_refused),
        cmocka_unit_test(test_request_refused),
        cmocka_unit_test(test_one_of_several_requests),
        cmocka_unit_test(test_promised_certificate_missing),
        cmocka_unit_test(test_private_key_missing),
        cmocka_unit_test(test_signatures_need_a_key_callback),
        cmocka_unit_test(test_chains_in_fragments),
        cmocka_unit_test(test_key_elsewhere),
        cmocka_unit_test(test_key_elsewhere_fails),
        cmocka_unit_test(test_key_elsewhere_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
