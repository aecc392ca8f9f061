/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Faults in putting fragments together. They come from whoever saw the cookies, before anything is
 * authenticated; after all of them the true message still gets through.
 */

#include <stdlib.h>

#include "tests/sim/draft.h"
#include "tests/sim/pair.h"
#include "x4/ike/limits.h"

enum {
    FRAGMENT = 132,
    HEAD = WIRE_GENERIC + 4, /* generic header, fragment ID, number, flags */
    LAST = 1,
    DATA_MAX = 2048,
    MINUTE_MS = 60 * 1000,
};

/* Bob has answered the first message; the third is held back. */
struct world {
    struct pair pair;
    struct sim_datagram *third;
    unsigned seen;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    if (++world->seen != 3)
        return true;
    world->third = sim_datagram_copy(datagram);
    return false;
}

static void open_world(struct world *world)
{
    *world = (struct world){.pair = pair_new(1)};
    struct pair *pair = &world->pair;
    pair->alice->config1.fragmentation = x4c_ike_fragment_accept;
    pair->bob->config1.fragmentation = x4c_ike_fragment_accept;
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = world;
    pair->a = sim_init1(pair->alice, pair->bob);
    sim_run(pair->sim, 100);
    assert_non_null(world->third);
}

static void close_world(struct world *world)
{
    const struct sim_datagram *third = world->third;
    sim_inject(world->pair.bob, &third->from, third->data, third->len);
    sim_run(world->pair.sim, MINUTE_MS);
    assert_true(sim_complete(world->pair.a));
    sim_free(world->pair.sim);
    free(world->third);
}

/* A fragment whose payload says that it is so long, and that brings `data_len` bytes. */
static x4e_ike_reason send_part(const struct world *world, uint8_t number, uint8_t flags,
                                uint16_t payload_len, size_t data_len)
{
    uint8_t message[WIRE_HEADER + HEAD + DATA_MAX];
    memset(message, 0x5a, sizeof(message));
    memcpy(message, world->third->data, WIRE_HEADER);
    uint8_t *payload = message + WIRE_HEADER;
    const size_t len = WIRE_HEADER + HEAD + data_len;
    message[WIRE_FIRST_AT] = FRAGMENT;
    wire_put(message + WIRE_LENGTH_AT, 4, (uint32_t)len);
    payload[0] = WIRE_NONE;
    payload[1] = 0;
    wire_put(payload + 2, 2, payload_len);
    wire_put(payload + 4, 2, 7);
    payload[6] = number;
    payload[7] = flags;
    return sim_inject(world->pair.bob, &world->third->from, message, len);
}

/* strongSwan: a fragment payload that is not all there. */
static void cve_2013_6076(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    for (uint16_t len = 0; len < HEAD; len++)
        assert_int_not_equal(send_part(&world, 1, 0, len, 0), x4c_ike_none);
    assert_int_not_equal(send_part(&world, 1, 0, HEAD + 1, 0), x4c_ike_none);
    close_world(&world);
}

/* racoon: fragments without a byte in them. */
static void cve_2009_1574(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    for (uint8_t number = 0; number < 8; number++)
        for (uint8_t flags = 0; flags <= LAST; flags++)
            assert_int_not_equal(send_part(&world, number, flags, HEAD, 0), x4c_ike_none);
    close_world(&world);
}

/* Cisco ASA: the length of a fragment less that of its head, without a look which is greater. */
static void cve_2016_1287(void **state)
{
    (void)state;
    static const uint16_t lengths[] = {0, 1, 3, 4, 7, HEAD + 63, HEAD + 65, 0x7fff, 0x8000, 0xffff};
    struct world world;
    open_world(&world);
    for (size_t i = 0; i < x4m_countof(lengths); i++)
        assert_int_not_equal(send_part(&world, 1, LAST, lengths[i], 64), x4c_ike_none);
    close_world(&world);
}

/* racoon: a great many fragments, of which the first never comes. What is kept has a bound. */
static void cve_2016_10396(void **state)
{
    (void)state;
    enum { KEPT_MAX = 64 * 1024 };
    struct world world;
    open_world(&world);
    const size_t before = world.pair.bob->ledger.bytes;
    for (unsigned round = 0; round < 10; round++)
        for (unsigned number = 2; number <= UINT8_MAX; number++) {
            (void)send_part(&world, (uint8_t)number, 0, HEAD + DATA_MAX, DATA_MAX);
            assert_true(world.pair.bob->ledger.bytes < before + KEPT_MAX);
        }
    close_world(&world);
}

/* A message in fragments of `PART` bytes; returns what the last of them led to. */
static x4e_ike_reason send_in_parts(const struct world *world, const uint8_t *bytes, size_t len)
{
    enum { PART = 128 };
    x4e_ike_reason reason = x4c_ike_none;
    uint8_t number = 0;
    for (size_t at = 0; at < len; at += PART) {
        static struct draft fragment;
        const size_t part = x4m_min((size_t)PART, len - at);
        uint8_t body[4 + PART] = {0, 9, ++number, at + part == len ? LAST : 0};
        uint8_t message[WIRE_HEADER + HEAD + PART];
        memcpy(body + 4, bytes + at, part);
        memcpy(fragment.header, bytes, WIRE_HEADER);
        fragment.count = 0;
        draft_insert(&fragment, 0, FRAGMENT, body, 4 + part);
        size_t written = draft_write(&fragment, message, sizeof(message));
        reason = sim_inject(world->pair.bob, &world->third->from, message, written);
    }
    return reason;
}

/* libreswan: as many payloads as there is room for, and one more, when all fragments are there. */
static void cve_2026_12413(void **state)
{
    (void)state;
    for (size_t count = x4c_limit_payloads - 1; count <= x4c_limit_payloads + 2; count++) {
        static struct draft draft;
        uint8_t bytes[DATA_MAX];
        struct world world;
        open_world(&world);
        draft_read(&draft, world.third->data, world.third->len);
        while (draft.count < count)
            draft_insert(&draft, draft.count, WIRE_VENDOR_ID, "many", 4);
        size_t len = draft_write(&draft, bytes, sizeof(bytes));
        assert_int_equal(send_in_parts(&world, bytes, len),
                         count <= x4c_limit_payloads ? x4c_ike_none : x4c_ike_too_many_payloads);
        close_world(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2013_6076),  cmocka_unit_test(cve_2009_1574),
        cmocka_unit_test(cve_2016_1287),  cmocka_unit_test(cve_2016_10396),
        cmocka_unit_test(cve_2026_12413),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
