/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Faults that an authenticated peer reached: its messages are under the right keys, and what they
 * say is made to hurt. They are refused or obeyed in part, and the ISAKMP SA goes on.
 */

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    ID_FQDN = 2,
    SPI_COUNT_AT = 6, /* in the body of a Delete, RFC 2408 3.15 */
    PROTOCOL_AT = 1 + 4,
};

/* The first message of quick mode, changed by `forge` before Bob gets it. */
struct world {
    struct pair pair;
    struct spy *spy;
    void (*forge)(uint8_t *plain, size_t len);
    bool forged;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    struct spy_message *last = &world->spy->last;
    uint8_t sealed[SPY_MESSAGE_MAX];
    if (!spy_see(world->spy, datagram) || !world->forge ||
        datagram->data[WIRE_EXCHANGE_AT] != WIRE_QUICK)
        return true;
    world->forged = true;
    world->pair.sim->network.tap = NULL;
    world->forge(last->plain, last->plain_len);
    assert_true(spy_rehash(world->spy, last->order, last->plain, last->plain_len));
    size_t len = spy_seal(world->spy, last->iv, last->plain, last->plain_len, sealed);
    sim_network_send(&world->pair.sim->network, world->pair.sim->now, &datagram->from,
                     &datagram->to, sealed, len);
    return false;
}

static void open_world(struct world *world)
{
    *world = (struct world){.pair = pair_new(1)};
    world->spy = spy_new(world->pair.alice);
    world->pair.sim->forged = true;
    world->pair.sim->network.tap = tap;
    world->pair.sim->network.tap_context = world;
    pair_connect(&world->pair);
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
}

/* The forged quick mode comes to nothing, and the one after it succeeds. */
static void refuse_quick(struct world *world, void (*forge)(uint8_t *, size_t),
                         x4e_ike_reason reason)
{
    world->forge = forge;
    struct sim_xchg *quick = sim_init2(world->pair.a);
    assert_non_null(quick);
    sim_settle(world->pair.sim);
    assert_true(world->forged);
    assert_int_equal(world->pair.bob->last_refusal, reason);
    assert_false(sim_complete(quick));
    assert_int_equal(sim_count(world->pair.bob, 2), 0);
    assert_true(sim_complete(world->pair.b));
    pair_quick(world->pair.a);
}

/* libreswan: AES-GMAC for ESP, which the responder does not expect there. */
static void cve_2024_3652(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    const x4s_ike_transform2 usual = pair.alice->transforms2[0];
    pair.alice->transforms2[0].esp = x4c_ike_esp_aes_gmac;
    pair.alice->transforms2[0].integ = x4c_ike_integ_none;
    struct sim_xchg *quick = sim_init2(pair.a);
    assert_non_null(quick);
    sim_settle(pair.sim);
    assert_true(sim_ended(quick, x4c_ike_peer_no_proposal));
    pair.alice->transforms2[0] = usual;
    pair_quick(pair.a);
    sim_free(pair.sim);
}

/* The second ID of the message becomes a name; the length stays. */
static void forge_name(uint8_t *plain, size_t len)
{
    struct wire_part part;
    unsigned ids = 0;
    for (bool more = wire_first(plain, len, &part); more; more = wire_next(plain, len, &part))
        if (part.type == WIRE_ID && ++ids == 2)
            plain[part.at + WIRE_GENERIC] = ID_FQDN;
    assert_int_equal(ids, 2);
}

/* libreswan: IDcr of quick mode is a name where an address belongs. */
static void cve_2023_38711(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    x4s_ike_config2 *config = &world.pair.alice->config2;
    config->selectors = btrue;
    x4_net_selector_from_addr(&world.pair.alice->addr, &config->local);
    x4_net_selector_from_addr(&world.pair.bob->addr, &config->remote);
    refuse_quick(&world, forge_name, x4c_ike_bad_id);
    close_world(&world);
}

static void forge_protocol(uint8_t *plain, size_t len)
{
    struct wire_part sa;
    assert_true(wire_find(plain, len, WIRE_SA, &sa));
    plain[sa.at + WIRE_GENERIC + 8 + PROTOCOL_AT] = 0xee; /* behind DOI and situation */
}

/* libreswan: a protocol that nobody knows, which the notify about it would repeat. */
static void cve_2023_38710(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    refuse_quick(&world, forge_protocol, x4c_ike_no_proposal2);
    close_world(&world);
}

/* One message of Alice's with the body of a Delete and, where `then` is set, a notify behind it. */
static x4e_ike_reason send_delete(struct world *world, uint32_t message_id, uint16_t spi_count,
                                  bool then)
{
    const struct spy *spy = world->spy;
    uint8_t plain[512] = {0}, sealed[SPY_MESSAGE_MAX], iv[x4c_cipher_block_max];
    size_t len = spy_begin(spy, WIRE_INFORMATIONAL, message_id, WIRE_DELETE, plain);
    for (unsigned payload = 0; payload < (then ? 4 : 1); payload++) {
        uint8_t *at = plain + len;
        uint8_t *body = at + WIRE_GENERIC;
        at[0] = then && payload < 3 ? WIRE_NOTIFY : WIRE_NONE;
        wire_put(at + 2, 2, WIRE_GENERIC + 8 + WIRE_COOKIES);
        wire_put(body, 4, 1);
        body[4] = 1;
        body[5] = WIRE_COOKIES;
        wire_put(body + SPI_COUNT_AT, 2, payload ? 36136 : spi_count);
        memcpy(body + 8, spy->cookies, WIRE_COOKIES);
        len += WIRE_GENERIC + 8 + WIRE_COOKIES;
    }
    memcpy(iv, spy_exchange(world->spy, message_id)->iv, sizeof(iv));
    assert_true(spy_rehash(world->spy, 1, plain, len));
    size_t sealed_len = spy_seal(spy, iv, plain, len, sealed);
    return sim_inject(world->pair.bob, &world->pair.alice->addr, sealed, sealed_len);
}

/* libreswan: a Delete of the ISAKMP SA, and notifies about it behind that. */
static void cve_2023_38712(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    send_delete(&world, 0x2001, 1, true);
    assert_true(sim_ended(world.pair.b, x4c_ike_deleted));
    assert_int_equal(send_delete(&world, 0x2002, 1, true), x4c_ike_unknown_sa);
    close_world(&world);
}

/* isakmpd: a Delete that says that it has more SPIs than it has. */
static void cve_2004_0221(void **state)
{
    (void)state;
    static const uint16_t counts[] = {0, 2, 255, 256, 0x7fff, 0x8000, UINT16_MAX};
    struct world world;
    open_world(&world);
    for (size_t i = 0; i < x4m_countof(counts); i++)
        (void)send_delete(&world, 0x3000 + (uint32_t)i, counts[i], false);
    assert_true(sim_complete(world.pair.b));
    pair_quick(world.pair.a);
    send_delete(&world, 0x4000, 1, false);
    assert_true(sim_ended(world.pair.b, x4c_ike_deleted));
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2024_3652),  cmocka_unit_test(cve_2023_38711),
        cmocka_unit_test(cve_2023_38710), cmocka_unit_test(cve_2023_38712),
        cmocka_unit_test(cve_2004_0221),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
