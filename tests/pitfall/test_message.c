/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Messages as such: flags, vendor IDs and how many there are, encryption where it is due,
 * fragments.
 */

#include <stdlib.h>

#include "tests/pitfall/forge.h"

enum {
    FRAGMENT = 132,
    VENDOR_IDS = 20,
    TOO_MANY = 60,
    FRAGMENTATION_LEN = 16,
    SMALL = 300, /* bytes of an IP packet */
};

/* -------------------------------------------------------------------------- the header */

static bool keep_first(void *context, const struct sim_datagram *datagram)
{
    struct sim_datagram **first = context;
    if (*first)
        return true;
    *first = sim_datagram_copy(datagram);
    return false;
}

/* libreswan takes no notice of flags that nobody has assigned. RFC 2408 5.2 has the message
 * discarded, and so it is: without an answer, and the same without them is taken. */
static void unassigned_flags_are_refused_without_a_word(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct sim_datagram *first = NULL;
    pair.sim->network.tap = keep_first;
    pair.sim->network.tap_context = &first;
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    for (unsigned bit = 3; bit < 8; bit++) {
        first->data[WIRE_FLAGS_AT] = (uint8_t)(1U << bit);
        assert_int_equal(sim_inject(pair.bob, &first->from, first->data, first->len),
                         x4c_ike_bad_flags);
    }
    assert_int_equal(pair.bob->stats.messages_out, 0);
    first->data[WIRE_FLAGS_AT] = 0;
    assert_int_equal(sim_inject(pair.bob, &first->from, first->data, first->len), x4c_ike_none);
    sim_settle(pair.sim);
    assert_true(sim_complete(a));
    free(first);
    sim_free(pair.sim);
}

static bool add_vendor_ids(struct forge *forge, uint8_t *plain, size_t *len)
{
    uint8_t id[16] = "vendor number 0";
    if (forge->order > 2)
        return false;
    for (unsigned i = 0; i < *(unsigned *)forge->test; i++) {
        id[14] = (uint8_t)('0' + i);
        edit_append(plain, len, WIRE_VENDOR_ID, id, sizeof(id));
    }
    return true;
}

/* strongSwan: some peers send more vendor IDs than it counted to, Windows and Android among them.
 * There is a bound all the same. */
static void many_vendor_ids_are_taken_and_too_many_are_not(void **state)
{
    (void)state;
    for (unsigned count = VENDOR_IDS; count <= TOO_MANY; count += TOO_MANY - VENDOR_IDS) {
        struct forge forge;
        forge_begin(&forge);
        forge.change = add_vendor_ids;
        forge.test = &count;
        struct sim_xchg *a = sim_init1(forge.pair.alice, forge.pair.bob);
        sim_settle(forge.pair.sim);
        assert_int_equal(sim_complete(a), count == VENDOR_IDS);
        assert_int_equal(forge.pair.bob->refused[x4c_ike_too_many_payloads], count == TOO_MANY);
        forge_close(&forge);
    }
}

/* -------------------------------------------------------------------------- in the clear */

/* The proof, opened by the eavesdropper, as it would come without encryption. */
static bool keep_proof(struct forge *forge)
{
    struct sim_datagram **sealed = forge->test;
    if (forge->order != 5)
        return false;
    *sealed = sim_datagram_copy(forge->spy->last.datagram);
    return true;
}

/* SonicWall: the third message of main mode's initiator comes in the clear, which would show a
 * stranger identity and HASH. It is not taken, and what is encrypted still is. */
static void proof_of_main_mode_in_the_clear_is_refused(void **state)
{
    (void)state;
    struct forge forge;
    struct sim_datagram *sealed = NULL;
    forge_begin(&forge);
    forge.test = &sealed;
    forge.swallow = keep_proof;
    struct sim_xchg *a = sim_init1(forge.pair.alice, forge.pair.bob);
    sim_settle(forge.pair.sim);
    assert_non_null(sealed);
    struct spy_message *last = &forge.spy->last;
    assert_int_equal(last->order, 5);
    last->plain[WIRE_FLAGS_AT] = 0;
    wire_put(last->plain + WIRE_LENGTH_AT, 4, (uint32_t)last->plain_len);
    assert_int_equal(sim_inject(forge.pair.bob, &sealed->from, last->plain, last->plain_len),
                     x4c_ike_not_encrypted);
    assert_int_equal(sim_count(forge.pair.bob, 1), 0);
    forge.swallow = NULL;
    assert_int_equal(sim_inject(forge.pair.bob, &sealed->from, sealed->data, sealed->len),
                     x4c_ike_none);
    sim_settle(forge.pair.sim);
    assert_true(sim_complete(a));
    free(sealed);
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- fragments */

static struct pair fragmenting(void)
{
    struct pair pair = pair_new(1);
    for (unsigned i = 0; i < 2; i++) {
        pair.sim->nodes[i]->config1.fragmentation = x4c_ike_fragment_yes;
        pair.sim->nodes[i]->config1.fragment_size = SMALL;
        for (unsigned t = 1; t < SIM_TRANSFORMS_MAX; t++) {
            pair.sim->nodes[i]->transforms2[t] = pair.sim->nodes[i]->transforms2[0];
            pair.sim->nodes[i]->transforms2[t].life_sec = 1000 + t;
        }
        pair.sim->nodes[i]->config2.transform_count = SIM_TRANSFORMS_MAX;
    }
    return pair;
}

struct marking {
    struct pair *pair;
    unsigned marked;
    bool passing;
};

static bool mark_fragments(void *context, const struct sim_datagram *datagram)
{
    struct marking *marking = context;
    struct sim *sim = marking->pair->sim;
    if (marking->passing || datagram->data[WIRE_FIRST_AT] != FRAGMENT)
        return true;
    struct sim_datagram *copy = sim_datagram_copy(datagram);
    copy->data[WIRE_FLAGS_AT] |= WIRE_ENCRYPTED;
    marking->marked++;
    marking->passing = true;
    sim_network_send(&sim->network, sim->now, &copy->from, &copy->to, copy->data, copy->len);
    marking->passing = false;
    free(copy);
    return false;
}

/* racoon: fragments have the flag of encryption, because what they are of is encrypted; they
 * themselves are not. */
static void fragments_with_the_flag_of_encryption(void **state)
{
    (void)state;
    struct pair pair = fragmenting();
    struct marking marking = {.pair = &pair};
    pair.sim->network.tap = mark_fragments;
    pair.sim->network.tap_context = &marking;
    pair_connect(&pair);
    pair_quick(pair.a);
    assert_true(marking.marked >= 2);
    sim_free(pair.sim);
}

static const uint8_t fragmentation[FRAGMENTATION_LEN] = {
    0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3};

/* Takes the flags from behind the vendor ID. */
static bool cut_vendor_id(struct forge *forge, uint8_t *plain, size_t *len)
{
    struct wire_part part;
    if (forge->order > 2)
        return false;
    for (bool more = wire_first(plain, *len, &part); more; more = wire_next(plain, *len, &part)) {
        const uint8_t *body = plain + part.at + WIRE_GENERIC;
        if (part.type != WIRE_VENDOR_ID || part.len != WIRE_GENERIC + FRAGMENTATION_LEN + 4 ||
            memcmp(body, fragmentation, sizeof(fragmentation)) != 0)
            continue;
        edit_remove(plain, len, part.at + WIRE_GENERIC + FRAGMENTATION_LEN, 4);
        (*(unsigned *)forge->test)++;
        return true;
    }
    return false;
}

/* strongSwan, Cisco: the vendor ID of fragmentation has 16 bytes, or flags behind them. */
static void fragmentation_vendor_id_with_and_without_flags(void **state)
{
    (void)state;
    for (unsigned cut = 0; cut < 2; cut++) {
        struct forge forge;
        unsigned count = 0;
        forge_begin(&forge);
        for (unsigned i = 0; i < 2; i++)
            forge.pair.sim->nodes[i]->config1.fragmentation = x4c_ike_fragment_yes;
        forge.pair.alice->transforms1[1] = forge.pair.alice->transforms1[0];
        forge.pair.alice->transforms1[1].key_bits = 256;
        forge.pair.alice->config1.transform_count = 2; /* room for the answer's vendor IDs */
        forge.change = cut ? cut_vendor_id : NULL;
        forge.test = &count;
        pair_connect(&forge.pair);
        assert_int_equal(count, cut ? 2 : 0);
        assert_true(forge.pair.a->keys1.fragment_size > 0);
        assert_true(forge.pair.b->keys1.fragment_size > 0);
        forge_close(&forge);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unassigned_flags_are_refused_without_a_word),
        cmocka_unit_test(many_vendor_ids_are_taken_and_too_many_are_not),
        cmocka_unit_test(proof_of_main_mode_in_the_clear_is_refused),
        cmocka_unit_test(fragments_with_the_flag_of_encryption),
        cmocka_unit_test(fragmentation_vendor_id_with_and_without_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
