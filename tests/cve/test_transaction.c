/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Faults in mode config and extended authentication: what a gateway pushed overflowed the client's
 * buffers and reached its shell, and what a client typed was taken for something else. Here values
 * are bytes that are handed on as they came, within limits, or not at all.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    MINUTE_MS = 60 * 1000,
    VALUE_MAX = 4096,
    SET = 3,
};

/* -------------------------------------------------------------------------- what is pushed */

/* What Bob answers to mode config, and whether Alice was told just that. */
struct delivery {
    x4s_ike_cfg reply;
    unsigned told;
};

static void compare(void *context, const x4s_ike_cfg *answer)
{
    const struct sim_xchg *xchg = context;
    struct delivery *delivery = xchg->node->sim->test;
    delivery->told++;
    assert_non_null(answer);
    assert_int_equal(answer->count, delivery->reply.count);
    for (size_t i = 0; i < answer->count; i++) {
        const x4s_ike_cfg_item *sent = &delivery->reply.items[i];
        const x4s_ike_cfg_item *got = &answer->items[i];
        assert_int_equal(got->type, sent->type);
        assert_int_equal(got->value.len, sent->value.len);
        if (sent->value.len)
            assert_memory_equal(got->value.data, sent->value.data, sent->value.len);
    }
}

/* All of it arrives, whatever it is. */
static void deliver(const x4s_ike_cfg_item *items, size_t count)
{
    static const x4s_ike_cfg nothing = {0};
    struct delivery delivery = {.reply = {items, count}};
    struct pair pair = pair_new(1);
    pair.sim->test = &delivery;
    pair.alice->calls1.configured = compare;
    pair.bob->reply = &delivery.reply;
    pair_connect(&pair);
    assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &nothing));
    sim_settle(pair.sim);
    assert_int_equal(delivery.told, 1);
    pair_quick(pair.a);
    sim_free(pair.sim);
}

/* openswan: the banner of a Cisco gateway, longer than the buffer for it. */
static void cve_2010_3308(void **state)
{
    (void)state;
    static uint8_t banner[VALUE_MAX];
    memset(banner, 'A', sizeof(banner));
    for (size_t len = 0; len <= sizeof(banner); len = 2 * len + 1) {
        const x4s_ike_cfg_item item = {.type = x4c_ike_cfg_unity_banner, .value = {banner, len}};
        deliver(&item, 1);
    }
}

/* openswan: more addresses of name servers than there is room for. */
static void cve_2010_3302(void **state)
{
    (void)state;
    static const uint8_t address[] = {192, 0, 2, 53};
    x4s_ike_cfg_item items[x4c_ike_cfg_max];
    for (size_t i = 0; i < x4m_countof(items); i++)
        items[i] =
            (x4s_ike_cfg_item){.type = x4c_ike_cfg_ip4_dns, .value = {address, sizeof(address)}};
    for (size_t count = 0; count <= x4m_countof(items); count++)
        deliver(items, count);
}

/*
 * openswan: names and banners with what a shell obeys in them. Here they are bytes; that nothing of
 * ours can begin a shell is checked on the programs (tests/suites/cve.sh).
 */
static void hand_over_text(uint16_t type)
{
    static const char *const texts[] = {"$(reboot)", "`reboot`",       "'; reboot; '", "\"; reboot",
                                        "a\nreboot", "a | reboot",     "a && reboot",  "%n%n%n%s",
                                        "../../etc", "-o ProxyCommand"};
    for (size_t i = 0; i < x4m_countof(texts); i++) {
        const x4s_ike_cfg_item item = {.type = type,
                                       .value = {(const uint8_t *)texts[i], strlen(texts[i]) + 1}};
        deliver(&item, 1);
    }
}

static void cve_2010_3752(void **state)
{
    (void)state;
    hand_over_text(x4c_ike_cfg_unity_default_domain);
}

static void cve_2010_3753(void **state)
{
    (void)state;
    hand_over_text(x4c_ike_cfg_unity_banner);
}

/* -------------------------------------------------------------------------- what lies */

struct world {
    struct pair pair;
    struct spy *spy;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    spy_see(((struct world *)context)->spy, datagram);
    return true;
}

/* A push of Bob's to Alice, under the keys: `count` attributes of `len` bytes that claim others. */
static x4e_ike_reason push(struct world *world, uint32_t message_id, unsigned count, size_t len,
                           uint16_t claimed)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0}, sealed[SPY_MESSAGE_MAX], iv[x4c_cipher_block_max];
    struct spy *spy = world->spy;
    size_t at = spy_begin(spy, WIRE_TRANSACTION, message_id, WIRE_ATTRIBUTES, plain);
    size_t end = at + WIRE_GENERIC + 4;
    plain[at + WIRE_GENERIC] = SET;
    for (unsigned i = 0; i < count; i++, end += 4 + len) {
        wire_put(plain + end, 2, x4c_ike_cfg_unity_banner);
        wire_put(plain + end + 2, 2, claimed);
        memset(plain + end + 4, 'A', len);
    }
    wire_put(plain + at + 2, 2, (uint32_t)(end - at));
    memcpy(iv, spy_exchange(spy, message_id)->iv, sizeof(iv));
    assert_true(spy_rehash(spy, 1, plain, end));
    size_t sealed_len = spy_seal(spy, iv, plain, end, sealed);
    return sim_inject(world->pair.alice, &world->pair.bob->addr, sealed, sealed_len);
}

/* openswan again: attributes that are longer than the message, or too many for any array. */
static void attributes_that_lie(void **state)
{
    (void)state;
    static const uint16_t beyond[] = {1, 2, 4, 100, 0x7fff, 0xffff - 8};
    struct world world = {.pair = pair_new(1)};
    world.spy = spy_new(world.pair.alice);
    world.spy->forging = true;
    world.pair.alice->reply = &(x4s_ike_cfg){0};
    world.pair.sim->network.tap = tap;
    world.pair.sim->network.tap_context = &world;
    pair_connect(&world.pair);
    uint32_t message_id = 0x5000;
    for (size_t i = 0; i < x4m_countof(beyond); i++)
        assert_int_equal(push(&world, message_id++, 1, 8, (uint16_t)(8 + beyond[i])),
                         x4c_ike_malformed);
    assert_int_equal(push(&world, message_id++, x4c_ike_cfg_max + 1, 0, 0), x4c_ike_malformed);
    assert_int_equal(world.pair.a->calls[SIM_CONFIGURE], 0);
    assert_int_equal(push(&world, message_id, 1, 8, 8), x4c_ike_none);
    assert_int_equal(world.pair.a->calls[SIM_CONFIGURE], 1);
    assert_string_equal(world.pair.a->asked, "set 28672=4141414141414141");
    sim_free(world.pair.sim);
    spy_free(world.spy);
}

/* -------------------------------------------------------------------------- what is typed */

static void accept(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    job->verdict = x4c_ike_verdict_accept;
}

static void type_name(const uint8_t *name, size_t len)
{
    const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_xauth_user_name, .value = {name, len}},
        {.type = x4c_ike_xauth_user_password, .value = {name, len}},
    };
    const x4s_ike_cfg typed = {items, x4m_countof(items)};
    struct pair pair = pair_new(1);
    pair.alice->transforms1[0].auth = x4c_ike_auth_xauth_init_psk;
    pair.bob->transforms1[0].auth = x4c_ike_auth_xauth_init_psk;
    pair.alice->typed = &typed;
    pair.bob->judge = accept;
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, MINUTE_MS);
    const struct sim_xchg *b = sim_last(pair.bob, 1);
    assert_true(sim_complete(pair.a) && sim_complete(b));
    assert_int_equal(b->keys1.user.len, len);
    if (len)
        assert_memory_equal(b->keys1.user.data, name, len);
    sim_free(pair.sim);
}

/* strongSwan: a user's name of a byte or two was read as if it were ASN.1. */
static void cve_2013_5018(void **state)
{
    (void)state;
    static const uint8_t names[][4] = {
        {0x30, 0x80, 0xff, 0xff}, {0x30, 0x01, 0x01, 0x01}, {0x31, 0x84, 0xff, 0xff}};
    for (size_t i = 0; i < x4m_countof(names); i++)
        for (size_t len = 0; len <= sizeof(names[i]); len++)
            type_name(names[i], len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2010_3302),       cmocka_unit_test(cve_2010_3308),
        cmocka_unit_test(cve_2010_3752),       cmocka_unit_test(cve_2010_3753),
        cmocka_unit_test(attributes_that_lie), cmocka_unit_test(cve_2013_5018),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
