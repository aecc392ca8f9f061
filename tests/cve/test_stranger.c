/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Faults that a packet of a stranger's reached: without a state, before there are keys, and against
 * SAs that are not the stranger's. Each has to be refused, and what it was aimed at goes on. The
 * nodes trace at the highest level, and their trace reads all that it is given.
 */

#include <stdlib.h>

#include "tests/cve/held.h"

enum {
    GROUP_MODP2048_BYTES = 256,
    AUTHENTICATION_METHOD = 0x8003, /* RFC 2409 Appendix A, as basic attributes */
    GROUP_DESCRIPTION = 0x8004,
    RSA_ENCRYPTION = 4,
    RSA_ENCRYPTION_REVISED = 5,
    R_U_THERE = 36136,
    INITIAL_CONTACT = 24578,
};

static const x4s_net_addr stranger = {
    .family = x4c_net_ipv4, .ip = {203, 0, 113, 66}, .port = SIM_PORT};

/* A message that consists of a header and one payload, in the clear. */
static size_t informational(uint8_t out[128], const uint8_t *cookies, uint8_t payload,
                            uint16_t type)
{
    memset(out, 0, 128);
    memcpy(out, cookies, WIRE_COOKIES);
    out[WIRE_FIRST_AT] = payload;
    out[WIRE_FIRST_AT + 1] = 0x10;
    out[WIRE_EXCHANGE_AT] = WIRE_INFORMATIONAL;
    wire_put(out + WIRE_MESSAGE_ID_AT, 4, 0x1234);
    uint8_t *body = out + WIRE_HEADER + WIRE_GENERIC;
    wire_put(body, 4, 1);
    body[4] = 1;
    body[5] = WIRE_COOKIES;
    wire_put(body + 6, 2, payload == WIRE_DELETE ? 1 : type);
    memcpy(body + 8, cookies, WIRE_COOKIES);
    size_t len = 8 + WIRE_COOKIES + (type == R_U_THERE ? 4 : 0);
    wire_put(out + WIRE_HEADER + 2, 2, (uint32_t)(WIRE_GENERIC + len));
    wire_put(out + WIRE_LENGTH_AT, 4, (uint32_t)(WIRE_HEADER + WIRE_GENERIC + len));
    return WIRE_HEADER + WIRE_GENERIC + len;
}

/* --------------------------------------------------------------------------- no state */

static void refuse_without_state(uint8_t payload, uint16_t type)
{
    struct pair pair = pair_new(1);
    uint8_t cookies[WIRE_COOKIES], message[128];
    memset(cookies, 0x77, sizeof(cookies));
    size_t len = informational(message, cookies, payload, type);
    assert_int_equal(sim_inject(pair.bob, &stranger, message, len), x4c_ike_unknown_sa);
    message[WIRE_FLAGS_AT] = WIRE_ENCRYPTED;
    assert_int_equal(sim_inject(pair.bob, &stranger, message, len), x4c_ike_unknown_sa);
    assert_int_equal(pair.bob->stats.messages_out, 0);
    sim_free(pair.sim);
}

/* libreswan: an informational message without a state, and the log line about it. */
static void cve_2020_1763(void **state)
{
    (void)state;
    refuse_without_state(WIRE_NOTIFY, INITIAL_CONTACT);
    refuse_without_state(WIRE_DELETE, 0);
}

/* Openswan, strongSwan's pluto: R_U_THERE without a state. */
static void cve_2009_0790(void **state)
{
    (void)state;
    refuse_without_state(WIRE_NOTIFY, R_U_THERE);
}

/* libreswan: a malformed packet is logged, and there is no state to name in the line. */
static void cve_2022_23094(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    for (unsigned exchange = 0; exchange <= UINT8_MAX; exchange++) {
        uint8_t message[WIRE_HEADER + 8];
        memset(message, 0xa5, sizeof(message));
        message[WIRE_FIRST_AT + 1] = 0x10;
        message[WIRE_EXCHANGE_AT] = (uint8_t)exchange;
        for (size_t len = 0; len <= sizeof(message); len++) {
            wire_put(message + WIRE_LENGTH_AT, 4, (uint32_t)len);
            assert_int_not_equal(sim_inject(pair.bob, &stranger, message, len), x4c_ike_none);
        }
    }
    assert_int_equal(pair.bob->stats.messages_out, 0);
    sim_free(pair.sim);
}

/* -------------------------------------------------------------- others' established SAs */

static void survive(uint8_t payload, uint16_t type)
{
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    uint8_t cookies[WIRE_COOKIES], message[128];
    memcpy(cookies, pair.b->keys1.cookie_i, 8);
    memcpy(cookies + 8, pair.b->keys1.cookie_r, 8);
    const unsigned notified = pair.b->calls[SIM_NOTIFIED];
    size_t len = informational(message, cookies, payload, type);
    const x4s_net_addr from[] = {stranger, pair.alice->addr};
    for (size_t i = 0; i < x4m_countof(from); i++) {
        message[WIRE_FLAGS_AT] = 0;
        assert_int_not_equal(sim_inject(pair.bob, &from[i], message, len), x4c_ike_none);
        message[WIRE_FLAGS_AT] = WIRE_ENCRYPTED;
        assert_int_not_equal(sim_inject(pair.bob, &from[i], message, len), x4c_ike_none);
    }
    assert_int_equal(pair.b->calls[SIM_NOTIFIED], notified);
    assert_true(sim_complete(pair.b));
    assert_true(sim_complete(sim_peer(quick)));
    pair_quick(pair.a);
    sim_free(pair.sim);
}

/* racoon: a Delete that nobody had authenticated. */
static void cve_2004_0164(void **state)
{
    (void)state;
    survive(WIRE_DELETE, 0);
    survive(WIRE_NOTIFY, INITIAL_CONTACT);
}

/* racoon: an informational message in the clear ended the tunnel. */
static void cve_2007_1841(void **state)
{
    (void)state;
    for (uint16_t error = 1; error <= 30; error++)
        survive(WIRE_NOTIFY, error);
}

/* libreswan, openswan, strongSwan 4: the HASH of an informational message was not verified. */
static void cve_2019_10155(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    uint8_t message[WIRE_HEADER + 64];
    memset(message, 0x3c, sizeof(message));
    memcpy(message, pair.b->keys1.cookie_i, 8);
    memcpy(message + 8, pair.b->keys1.cookie_r, 8);
    message[WIRE_FIRST_AT] = WIRE_HASH;
    message[WIRE_FIRST_AT + 1] = 0x10;
    message[WIRE_EXCHANGE_AT] = WIRE_INFORMATIONAL;
    message[WIRE_FLAGS_AT] = WIRE_ENCRYPTED;
    wire_put(message + WIRE_LENGTH_AT, 4, sizeof(message));
    for (uint32_t id = 1; id < 1000; id++) {
        wire_put(message + WIRE_MESSAGE_ID_AT, 4, id);
        assert_int_not_equal(sim_inject(pair.bob, &pair.alice->addr, message, sizeof(message)),
                             x4c_ike_none);
    }
    assert_true(sim_complete(pair.b));
    pair_quick(pair.a);
    sim_free(pair.sim);
}

/* ------------------------------------------------------------------- the first message */

/* Many: a responder that repeats its answer by itself multiplies what a stranger sends. */
static void cve_2016_5361(void **state)
{
    (void)state;
    struct held held = held_at(1);
    held.pair.alice->deaf = true;
    sim_term(held.pair.a, bfalse);
    sim_inject(held.pair.bob, &stranger, held.message->data, held.message->len);
    sim_run(held.pair.sim, 10 * MINUTE_MS);
    assert_int_equal(held.pair.bob->stats.messages_out, 1);
    sim_free(held.pair.sim);
    free(held.message);
}

/* libreswan: a packet shorter than its header says. */
static void cve_2013_4564(void **state)
{
    (void)state;
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    const uint32_t len = (uint32_t)held.message->len;
    const uint32_t lengths[] = {0, 1, WIRE_HEADER - 1, WIRE_HEADER, len - 1, len + 1, UINT32_MAX};
    for (size_t i = 0; i < x4m_countof(lengths); i++)
        refuse_change(&held, WIRE_LENGTH_AT, 4, lengths[i]);
    go_on(&held, original);
    free(original);
}

/*
 * isakmpd in 2004, by a number that could not be confirmed: payloads of the length 0, which never
 * end. And one that ends before its header does.
 */
static void payloads_without_length(void **state)
{
    (void)state;
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    struct wire_part part;
    bool found = wire_first(original, held.message->len, &part);
    assert_true(found);
    for (; found; found = wire_next(original, held.message->len, &part))
        for (uint32_t len = 0; len < WIRE_GENERIC; len++)
            refuse_change(&held, part.at + 2, 2, len);
    go_on(&held, original);
    free(original);
}

/* The same suite against isakmpd: a malformed SA payload. Each length in it is spoilt. */
static void malformed_sa_payloads(void **state)
{
    (void)state;
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    struct wire_field fields[WIRE_FIELDS_MAX];
    size_t count = wire_fields(original, held.message->len, fields);
    for (size_t i = 0; i < count; i++) {
        const uint32_t values[] = {0, 1, 3, fields[i].max + 1, UINT32_MAX};
        for (size_t v = 0; v < x4m_countof(values) && fields[i].owner == WIRE_SA; v++)
            refuse_change(&held, fields[i].at, fields[i].size, values[v]);
    }
    go_on(&held, original);
    free(original);
}

/* libreswan: bits of the situation, and a DOI, that nobody has assigned. */
static void cve_2015_3204(void **state)
{
    (void)state;
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    struct wire_part sa;
    assert_true(wire_find(original, held.message->len, WIRE_SA, &sa));
    for (unsigned bit = 0; bit < 32; bit++) {
        refuse_change(&held, sa.at + 4, 4, 1 ^ x4m_bit(bit));
        refuse_change(&held, sa.at + 8, 4, 1 ^ x4m_bit(bit));
    }
    go_on(&held, original);
    free(original);
}

static size_t attribute_at(const struct held *held, uint16_t type)
{
    struct wire_part sa;
    assert_true(wire_find(held->message->data, held->message->len, WIRE_SA, &sa));
    for (size_t at = sa.at; at + 4 <= sa.at + sa.len; at++)
        if (wire_u16(held->message->data + at) == type)
            return at;
    fail_msg("no attribute %#x", type);
    return 0;
}

/* strongSwan: groups for private use, from the wire. */
static void cve_2014_9221(void **state)
{
    (void)state;
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    size_t at = attribute_at(&held, GROUP_DESCRIPTION) + 2;
    for (uint32_t group = 31; group <= UINT16_MAX; group++)
        if (group < 64 || group % 1021 == 0 || group >= 32768 - 8)
            refuse_change(&held, at, 2, group);
    go_on(&held, original);
    free(original);
}

/* libreswan: a proposal without a group. */
static void cve_2016_5391(void **state)
{
    (void)state;
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    refuse_change(&held, attribute_at(&held, GROUP_DESCRIPTION), 2, 0x8000 | 20000);
    go_on(&held, original);
    free(original);
}

/*
 * Cisco, and Huawei (CVE-2017-17305), Clavister (CVE-2018-8753), ZyXEL (CVE-2018-9129): nonces
 * encrypted with RSA, and an oracle of what came out. They are not even begun.
 */
static void cve_2018_0131(void **state)
{
    (void)state;
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    size_t at = attribute_at(&held, AUTHENTICATION_METHOD) + 2;
    refuse_change(&held, at, 2, RSA_ENCRYPTION);
    refuse_change(&held, at, 2, RSA_ENCRYPTION_REVISED);
    go_on(&held, original);
    free(original);
}

/* strongSwan: payloads of IKEv2 in a message of IKEv1. */
static void cve_2015_3991(void **state)
{
    (void)state;
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    for (uint32_t payload = 33; payload <= 53; payload++)
        refuse_change(&held, WIRE_FIRST_AT, 1, payload);
    go_on(&held, original);
    free(original);
}

/* -------------------------------------------------------------------- the third message */

/* libreswan: a payload that has to be there is not. */
static void cve_2013_6467(void **state)
{
    (void)state;
    for (unsigned number = 1; number <= 3; number += 2) {
        struct held held = held_at(number);
        uint8_t *original = copy_of(&held);
        struct wire_part part;
        assert_true(wire_first(original, held.message->len, &part));
        size_t pointer = WIRE_FIRST_AT;
        bool more = true;
        while (more) {
            if (part.type != WIRE_VENDOR_ID)
                refuse_change(&held, pointer, 1, WIRE_VENDOR_ID);
            pointer = part.at;
            more = wire_next(original, held.message->len, &part);
        }
        go_on(&held, original);
        free(original);
    }
}

/* A public value of MODP-2048: `fill` all over, then the last byte. It may not lead to keys. */
static void refuse_public(uint8_t fill, uint8_t last)
{
    struct held held = {.pair = pair_new(1)};
    held.pair.alice->transforms1[0].group = x4c_group_modp2048;
    held.pair.bob->transforms1[0].group = x4c_group_modp2048;
    hold(&held, 3);
    held.pair.sim->network.tap = NULL;
    struct wire_part ke;
    assert_true(wire_find(held.message->data, held.message->len, WIRE_KE, &ke));
    assert_int_equal(ke.len, WIRE_GENERIC + GROUP_MODP2048_BYTES);
    uint8_t *original = copy_of(&held);
    memset(held.message->data + ke.at + WIRE_GENERIC, fill, GROUP_MODP2048_BYTES);
    held.message->data[ke.at + ke.len - 1] = last;
    assert_int_equal(feed(&held, held.message), x4c_ike_bad_ke);
    go_on(&held, original);
    free(original);
}

/* libreswan, openswan: g^x = 0. */
static void cve_2015_3240(void **state)
{
    (void)state;
    refuse_public(0, 0);
    refuse_public(0, 1);
}

/* strongSwan: all zeros again; and the other end of the range. */
static void cve_2008_4551(void **state)
{
    (void)state;
    refuse_public(0, 0);
    refuse_public(0xff, 0xff);
}

/* libreswan: an error is to be told under keys that are not there yet. */
static void cve_2019_12312(void **state)
{
    (void)state;
    struct held held = held_at(3);
    uint8_t *original = copy_of(&held);
    struct sim_datagram *message = sim_datagram_copy(held.message);
    message->data[WIRE_FLAGS_AT] = WIRE_ENCRYPTED;
    for (unsigned exchange = 0; exchange <= UINT8_MAX; exchange++) {
        message->data[WIRE_EXCHANGE_AT] = (uint8_t)exchange;
        assert_int_not_equal(feed(&held, message), x4c_ike_none);
    }
    go_on(&held, original);
    free(message);
    free(original);
}

/* libreswan: no preshared key; the exchange stayed half-built and was found again. */
static void cve_2024_2357(void **state)
{
    (void)state;
    struct held held = {.pair = pair_new(1)};
    held.pair.bob->psk = NULL;
    hold(&held, 3);
    held.pair.sim->network.tap = NULL;
    feed(&held, held.message);
    assert_true(sim_ended(sim_last(held.pair.bob, 1), x4c_ike_no_psk));
    for (unsigned i = 0; i < 10; i++)
        assert_int_not_equal(feed(&held, held.message), x4c_ike_none);
    assert_int_equal(held.pair.bob->stats.unproven, 0);
    sim_free(held.pair.sim);
    free(held.message);
}

/* Many: a hash to try passwords on for whoever asks. Aggressive mode alone does not allow it. */
static void cve_2002_1623(void **state)
{
    (void)state;
    struct held held = {.pair = pair_new(1)};
    held.pair.alice->config1.aggressive = btrue;
    held.pair.alice->config1.aggressive_psk = btrue;
    held.pair.bob->config1.aggressive = btrue;
    hold(&held, 1);
    held.pair.sim->network.tap = NULL;
    assert_int_not_equal(feed(&held, held.message), x4c_ike_none);
    assert_null(sim_last(held.pair.bob, 1));
    assert_int_equal(held.pair.bob->stats.dh_jobs, 0);
    sim_free(held.pair.sim);
    free(held.message);
}

/* libreswan: aggressive mode is refused, and a second packet goes on with what was refused. */
static void cve_2023_30570(void **state)
{
    (void)state;
    struct held held = {.pair = pair_new(1)};
    for (unsigned i = 0; i < 2; i++) {
        held.pair.sim->nodes[i]->config1.aggressive = btrue;
        held.pair.sim->nodes[i]->config1.aggressive_psk = btrue;
    }
    held.pair.bob->transforms1[0].key_bits = 256;
    hold(&held, 1);
    held.pair.sim->network.tap = NULL;
    assert_int_equal(feed(&held, held.message), x4c_ike_no_proposal);
    memset(held.message->data + 8, 0x5a, 8);
    assert_int_equal(feed(&held, held.message), x4c_ike_unknown_sa);
    assert_null(sim_last(held.pair.bob, 1));
    sim_free(held.pair.sim);
    free(held.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2020_1763),           cmocka_unit_test(cve_2009_0790),
        cmocka_unit_test(cve_2022_23094),          cmocka_unit_test(cve_2004_0164),
        cmocka_unit_test(cve_2007_1841),           cmocka_unit_test(cve_2019_10155),
        cmocka_unit_test(cve_2016_5361),           cmocka_unit_test(cve_2013_4564),
        cmocka_unit_test(payloads_without_length), cmocka_unit_test(malformed_sa_payloads),
        cmocka_unit_test(cve_2015_3204),           cmocka_unit_test(cve_2014_9221),
        cmocka_unit_test(cve_2016_5391),           cmocka_unit_test(cve_2015_3991),
        cmocka_unit_test(cve_2013_6467),           cmocka_unit_test(cve_2015_3240),
        cmocka_unit_test(cve_2008_4551),           cmocka_unit_test(cve_2019_12312),
        cmocka_unit_test(cve_2024_2357),           cmocka_unit_test(cve_2023_30570),
        cmocka_unit_test(cve_2018_0131),           cmocka_unit_test(cve_2002_1623),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
