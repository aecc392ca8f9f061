/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/pitfall/forge.h"

#include <stdlib.h>

#include "tests/sim/check.h"

enum {
    SITUATION = 8,   /* bytes before the proposals: DOI and situation */
    PROPOSAL = 8,    /* bytes of a proposal before its SPI, of a transform before attributes */
    SPI_SIZE_AT = 6, /* in a proposal */
    BASIC = 0x8000,  /* an attribute of two bytes */
};

/* -------------------------------------------------------------------------- on the way */

static bool is_from_bob(const struct forge *forge, const x4s_net_addr *from)
{
    const x4s_net_addr bob = sim_reach(forge->pair.bob, from->port);
    return x4_net_addr_same_ip(from, &bob);
}

static void pass(struct forge *forge, const struct sim_datagram *like, const uint8_t *data,
                 size_t len)
{
    struct sim *sim = forge->pair.sim;
    forge->passing = true;
    sim_network_send(&sim->network, sim->now, &like->from, &like->to, data, len);
    forge->passing = false;
}

/* A datagram that the spy may see as if it had been sent. */
static void show(struct forge *forge, const x4s_net_addr *from, const x4s_net_addr *to,
                 const uint8_t *data, size_t len)
{
    struct sim_datagram *datagram = calloc(1, sizeof(*datagram) + len);
    sim_check(datagram, "out of memory");
    datagram->from = *from;
    datagram->to = *to;
    datagram->len = len;
    memcpy(datagram->data, data, len);
    (void)spy_see(forge->spy, datagram);
    free(datagram);
}

/* In the clear the spy sees what Bob will see. */
static bool change_clear(struct forge *forge, const struct sim_datagram *datagram)
{
    uint8_t bytes[SPY_MESSAGE_MAX];
    size_t len = datagram->len;
    memcpy(bytes, datagram->data, len);
    forge->order = forge->spy->exchanges[0].messages + 1;
    if (!forge->change || !forge->change(forge, bytes, &len))
        return false;
    show(forge, &datagram->from, &datagram->to, bytes, len);
    pass(forge, datagram, bytes, len);
    return true;
}

static bool change_opened(struct forge *forge, const struct sim_datagram *datagram)
{
    struct spy_message *last = &forge->spy->last;
    uint8_t sealed[SPY_MESSAGE_MAX];
    if (!last->opened || !forge->change || !forge->change(forge, last->plain, &last->plain_len))
        return false;
    if (forge->rehash)
        sim_check(spy_rehash(forge->spy, last->order, last->plain, last->plain_len), "no hash");
    size_t len = spy_seal(forge->spy, last->iv, last->plain, last->plain_len, sealed);
    const uint32_t message_id = wire_u32(last->plain + WIRE_MESSAGE_ID_AT);
    memcpy(spy_exchange(forge->spy, message_id)->iv, last->iv, sizeof(last->iv));
    pass(forge, datagram, sealed, len);
    return true;
}

/* Whether it was sent before (FNV-1a); from now on it was. */
static bool is_repeated(struct forge *forge, const struct sim_datagram *datagram)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < datagram->len; i++)
        digest = (digest ^ datagram->data[i]) * UINT64_C(0x100000001b3);
    for (unsigned i = 0; i < FORGE_SEEN; i++)
        if (forge->seen[i] == digest)
            return true;
    forge->seen[forge->seen_count++ % FORGE_SEEN] = digest;
    return false;
}

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct forge *forge = context;
    const struct spy_message *last = &forge->spy->last;
    bool clear = !(datagram->data[WIRE_FLAGS_AT] & WIRE_ENCRYPTED);
    if (forge->passing || is_repeated(forge, datagram))
        return true;
    if (clear && change_clear(forge, datagram))
        return false;
    if (!spy_see(forge->spy, datagram))
        return true;
    forge->order = last->order;
    if (last->opened && is_from_bob(forge, &datagram->from)) {
        memcpy(forge->answer, last->plain, last->plain_len);
        forge->answer_len = last->plain_len;
        forge->spoken++;
    }
    if (change_opened(forge, datagram))
        return false;
    return !forge->swallow || !forge->swallow(forge);
}

void forge_begin(struct forge *forge)
{
    *forge = (struct forge){.pair = pair_new(1), .rehash = true};
    forge->spy = spy_new(forge->pair.alice);
    forge->pair.sim->forged = true;
    forge->pair.sim->network.tap = tap;
    forge->pair.sim->network.tap_context = forge;
}

void forge_open(struct forge *forge)
{
    forge_begin(forge);
    pair_connect(&forge->pair);
}

void forge_close(struct forge *forge)
{
    sim_free(forge->pair.sim);
    spy_free(forge->spy);
}

/* -------------------------------------------------------------------------- said by us */

static x4e_ike_reason tell(struct forge *forge, struct sim_node *from, struct sim_node *to,
                           unsigned order, uint8_t *plain, size_t len)
{
    uint8_t sealed[SPY_MESSAGE_MAX], iv[x4c_cipher_block_max];
    const uint32_t message_id = wire_u32(plain + WIRE_MESSAGE_ID_AT);
    memcpy(iv, spy_exchange(forge->spy, message_id)->iv, sizeof(iv));
    sim_check(spy_rehash(forge->spy, order, plain, len), "no hash");
    size_t sealed_len = spy_seal(forge->spy, iv, plain, len, sealed);
    const x4s_net_addr at = sim_reach(from, SIM_PORT);
    const x4s_net_addr there = sim_reach(to, SIM_PORT);
    show(forge, &at, &there, sealed, sealed_len);
    return sim_inject(to, &at, sealed, sealed_len);
}

x4e_ike_reason forge_tell_bob(struct forge *forge, unsigned order, uint8_t *plain, size_t len)
{
    return tell(forge, forge->pair.alice, forge->pair.bob, order, plain, len);
}

x4e_ike_reason forge_tell_alice(struct forge *forge, unsigned order, uint8_t *plain, size_t len)
{
    return tell(forge, forge->pair.bob, forge->pair.alice, order, plain, len);
}

x4e_ike_reason forge_notify(struct forge *forge, uint32_t message_id, uint16_t type,
                            const void *data, size_t len)
{
    uint8_t sealed[SPY_MESSAGE_MAX];
    size_t sealed_len = spy_notify(forge->spy, message_id, type, data, len, sealed);
    return sim_inject(forge->pair.bob, &forge->pair.alice->addr, sealed, sealed_len);
}

static bool keep_template(struct forge *forge)
{
    const struct spy_message *last = &forge->spy->last;
    memcpy(forge->template, last->plain, last->plain_len);
    forge->template_len = last->plain_len;
    return true;
}

void forge_template(struct forge *forge)
{
    forge->swallow = keep_template;
    struct sim_xchg *quick = sim_init2(forge->pair.a);
    assert_non_null(quick);
    sim_settle(forge->pair.sim);
    sim_term(quick, bfalse);
    forge->swallow = NULL;
    assert_int_equal(forge->template[WIRE_EXCHANGE_AT], WIRE_QUICK);
}

size_t forge_quick(const struct forge *forge, uint32_t message_id, uint8_t *plain)
{
    memset(plain, 0, SPY_MESSAGE_MAX);
    memcpy(plain, forge->template, forge->template_len);
    wire_put(plain + WIRE_MESSAGE_ID_AT, 4, message_id);
    return forge->template_len;
}

x4e_ike_reason forge_third(struct forge *forge, uint32_t message_id)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    size_t len = spy_begin(forge->spy, WIRE_QUICK, message_id, WIRE_NONE, plain);
    return forge_tell_bob(forge, 3, plain, len);
}

/* -------------------------------------------------------------------------- changes */

static void grow(uint8_t *length, long by)
{
    wire_put(length, 2, (uint32_t)(wire_u16(length) + by));
}

static bool is_in(size_t at, size_t from, size_t len)
{
    return at > from && at <= from + len;
}

/* The lengths of what `at` is in, within an SA payload: of its proposal, of its transform. */
static void grow_sa(uint8_t *message, const struct wire_part *sa, size_t at, long by)
{
    const size_t end = sa->at + sa->len;
    size_t proposal = sa->at + WIRE_GENERIC + SITUATION;
    while (proposal + PROPOSAL <= end && !is_in(at, proposal, wire_u16(message + proposal + 2)))
        proposal += wire_u16(message + proposal + 2);
    if (proposal + PROPOSAL > end)
        return;
    size_t transform = proposal + PROPOSAL + message[proposal + SPI_SIZE_AT];
    while (transform + PROPOSAL <= end && !is_in(at, transform, wire_u16(message + transform + 2)))
        transform += wire_u16(message + transform + 2);
    grow(message + proposal + 2, by);
    if (transform + PROPOSAL <= end)
        grow(message + transform + 2, by);
}

static void grow_around(uint8_t *message, size_t len, size_t at, long by)
{
    struct wire_part part;
    bool more = wire_first(message, len, &part);
    while (more && !is_in(at, part.at, part.len))
        more = wire_next(message, len, &part);
    sim_check(more, "no payload at %zu", at);
    if (part.type == WIRE_SA)
        grow_sa(message, &part, at, by);
    grow(message + part.at + 2, by);
}

static void set_length(uint8_t *message, size_t len)
{
    wire_put(message + WIRE_LENGTH_AT, 4, (uint32_t)len);
}

void edit_insert(uint8_t *message, size_t *len, size_t at, const void *bytes, size_t count)
{
    sim_check(*len + count <= SPY_MESSAGE_MAX, "%zu bytes", *len + count);
    grow_around(message, *len, at, (long)count);
    memmove(message + at + count, message + at, *len - at);
    memcpy(message + at, bytes, count);
    *len += count;
    set_length(message, *len);
}

void edit_remove(uint8_t *message, size_t *len, size_t at, size_t count)
{
    grow_around(message, *len, at, -(long)count);
    memmove(message + at, message + at + count, *len - at - count);
    *len -= count;
    set_length(message, *len);
}

void edit_append(uint8_t *message, size_t *len, uint8_t type, const void *body, size_t count)
{
    struct wire_part part = {0};
    for (bool more = wire_first(message, *len, &part); more && part.next != WIRE_NONE;)
        more = wire_next(message, *len, &part);
    const size_t at = part.at + part.len;
    sim_check(at + WIRE_GENERIC + count <= SPY_MESSAGE_MAX, "%zu bytes", at + count);
    message[part.at] = type;
    memset(message + at, 0, WIRE_GENERIC);
    wire_put(message + at + 2, 2, (uint32_t)(WIRE_GENERIC + count));
    memcpy(message + at + WIRE_GENERIC, body, count);
    *len = at + WIRE_GENERIC + count;
    set_length(message, *len);
}

size_t edit_attribute(const uint8_t *message, size_t len, uint16_t type)
{
    struct wire_part sa;
    if (!wire_find(message, len, WIRE_SA, &sa))
        return 0;
    const size_t proposal = sa.at + WIRE_GENERIC + SITUATION;
    const size_t transform = proposal + PROPOSAL + message[proposal + SPI_SIZE_AT];
    const size_t end = transform + wire_u16(message + transform + 2);
    for (size_t at = transform + PROPOSAL; at + 4 <= end;) {
        const uint16_t found = wire_u16(message + at);
        if ((found & ~BASIC) == type)
            return at;
        at += found & BASIC ? 4 : 4 + (size_t)wire_u16(message + at + 2);
    }
    return 0;
}
