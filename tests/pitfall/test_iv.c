/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Chaining values, message IDs, and the keys of the cipher. The eavesdropper computes them from the
 * RFC's words alone, and ends the program when what it opens with them is no message.
 */

#include <stdlib.h>

#include "tests/pitfall/forge.h"

enum {
    MESSAGE_ID = 0x20001,
    ARE_YOU_THERE = 36136,
    ARE_YOU_THERE_ACK = 36137,
    AUTHENTICATION_FAILED = 24,
    INVALID_ID = 18,
    TYPE_AT = 6, /* in the body of a notify */
    AT_ONCE = 24,
};

static uint16_t notify_type(const struct forge *forge)
{
    struct wire_part notify;
    if (!wire_find(forge->answer, forge->answer_len, WIRE_NOTIFY, &notify))
        return 0;
    return wire_u16(forge->answer + notify.at + WIRE_GENERIC + TYPE_AT);
}

static void ask(struct forge *forge, uint32_t message_id)
{
    const uint8_t sequence[] = {0, 1, (uint8_t)(message_id >> 8), (uint8_t)message_id};
    const unsigned before = forge->spoken;
    assert_int_equal(forge_notify(forge, message_id, ARE_YOU_THERE, sequence, sizeof(sequence)),
                     x4c_ike_none);
    assert_int_equal(forge->spoken, before + 1);
    assert_int_equal(notify_type(forge), ARE_YOU_THERE_ACK);
}

static const struct {
    uint8_t cipher;
    uint16_t bits;
} ciphers[] = {
    {x4c_cipher_des, 0},   {x4c_cipher_3des, 0},  {x4c_cipher_aes, 128},
    {x4c_cipher_aes, 192}, {x4c_cipher_aes, 256},
};

static const uint8_t hashes[] = {x4c_hash_md5, x4c_hash_sha1, x4c_hash_sha256, x4c_hash_sha384,
                                 x4c_hash_sha512};

/* A world for each cipher and hash. */
static void each_suite(void (*run)(struct forge *forge))
{
    for (size_t c = 0; c < x4m_countof(ciphers); c++)
        for (size_t h = 0; h < x4m_countof(hashes); h++) {
            struct forge forge;
            forge_begin(&forge);
            for (unsigned i = 0; i < 2; i++) {
                x4s_ike_transform1 *transform = &forge.pair.sim->nodes[i]->transforms1[0];
                transform->cipher = ciphers[c].cipher;
                transform->key_bits = ciphers[c].bits;
                transform->hash = hashes[h];
            }
            forge.spy->suite = forge.pair.alice->transforms1[0];
            pair_connect(&forge.pair);
            run(&forge);
            forge_close(&forge);
        }
}

static void run_quick_modes(struct forge *forge)
{
    pair_quick(forge->pair.a);
    pair_quick(forge->pair.b);
    ask(forge, MESSAGE_ID);
}

/* libreswan (aggressive mode): a hash that is longer than a block was the chaining value. */
static void iv_of_phase_2_is_truncated_to_a_block(void **state)
{
    (void)state;
    each_suite(run_quick_modes);
}

static void check_key(struct forge *forge)
{
    const x4s_secret *key = &forge->pair.b->keys1.cipher_key;
    assert_int_equal(key->len, forge->spy->cipher_key.len);
    assert_memory_equal(key->data, forge->spy->cipher_key.data, key->len);
}

/* libreswan (SHA-2 with NSS): SKEYID_e is expanded where it is shorter than the key, and else cut.
 */
static void short_skeyid_is_expanded_to_the_cipher_key(void **state)
{
    (void)state;
    each_suite(check_key);
}

/* libreswan: the chaining value of an informational message follows from the end of phase 1, and
 * not from what was said last. */
static void iv_of_informational_is_of_phase_1(void **state)
{
    (void)state;
    struct forge forge;
    forge_open(&forge);
    for (uint32_t i = 0; i < 4; i++) {
        ask(&forge, MESSAGE_ID + 2 * i);
        pair_quick(i % 2 ? forge.pair.a : forge.pair.b);
        ask(&forge, MESSAGE_ID + 2 * i + 1);
    }
    sim_term(forge.pair.b, btrue);
    sim_settle(forge.pair.sim);
    assert_true(sim_ended(forge.pair.a, x4c_ike_deleted));
    forge_close(&forge);
}

/* libreswan: an error that is told within phase 1 had a chaining value that nobody else had. */
static void iv_of_error_within_phase_1(void **state)
{
    (void)state;
    struct forge forge;
    forge_begin(&forge);
    forge.pair.bob->refuse_id = true;
    forge.pair.a = sim_init1(forge.pair.alice, forge.pair.bob);
    sim_settle(forge.pair.sim);
    assert_int_equal(forge.spoken, 1);
    assert_int_equal(forge.answer[WIRE_EXCHANGE_AT], WIRE_INFORMATIONAL);
    assert_true(notify_type(&forge) == AUTHENTICATION_FAILED || notify_type(&forge) == INVALID_ID);
    assert_true(forge.pair.a->calls[SIM_DISPOSED]); /* and Alice could read it */
    forge_close(&forge);
}

/* isakmpd, SSH: the last block is that of the last message of either side. The third message of
 * quick mode follows the second, whoever began. */
static void iv_follows_the_last_message_of_either_side(void **state)
{
    (void)state;
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX];
    forge_open(&forge);
    forge_template(&forge);
    size_t len = forge_quick(&forge, MESSAGE_ID, plain);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_none);

    struct spy_exchange *exchange = spy_exchange(forge.spy, MESSAGE_ID);
    uint8_t right[x4c_cipher_block_max];
    memcpy(right, exchange->iv, sizeof(right));
    memset(exchange->iv, 0, sizeof(exchange->iv));
    uint8_t third[SPY_MESSAGE_MAX] = {0}, sealed[SPY_MESSAGE_MAX],
            wrong[x4c_cipher_block_max] = {0};
    size_t third_len = spy_begin(forge.spy, WIRE_QUICK, MESSAGE_ID, WIRE_NONE, third);
    assert_true(spy_rehash(forge.spy, 3, third, third_len));
    size_t sealed_len = spy_seal(forge.spy, wrong, third, third_len, sealed);
    assert_int_not_equal(sim_inject(forge.pair.bob, &forge.pair.alice->addr, sealed, sealed_len),
                         x4c_ike_none);
    assert_int_equal(sim_count(forge.pair.bob, 2), 0);

    memcpy(exchange->iv, right, sizeof(right));
    assert_int_equal(forge_third(&forge, MESSAGE_ID), x4c_ike_none);
    assert_int_equal(sim_count(forge.pair.bob, 2), 1);
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- message IDs */

/* A second initiator with an eavesdropper of its own. */
struct two {
    struct forge forge;
    struct sim_node *carol;
    struct spy *spy;
};

static bool tap_two(void *context, const struct sim_datagram *datagram)
{
    struct two *two = context;
    const x4s_net_addr *carol = &two->carol->addr;
    bool hers =
        x4_net_addr_equal(&datagram->from, carol) || x4_net_addr_equal(&datagram->to, carol);
    (void)spy_see(hers ? two->spy : two->forge.spy, datagram);
    return true;
}

static void open_two(struct two *two)
{
    *two = (struct two){0};
    forge_begin(&two->forge);
    two->carol = sim_add(two->forge.pair.sim);
    two->spy = spy_new(two->carol);
    two->forge.pair.sim->network.tap = tap_two;
    two->forge.pair.sim->network.tap_context = two;
    pair_connect(&two->forge.pair);
    struct sim_xchg *c = sim_init1(two->carol, two->forge.pair.bob);
    sim_settle(two->forge.pair.sim);
    assert_true(sim_complete(c));
}

/* A quick mode of this node's under the message ID, begun in its name. */
static void begin_quick(struct two *two, struct sim_node *node, struct spy *spy)
{
    uint8_t plain[SPY_MESSAGE_MAX], sealed[SPY_MESSAGE_MAX], iv[x4c_cipher_block_max];
    node->sim->network.tap = NULL;
    sim_network_clear(&node->sim->network);
    struct sim_xchg *own = sim_init2(sim_last(node, 1));
    struct sim_datagram *first = sim_datagram_copy(node->sim->network.queue);
    sim_network_clear(&node->sim->network);
    sim_term(own, bfalse);
    node->sim->network.tap = tap_two;

    assert_true(spy_see(spy, first));
    size_t len = spy->last.plain_len;
    memcpy(plain, spy->last.plain, len);
    wire_put(plain + WIRE_MESSAGE_ID_AT, 4, MESSAGE_ID);
    memcpy(iv, spy_exchange(spy, MESSAGE_ID)->iv, sizeof(iv));
    assert_true(spy_rehash(spy, 1, plain, len));
    size_t sealed_len = spy_seal(spy, iv, plain, len, sealed);
    memcpy(first->data, sealed, sealed_len);
    assert_int_equal(sealed_len, first->len);
    assert_true(spy_see(spy, first));
    assert_int_equal(sim_inject(two->forge.pair.bob, &node->addr, sealed, sealed_len),
                     x4c_ike_none);
    free(first);
}

static void end_quick(struct two *two, struct sim_node *node, struct spy *spy)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0}, sealed[SPY_MESSAGE_MAX];
    size_t len = spy_begin(spy, WIRE_QUICK, MESSAGE_ID, WIRE_NONE, plain);
    assert_true(spy_rehash(spy, 3, plain, len));
    size_t sealed_len = spy_seal(spy, spy_exchange(spy, MESSAGE_ID)->iv, plain, len, sealed);
    assert_int_equal(sim_inject(two->forge.pair.bob, &node->addr, sealed, sealed_len),
                     x4c_ike_none);
}

/* racoon: two peers with Windows 7 drew the same message ID, and their quick modes were one. */
static void same_message_id_of_two_peers(void **state)
{
    (void)state;
    struct two two;
    open_two(&two);
    struct sim_node *alice = two.forge.pair.alice;
    begin_quick(&two, alice, two.forge.spy);
    begin_quick(&two, two.carol, two.spy);
    end_quick(&two, alice, two.forge.spy);
    assert_int_equal(sim_count(two.forge.pair.bob, 2), 1);
    end_quick(&two, two.carol, two.spy);
    assert_int_equal(sim_count(two.forge.pair.bob, 2), 2);
    spy_free(two.spy);
    forge_close(&two.forge);
}

/* strongSwan: chaining values of the last three exchanges were kept, and the fourth one at the same
 * time lost its own. */
static void many_quick_modes_side_by_side(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct sim_xchg *quick[AT_ONCE];
    pair.alice->config.limits.pending2 = pair.bob->config.limits.pending2 = AT_ONCE;
    pair_connect(&pair);
    pair.sim->network.delay_max_ms = 200; /* their messages come mixed */
    for (unsigned i = 0; i < AT_ONCE; i++) {
        quick[i] = sim_init2(i % 2 ? pair.b : pair.a);
        assert_non_null(quick[i]);
    }
    sim_settle(pair.sim);
    for (unsigned i = 0; i < AT_ONCE; i++)
        assert_true(sim_complete(quick[i]));
    assert_int_equal(sim_count(pair.alice, 2), AT_ONCE);
    assert_int_equal(sim_count(pair.bob, 2), AT_ONCE);
    for (unsigned i = 0; i < 2; i++) {
        const struct sim_node *node = pair.sim->nodes[i];
        assert_int_equal(node->refused[x4c_ike_garbled], 0);
    }
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iv_of_phase_2_is_truncated_to_a_block),
        cmocka_unit_test(short_skeyid_is_expanded_to_the_cipher_key),
        cmocka_unit_test(iv_of_informational_is_of_phase_1),
        cmocka_unit_test(iv_of_error_within_phase_1),
        cmocka_unit_test(iv_follows_the_last_message_of_either_side),
        cmocka_unit_test(same_message_id_of_two_peers),
        cmocka_unit_test(many_quick_modes_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
