/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Messages in several datagrams: who sends them to whom, what of them gets lost or comes twice, and
 * what strangers may put in between.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"

enum {
    PACKET = 280, /* so that messages 3 and 4 with MODP-2048 have several parts */
    IP_AND_UDP = 28,
    NUMBER_AT = WIRE_HEADER + 6,
    FRAGMENT = 132,
};

/* What went over the wire. */
struct tape {
    unsigned fragments;
    unsigned whole;
    size_t longest;
    struct sim_datagram *first; /* fragment */
    struct sim_datagram *second;
    unsigned lose; /* the n-th fragment, counted from 1 */
    bool lose_all;
};

static bool record(void *context, const struct sim_datagram *datagram)
{
    struct tape *tape = context;
    if (datagram->len > tape->longest)
        tape->longest = datagram->len;
    if (datagram->data[WIRE_FIRST_AT] != FRAGMENT) {
        tape->whole++;
        return true;
    }
    tape->fragments++;
    if (tape->fragments == 1)
        tape->first = sim_datagram_copy(datagram);
    if (tape->fragments == 2)
        tape->second = sim_datagram_copy(datagram);
    return !tape->lose_all && tape->fragments != tape->lose;
}

static struct pair stage(uint64_t seed, struct tape *tape, x4e_ike_fragmentation alice,
                         x4e_ike_fragmentation bob)
{
    struct pair pair = pair_new(seed);
    const x4e_ike_fragmentation modes[] = {alice, bob};
    for (unsigned i = 0; i < 2; i++) {
        struct sim_node *node = pair.sim->nodes[i];
        node->config1.fragmentation = (uint8_t)modes[i];
        node->config1.fragment_size = PACKET;
        node->transforms1[0].group = node->transforms2[0].group = x4c_group_modp2048;
    }
    *tape = (struct tape){0};
    pair.sim->network.tap = record;
    pair.sim->network.tap_context = tape;
    return pair;
}

static void tape_free(struct tape *tape)
{
    free(tape->first);
    free(tape->second);
}

static void end(struct pair *pair, struct tape *tape)
{
    sim_free(pair->sim);
    tape_free(tape);
}

/* -------------------------------------------------------------------------- agreeing */

/* Only who may sends them; only to who announced to take them, unless forced. */
static void test_who_sends(void **state) /* req 2408-3.16-1 */
{
    (void)state;
    static const struct {
        x4e_ike_fragmentation alice, bob;
        bool alices, bobs;
    } rows[] = {
        {x4c_ike_fragment_no, x4c_ike_fragment_yes, false, false},
        {x4c_ike_fragment_accept, x4c_ike_fragment_accept, false, false},
        {x4c_ike_fragment_yes, x4c_ike_fragment_no, false, false},
        {x4c_ike_fragment_yes, x4c_ike_fragment_accept, true, false},
        {x4c_ike_fragment_accept, x4c_ike_fragment_yes, false, true},
        {x4c_ike_fragment_yes, x4c_ike_fragment_yes, true, true},
        {x4c_ike_fragment_force, x4c_ike_fragment_yes, true, true},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        struct tape tape;
        struct pair pair = stage(i, &tape, rows[i].alice, rows[i].bob);
        pair_connect(&pair);
        assert_int_equal(pair.a->keys1.fragment_size, rows[i].alices ? PACKET : 0);
        assert_int_equal(pair.b->keys1.fragment_size, rows[i].bobs ? PACKET : 0);
        assert_int_equal(tape.fragments > 0, rows[i].alices || rows[i].bobs);
        assert_int_equal(tape.longest > PACKET - IP_AND_UDP, !rows[i].alices || !rows[i].bobs);
        pair_quick(pair.a);
        pair_quick(pair.b);
        end(&pair, &tape);
    }
}

/* To a peer that does not take them forced ones are as good as lost, and refused as such. */
static void test_forced_upon(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = stage(1, &tape, x4c_ike_fragment_force, x4c_ike_fragment_no);
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    assert_true(tape.fragments > 1);
    assert_int_equal(pair.bob->refused[x4c_ike_unexpected_payload], tape.fragments);
    end(&pair, &tape);
}

/* All exchanges; over IPv6 and behind a marker there is less room. */
static void test_sizes(void **state)
{
    (void)state;
    for (unsigned aggressive = 0; aggressive < 2; aggressive++) {
        struct tape tape;
        struct pair pair = stage(aggressive, &tape, x4c_ike_fragment_yes, x4c_ike_fragment_yes);
        for (unsigned i = 0; i < 2; i++) {
            pair.sim->nodes[i]->config1.aggressive = aggressive != 0;
            pair.sim->nodes[i]->config1.aggressive_psk = btrue;
            pair.sim->nodes[i]->config1.natt = x4c_ike_natt_rfc;
            pair.sim->nodes[i]->config1.natt_force = btrue;
        }
        pair_connect(&pair);
        assert_true(pair.a->keys1.link.encap);
        tape.longest = 0;
        pair_quick(pair.a);
        assert_true(tape.longest <= PACKET - IP_AND_UDP - 4);
        end(&pair, &tape);
    }
}

static void test_bad_size(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = stage(1, &tape, x4c_ike_fragment_yes, x4c_ike_fragment_yes);
    pair.alice->config1.fragment_size = 255;
    assert_null(sim_init1(pair.alice, pair.bob));
    end(&pair, &tape);
}

/* Who takes an SA over goes on with fragments. */
static void test_resume(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = stage(1, &tape, x4c_ike_fragment_yes, x4c_ike_fragment_yes);
    pair_connect(&pair);
    struct sim_node *heir = sim_add(pair.sim);
    heir->transforms2[0].group = x4c_group_modp2048;
    pair.bob->deaf = true;
    sim_swap_addresses(pair.bob, heir);
    struct sim_xchg *resumed = sim_resume1(heir, pair.b);
    assert_non_null(resumed);
    tape.longest = 0;
    pair_quick(pair.a);
    pair_quick(resumed);
    assert_true(tape.longest <= PACKET - IP_AND_UDP);
    end(&pair, &tape);
}

/* -------------------------------------------------------------------------- the network */

/* One that is missing comes with the repetition, whose parts fit those that are there. */
static void test_each_lost(void **state)
{
    (void)state;
    for (unsigned lost = 1; lost <= 8; lost++) {
        struct tape tape;
        struct pair pair = stage(lost, &tape, x4c_ike_fragment_yes, x4c_ike_fragment_yes);
        tape.lose = lost;
        pair.a = sim_init1(pair.alice, pair.bob);
        sim_run(pair.sim, 5000);
        assert_true(sim_complete(pair.a));
        end(&pair, &tape);
    }
}

static void test_loss_and_disorder(void **state)
{
    (void)state;
    unsigned complete = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct tape tape;
        struct pair pair = stage(seed, &tape, x4c_ike_fragment_yes, x4c_ike_fragment_yes);
        pair.sim->network.loss_pct = 10;
        pair.sim->network.duplicate_pct = 20;
        pair.sim->network.delay_max_ms = 200;
        pair.a = sim_init1(pair.alice, pair.bob);
        sim_run(pair.sim, 60000);
        complete += sim_complete(pair.a);
        end(&pair, &tape);
    }
    assert_true(complete > 50);
}

/* Parts of which the rest never comes are forgotten. */
static void test_forgotten(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = stage(1, &tape, x4c_ike_fragment_yes, x4c_ike_fragment_yes);
    tape.lose_all = true;
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 10);
    assert_int_equal(sim_inject(pair.bob, &tape.first->from, tape.first->data, tape.first->len),
                     x4c_ike_none);
    sim_run(pair.sim, 9000);
    assert_int_equal(pair.bob->stats.refused[x4c_ike_fragments_missing], 0);
    sim_run(pair.sim, 2000);
    assert_int_equal(pair.bob->stats.refused[x4c_ike_fragments_missing], 1);
    end(&pair, &tape);
}

/* A part that comes once more behind the whole is not a replay and makes nothing happen. */
static void test_last_again(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = stage(1, &tape, x4c_ike_fragment_yes, x4c_ike_fragment_yes);
    pair_connect(&pair);
    uint64_t sent = pair.sim->network.sent;
    for (unsigned i = 0; i < 2; i++) {
        const struct sim_datagram *part = i ? tape.first : tape.second;
        assert_int_not_equal(sim_inject(pair.bob, &part->from, part->data, part->len),
                             x4c_ike_replayed);
    }
    assert_int_equal(pair.sim->network.sent, sent);
    pair_quick(pair.a);
    end(&pair, &tape);
}

/* -------------------------------------------------------------------------- hostile */

/* A world in which Bob waits for the parts of message 3. */
static struct pair waiting(struct tape *tape)
{
    struct pair pair = stage(1, tape, x4c_ike_fragment_yes, x4c_ike_fragment_yes);
    tape->lose_all = true;
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 20);
    assert_non_null(tape->second);
    return pair;
}

static x4e_ike_reason feed(struct pair *pair, const struct sim_datagram *datagram)
{
    return sim_inject(pair->bob, &datagram->from, datagram->data, datagram->len);
}

static void test_wrong_numbers(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = waiting(&tape);
    struct sim_datagram *part = tape.first;
    part->data[NUMBER_AT] = 0;
    assert_int_equal(feed(&pair, part), x4c_ike_bad_fragment);
    part->data[NUMBER_AT] = 5;
    assert_int_equal(feed(&pair, part), x4c_ike_none);
    assert_int_equal(feed(&pair, part), x4c_ike_duplicate);
    part->data[NUMBER_AT] = 3; /* the last, although there is one behind it */
    part->data[NUMBER_AT + 1] = 1;
    assert_int_equal(feed(&pair, part), x4c_ike_bad_fragment);
    part->data[NUMBER_AT] = 2;
    assert_int_equal(feed(&pair, part), x4c_ike_none);
    part->data[NUMBER_AT] = 3; /* behind the last */
    part->data[NUMBER_AT + 1] = 0;
    assert_int_equal(feed(&pair, part), x4c_ike_bad_fragment);
    end(&pair, &tape);
}

static void test_malformed(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = waiting(&tape);
    struct sim_datagram *part = tape.first;
    for (size_t len = 0; len < part->len; len++)
        assert_int_not_equal(sim_inject(pair.bob, &part->from, part->data, len), x4c_ike_none);
    part->data[WIRE_HEADER] = 13; /* another payload behind it */
    assert_int_equal(feed(&pair, part), x4c_ike_bad_fragment);
    part->data[WIRE_HEADER] = 0;
    part->data[0] ^= 1;
    assert_int_equal(feed(&pair, part), x4c_ike_unknown_sa);
    part->data[0] ^= 1;
    x4s_net_addr elsewhere = part->from;
    elsewhere.ip[3] ^= 1;
    assert_int_equal(sim_inject(pair.bob, &elsewhere, part->data, part->len), x4c_ike_bad_link);
    part->data[WIRE_FLAGS_AT] = 1; /* the encryption flag, which racoon sets */
    assert_int_equal(feed(&pair, part), x4c_ike_none);
    end(&pair, &tape);
}

/* More than a message may have ends the attempt, not the exchange. */
static void test_too_much(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = waiting(&tape);
    struct sim_datagram *part = tape.first;
    unsigned taken = 0;
    x4e_ike_reason reason = x4c_ike_none;
    for (unsigned number = 1; number < 255 && reason == x4c_ike_none; number++, taken++) {
        part->data[NUMBER_AT] = (uint8_t)number;
        reason = feed(&pair, part);
    }
    assert_int_equal(reason, x4c_ike_too_large);
    assert_in_range(taken, 16384 / PACKET, 128 + 1);
    tape.lose_all = false;
    sim_run(pair.sim, 5000);
    assert_true(sim_complete(pair.a));
    end(&pair, &tape);
}

/* What is put together may not be a fragment again, nor belong to another exchange. */
static void test_nested(void **state)
{
    (void)state;
    struct tape tape;
    struct pair pair = waiting(&tape);
    for (unsigned other = 0; other < 2; other++) {
        const struct sim_datagram *part = tape.first;
        uint8_t data[WIRE_HEADER + 8 + 512];
        size_t len = WIRE_HEADER + 8 + part->len;
        memcpy(data, part->data, WIRE_HEADER + 8);
        memcpy(data + WIRE_HEADER + 8, part->data, part->len);
        data[WIRE_LENGTH_AT + 2] = (uint8_t)(len >> 8);
        data[WIRE_LENGTH_AT + 3] = (uint8_t)len;
        data[WIRE_HEADER + 2] = (uint8_t)((len - WIRE_HEADER) >> 8);
        data[WIRE_HEADER + 3] = (uint8_t)(len - WIRE_HEADER);
        data[NUMBER_AT + 1] = 1;
        if (other)
            data[WIRE_HEADER + 8] ^= 1;
        assert_int_equal(sim_inject(pair.bob, &part->from, data, len), x4c_ike_bad_fragment);
    }
    end(&pair, &tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_sends),
        cmocka_unit_test(test_forced_upon),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_bad_size),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_each_lost),
        cmocka_unit_test(test_loss_and_disorder),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_last_again),
        cmocka_unit_test(test_wrong_numbers),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
