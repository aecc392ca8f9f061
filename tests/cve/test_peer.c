/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Faults that an authenticated peer reached: its messages are under the right keys, and what they
 * say is made to hurt. They are refused or obeyed in part, and the ISAKMP SA goes on.
 */

#include "tests/sim/draft.h"
#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    ID_FQDN = 2,
    SPI_COUNT_AT = 6, /* in the body of a Delete, RFC 2408 3.15 */
    SPI_SIZE_AT = 5,
    DELETE_PROTOCOL_AT = 4,
    ESP = 3,
    SPI_SIZE = 4, /* of ESP */
    R_U_THERE = 36136,
    KEY_LENGTH = 0x8006, /* RFC 2407 4.5, as basic attribute */
    PROTOCOL_AT = 1 + 4,
};

/* The first message of quick mode, changed by `forge` before Bob gets it. */
struct world {
    struct pair pair;
    struct spy *spy;
    void (*forge)(const struct world *world);
    size_t detail; /* of the forgery */
    bool forged;
};

static struct draft draft; /* too large for a stack */

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
    draft_read(&draft, last->plain, last->plain_len);
    world->forge(world);
    last->plain_len = draft_write(&draft, last->plain, sizeof(last->plain) / 2);
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
static void refuse_quick(struct world *world, void (*forge)(const struct world *),
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

/* The body of the second ID of the message. */
static struct draft_part *responders_id(void)
{
    struct draft_part *last = NULL;
    for (size_t i = 0; i < draft.count; i++)
        if (draft.parts[i].type == WIRE_ID)
            last = &draft.parts[i];
    assert_non_null(last);
    return last;
}

static void forge_name(const struct world *world)
{
    (void)world;
    responders_id()->body[0] = ID_FQDN;
}

static void use_selectors(const struct world *world)
{
    x4s_ike_config2 *config = &world->pair.alice->config2;
    config->selectors = btrue;
    x4_net_selector_from_addr(&world->pair.alice->addr, &config->local);
    x4_net_selector_from_addr(&world->pair.bob->addr, &config->remote);
}

/* libreswan: IDcr of quick mode is a name where an address belongs. */
static void cve_2023_38711(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    use_selectors(&world);
    refuse_quick(&world, forge_name, x4c_ike_bad_id);
    close_world(&world);
}

static void shorten_id(const struct world *world)
{
    responders_id()->len = world->detail;
}

/* tcpdump, on the same bytes: the length of an ID less that of its head. */
static void cve_2004_0184(void **state)
{
    (void)state;
    for (size_t len = 0; len < 8; len++) {
        struct world world;
        open_world(&world);
        use_selectors(&world);
        world.detail = len;
        refuse_quick(&world, shorten_id, x4c_ike_bad_id);
        close_world(&world);
    }
}

static void forge_protocol(const struct world *world)
{
    struct draft_part *sa = draft_find(&draft, WIRE_SA);
    (void)world;
    sa->body[8 + PROTOCOL_AT] = 0xee; /* behind DOI and situation */
}

/* Takes the attribute out of the one transform of the one proposal. */
static void drop_key_length(const struct world *world)
{
    enum { PROPOSAL_AT = 8, SPI = 4, TRANSFORM_AT = PROPOSAL_AT + 8 + SPI };
    struct draft_part *sa = draft_find(&draft, WIRE_SA);
    size_t at = TRANSFORM_AT + 8;
    (void)world;
    while (wire_u16(sa->body + at) != KEY_LENGTH)
        at += 4;
    memmove(sa->body + at, sa->body + at + 4, sa->len - at - 4);
    sa->len -= 4;
    wire_put(sa->body + PROPOSAL_AT + 2, 2, wire_u16(sa->body + PROPOSAL_AT + 2) - 4u);
    wire_put(sa->body + TRANSFORM_AT + 2, 2, wire_u16(sa->body + TRANSFORM_AT + 2) - 4u);
}

/* openswan: a cipher with keys of several lengths, and none of them said. It is the usual one. */
static void cve_2011_3380(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    world.forge = drop_key_length;
    assert_non_null(sim_init2(world.pair.a));
    sim_settle(world.pair.sim);
    const struct sim_xchg *quick = sim_last(world.pair.bob, 2);
    assert_true(world.forged && quick && quick->calls[SIM_RESPONDED]);
    pair_quick(world.pair.a);
    close_world(&world);
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

/* Seals a message of Alice's that has `draft` behind its HASH. */
static size_t seal(struct world *world, uint32_t message_id, uint8_t sealed[SPY_MESSAGE_MAX])
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0}, chain[SPY_MESSAGE_MAX], iv[x4c_cipher_block_max];
    size_t len = spy_begin(world->spy, WIRE_INFORMATIONAL, message_id, draft.parts[0].type, plain);
    size_t chain_len = draft_write(&draft, chain, sizeof(chain) / 2) - WIRE_HEADER;
    memcpy(plain + len, chain + WIRE_HEADER, chain_len);
    memcpy(iv, spy_exchange(world->spy, message_id)->iv, sizeof(iv));
    assert_true(spy_rehash(world->spy, 1, plain, len + chain_len));
    return spy_seal(world->spy, iv, plain, len + chain_len, sealed);
}

static x4e_ike_reason send(struct world *world, uint32_t message_id)
{
    uint8_t sealed[SPY_MESSAGE_MAX];
    size_t len = seal(world, message_id, sealed);
    return sim_inject(world->pair.bob, &world->pair.alice->addr, sealed, len);
}

/* A Delete, or a notify with its type in the place of the count. */
static void add_delete(const struct world *world, uint8_t payload, uint16_t spi_count)
{
    uint8_t body[8 + WIRE_COOKIES] = {0, 0, 0, 1, 1, WIRE_COOKIES};
    wire_put(body + SPI_COUNT_AT, 2, spi_count);
    memcpy(body + 8, world->spy->cookies, WIRE_COOKIES);
    draft_insert(&draft, draft.count, payload, body, sizeof(body));
}

/* One message of Alice's with a Delete and, where `then` is set, notifies behind it. */
static void draft_delete(const struct world *world, uint16_t spi_count, bool then)
{
    draft.count = 0;
    add_delete(world, WIRE_DELETE, spi_count);
    for (unsigned i = 0; then && i < 3; i++)
        add_delete(world, WIRE_NOTIFY, R_U_THERE);
}

static x4e_ike_reason send_delete(struct world *world, uint32_t message_id, uint16_t spi_count,
                                  bool then)
{
    draft_delete(world, spi_count, then);
    return send(world, message_id);
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

/* tcpdump, on the same bytes: SPIs were read behind the end of a Delete, whatever their size. */
static void cve_2004_0183(void **state)
{
    (void)state;
    static const uint8_t sizes[] = {0, 1, 2, 3, 4, 5, 8, 16, 17, 128, 255};
    static const uint16_t counts[] = {0, 1, 2, 3, 4, 64, 0x100, 0x4000, 0xffff};
    struct world world;
    uint32_t message_id = 0x6000;
    open_world(&world);
    struct sim_xchg *quick = pair_quick(world.pair.a);
    for (size_t i = 0; i < x4m_countof(sizes) * x4m_countof(counts); i++) {
        draft.count = 0;
        add_delete(&world, WIRE_DELETE, counts[i % x4m_countof(counts)]);
        uint8_t *body = draft.parts[0].body;
        body[DELETE_PROTOCOL_AT] = ESP;
        body[SPI_SIZE_AT] = sizes[i / x4m_countof(counts)];
        const bool fits = body[SPI_SIZE_AT] == SPI_SIZE &&
                          counts[i % x4m_countof(counts)] * SPI_SIZE == WIRE_COOKIES;
        assert_int_equal(send(&world, message_id++), fits ? x4c_ike_none : x4c_ike_malformed);
    }
    assert_true(sim_complete(world.pair.b) && sim_complete(sim_peer(quick)));
    close_world(&world);
}

/* Puts a Delete of Alice's on the way to Bob; it arrives when what she sends now does. */
static void send_with(struct world *world)
{
    uint8_t sealed[SPY_MESSAGE_MAX];
    struct sim *sim = world->pair.sim;
    draft_delete(world, 1, false);
    size_t len = seal(world, 0x7001, sealed);
    sim_network_send(&sim->network, sim->now, &world->pair.alice->addr, &world->pair.bob->addr,
                     sealed, len);
}

static void delete_at_once(struct sim_xchg *xchg, enum sim_call call)
{
    if (xchg->phase == 2 && call == SIM_SEND)
        send_with(xchg->node->sim->test);
}

static void end_at_once(struct sim_xchg *xchg, enum sim_call call)
{
    if (xchg->phase == 2 && call == SIM_INITIATED)
        sim_term(xchg->parent, bfalse);
}

/* The user ends one of two quick modes whose work waits. */
static void end_while_its_work_waits(void)
{
    struct pair pair = pair_connected(1);
    pair.alice->transforms2[0].group = pair.bob->transforms2[0].group = x4c_group_ecp256;
    struct sim_xchg *gone = sim_init2(pair.a);
    struct sim_xchg *other = sim_init2(pair.a);
    assert_non_null(gone);
    sim_term(gone, bfalse);
    sim_settle(pair.sim);
    assert_true(sim_ended(gone, x4c_ike_terminated));
    assert_true(sim_complete(other));
    assert_int_equal(sim_count(pair.bob, 2), 1);
    sim_free(pair.sim);
}

/* openswan: a helper computed Diffie-Hellman for an SA that was gone when it was done. */
static void cve_2011_4073(void **state)
{
    (void)state;
    static void (*const hooks[])(struct sim_xchg *, enum sim_call) = {delete_at_once, end_at_once};
    for (size_t i = 0; i < x4m_countof(hooks); i++) {
        struct world world;
        open_world(&world);
        world.pair.sim->test = &world;
        world.pair.sim->network.delay_max_ms = world.pair.sim->network.delay_min_ms;
        world.pair.alice->transforms2[0].group = x4c_group_ecp256;
        world.pair.bob->transforms2[0].group = x4c_group_ecp256;
        world.pair.alice->hook = hooks[i];
        (void)sim_init2(world.pair.a);
        sim_settle(world.pair.sim);
        assert_true(hooks[i] == end_at_once || sim_ended(world.pair.b, x4c_ike_deleted));
        assert_true(hooks[i] == delete_at_once || sim_ended(world.pair.a, x4c_ike_terminated));
        close_world(&world);
    }
    end_while_its_work_waits();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2024_3652),  cmocka_unit_test(cve_2023_38711),
        cmocka_unit_test(cve_2023_38710), cmocka_unit_test(cve_2023_38712),
        cmocka_unit_test(cve_2004_0221),  cmocka_unit_test(cve_2004_0184),
        cmocka_unit_test(cve_2011_3380),  cmocka_unit_test(cve_2004_0183),
        cmocka_unit_test(cve_2011_4073),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
