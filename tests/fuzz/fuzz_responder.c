/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A whole session between two peers, with somebody in between who has all keys. Main mode, with or
 * without a NAT, or aggressive mode, quick modes from either side, dead peer detection and deletes
 * run step by step; before each message arrives the input may have changed copies of it delivered -
 * the bytes of the datagram, or of what was encrypted, with the HASH that it had or with a right
 * one, from where it came or from elsewhere - and messages of the input's own under valid keys. The
 * simulated peers watch that no promise of the API is broken and that nothing is left behind.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/input.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    STEPS_MAX = 40,
    MUTANTS_MAX = 4, /* of one message */
    EDITS_MAX = 4,   /* of one mutant */
    EXTRA_MAX = 300, /* bytes of a message of the input's own */
    DPD_SEC = 5,
};

/* Of the first byte of the input. */
enum flags {
    USE_PFS = 1 << 0,
    USE_3DES = 1 << 1,
    USE_MD5 = 1 << 2,
    USE_DPD = 1 << 3,
    USE_NAT = 1 << 4,       /* before Alice, and all versions of its traversal */
    USE_FORCE = 1 << 5,     /* Bob makes a NAT of nothing */
    USE_DRAFT = 1 << 6,     /* of NAT traversal, -02 only; else AH and IPComp around and in ESP */
    USE_SELECTORS = 1 << 7, /* and INITIAL-CONTACT */
};

static const x4s_net_addr elsewhere = {
    .family = x4c_net_ipv4, .ip = {203, 0, 113, 66}, .port = 6666};

struct session {
    struct sim *sim;
    struct sim_node *alice;
    struct sim_node *bob;
    struct spy *spy;
    struct sim_datagram *held; /* the next to be delivered */
    bool mute;
    bool astray; /* mutants come from elsewhere */
    struct input input;
};

/* Nothing is delivered by the network: the session does, when the input had its say. */
static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct session *session = context;
    if (session->mute || session->held)
        return false;
    session->held = sim_datagram_copy(datagram);
    return false;
}

/* To whom it was sent, unless a NAT has forgotten him. */
static void deliver(struct session *session, const struct sim_datagram *like,
                    const x4s_net_addr *from, const uint8_t *bytes, size_t len)
{
    uint16_t port;
    struct sim_node *node = sim_find(session->sim, &like->to, &port);
    if (node)
        sim_inject_at(node, port, from, bytes, len);
}

static size_t edit(struct session *session, uint8_t *bytes, size_t len)
{
    unsigned edits = input_u8(&session->input) % (EDITS_MAX + 1);
    for (unsigned i = 0; i < edits && len; i++) {
        size_t at = input_u16(&session->input) % len;
        bytes[at] = input_u8(&session->input);
    }
    uint8_t cut = input_u8(&session->input);
    return cut < len ? len - cut : len;
}

static void deliver_muted(struct session *session, const struct sim_datagram *like,
                          const uint8_t *bytes, size_t len)
{
    session->mute = true;
    deliver(session, like, session->astray ? &elsewhere : &like->from, bytes, len);
    session->mute = false;
}

static void mutate_datagram(struct session *session, const struct sim_datagram *original)
{
    uint8_t bytes[SPY_MESSAGE_MAX];
    memcpy(bytes, original->data, original->len);
    size_t len = edit(session, bytes, original->len);
    deliver_muted(session, original, bytes, len);
}

static void mutate_plain(struct session *session, const struct spy_message *message, bool rehash)
{
    uint8_t plain[SPY_MESSAGE_MAX];
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t iv[x4c_cipher_block_max];
    memcpy(plain, message->plain, message->plain_len);
    memcpy(iv, message->iv, sizeof(iv));
    size_t len = WIRE_HEADER + edit(session, plain + WIRE_HEADER, message->plain_len - WIRE_HEADER);
    if (rehash && !spy_rehash(session->spy, message->order, plain, len))
        return;
    deliver_muted(session, message->datagram, sealed,
                  spy_seal(session->spy, iv, plain, len, sealed));
}

/*
 * The chaining value for a new exchange. While the last message of phase 1 is held, its receiver
 * has not got the block that the others begin with.
 */
static void first_iv(struct spy *spy, bool early, uint32_t message_id, uint8_t *iv)
{
    uint8_t last[x4c_cipher_block_max];
    memcpy(last, spy->exchanges[0].iv, sizeof(last));
    if (early)
        memcpy(spy->exchanges[0].iv, spy->last.iv, sizeof(last));
    struct spy_exchange *exchange = spy_exchange(spy, message_id);
    memcpy(iv, exchange->iv, sizeof(last));
    memcpy(spy->exchanges[0].iv, last, sizeof(last));
    if (early)
        exchange->message_id = UINT32_MAX; /* nobody's */
}

/* A message that the input wrote, behind a HASH payload that is right. */
static void add_message(struct session *session, const struct sim_datagram *like)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t iv[x4c_cipher_block_max];
    size_t len;
    static const uint8_t kinds[] = {WIRE_INFORMATIONAL, WIRE_QUICK, WIRE_TRANSACTION, WIRE_QUICK};
    uint8_t kind = kinds[input_u8(&session->input) % x4m_countof(kinds)];
    uint32_t message_id = 1u + input_u8(&session->input);
    uint8_t next = input_u8(&session->input);
    const uint8_t *bytes =
        input_bytes(&session->input, input_u16(&session->input) % EXTRA_MAX, &len);

    const size_t hash_end = spy_begin(session->spy, kind, message_id, next, plain);
    memcpy(plain + hash_end, bytes, len);
    const bool in_phase1 = wire_u32(like->data + WIRE_MESSAGE_ID_AT) == 0;
    first_iv(session->spy, in_phase1 && session->spy->last.opened, message_id, iv);
    if (spy_rehash(session->spy, 1, plain, hash_end + len))
        deliver_muted(session, like, sealed,
                      spy_seal(session->spy, iv, plain, hash_end + len, sealed));
}

static void meddle(struct session *session, const struct sim_datagram *original, bool seen)
{
    const struct spy_message *message = &session->spy->last;
    bool opened = seen && message->opened;
    unsigned mutants = input_u8(&session->input) % (MUTANTS_MAX + 1);
    for (unsigned i = 0; i < mutants; i++) {
        uint8_t how = input_u8(&session->input);
        session->astray = how >> 7;
        how %= 4;
        if (how == 3 && session->spy->has_keys)
            add_message(session, original);
        else if (how && opened)
            mutate_plain(session, message, how == 2);
        else
            mutate_datagram(session, original);
    }
}

/* Delivers what is under way until nothing is. */
static void drive(struct session *session)
{
    for (unsigned step = 0; step < STEPS_MAX; step++) {
        sim_settle(session->sim);
        struct sim_datagram *datagram = session->held;
        if (!datagram)
            return;
        bool seen = spy_see(session->spy, datagram);
        meddle(session, datagram, seen);
        session->held = NULL;
        deliver(session, datagram, &datagram->from, datagram->data, datagram->len);
        free(datagram);
    }
}

/* Long enough for a question of dead peer detection. */
static void idle(struct session *session)
{
    sim_run(session->sim, (DPD_SEC + 1) * 1000);
    drive(session);
}

static void negotiate(struct session *session)
{
    struct sim_xchg *a = sim_init1(session->alice, session->bob);
    drive(session);
    if (!a || !sim_complete(a))
        return;
    struct sim_xchg *first = sim_init2(a);
    drive(session);
    idle(session);
    if (session->alice->nat)
        sim_nat_rebind(session->alice->nat);
    idle(session);
    struct sim_xchg *b = sim_last(session->bob, 1);
    if (b && sim_complete(b)) {
        sim_init2(b);
        drive(session);
    }
    idle(session);
    if (first && sim_complete(first)) {
        sim_term(first, btrue);
        drive(session);
    }
    if (sim_complete(a)) {
        sim_term(a, btrue);
        drive(session);
    }
}

static void use_networks(struct sim_node *node, uint8_t here, uint8_t there)
{
    const x4s_net_addr local = {.family = x4c_net_ipv4, .ip = {10, here}};
    const x4s_net_addr remote = {.family = x4c_net_ipv4, .ip = {10, there}};
    node->config1.initial_contact = btrue;
    node->reply = fuzz_reply();
    node->config2.selectors = btrue;
    if (!x4_net_selector_from_prefix(&local, 16, &node->config2.local) ||
        !x4_net_selector_from_prefix(&remote, 16, &node->config2.remote))
        __builtin_trap();
}

static void use_bundle(x4s_ike_transform2 *transform)
{
    transform->ah = x4c_ike_integ_hmac_sha1;
    transform->ipcomp = x4c_ike_ipcomp_lzs;
}

static void configure(struct sim_node *node, uint8_t flags)
{
    bool aggressive = (flags & (USE_DRAFT | USE_NAT | USE_FORCE)) == USE_DRAFT;
    node->config1.aggressive = node->config1.aggressive_psk = aggressive;
    if (flags & USE_PFS)
        node->transforms2[0].group = x4c_group_ecp256;
    if (flags & USE_3DES) {
        node->transforms1[0].cipher = x4c_cipher_3des;
        node->transforms1[0].key_bits = 0;
    }
    if (flags & USE_MD5)
        node->transforms1[0].hash = x4c_hash_md5;
    if (flags & USE_DPD)
        node->config1.dpd_sec = DPD_SEC;
    if (flags & (USE_NAT | USE_FORCE))
        node->config1.natt = flags & USE_DRAFT ? x4c_ike_natt_02 : UINT8_MAX;
    else if (flags & USE_DRAFT)
        use_bundle(&node->transforms2[0]);
}

static void configure_session(struct session *session, uint8_t flags)
{
    configure(session->alice, flags);
    configure(session->bob, flags);
    if (flags & USE_SELECTORS) {
        use_networks(session->alice, 1, 2);
        use_networks(session->bob, 2, 1);
    }
    if (flags & USE_NAT)
        sim_hide(session->alice, false);
    session->bob->config1.natt_force = (flags & USE_FORCE) != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session session = {.input = {data, size}, .sim = sim_new(1)};
    uint8_t flags = input_u8(&session.input);
    session.alice = sim_add(session.sim);
    session.bob = sim_add(session.sim);
    configure_session(&session, flags);
    session.spy = spy_new(session.alice);
    session.sim->forged = true;
    session.spy->forging = true;
    session.sim->network.tap = tap;
    session.sim->network.tap_context = &session;
    if (!sim_boot(session.alice) || !sim_boot(session.bob))
        __builtin_trap();
    negotiate(&session);
    session.mute = true;
    free(session.held);
    spy_free(session.spy);
    sim_free(session.sim);
    return 0;
}
