/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Hashes and padding: what the hashes cover are the bytes that came, and padding is none of them.
 */

#include "tests/pitfall/forge.h"

enum {
    RESERVED_AT = 1,                   /* in a generic header */
    TRANSFORM_RESERVED_AT = 8 + 8 + 6, /* behind the situation and a proposal without an SPI */
    UDP = 17,
    MESSAGE_ID = 0x10001,
    BLOCK = 16,
};

/* Odd bytes in what is hashed: reserved ones, and the protocol and port of an identity. */
static bool odd_phase1(struct forge *forge, uint8_t *plain, size_t *len)
{
    struct wire_part part;
    if (forge->order == 1 && wire_find(plain, *len, WIRE_SA, &part)) {
        plain[part.at + RESERVED_AT] = 0x5a;
        wire_put(plain + part.at + WIRE_GENERIC + TRANSFORM_RESERVED_AT, 2, 0x1234);
        return true;
    }
    if (forge->order == 5 && wire_find(plain, *len, WIRE_ID, &part)) {
        plain[part.at + RESERVED_AT] = 0xa5;
        plain[part.at + WIRE_GENERIC + 1] = UDP;
        wire_put(plain + part.at + WIRE_GENERIC + 2, 2, SIM_PORT);
        return true;
    }
    return false;
}

static void odd_quick(uint8_t *plain, size_t len)
{
    struct wire_part part;
    for (bool more = wire_first(plain, len, &part); more; more = wire_next(plain, len, &part))
        if (part.type != WIRE_HASH)
            plain[part.at + RESERVED_AT] = 0x77;
}

static void select_hosts(struct sim_node *node, const struct sim_node *peer)
{
    node->config2.selectors = btrue;
    x4_net_selector_from_addr(&node->addr, &node->config2.local);
    x4_net_selector_from_addr(&peer->addr, &node->config2.remote);
}

/* FreeS/WAN, racoon and others: who hashes what it would have sent itself, and not the bytes that
 * came, finds every peer with other reserved bytes or another port in its identity a liar. */
static void hash_covers_payloads_as_received(void **state)
{
    (void)state;
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX];
    forge_begin(&forge);
    select_hosts(forge.pair.alice, forge.pair.bob);
    forge.change = odd_phase1;
    forge.pair.a = sim_init1(forge.pair.alice, forge.pair.bob);
    sim_settle(forge.pair.sim);
    assert_true(sim_complete(sim_last(forge.pair.bob, 1)));
    forge_close(&forge);

    forge_open(&forge);
    select_hosts(forge.pair.alice, forge.pair.bob);
    forge_template(&forge);
    size_t len = forge_quick(&forge, MESSAGE_ID, plain);
    odd_quick(plain, len);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_none);
    struct wire_part id, own;
    assert_true(wire_find(forge.answer, forge.answer_len, WIRE_ID, &id));
    assert_true(wire_find(plain, len, WIRE_ID, &own)); /* and it comes back as it was */
    assert_memory_equal(forge.answer + id.at + WIRE_GENERIC, plain + own.at + WIRE_GENERIC,
                        own.len - WIRE_GENERIC);
    assert_int_equal(forge_third(&forge, MESSAGE_ID), x4c_ike_none);
    assert_int_equal(sim_count(forge.pair.bob, 2), 1);
    forge_close(&forge);
}

/* libreswan, Check Point: peers pad by other rules, up to several blocks, with other bytes than
 * zeros; and what they pad is no part of what is hashed. */
static void hash_leaves_out_padding(void **state)
{
    (void)state;
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX];
    forge_open(&forge);
    forge_template(&forge);
    for (uint32_t padding = 0; padding <= 3 * BLOCK; padding++) {
        size_t len = forge_quick(&forge, MESSAGE_ID + padding, plain);
        memset(plain + len, 0xc3, padding);
        assert_int_equal(forge_tell_bob(&forge, 1, plain, len + padding), x4c_ike_none);
        assert_int_equal(forge_third(&forge, MESSAGE_ID + padding), x4c_ike_none);
    }
    assert_int_equal(sim_count(forge.pair.bob, 2), 3 * BLOCK + 1);
    forge_close(&forge);
}

/* The bytes behind the chain of payloads in a message that was opened. */
static bool check_padding(struct forge *forge)
{
    const struct spy_message *last = &forge->spy->last;
    if (!last->opened)
        return false;
    assert_int_equal((last->datagram->len - WIRE_HEADER) % BLOCK, 0);
    assert_true(last->datagram->len - last->plain_len < BLOCK);
    for (size_t at = last->plain_len; at < last->datagram->len; at++)
        assert_int_equal(last->plain[at], 0);
    (*(unsigned *)forge->test)++;
    return false;
}

/* libreswan (no padding to some peers): ours are zeros up to the block, and no block more. */
static void own_padding_is_zeros_up_to_the_block(void **state)
{
    (void)state;
    unsigned checked = 0;
    struct forge forge;
    forge_begin(&forge);
    forge.swallow = check_padding;
    forge.test = &checked;
    pair_connect(&forge.pair);
    pair_quick(forge.pair.a);
    select_hosts(forge.pair.bob, forge.pair.alice);
    struct sim_xchg *quick = pair_quick(forge.pair.b);
    sim_term(quick, btrue);
    sim_term(forge.pair.b, btrue);
    sim_settle(forge.pair.sim);
    assert_true(checked >= 2 + 3 + 3 + 2);
    forge_close(&forge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_covers_payloads_as_received),
        cmocka_unit_test(hash_leaves_out_padding),
        cmocka_unit_test(own_padding_is_zeros_up_to_the_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
