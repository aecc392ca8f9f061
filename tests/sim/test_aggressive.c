/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Aggressive mode: three messages, whom it is for, and what strangers can do to it.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"
#include "tests/unit/crypto/fixture.h"
#include "x4/crypto/cipher.h"
#include "x4/crypto/hash.h"

/* Both would use it, and accept it with a preshared key. */
static struct pair aggressive_pair(uint64_t seed)
{
    struct pair pair = pair_new(seed);
    pair.alice->config1.aggressive = btrue;
    pair.bob->config1.aggressive = btrue;
    pair.bob->config1.aggressive_psk = btrue;
    return pair;
}

/* What is on the wire, in order; the test may swallow or change a message. */
struct tape {
    struct pair *pair;
    struct sim_datagram *messages[16];
    unsigned count;
    unsigned swallow; /* this message, counted from 1, 0 none */
};

static bool record(void *context, const struct sim_datagram *datagram)
{
    struct tape *tape = context;
    assert_true(tape->count < x4m_countof(tape->messages));
    tape->messages[tape->count++] = sim_datagram_copy(datagram);
    return tape->count != tape->swallow;
}

static void tape_start(struct tape *tape, struct pair *pair)
{
    tape->pair = pair;
    pair->sim->network.tap = record;
    pair->sim->network.tap_context = tape;
}

static void tape_free(struct tape *tape)
{
    for (unsigned i = 0; i < tape->count; i++)
        free(tape->messages[i]);
}

static void test_three_messages(void **state) /* req 2409-5-2 2409-4-19 2408-4.1-3 */
{
    (void)state;
    struct pair pair = aggressive_pair(1);
    struct tape tape = {0};
    tape_start(&tape, &pair);
    pair_connect(&pair);
    assert_int_equal(tape.count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(tape.messages[i]->data[WIRE_EXCHANGE_AT], WIRE_AGGRESSIVE);
    assert_int_equal(tape.messages[1]->data[WIRE_FLAGS_AT], 0);
    assert_int_equal(tape.messages[2]->data[WIRE_FLAGS_AT], WIRE_ENCRYPTED);
    assert_int_equal(pair.bob->stats.aggressive, 0);
    assert_int_equal(pair.bob->stats.unproven, 0);
    assert_int_equal(pair.bob->claimed_len, 4);
    assert_memory_equal(pair.bob->claimed_id, pair.alice->id, 4);
    pair.sim->network.tap = NULL;
    pair_quick(pair.a);
    pair_quick(pair.b);
    tape_free(&tape);
    sim_free(pair.sim);
}

static void test_ciphers_and_hashes(void **state)
{
    (void)state;
    static const x4s_ike_transform1 transforms[] = {
        {x4c_cipher_3des, x4c_hash_md5, x4c_group_modp1024, x4c_ike_auth_psk, 0, 0, 0},
        {x4c_cipher_aes, x4c_hash_sha1, x4c_group_modp2048, x4c_ike_auth_psk, 128, 0, 0},
        {x4c_cipher_aes, x4c_hash_sha512, x4c_group_ecp521, x4c_ike_auth_psk, 256, 3600, 0},
    };
    for (size_t i = 0; i < x4m_countof(transforms); i++) {
        struct pair pair = aggressive_pair(i);
        pair_transform1(&pair, &transforms[i]);
        pair_connect(&pair);
        pair_quick(pair.a);
        sim_free(pair.sim);
    }
}

/* With signatures nobody has to accept a preshared key, and an authority is asked for. */
static void test_signatures(void **state)
{
    (void)state;
    EVP_PKEY *keys[] = {fixture_rsa(1024), fixture_rsa(1024)};
    fixture_der private_keys[2];
    fixture_der public_keys[2];
    const x4s_chunk any = {0};
    struct pair pair = aggressive_pair(2);
    struct sim_node *nodes[] = {pair.alice, pair.bob};
    pair.bob->config1.aggressive_psk = bfalse;
    for (unsigned i = 0; i < 2; i++) {
        private_keys[i] = fixture_private(keys[i]);
        public_keys[i] = fixture_spki(keys[i]);
        nodes[i]->transforms1[0].auth = x4c_ike_auth_rsa;
        nodes[i]->prikey.der = fixture_chunk(&private_keys[i]);
        nodes[!i]->pubkey = fixture_chunk(&public_keys[i]);
    }
    pair_connect(&pair);
    assert_int_equal(pair.sim->network.sent, 3);
    pair_quick(pair.b);

    X509 *x509 = fixture_x509(&(fixture_cert){.subject = "CN=bob", .key = keys[1]});
    fixture_der cert = fixture_x509_der(x509);
    const x4s_chunk chain = fixture_chunk(&cert);
    pair.bob->certs = (x4s_ike_certs){&chain, 1};
    pair.alice->pubkey = (x4s_chunk){0};
    pair.alice->config1.authorities = &any;
    pair.alice->config1.authority_count = 1;
    pair_connect(&pair);
    assert_int_equal(pair.a->calls[SIM_VALIDATE], 2); /* ID and CERT */
    assert_int_equal(pair.b->calls[SIM_VALIDATE], 2); /* CERT_REQUEST and ID */
    X509_free(x509);
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
    sim_free(pair.sim);
}

static void assert_refused(struct pair *pair, x4e_ike_reason reason)
{
    struct sim_xchg *a = sim_init1(pair->alice, pair->bob);
    sim_run(pair->sim, 1000);
    assert_int_equal(pair->bob->refused[reason], 1);
    assert_null(sim_last(pair->bob, 1));
    assert_int_equal(pair->bob->stats.dh_jobs, 0);
    sim_run(pair->sim, 120000);
    assert_int_equal(a->calls[SIM_DISPOSED], 1);
    sim_free(pair->sim);
}

static void test_responder_has_to_accept_it(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(3);
    pair.bob->config1.aggressive = bfalse;
    assert_refused(&pair, x4c_ike_no_policy);
    pair = aggressive_pair(4);
    pair.bob->config1.aggressive_psk = bfalse;
    assert_refused(&pair, x4c_ike_no_policy);
    pair = aggressive_pair(5);
    pair.bob->main_only = true;
    assert_refused(&pair, x4c_ike_no_policy);
}

static void test_no_common_proposal(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(6);
    pair.bob->transforms1[0].hash = x4c_hash_md5;
    assert_refused(&pair, x4c_ike_no_proposal);
}

/* RFC 2409 5: the group cannot be negotiated, its public value comes with the offer. */
static void test_initiator_has_one_group(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(7);
    pair.alice->transforms1[1] = pair.alice->transforms1[0];
    pair.alice->transforms1[1].key_bits = 256;
    pair.alice->config1.transform_count = 2;
    pair.bob->transforms1[0].key_bits = 256;
    pair_connect(&pair);
    assert_int_equal(pair.a->keys1.suite.key_bits, 256);
    pair.alice->transforms1[1].group = x4c_group_ecp384;
    assert_null(sim_init1(pair.alice, pair.bob));
    sim_free(pair.sim);
}

/* Who fails to prove it is known to us by then, and told why. */
static void test_wrong_key(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(8);
    pair.bob->psk = "another";
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 120000);
    assert_true(sim_ended(a, x4c_ike_bad_hash));
    assert_true(pair.alice->stats.refused[x4c_ike_bad_hash] > 0);
    struct sim_xchg *b = sim_last(pair.bob, 1);
    assert_int_equal(b->calls[SIM_DISPOSED], 1);
    assert_int_equal(b->calls[SIM_COMPLETED], 0);
    assert_int_equal(pair.bob->stats.aggressive, 0);
    sim_free(pair.sim);
}

/* A stranger answers first: the answer of who has the key is awaited all the same. */
static void test_forged_answer(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(9);
    struct tape tape = {.swallow = 2};
    tape_start(&tape, &pair);
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    struct sim_datagram *answer = tape.messages[1];
    struct wire_part hash;
    assert_true(wire_find(answer->data, answer->len, WIRE_HASH, &hash));
    answer->data[hash.at + WIRE_GENERIC] ^= 1;
    sim_inject(pair.alice, &answer->from, answer->data, answer->len);
    assert_int_equal(pair.alice->stats.refused[x4c_ike_bad_hash], 1);
    assert_false(sim_complete(a));
    answer->data[hash.at + WIRE_GENERIC] ^= 1;
    sim_inject(pair.alice, &answer->from, answer->data, answer->len);
    sim_settle(pair.sim);
    assert_true(sim_complete(a));
    assert_true(sim_complete(sim_last(pair.bob, 1)));
    tape_free(&tape);
    sim_free(pair.sim);
}

/* The first message again is answered from the cache, and makes no second exchange. */
static void test_repeated_first_message(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(10);
    struct tape tape = {.swallow = 2};
    tape_start(&tape, &pair);
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 3000);
    assert_true(sim_complete(a));
    assert_int_equal(pair.bob->stats.duplicates_answered, 1);
    assert_int_equal(pair.bob->stats.completed1[x4c_ike_responder], 1);
    assert_int_equal(tape.messages[1]->len, tape.messages[3]->len);
    assert_memory_equal(tape.messages[1]->data, tape.messages[3]->data, tape.messages[1]->len);
    tape_free(&tape);
    sim_free(pair.sim);
}

/* The last message is lost: the quick mode that follows brings it again. */
static void test_lost_last_message(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(11);
    struct tape tape = {.swallow = 3};
    tape_start(&tape, &pair);
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    assert_true(sim_complete(a));
    assert_false(sim_complete(sim_last(pair.bob, 1)));
    struct sim_xchg *quick = sim_init2(a);
    sim_run(pair.sim, 5000);
    assert_true(sim_complete(sim_last(pair.bob, 1)));
    assert_true(sim_complete(quick));
    tape_free(&tape);
    sim_free(pair.sim);
}

/*
 * It can be begun from any address, so it has a limit of its own, of which half is for messages
 * that come again.
 */
static void test_limit(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(12);
    pair.bob->config.limits.aggressive = 2;
    pair.alice->deaf = true;
    for (unsigned i = 0; i < 3; i++)
        assert_non_null(sim_init1(pair.alice, pair.bob));
    sim_settle(pair.sim);
    assert_int_equal(pair.bob->stats.aggressive, 1);
    assert_int_equal(pair.bob->refused[x4c_ike_budget_spent], 2);
    sim_run(pair.sim, 5000);
    assert_int_equal(pair.bob->stats.aggressive, 2);
    assert_int_equal(pair.bob->stats.dh_jobs, 2);

    struct sim_node *carol = sim_add(pair.sim); /* main mode is not concerned */
    pair.sim->forged = true;
    struct sim_xchg *c = sim_init1(carol, pair.bob);
    sim_settle(pair.sim);
    assert_true(sim_complete(c));
    sim_free(pair.sim);
}

/*
 * Message 3 may come in the clear (RFC 2409 5.4: encryption is not required). An INITIAL-CONTACT in
 * it may then be anybody's.
 */
static void test_last_message_in_the_clear(void **state) /* req 2407-4.6.3-1 */
{
    (void)state;
    struct pair pair = aggressive_pair(13);
    pair.alice->config1.initial_contact = btrue;
    struct tape tape = {.swallow = 3};
    tape_start(&tape, &pair);
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    assert_true(sim_complete(a));

    const x4s_ike_keys1 *keys = &a->keys1;
    const char *error;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    x4s_chunk values[2];
    uint8_t iv[x4c_hash_size_max];
    for (unsigned i = 0; i < 2; i++) {
        struct wire_part ke;
        assert_true(wire_find(tape.messages[i]->data, tape.messages[i]->len, WIRE_KE, &ke));
        values[i] =
            (x4s_chunk){tape.messages[i]->data + ke.at + WIRE_GENERIC, ke.len - WIRE_GENERIC};
    }
    assert_true(x4_hash(crypto, keys->suite.hash, values, 2, iv));
    struct sim_datagram *last = tape.messages[2];
    assert_true(x4_cipher_decrypt(crypto, keys->suite.cipher,
                                  (x4s_chunk){keys->cipher_key.data, keys->cipher_key.len}, iv,
                                  last->data + WIRE_HEADER, last->len - WIRE_HEADER));
    x4_crypto_free(crypto);
    last->len = wire_end(last->data, last->len);
    last->data[WIRE_FLAGS_AT] = 0;
    wire_put(last->data + WIRE_LENGTH_AT, 4, (uint32_t)last->len);

    struct wire_part hash;
    assert_true(wire_find(last->data, last->len, WIRE_HASH, &hash));
    assert_true(wire_find(last->data, last->len, WIRE_NOTIFY, &(struct wire_part){0}));
    last->data[hash.at + hash.len - 1] ^= 1;
    assert_int_equal(sim_inject(pair.bob, &last->from, last->data, last->len), x4c_ike_bad_hash);
    last->data[hash.at + hash.len - 1] ^= 1;
    pair.sim->forged = true; /* Alice's last block is that of a message that Bob never saw */
    assert_int_equal(sim_inject(pair.bob, &last->from, last->data, last->len), x4c_ike_none);
    assert_true(sim_complete(sim_last(pair.bob, 1)));
    assert_int_equal(sim_last(pair.bob, 1)->calls[SIM_NOTIFIED], 0);
    tape_free(&tape);
    sim_free(pair.sim);
}

/* The cookies are those of the exchange, the mode is another. */
static void test_other_mode(void **state) /* req 2409-5-5 */
{
    (void)state;
    struct pair pair = aggressive_pair(14);
    struct tape tape = {.swallow = 3};
    tape_start(&tape, &pair);
    assert_non_null(sim_init1(pair.alice, pair.bob));
    sim_settle(pair.sim);
    struct sim_datagram *last = tape.messages[2];
    last->data[WIRE_EXCHANGE_AT] = WIRE_MAIN;
    assert_int_equal(sim_inject(pair.bob, &last->from, last->data, last->len),
                     x4c_ike_bad_exchange);
    last->data[WIRE_EXCHANGE_AT] = WIRE_AGGRESSIVE;
    pair.sim->forged = true;
    assert_int_equal(sim_inject(pair.bob, &last->from, last->data, last->len), x4c_ike_none);
    tape_free(&tape);
    sim_free(pair.sim);
}

/* The initiator moves to the other port with message 3 (RFC 3947 4). */
static void test_nat(void **state) /* req 3947-4-10 */
{
    (void)state;
    for (unsigned forwards = 0; forwards < 2; forwards++) {
        struct pair pair = aggressive_pair(14 + forwards);
        pair.alice->config1.natt = pair.bob->config1.natt = x4c_ike_natt_rfc;
        sim_hide(pair.alice, forwards);
        pair_connect(&pair);
        assert_true(pair.a->natt_floats);
        assert_true(pair.a->natt_behind);
        assert_int_equal(pair.b->calls[SIM_NATT], 1);
        assert_false(pair.b->natt_behind);
        assert_true(pair.b->keys1.behind_remote);
        assert_int_equal(pair.b->keys1.link.local.port, SIM_PORT_NATT);
        assert_true(pair_quick(pair.a)->keys2.transform.encap);
        assert_true(pair_quick(pair.b)->keys2.transform.encap);
        sim_free(pair.sim);
    }
}

static void test_no_nat(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(16);
    pair.alice->config1.natt = pair.bob->config1.natt = x4c_ike_natt_rfc | x4c_ike_natt_03;
    pair_connect(&pair);
    assert_int_equal(pair.a->calls[SIM_NATT] + pair.b->calls[SIM_NATT], 0);
    assert_int_equal(pair.b->keys1.link.local.port, SIM_PORT);
    sim_free(pair.sim);
}

/* Without a NAT message 3 has to come from where message 1 came from. */
static void test_last_message_from_elsewhere(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(17);
    struct tape tape = {.swallow = 3};
    tape_start(&tape, &pair);
    sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    struct sim_datagram *last = tape.messages[2];
    last->from.ip[3] = 99;
    assert_int_equal(sim_inject(pair.bob, &last->from, last->data, last->len), x4c_ike_bad_link);
    assert_false(sim_complete(sim_last(pair.bob, 1)));
    tape_free(&tape);
    sim_free(pair.sim);
}

/* -------------------------------------------------------------------------- hostile */

static const uint32_t lengths[] = {0, 1, 3, 4, UINT8_MAX, UINT16_MAX};

/* Feeds what is not the message any more; it has to be refused. */
static void refuse(struct sim_node *node, const struct sim_datagram *message, const uint8_t *bytes,
                   size_t len)
{
    uint64_t refused = 0;
    uint64_t after = 0;
    for (int i = 0; i < x4c_ike_reason_count; i++)
        refused += node->stats.refused[i];
    sim_inject(node, &message->from, bytes, len);
    for (int i = 0; i < x4c_ike_reason_count; i++)
        after += node->stats.refused[i];
    assert_true(after > refused);
}

/* Cut at every length, with a header that says so and one that does not; every length field. */
static void refuse_mutants(struct sim_node *node, const struct sim_datagram *message)
{
    uint8_t bytes[2048];
    struct wire_field fields[WIRE_FIELDS_MAX];
    size_t count = wire_fields(message->data, message->len, fields);
    assert_true(message->len <= sizeof(bytes) && count > 8);
    for (size_t len = 0; len < message->len; len++) {
        memcpy(bytes, message->data, len);
        refuse(node, message, bytes, len);
        if (len < WIRE_HEADER)
            continue;
        wire_put(bytes + WIRE_LENGTH_AT, 4, (uint32_t)len);
        refuse(node, message, bytes, len);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t v = 0; v < x4m_countof(lengths) + 2; v++) {
            uint32_t value =
                v < x4m_countof(lengths) ? lengths[v] : fields[i].max + (v > x4m_countof(lengths));
            bool same = value == wire_get(message->data + fields[i].at, fields[i].size);
            bool long_number = fields[i].owner == WIRE_SA &&
                               strcmp(fields[i].name, "attribute length") == 0 &&
                               value == fields[i].max;
            if ((uint64_t)value >> (8 * fields[i].size) || same || long_number)
                continue;
            memcpy(bytes, message->data, message->len);
            wire_put(bytes + fields[i].at, fields[i].size, value);
            refuse(node, message, bytes, message->len);
        }
    }
}

static void test_mutants_of_the_first_message(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(18);
    struct tape tape = {.swallow = 1};
    tape_start(&tape, &pair);
    sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    pair.sim->network.tap = NULL;
    refuse_mutants(pair.bob, tape.messages[0]);
    for (const struct sim_xchg *x = pair.bob->xchgs; x; x = x->next)
        assert_int_equal(x->calls[SIM_DISPOSED], 1); /* what the message did not bear out */
    assert_int_equal(pair.bob->stats.aggressive, 0);
    tape_free(&tape);
    sim_free(pair.sim);
}

/* After all of them the true answer is still taken. */
static void test_mutants_of_the_answer(void **state)
{
    (void)state;
    struct pair pair = aggressive_pair(19);
    struct tape tape = {.swallow = 2};
    tape_start(&tape, &pair);
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    pair.sim->network.tap = NULL;
    const struct sim_datagram *answer = tape.messages[1];
    refuse_mutants(pair.alice, answer);
    sim_inject(pair.alice, &answer->from, answer->data, answer->len);
    sim_settle(pair.sim);
    assert_true(sim_complete(a));
    tape_free(&tape);
    sim_free(pair.sim);
}

/* At 30 % loss every exchange is complete or ended, at both ends. */
static void test_loss(void **state)
{
    (void)state;
    unsigned complete = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct pair pair = aggressive_pair(seed);
        pair.sim->network.loss_pct = 30;
        pair.sim->network.duplicate_pct = 10;
        struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
        for (unsigned second = 0; second < 60 && !sim_complete(a); second++)
            sim_run(pair.sim, 1000);
        if (sim_complete(a))
            sim_init2(a);
        sim_run(pair.sim, 120000);
        for (struct sim_xchg *x = pair.alice->xchgs; x; x = x->next)
            assert_true(sim_complete(x) || x->calls[SIM_DISPOSED] == 1);
        for (struct sim_xchg *x = pair.bob->xchgs; x; x = x->next)
            assert_true(sim_complete(x) || x->calls[SIM_DISPOSED] == 1);
        complete += sim_count(pair.bob, 1);
        sim_free(pair.sim);
    }
    assert_true(complete > 190);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_messages),
        cmocka_unit_test(test_ciphers_and_hashes),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_responder_has_to_accept_it),
        cmocka_unit_test(test_no_common_proposal),
        cmocka_unit_test(test_initiator_has_one_group),
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_forged_answer),
        cmocka_unit_test(test_repeated_first_message),
        cmocka_unit_test(test_lost_last_message),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_last_message_in_the_clear),
        cmocka_unit_test(test_other_mode),
        cmocka_unit_test(test_nat),
        cmocka_unit_test(test_no_nat),
        cmocka_unit_test(test_last_message_from_elsewhere),
        cmocka_unit_test(test_mutants_of_the_first_message),
        cmocka_unit_test(test_mutants_of_the_answer),
        cmocka_unit_test(test_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
