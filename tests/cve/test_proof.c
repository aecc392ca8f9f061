/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Faults in proving an identity with certificates: a signature that nobody verified, certificates
 * used after they were found wanting, and stores of them that overflowed.
 */

#include "tests/sim/pair.h"
#include "tests/unit/crypto/fixture.h"

enum {
    CHAIN = 4,  /* certificates that each end sends */
    KEYS = 200, /* more than any store of them keeps */
    PAYLOAD_CERT = 6,
    MINUTE_MS = 60 * 1000,
};

/* An end: its key, and a chain whose first certificate is for a key that may be another's. */
struct party {
    fixture_der private_key;
    fixture_der certs[CHAIN];
    x4s_chunk chain[CHAIN];
    uint8_t subject[SIM_ID_MAX];
    size_t subject_len;
};

static EVP_PKEY *new_key(uint16_t auth)
{
    return auth == x4c_ike_auth_rsa ? fixture_rsa(1024) : fixture_ec("P-256");
}

static void party_init(struct party *party, EVP_PKEY *own, EVP_PKEY *certified, const char *name)
{
    const char *error;
    X509 *x509 = fixture_x509(&(fixture_cert){.subject = name, .key = certified});
    party->private_key = fixture_private(own);
    for (unsigned i = 0; i < CHAIN; i++) {
        party->certs[i] = fixture_x509_der(x509);
        party->chain[i] = fixture_chunk(&party->certs[i]);
    }
    X509_free(x509);
    assert_true(
        x4_dn_parse(name, party->subject, sizeof(party->subject), &party->subject_len, &error));
}

static void use(struct sim_node *node, const struct party *party, uint16_t auth, size_t certs)
{
    node->config1.id = (x4s_ike_id){x4c_ike_id_dn, {party->subject, party->subject_len}};
    node->transforms1[0].auth = auth;
    node->prikey.der = fixture_chunk(&party->private_key);
    node->certs = (x4s_ike_certs){party->chain, certs};
}

/* Alice and Bob with certificates; one of them has another key than the certificate's. */
static void impersonate(uint16_t auth, unsigned impostor)
{
    static struct party parties[2];
    struct pair pair = pair_new(1);
    struct sim_node *nodes[] = {pair.alice, pair.bob};
    for (unsigned i = 0; i < 2; i++) {
        EVP_PKEY *true_key = new_key(auth);
        EVP_PKEY *own = i == impostor ? new_key(auth) : true_key;
        party_init(&parties[i], own, true_key, i ? "CN=bob" : "CN=alice");
        use(nodes[i], &parties[i], auth, 1);
        if (own != true_key)
            EVP_PKEY_free(own);
        EVP_PKEY_free(true_key);
    }
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, MINUTE_MS);
    const struct sim_node *deceived = nodes[!impostor];
    assert_true(deceived->refused[x4c_ike_bad_signature] > 0);
    assert_int_equal(deceived->stats.completed1[x4c_ike_initiator] +
                         deceived->stats.completed1[x4c_ike_responder],
                     0);
    sim_free(pair.sim);
}

/* racoon: with a right certificate any signature was right. */
static void cve_2004_0155(void **state)
{
    (void)state;
    static const uint16_t methods[] = {x4c_ike_auth_rsa, x4c_ike_auth_ecdsa256};
    for (size_t i = 0; i < x4m_countof(methods); i++)
        for (unsigned impostor = 0; impostor < 2; impostor++)
            impersonate(methods[i], impostor);
}

/* What happens when so many certificates were shown to the user. */
struct doubt {
    unsigned after;
    bool terminates; /* else it is refused */
    unsigned shown;
};

static bval doubt(struct sim_xchg *xchg, x4s_chunk body, uint8_t payload)
{
    struct doubt *doubt = xchg->node->sim->test;
    (void)body;
    if (payload != PAYLOAD_CERT || ++doubt->shown != doubt->after)
        return btrue;
    if (doubt->terminates)
        sim_term(xchg, bfalse);
    return doubt->terminates;
}

/* strongSwan: the public key of a certificate that was not believed went on being used. */
static void cve_2023_26463(void **state)
{
    (void)state;
    static struct party parties[2];
    EVP_PKEY *key = fixture_ec("P-256");
    party_init(&parties[0], key, key, "CN=alice");
    party_init(&parties[1], key, key, "CN=bob");
    for (unsigned i = 0; i < 2 * CHAIN; i++) {
        struct doubt doubtful = {.after = 1 + i / 2, .terminates = i % 2};
        struct pair pair = pair_new(1);
        use(pair.alice, &parties[0], x4c_ike_auth_ecdsa256, CHAIN);
        use(pair.bob, &parties[1], x4c_ike_auth_ecdsa256, CHAIN);
        pair.bob->validate = doubt;
        pair.sim->test = &doubtful;
        pair.a = sim_init1(pair.alice, pair.bob);
        sim_settle(pair.sim);
        assert_int_equal(doubtful.shown, doubtful.after);
        assert_int_equal(sim_last(pair.bob, 1)->calls[SIM_COMPLETED], 0);
        assert_int_equal(pair.bob->refused[x4c_ike_cert_refused], !doubtful.terminates);
        sim_run(pair.sim, MINUTE_MS);
        sim_free(pair.sim);
    }
    EVP_PKEY_free(key);
}

/* strongSwan: a store of certificates was full, and the place of the next was computed wrongly. */
static void cve_2021_41991(void **state)
{
    (void)state;
    static struct party parties[KEYS];
    struct pair pair = pair_new(1);
    size_t most = 0;
    for (unsigned i = 0; i < KEYS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "CN=gate%u", i);
        EVP_PKEY *key = fixture_ec("P-256");
        party_init(&parties[i], key, key, name);
        EVP_PKEY_free(key);
        use(pair.alice, &parties[i], x4c_ike_auth_ecdsa256, 1);
        use(pair.bob, &parties[i], x4c_ike_auth_ecdsa256, 1);
        pair_connect(&pair);
        sim_term(pair.a, btrue);
        sim_settle(pair.sim);
        if (i == KEYS / 2)
            most = pair.bob->ledger.bytes;
    }
    assert_int_equal(pair.bob->ledger.bytes, most); /* it was full by then */
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2004_0155),
        cmocka_unit_test(cve_2023_26463),
        cmocka_unit_test(cve_2021_41991),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
