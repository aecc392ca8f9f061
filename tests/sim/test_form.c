/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The form of all that is sent: an eavesdropper with the keys looks at each message of phase 1,
 * quick mode, dead peer detection and deletion, and at each payload in it.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    DPD_SEC = 10,
    NOTIFY_HEAD = 8, /* DOI, protocol, size of the SPI, type */
    DOI_IPSEC = 1,   /* RFC 2407 4 */
    ISAKMP = 1,      /* RFC 2407 4.4.1 */
    INITIAL_CONTACT = 24578,
    ARE_YOU_THERE = 36136, /* RFC 3706 5.3 */
    ARE_YOU_THERE_ACK = 36137,
    WIRE_NAT_OA = 21, /* RFC 3947 5.2 */
    NUMBERS_MAX = 8,
};

struct world {
    struct pair pair;
    struct spy *spy;
    unsigned messages[256]; /* by exchange type */
    unsigned identities;
    unsigned contacts;
    unsigned deletes;
    unsigned originals;
    unsigned vendor_ids;
    unsigned questions;
    unsigned answers;
    uint32_t numbers[NUMBERS_MAX]; /* of the questions of Bob's */
    uint8_t nonces[4][SPY_NONCE_MAX];
    unsigned nonce_count;
};

/* What is in every ISAKMP header, whoever began the exchange. */
static void check_header(const struct world *world, const uint8_t *message)
{
    uint8_t exchange = message[WIRE_EXCHANGE_AT];
    uint32_t message_id = wire_u32(message + WIRE_MESSAGE_ID_AT);
    assert_memory_equal(message, world->spy->cookies, WIRE_COOKIES / 2);
    assert_int_equal(message[WIRE_FIRST_AT + 1], 0x10);
    assert_int_equal(message[WIRE_FLAGS_AT] & ~WIRE_ENCRYPTED, 0);
    assert_int_equal(message_id == 0, exchange == WIRE_MAIN);
    if (exchange != WIRE_MAIN)
        assert_memory_equal(message, world->spy->cookies, WIRE_COOKIES);
}

/* SA comes first in phase 1, HASH after it, and SA behind the HASH of quick mode. */
static void check_order(const uint8_t *message, size_t len, unsigned place, uint8_t type)
{
    struct wire_part sa;
    bool main_mode = message[WIRE_EXCHANGE_AT] == WIRE_MAIN;
    unsigned of_sa = main_mode ? 0 : 1;
    assert_int_equal(type == WIRE_HASH && !main_mode, place == 0 && !main_mode);
    if (wire_find(message, len, WIRE_SA, &sa))
        assert_int_equal(type == WIRE_SA, place == of_sa);
}

/* req 3706-5.3-2 3706-5.3-3 3706-5.3-4 3706-5.3-6 2407-4.6.3.3-2 2408-5.14-2 2408-A.3-1 */
static void check_isakmp_notify(const struct world *world, const uint8_t *body)
{
    assert_int_equal(wire_u32(body), DOI_IPSEC);
    assert_int_equal(body[4], ISAKMP);
    assert_int_equal(body[5], WIRE_COOKIES);
    assert_memory_equal(body + NOTIFY_HEAD, world->spy->cookies, WIRE_COOKIES);
}

/* req 2407-4.6.3.3-1 */
static void check_notify(struct world *world, const uint8_t *body, size_t len)
{
    const size_t data_at = NOTIFY_HEAD + WIRE_COOKIES;
    uint16_t type = wire_u16(body + 6);
    check_isakmp_notify(world, body);
    if (type == INITIAL_CONTACT) {
        world->contacts++;
        assert_int_equal(len, data_at);
        return;
    }
    assert_int_equal(len, data_at + 4);
    uint32_t number = wire_u32(body + data_at);
    if (type == ARE_YOU_THERE_ACK) {
        assert_int_equal(number, world->numbers[world->answers++]);
        return;
    }
    assert_int_equal(type, ARE_YOU_THERE);
    assert_true(world->questions < NUMBERS_MAX);
    world->numbers[world->questions++] = number;
}

/* One SPI of one protocol. */

/* req 2408-3.15-2 2408-5.15-3 */
static void check_delete(struct world *world, const uint8_t *body, size_t len)
{
    bool isakmp = body[4] == ISAKMP;
    world->deletes++;
    assert_int_equal(wire_u32(body), DOI_IPSEC);
    assert_int_equal(body[5], isakmp ? WIRE_COOKIES : 4);
    assert_int_equal(wire_u16(body + 6), 1);
    assert_int_equal(len, NOTIFY_HEAD + body[5]);
    if (isakmp)
        assert_memory_equal(body + NOTIFY_HEAD, world->spy->cookies, WIRE_COOKIES);
}

static void check_nonce(struct world *world, const uint8_t *body, size_t len)
{
    assert_in_range(len, 8, SPY_NONCE_MAX);
    assert_true(world->nonce_count < x4m_countof(world->nonces));
    for (unsigned i = 0; i < world->nonce_count; i++)
        assert_memory_not_equal(world->nonces[i], body, 8);
    memcpy(world->nonces[world->nonce_count++], body, len);
}

static void check_payload(struct world *world, const uint8_t *message, const struct wire_part *part)
{
    static const uint8_t zero[3];
    const uint8_t *body = message + part->at + WIRE_GENERIC;
    size_t len = part->len - WIRE_GENERIC;
    bool main_mode = message[WIRE_EXCHANGE_AT] == WIRE_MAIN;
    assert_int_equal(message[part->at + 1], 0); /* reserved */
    if (part->type == WIRE_ID && main_mode) {
        world->identities++;
        assert_memory_equal(body + 1, zero, 3); /* protocol and port */
    } else if (part->type == WIRE_NAT_OA) {
        world->originals++;
        assert_memory_equal(body + 1, zero, 3); /* reserved */
    } else if (part->type == WIRE_NOTIFY) {
        check_notify(world, body, len);
    } else if (part->type == WIRE_DELETE) {
        check_delete(world, body, len);
    } else if (part->type == WIRE_NONCE) {
        check_nonce(world, body, len);
    } else if (part->type == WIRE_VENDOR_ID) {
        world->vendor_ids++;
        assert_true(main_mode);
    }
}

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    struct wire_part part;
    if (!spy_see(world->spy, datagram))
        return true;
    const uint8_t *message = world->spy->last.plain;
    size_t len = world->spy->last.plain_len;
    world->messages[message[WIRE_EXCHANGE_AT]]++;
    check_header(world, message);
    assert_true(wire_first(message, len, &part));
    unsigned place = 0;
    do {
        check_order(message, len, place++, part.type);
        check_payload(world, message, &part);
    } while (part.next && wire_next(message, len, &part));
    return true;
}

static void open_world(struct world *world, uint64_t seed, bool hidden)
{
    *world = (struct world){.pair = pair_new(seed)};
    struct pair *pair = &world->pair;
    for (unsigned i = 0; i < 2; i++) {
        struct sim_node *node = pair->sim->nodes[i];
        node->config1.natt = x4c_ike_natt_rfc;
        node->config1.initial_contact = btrue;
        node->transforms2[0].mode = hidden ? x4c_ike_transport : x4c_ike_tunnel;
    }
    if (hidden)
        sim_hide(pair->alice, false);
    pair->bob->config1.dpd_sec = DPD_SEC;
    world->spy = spy_new(pair->alice);
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = world;
    pair_connect(pair);
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
}

/* req 2409-5-6 */

/* req 2409-5-6 2408-4.1-1 2408-5.8-1 2407-4.6.3-3 2408-3.16-2 2408-3.1-5 3947-4-11 */
/* req 2408-5.13-1 2408-5.2-1 2408-4.1-1 2409-5-6 2408-5.8-1 2407-4.6.3-3 2408-3.16-2 */
/* req 2408-3.1-5 3947-4-11 */
static void test_phase1(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, 1, false);
    assert_int_equal(world.messages[WIRE_MAIN], 6);
    assert_int_equal(world.identities, 2);
    assert_int_equal(world.contacts, 1);
    assert_int_equal(world.nonce_count, 2);
    assert_int_equal(world.vendor_ids, 4); /* each DPD and RFC 3947 */
    close_world(&world);
}

static void test_quick_mode(void **state) /* req 2409-5.5-3 2409-4-4 2408-2.4-2 3947-5.2-5 */
{
    (void)state;
    for (unsigned hidden = 0; hidden < 2; hidden++) {
        struct world world;
        open_world(&world, 1, hidden);
        pair_quick(world.pair.b);
        assert_int_equal(world.messages[WIRE_QUICK], 3);
        assert_int_equal(world.nonce_count, 4);
        assert_int_equal(world.originals, hidden ? 4 : 0);
        close_world(&world);
    }
}

/* req 3706-5.3-5 3706-5.3-7 3706-5.3-9 3706-6.1-1 3706-6.2-2 3706-6.2-3 3706-6.2-4 */
static void test_questions(void **state)
{
    (void)state;
    uint32_t first[4];
    for (unsigned seed = 0; seed < x4m_countof(first); seed++) {
        struct world world;
        open_world(&world, seed, false);
        sim_run(world.pair.sim, 3 * (DPD_SEC + 1) * 1000);
        assert_int_equal(world.questions, 3);
        assert_int_equal(world.answers, 3);
        first[seed] = world.numbers[0];
        assert_true(first[seed] <= INT32_MAX);
        for (unsigned i = 1; i < world.questions; i++)
            assert_int_equal(world.numbers[i], first[seed] + i);
        for (unsigned other = 0; other < seed; other++)
            assert_int_not_equal(first[seed], first[other]);
        close_world(&world);
    }
}

static void test_deletes(void **state) /* req 2408-4.1-2 */
{
    (void)state;
    struct world world;
    open_world(&world, 1, false);
    sim_term(pair_quick(world.pair.a), btrue);
    sim_term(world.pair.a, btrue);
    sim_settle(world.pair.sim);
    assert_int_equal(world.deletes, 2);
    assert_true(sim_ended(world.pair.b, x4c_ike_deleted));
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phase1),
        cmocka_unit_test(test_quick_mode),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_deletes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
