/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Memory that a stranger's messages took and nobody gave back: libike's, which the simulation keeps
 * books of, and OpenSSL's, which is counted here. After some rounds of the same there may be no
 * more of either than after the first ones.
 */

#include <openssl/crypto.h>

#include "tests/cve/held.h"
#include "tests/unit/crypto/fixture.h"

enum {
    WARM_UP = 5, /* rounds after which everything was needed once */
    ROUNDS = 60,
};

/* -------------------------------------------------------------------------- OpenSSL's books */

static long blocks;

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    void *block = malloc(size);
    blocks += block != NULL;
    return block;
}

static void give_back(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    blocks -= block != NULL;
    free(block);
}

static void *resize(void *block, size_t size, const char *file, int line)
{
    if (!block)
        return take(size, file, line);
    if (size)
        return realloc(block, size);
    give_back(block, file, line);
    return NULL;
}

/* -------------------------------------------------------------------------- rounds */

struct books {
    size_t bytes;
    long blocks;
};

static struct books books_of(const struct sim_node *node)
{
    return (struct books){node->ledger.bytes, blocks};
}

/* Bob after the warm-up and after all rounds. */
static void assert_same(struct books before, const struct sim_node *node)
{
    const struct books after = books_of(node);
    assert_int_equal(after.bytes, before.bytes);
    assert_int_equal(after.blocks, before.blocks);
}

/* racoon: proposals that were not accepted. */
static void cve_2008_3651(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct books before = {0};
    pair.bob->transforms1[0].key_bits = 256;
    assert_true(sim_boot(pair.bob));
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (round == WARM_UP)
            before = books_of(pair.bob);
        struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
        sim_settle(pair.sim);
        if (!a->calls[SIM_DISPOSED])
            sim_term(a, bfalse);
        sim_run(pair.sim, MINUTE_MS);
    }
    assert_int_equal(pair.bob->refused[x4c_ike_no_proposal], ROUNDS);
    assert_same(before, pair.bob);
    sim_free(pair.sim);
}

/* Initiators that fall silent after so many messages of theirs. */
static void orphan(unsigned messages, bool aggressive)
{
    struct pair pair = pair_new(1);
    struct books before = {0};
    struct held held = {.pair = pair, .hold = 2 * messages};
    pair.alice->config1.aggressive = pair.bob->config1.aggressive = aggressive;
    pair.alice->config1.aggressive_psk = pair.bob->config1.aggressive_psk = aggressive;
    pair.sim->network.tap = held_tap;
    pair.sim->network.tap_context = &held;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (round == WARM_UP)
            before = books_of(pair.bob);
        held.seen = 0;
        struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
        sim_settle(pair.sim);
        sim_term(a, bfalse);
        sim_run(pair.sim, 5 * MINUTE_MS);
        free(held.message);
        held.message = NULL;
    }
    assert_int_equal(pair.bob->stats.half_open + pair.bob->stats.unproven, 0);
    assert_same(before, pair.bob);
    sim_free(pair.sim);
}

/* racoon: first exchanges that came to nothing stayed for ever. */
static void cve_2008_3652(void **state)
{
    (void)state;
    orphan(1, false);
    orphan(2, false);
    orphan(1, true);
}

/* What a node signs with. */
struct party {
    fixture_der private_key;
    fixture_der cert;
    x4s_chunk chain;
};

static void party_init(struct party *party, EVP_PKEY *own, EVP_PKEY *certified, const char *name)
{
    X509 *x509 = fixture_x509(&(fixture_cert){.subject = name, .key = certified});
    party->private_key = fixture_private(own);
    party->cert = fixture_x509_der(x509);
    party->chain = fixture_chunk(&party->cert);
    X509_free(x509);
}

static void use(struct sim_node *node, const struct party *party)
{
    node->transforms1[0].auth = x4c_ike_auth_rsa;
    node->prikey.der = fixture_chunk(&party->private_key);
    node->certs = (x4s_ike_certs){&party->chain, 1};
}

/* racoon: each signature verified, and each keep-alive of NAT traversal, cost some memory. */
static void cve_2009_1632(void **state)
{
    (void)state;
    static struct party parties[2];
    struct pair pair = pair_new(1);
    struct books before = {0};
    EVP_PKEY *keys[] = {fixture_rsa(1024), fixture_rsa(1024)};
    party_init(&parties[0], keys[0], keys[1], "CN=alice"); /* another key than the certificate's */
    party_init(&parties[1], keys[1], keys[1], "CN=bob");
    use(pair.alice, &parties[0]);
    use(pair.bob, &parties[1]);
    for (unsigned round = 0; round < ROUNDS; round++) {
        static const uint8_t keep_alive = 0xff;
        if (round == WARM_UP)
            before = books_of(pair.bob);
        struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
        sim_settle(pair.sim);
        assert_false(sim_complete(a));
        if (!a->calls[SIM_DISPOSED])
            sim_term(a, bfalse);
        sim_inject_at(pair.bob, SIM_PORT_NATT, &pair.alice->addr, &keep_alive, 1);
        sim_run(pair.sim, 5 * MINUTE_MS);
        /* Alice's own are not at issue. */
        sim_shut_down(pair.alice);
        assert_true(sim_boot(pair.alice));
    }
    assert_in_range(pair.bob->refused[x4c_ike_bad_signature], ROUNDS, 10 * ROUNDS);
    assert_same(before, pair.bob);
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
    sim_free(pair.sim);
}

/* Each byte of the held message, spoilt. */
static void feed_spoilt(const struct held *held)
{
    for (size_t at = WIRE_COOKIES; at < held->message->len; at++) {
        struct sim_datagram *message = sim_datagram_copy(held->message);
        message->data[at] = (uint8_t)~message->data[at];
        feed(held, message);
        free(message);
    }
}

/* isakmpd: what a suite of odd packets left behind. */
static void cve_2004_0222(void **state)
{
    (void)state;
    for (unsigned number = 1; number <= 3; number += 2) {
        struct held held = {.pair = pair_new(1)};
        struct books before = {0};
        for (unsigned round = 0; round < 2 * WARM_UP; round++) {
            if (round == WARM_UP)
                before = books_of(held.pair.bob);
            held.seen = 0;
            hold(&held, number);
            feed_spoilt(&held);
            sim_term(held.pair.a, bfalse);
            sim_run(held.pair.sim, 5 * MINUTE_MS);
            free(held.message);
            held.message = NULL;
        }
        assert_same(before, held.pair.bob);
        sim_free(held.pair.sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2008_3651),
        cmocka_unit_test(cve_2008_3652),
        cmocka_unit_test(cve_2009_1632),
        cmocka_unit_test(cve_2004_0222),
    };
    if (CRYPTO_set_mem_functions(take, resize, give_back) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
