/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Under an ISAKMP SA. Two peers go through phase 1, in main or aggressive mode, with or without
 * extended authentication; from then on what they send goes nowhere, and the input writes the
 * messages to both, under their keys: quick modes, informational messages, transactions, new group
 * modes, new ones and those that go on with what a peer began. With a wrong HASH, or in the clear,
 * none of them may change anything.
 *
 *     1 byte   how the session is, below
 *     then for each message
 *     1 byte   how the message is, below
 *     1 byte   which message ID: one that was seen, or a new one
 *     1 byte   the first payload
 *     2 bytes  length of the payloads behind the HASH
 *     the payloads
 */

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/input.h"
#include "tests/sim/check.h"
#include "tests/sim/digest.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    MESSAGES_MAX = 24,
    PAYLOADS_MAX = 1500,
    STEP_MS = 3000,
    DPD_SEC = 5,
    PATIENCE_MS = 5000, /* for extended authentication to get to its question */
};

/* Of the session. */
enum session_flags {
    IS_AGGRESSIVE = 1 << 0,
    HAS_XAUTH = 1 << 1,
    IS_UNDECIDED = 1 << 2, /* whom Bob asks for a name is not let in yet */
    HAS_QUICK = 1 << 3,
    HAS_PFS = 1 << 4,
    HAS_DPD = 1 << 5,
    ALICE_ASKS = 1 << 6, /* for a configuration */
    BOB_BEGINS = 1 << 7, /* a quick mode that stays open */
};

/* Of a message. */
enum message_flags {
    TO_ALICE = 1 << 0,
    KIND_SHIFT = 1, /* two bits */
    KIND_MASK = 3,
    IS_SEEN = 1 << 3, /* its message ID is one that was seen */
    IS_WRONG = 1 << 4,
    IS_CLEAR = 1 << 5,
    IS_THIRD = 1 << 6, /* of its exchange */
    IS_LATE = 1 << 7,
};

struct session {
    struct sim *sim;
    struct sim_node *alice;
    struct sim_node *bob;
    struct spy *spy;
    bool mute;
    struct input input;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct session *session = context;
    spy_see(session->spy, datagram);
    return !session->mute;
}

static void let_in(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    job->verdict = x4c_ike_verdict_accept;
}

/* The verdict does not come. */
static void hesitate(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    (void)job;
}

static const x4s_ike_cfg *typed(void)
{
    static const uint8_t name[] = "carol";
    static const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_xauth_user_name, .value = {name, 5}},
        {.type = x4c_ike_xauth_user_password, .value = {name, 5}},
    };
    static const x4s_ike_cfg cfg = {items, x4m_countof(items)};
    return &cfg;
}

static void configure(struct sim_node *node, uint8_t flags)
{
    node->config1.aggressive = node->config1.aggressive_psk = (flags & IS_AGGRESSIVE) != 0;
    node->config1.dpd_sec = flags & HAS_DPD ? DPD_SEC : 0;
    node->config1.xauth_tries = 3;
    node->reply = fuzz_reply();
    node->typed = typed();
    node->judge = flags & IS_UNDECIDED ? hesitate : let_in;
    if (flags & HAS_XAUTH)
        node->transforms1[0].auth = x4c_ike_auth_xauth_init_psk;
    if (flags & HAS_PFS)
        node->transforms2[0].group = x4c_group_ecp256;
}

/* What both have begun when the input gets its turn. */
static void begin(struct session *session, uint8_t flags)
{
    struct sim_xchg *a = sim_init1(session->alice, session->bob);
    sim_settle(session->sim);
    if (flags & HAS_XAUTH)
        sim_run(session->sim, PATIENCE_MS);
    struct sim_xchg *b = sim_last(session->bob, 1);
    if (!a || !b)
        __builtin_trap();
    if (sim_complete(a) && flags & HAS_QUICK)
        sim_init2(a);
    sim_settle(session->sim);
    session->mute = true;
    if (sim_complete(a) && flags & ALICE_ASKS)
        (void)sim_configure(a, x4c_ike_cfg_request, fuzz_reply());
    if (sim_complete(b) && flags & BOB_BEGINS)
        (void)sim_init2(b);
    sim_settle(session->sim);
}

/* A message of the input's, in the clear with room for its HASH; returns its length. */
static size_t compose(struct session *session, uint8_t flags, uint8_t plain[SPY_MESSAGE_MAX])
{
    static const uint8_t kinds[] = {WIRE_INFORMATIONAL, WIRE_QUICK, WIRE_TRANSACTION,
                                    WIRE_NEW_GROUP};
    const struct spy *spy = session->spy;
    const size_t seen = x4m_min(spy->exchange_count, SPY_EXCHANGES_MAX) - 1;
    const uint8_t selector = input_u8(&session->input);
    const uint8_t next = input_u8(&session->input);
    uint32_t message_id = 0x1000u + selector;
    size_t len;
    if (flags & IS_SEEN && seen)
        message_id = spy->exchanges[1 + selector % seen].message_id;
    size_t at = spy_begin(spy, kinds[flags >> KIND_SHIFT & KIND_MASK], message_id, next, plain);
    const size_t wanted = input_u16(&session->input) % PAYLOADS_MAX;
    const uint8_t *bytes = input_bytes(&session->input, wanted, &len);
    memcpy(plain + at, bytes, len);
    return at + len;
}

static x4e_ike_reason deliver(struct session *session, uint8_t flags, const uint8_t *bytes,
                              size_t len)
{
    struct sim_node *to = flags & TO_ALICE ? session->alice : session->bob;
    const struct sim_node *from = flags & TO_ALICE ? session->bob : session->alice;
    return sim_inject(to, &from->addr, bytes, len);
}

/* Nothing but the memory of a moment comes of what is not authenticated. */
static void deliver_wrong(struct session *session, uint8_t flags, const uint8_t *bytes, size_t len)
{
    const struct sim_node *to = flags & TO_ALICE ? session->alice : session->bob;
    const uint64_t digest = sim_digest(to);
    const size_t memory = to->ledger.bytes;
    x4e_ike_reason reason = deliver(session, flags, bytes, len);
    sim_check(reason != x4c_ike_none, "unauthenticated, and accepted");
    sim_check(sim_digest(to) == digest && to->ledger.bytes == memory,
              "unauthenticated (%s), and not without traces", x4_ike_reason_name(reason));
}

static void send(struct session *session)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0}, sealed[SPY_MESSAGE_MAX];
    const uint8_t flags = input_u8(&session->input);
    size_t len = compose(session, flags, plain);
    if (flags & IS_LATE)
        sim_run(session->sim, STEP_MS);
    if (flags & IS_CLEAR) {
        plain[WIRE_FLAGS_AT] = 0;
        wire_put(plain + WIRE_LENGTH_AT, 4, (uint32_t)len);
        deliver_wrong(session, flags, plain, len);
        return;
    }
    struct spy_exchange *exchange =
        spy_exchange(session->spy, wire_u32(plain + WIRE_MESSAGE_ID_AT));
    uint8_t iv[x4c_cipher_block_max];
    memcpy(iv, exchange->iv, sizeof(iv));
    unsigned order = flags & IS_THIRD ? 3 : flags & IS_SEEN ? 2 : 1;
    bool right = !(flags & IS_WRONG) && spy_rehash(session->spy, order, plain, len);
    len = spy_seal(session->spy, iv, plain, len, sealed);
    if (!right)
        deliver_wrong(session, flags, sealed, len);
    else if (deliver(session, flags, sealed, len) == x4c_ike_none)
        memcpy(exchange->iv, iv, sizeof(iv));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session session = {.input = {data, size}, .sim = sim_new(1)};
    uint8_t flags = input_u8(&session.input);
    session.alice = sim_add(session.sim);
    session.bob = sim_add(session.sim);
    configure(session.alice, flags);
    configure(session.bob, flags);
    session.spy = spy_new(session.alice);
    session.sim->forged = true;
    session.spy->forging = true;
    session.sim->network.tap = tap;
    session.sim->network.tap_context = &session;
    if (!sim_boot(session.alice) || !sim_boot(session.bob))
        __builtin_trap();
    begin(&session, flags);
    for (unsigned i = 0; i < MESSAGES_MAX && session.input.left; i++)
        send(&session);
    sim_free(session.sim);
    spy_free(session.spy);
    return 0;
}
