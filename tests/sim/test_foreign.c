/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Protected messages with what is not for here: payloads of other domains, protocols and SAs, which
 * do nothing, and certificates where they have no use, which do no harm. An eavesdropper with the
 * keys sends them.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    ARE_YOU_THERE = 36136, /* RFC 3706 5.3 */
    UNKNOWN_STATUS = 40000,
    ATTRIBUTES_NOT_SUPPORTED = 13, /* RFC 2408 3.14.1 */
    COOKIE = 8,
};

struct world {
    struct pair pair;
    struct spy *spy;
    unsigned sent;    /* messages since it was set to 0 */
    bool hold;        /* the next message gets lost, and is kept */
    uint32_t last_id; /* message ID of the last forged one */
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    world->sent++;
    spy_see(world->spy, datagram);
    return !world->hold;
}

static void open_world(struct world *world)
{
    *world = (struct world){.pair = pair_new(1), .last_id = 0x1000};
    struct pair *pair = &world->pair;
    world->spy = spy_new(pair->alice);
    pair->sim->forged = true;
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = world;
    pair_connect(pair);
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
}

/* Adds a payload, with its generic header, to a message whose last payload ends at its end. */
static size_t append(uint8_t *message, size_t len, uint8_t type, const uint8_t *body,
                     size_t body_len)
{
    struct wire_part part;
    assert_true(wire_first(message, len, &part));
    while (part.next && wire_next(message, len, &part))
        continue;
    message[part.at] = type;
    memset(message + len, 0, WIRE_GENERIC);
    wire_put(message + len + 2, 2, (uint32_t)(WIRE_GENERIC + body_len));
    memcpy(message + len + WIRE_GENERIC, body, body_len);
    return len + WIRE_GENERIC + body_len;
}

/* An informational message of Alice's, of this one payload and what `more` adds. */
static x4e_ike_reason say(struct world *world, uint8_t type, const uint8_t *body, size_t body_len,
                          bool more)
{
    static const uint8_t cert[] = {4, 0x30, 0};
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t iv[x4c_cipher_block_max];
    uint32_t id = ++world->last_id;
    size_t len = spy_begin(world->spy, WIRE_INFORMATIONAL, id, WIRE_NONE, plain);
    if (more) {
        len = append(plain, len, WIRE_CERT, cert, sizeof(cert));
        len = append(plain, len, WIRE_CERT_REQUEST, cert, 1);
    }
    len = append(plain, len, type, body, body_len);
    memcpy(iv, spy_exchange(world->spy, id)->iv, sizeof(iv));
    assert_true(spy_rehash(world->spy, 1, plain, len));
    len = spy_seal(world->spy, iv, plain, len, sealed);
    world->sent = 0;
    x4e_ike_reason reason = sim_inject(world->pair.bob, &world->pair.alice->addr, sealed, len);
    sim_settle(world->pair.sim);
    return reason;
}

/* What begins a Notify payload: DOI, protocol, size of the SPI, type. */
static size_t begin_notify(uint8_t *body, uint32_t doi, uint8_t protocol, uint8_t spi_size,
                           uint16_t type)
{
    wire_put(body, 4, doi);
    body[4] = protocol;
    body[5] = spi_size;
    wire_put(body + 6, 2, type);
    return 8;
}

static size_t question(const struct world *world, uint8_t *body, uint32_t doi, uint8_t protocol)
{
    size_t len = begin_notify(body, doi, protocol, WIRE_COOKIES, ARE_YOU_THERE);
    memcpy(body + len, world->spy->cookies, WIRE_COOKIES);
    wire_put(body + len + WIRE_COOKIES, 4, 1);
    return len + WIRE_COOKIES + 4;
}

static void test_domains_of_notifies(void **state) /* req 2408-5.14-7 2408-5.14-8 */
{
    (void)state;
    static const struct {
        uint32_t doi;
        uint8_t protocol;
        unsigned answers;
    } cases[] = {
        {1, 1, 1}, {0, 1, 1}, /* some peers send 0 */
        {2, 1, 0}, {0x01000001, 1, 0}, {UINT32_MAX, 1, 0}, {1, 0, 1},
        {1, 4, 1}, {1, 5, 0},          {1, 255, 0},
    };
    struct world world;
    open_world(&world);
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        uint8_t body[64];
        size_t len = question(&world, body, cases[i].doi, cases[i].protocol);
        assert_int_equal(say(&world, WIRE_NOTIFY, body, len, false), x4c_ike_none);
        assert_int_equal(world.sent, cases[i].answers);
    }
    close_world(&world);
}

/* A status type goes to the user, but not one of another domain. */
static void test_domains_of_status(void **state) /* req 2408-5.14-7 */
{
    (void)state;
    struct world world;
    open_world(&world);
    for (uint32_t doi = 0; doi < 4; doi++) {
        uint8_t body[8];
        size_t len = begin_notify(body, doi, 1, 0, UNKNOWN_STATUS);
        world.pair.b->calls[SIM_NOTIFIED] = 0;
        assert_int_equal(say(&world, WIRE_NOTIFY, body, len, false), x4c_ike_none);
        assert_int_equal(world.pair.b->calls[SIM_NOTIFIED], doi < 2);
    }
    close_world(&world);
}

static void test_cookies_of_questions(void **state) /* req 3706-6.1-5 */
{
    (void)state;
    struct world world;
    open_world(&world);
    uint8_t body[64];
    size_t len = question(&world, body, 1, 1);
    for (size_t at = 8; at < 8 + WIRE_COOKIES; at++) {
        body[at] ^= 1;
        assert_int_equal(say(&world, WIRE_NOTIFY, body, len, false), x4c_ike_none);
        assert_int_equal(world.sent, 0);
        body[at] ^= 1;
    }
    memcpy(body + 8, world.spy->cookies + COOKIE, COOKIE); /* both, as some peers have them */
    memcpy(body + 8 + COOKIE, world.spy->cookies, COOKIE);
    assert_int_equal(say(&world, WIRE_NOTIFY, body, len, false), x4c_ike_none);
    assert_int_equal(world.sent, 1);
    memcpy(body + 8, world.spy->cookies, COOKIE); /* the initiator's twice */
    assert_int_equal(say(&world, WIRE_NOTIFY, body, len, false), x4c_ike_none);
    assert_int_equal(world.sent, 0);

    len = begin_notify(body, 1, 1, COOKIE, ARE_YOU_THERE); /* one of them */
    memcpy(body + len, world.spy->cookies, COOKIE);
    wire_put(body + len + COOKIE, 4, 1);
    assert_int_equal(say(&world, WIRE_NOTIFY, body, len + COOKIE + 4, false), x4c_ike_none);
    assert_int_equal(world.sent, 0);

    len = begin_notify(body, 1, 1, 0, ARE_YOU_THERE); /* none: no other SA is named */
    wire_put(body + len, 4, 1);
    assert_int_equal(say(&world, WIRE_NOTIFY, body, len + 4, false), x4c_ike_none);
    assert_int_equal(world.sent, 1);
    close_world(&world);
}

static void test_questions_in_the_clear(void **state) /* req 3706-5.2-2 */
{
    (void)state;
    struct world world;
    open_world(&world);
    uint8_t message[256] = {0};
    uint8_t body[64];
    size_t len = question(&world, body, 1, 1);
    memcpy(message, world.spy->cookies, WIRE_COOKIES);
    message[WIRE_FIRST_AT] = WIRE_NOTIFY;
    message[WIRE_FIRST_AT + 1] = 0x10;
    message[WIRE_EXCHANGE_AT] = WIRE_INFORMATIONAL;
    wire_put(message + WIRE_MESSAGE_ID_AT, 4, 7);
    wire_put(message + WIRE_HEADER + 2, 2, (uint32_t)(WIRE_GENERIC + len));
    memcpy(message + WIRE_HEADER + WIRE_GENERIC, body, len);
    len += WIRE_HEADER + WIRE_GENERIC;
    wire_put(message + WIRE_LENGTH_AT, 4, (uint32_t)len);
    world.sent = 0;
    assert_int_equal(sim_inject(world.pair.bob, &world.pair.alice->addr, message, len),
                     x4c_ike_not_encrypted);
    assert_int_equal(world.sent, 0);
    close_world(&world);
}

static void test_domains_of_deletes(void **state) /* req 2408-5.15-7 */
{
    (void)state;
    static const struct {
        uint32_t doi;
        bool deletes;
    } cases[] = {{2, false}, {0x01000000, false}, {1, true}, {0, true}};
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct world world;
        open_world(&world);
        uint8_t body[8 + WIRE_COOKIES];
        wire_put(body, 4, cases[i].doi); /* DOI, protocol, SPI size, number, SPIs */
        body[4] = 1;
        body[5] = WIRE_COOKIES;
        wire_put(body + 6, 2, 1);
        memcpy(body + 8, world.spy->cookies, WIRE_COOKIES);
        assert_int_equal(say(&world, WIRE_DELETE, body, sizeof(body), false), x4c_ike_none);
        assert_int_equal(sim_ended(world.pair.b, x4c_ike_deleted), cases[i].deletes);
        close_world(&world);
    }
}

/* Of a protocol that does not exist, and not protected. */
static void test_deletes_that_delete_nothing(void **state) /* req 2408-5.15-1 2408-5.15-8 */
{
    (void)state;
    struct world world;
    open_world(&world);
    const struct sim_xchg *quick = pair_quick(world.pair.a);
    uint8_t body[12];
    wire_put(body, 4, 1);
    body[4] = 9;
    body[5] = 4;
    wire_put(body + 6, 2, 1);
    wire_put(body + 8, 4, quick->keys2.in.spi);
    assert_int_equal(say(&world, WIRE_DELETE, body, sizeof(body), false), x4c_ike_none);
    assert_true(sim_complete(sim_peer(quick)));

    uint8_t message[WIRE_HEADER + WIRE_GENERIC + sizeof(body)] = {0};
    body[4] = 3;
    memcpy(message, world.spy->cookies, WIRE_COOKIES);
    message[WIRE_FIRST_AT] = WIRE_DELETE;
    message[WIRE_FIRST_AT + 1] = 0x10;
    message[WIRE_EXCHANGE_AT] = WIRE_INFORMATIONAL;
    wire_put(message + WIRE_MESSAGE_ID_AT, 4, 7);
    wire_put(message + WIRE_LENGTH_AT, 4, sizeof(message));
    wire_put(message + WIRE_HEADER + 2, 2, WIRE_GENERIC + sizeof(body));
    memcpy(message + WIRE_HEADER + WIRE_GENERIC, body, sizeof(body));
    assert_int_equal(sim_inject(world.pair.bob, &world.pair.alice->addr, message, sizeof(message)),
                     x4c_ike_not_encrypted);
    assert_true(sim_complete(sim_peer(quick)));
    assert_int_equal(say(&world, WIRE_DELETE, body, sizeof(body), false), x4c_ike_none);
    assert_true(sim_ended(sim_peer(quick), x4c_ike_deleted));
    close_world(&world);
}

static void test_certificates_beside_a_question(void **state) /* req 2408-3.9-2 2408-3.10-2 */
{
    (void)state;
    struct world world;
    open_world(&world);
    uint8_t body[64];
    size_t len = question(&world, body, 1, 1);
    assert_int_equal(say(&world, WIRE_NOTIFY, body, len, true), x4c_ike_none);
    assert_int_equal(world.sent, 1);
    close_world(&world);
}

static void test_certificates_in_quick_mode(void **state) /* req 2408-3.9-2 2408-3.10-2 */
{
    (void)state;
    static const uint8_t cert[] = {4, 0x30, 0};
    struct world world;
    open_world(&world);
    world.hold = true;
    assert_non_null(sim_init2(world.pair.a));
    sim_run(world.pair.sim, 10);
    world.hold = false;
    struct spy_message first = world.spy->last;
    assert_int_equal(first.plain[WIRE_EXCHANGE_AT], WIRE_QUICK);
    uint8_t sealed[SPY_MESSAGE_MAX];
    size_t len = append(first.plain, first.plain_len, WIRE_CERT, cert, sizeof(cert));
    len = append(first.plain, len, WIRE_CERT_REQUEST, cert, 1);
    assert_true(spy_rehash(world.spy, 1, first.plain, len));
    len = spy_seal(world.spy, first.iv, first.plain, len, sealed);
    world.spy->forging = true;
    assert_int_equal(sim_inject(world.pair.bob, &world.pair.alice->addr, sealed, len),
                     x4c_ike_none);
    assert_non_null(sim_last(world.pair.bob, 2));
    close_world(&world);
}

/* An attribute that nobody knows, in the only transform: the peer is told so. */
static void test_unknown_attribute(void **state) /* req 2407-4.5.3-1 */
{
    (void)state;
    struct world world;
    open_world(&world);
    world.hold = true;
    assert_non_null(sim_init2(world.pair.a));
    sim_run(world.pair.sim, 10);
    world.hold = false;
    struct spy_message first = world.spy->last;
    struct wire_part sa;
    struct wire_part notify;
    assert_true(wire_find(first.plain, first.plain_len, WIRE_SA, &sa));
    unsigned changed = 0;
    for (size_t at = sa.at; at + 1 < sa.at + sa.len; at++) {
        if (wire_u16(first.plain + at) != 0x8004)
            continue;
        first.plain[at + 1] = 30;
        changed++;
    }
    assert_int_equal(changed, 1);
    uint8_t sealed[SPY_MESSAGE_MAX];
    assert_true(spy_rehash(world.spy, 1, first.plain, first.plain_len));
    size_t len = spy_seal(world.spy, first.iv, first.plain, first.plain_len, sealed);
    assert_int_equal(sim_inject(world.pair.bob, &world.pair.alice->addr, sealed, len),
                     x4c_ike_bad_attributes);
    const struct spy_message *answer = &world.spy->last;
    assert_int_equal(answer->plain[WIRE_EXCHANGE_AT], WIRE_INFORMATIONAL);
    assert_true(wire_find(answer->plain, answer->plain_len, WIRE_NOTIFY, &notify));
    assert_int_equal(wire_u16(answer->plain + notify.at + WIRE_GENERIC + 6),
                     ATTRIBUTES_NOT_SUPPORTED);
    assert_null(sim_last(world.pair.bob, 2));
    close_world(&world);
}

static bool hold_fifth(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    if (world->hold)
        return false;
    spy_see(world->spy, datagram);
    world->hold = ++world->sent == 5;
    return !world->hold;
}

/* A message 5 that says who knows the keys but not who that is. */
static void test_no_identity(void **state) /* req 2407-4.2.1-2 */
{
    (void)state;
    struct world world = {.pair = pair_new(1)};
    struct pair *pair = &world.pair;
    world.spy = spy_new(pair->alice);
    pair->sim->forged = true;
    pair->sim->network.tap = hold_fifth;
    pair->sim->network.tap_context = &world;
    assert_non_null(sim_init1(pair->alice, pair->bob));
    sim_run(pair->sim, 900);
    struct spy_message fifth = world.spy->last;
    struct wire_part hash;
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t iv[x4c_cipher_block_max];
    assert_true(wire_find(fifth.plain, fifth.plain_len, WIRE_HASH, &hash));
    uint8_t message[SPY_MESSAGE_MAX];
    memcpy(message, fifth.plain, WIRE_HEADER);
    memcpy(message + WIRE_HEADER, fifth.plain + hash.at, hash.len);
    message[WIRE_FIRST_AT] = WIRE_HASH;
    message[WIRE_HEADER] = WIRE_NONE;
    memcpy(iv, fifth.iv, sizeof(iv));
    size_t len = spy_seal(world.spy, iv, message, WIRE_HEADER + hash.len, sealed);
    assert_int_equal(sim_inject(pair->bob, &pair->alice->addr, sealed, len),
                     x4c_ike_missing_payload);
    memcpy(iv, fifth.iv, sizeof(iv));
    len = spy_seal(world.spy, iv, fifth.plain, fifth.plain_len, sealed);
    assert_int_equal(sim_inject(pair->bob, &pair->alice->addr, sealed, len), x4c_ike_none);
    assert_true(sim_complete(sim_last(pair->bob, 1)));
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domains_of_notifies),
        cmocka_unit_test(test_domains_of_status),
        cmocka_unit_test(test_cookies_of_questions),
        cmocka_unit_test(test_questions_in_the_clear),
        cmocka_unit_test(test_domains_of_deletes),
        cmocka_unit_test(test_deletes_that_delete_nothing),
        cmocka_unit_test(test_certificates_beside_a_question),
        cmocka_unit_test(test_certificates_in_quick_mode),
        cmocka_unit_test(test_unknown_attribute),
        cmocka_unit_test(test_no_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
