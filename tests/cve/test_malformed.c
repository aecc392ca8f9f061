/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Thousands of malformed messages of phase 1, in the manner of the PROTOS suite c09-isakmp, which
 * broke nearly every daemon of 2005. A seeded generator takes each message of main and of
 * aggressive mode when it is due and spoils it in one to three ways: lengths, payloads that are
 * missing, doubled, moved or out of place, headers, values, certificates and fragments of rubbish.
 * Messages under keys are spoilt within, and half of them get a right HASH.
 *
 * What is refused leaves no trace; what alone has to be refused is; and after each row of cases the
 * message as it was goes through. Nodes trace at the highest level, so the log sees every refusal.
 */

#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/digest.h"
#include "tests/sim/draft.h"
#include "tests/sim/pair.h"
#include "tests/sim/spy.h"

enum {
    CASES = 800, /* of each message */
    ROW = 40,    /* cases against one state at most */
    WAYS_MAX = 3,
    MINUTE_MS = 60 * 1000,
    FRAGMENT = 132,
    KEY_LENGTH = 0x800e, /* RFC 2409 Appendix A, as basic attribute */
    ENCRYPTION = 0x8001,
    DES3 = 5,
    GROUP_ECP256_BYTES = 64,
};

/* A message is held back, so that others can come first. */
struct bench {
    struct pair pair;
    struct spy *spy;
    unsigned seen;
    unsigned hold;
    bool mute;
    struct spy_message message;
    struct sim_node *receiver;
    struct sim_random random;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct bench *bench = context;
    if (bench->mute)
        return false;
    if (!spy_see(bench->spy, datagram))
        return true;
    return ++bench->seen != bench->hold;
}

/* -------------------------------------------------------------------------- ways to spoil */

/* One case: what is going to be sent. */
struct spoilt {
    struct bench *bench;
    struct sim_random *random;
    struct draft draft;
    uint8_t bytes[SPY_MESSAGE_MAX];
    size_t len;
};

static size_t below(struct spoilt *spoilt, size_t bound)
{
    return bound ? (size_t)sim_random_below(spoilt->random, bound) : 0;
}

static bool is_basic(uint8_t type)
{
    return type == WIRE_SA || type == WIRE_KE || type == WIRE_NONCE || type == WIRE_ID ||
           type == WIRE_HASH;
}

/* The place of a payload that the message cannot do without. */
static size_t basic_at(struct spoilt *spoilt)
{
    size_t at;
    do
        at = below(spoilt, spoilt->draft.count);
    while (!is_basic(spoilt->draft.parts[at].type));
    return at;
}

/* Whether there is one at all, after other ways. */
static bool has_basic(const struct draft *draft)
{
    for (size_t i = 0; i < draft->count; i++)
        if (is_basic(draft->parts[i].type))
            return true;
    return false;
}

static void drop_payload(struct spoilt *spoilt)
{
    if (has_basic(&spoilt->draft))
        draft_remove(&spoilt->draft, basic_at(spoilt));
}

static void double_payload(struct spoilt *spoilt)
{
    static struct draft_part copy;
    if (!has_basic(&spoilt->draft))
        return;
    copy = spoilt->draft.parts[basic_at(spoilt)];
    draft_insert(&spoilt->draft, below(spoilt, spoilt->draft.count + 1), copy.type, copy.body,
                 copy.len);
}

static void swap_payloads(struct spoilt *spoilt)
{
    static struct draft_part copy;
    if (!spoilt->draft.count)
        return;
    size_t at = below(spoilt, spoilt->draft.count);
    copy = spoilt->draft.parts[at];
    draft_remove(&spoilt->draft, at);
    draft_insert(&spoilt->draft, below(spoilt, spoilt->draft.count + 1), copy.type, copy.body,
                 copy.len);
}

static void insert_rubbish(struct spoilt *spoilt, uint8_t type)
{
    static const size_t lengths[] = {0, 1, 3, 4, 8, 20, 64, 300, DRAFT_BODY_MAX};
    uint8_t rubbish[DRAFT_BODY_MAX];
    sim_random_fill(spoilt->random, rubbish, sizeof(rubbish));
    if (sim_random_chance(spoilt->random, 30))
        memset(rubbish, sim_random_chance(spoilt->random, 50) ? 0xff : 0, sizeof(rubbish));
    draft_insert(&spoilt->draft, below(spoilt, spoilt->draft.count + 1), type, rubbish,
                 lengths[below(spoilt, x4m_countof(lengths))]);
}

/* A right payload at the wrong time. */
static void insert_stray(struct spoilt *spoilt)
{
    static const uint8_t strays[] = {WIRE_SA, WIRE_KE, WIRE_NONCE, WIRE_DELETE, WIRE_ATTRIBUTES};
    uint8_t type = strays[below(spoilt, x4m_countof(strays))];
    insert_rubbish(spoilt, type);
}

static void insert_any(struct spoilt *spoilt)
{
    insert_rubbish(spoilt, (uint8_t)below(spoilt, UINT8_MAX + 1));
}

static void insert_certificate(struct spoilt *spoilt)
{
    insert_rubbish(spoilt, sim_random_chance(spoilt->random, 50) ? WIRE_CERT : WIRE_CERT_REQUEST);
}

static void insert_fragment(struct spoilt *spoilt)
{
    insert_rubbish(spoilt, FRAGMENT);
}

static void insert_many(struct spoilt *spoilt)
{
    while (draft_insert(&spoilt->draft, spoilt->draft.count, WIRE_VENDOR_ID, "many", 4))
        continue;
}

static void change_type(struct spoilt *spoilt)
{
    if (spoilt->draft.count)
        spoilt->draft.parts[below(spoilt, spoilt->draft.count)].type = (uint8_t)below(spoilt, 64);
}

/* Of the public value, whose length is fixed. */
static void resize_public(struct spoilt *spoilt)
{
    static const size_t lengths[] = {0,
                                     1,
                                     GROUP_ECP256_BYTES / 2,
                                     GROUP_ECP256_BYTES - 1,
                                     GROUP_ECP256_BYTES + 1,
                                     1000 + GROUP_ECP256_BYTES};
    struct draft_part *ke = draft_find(&spoilt->draft, WIRE_KE);
    if (ke)
        ke->len = lengths[below(spoilt, x4m_countof(lengths))];
}

static void zero_public(struct spoilt *spoilt)
{
    struct draft_part *ke = draft_find(&spoilt->draft, WIRE_KE);
    if (ke)
        memset(ke->body, 0, sizeof(ke->body));
}

static void resize_nonce(struct spoilt *spoilt)
{
    static const size_t lengths[] = {0, 1, 7, 257, 1024};
    struct draft_part *nonce = draft_find(&spoilt->draft, WIRE_NONCE);
    if (nonce)
        nonce->len = lengths[below(spoilt, x4m_countof(lengths))];
}

static void change_bytes(struct spoilt *spoilt)
{
    if (!spoilt->draft.count)
        return;
    struct draft_part *part = &spoilt->draft.parts[below(spoilt, spoilt->draft.count)];
    for (size_t i = below(spoilt, 8); part->len && i > 0; i--)
        part->body[below(spoilt, part->len)] = (uint8_t)below(spoilt, UINT8_MAX + 1);
}

static void shorten_payload(struct spoilt *spoilt)
{
    if (!spoilt->draft.count)
        return;
    struct draft_part *part = &spoilt->draft.parts[below(spoilt, spoilt->draft.count)];
    part->len = below(spoilt, part->len + 1);
}

/* Cookies that belong to no state. */
static void change_cookies(struct spoilt *spoilt)
{
    sim_random_fill(spoilt->random, spoilt->draft.header, WIRE_COOKIES);
}

static void change_header(struct spoilt *spoilt)
{
    static const uint8_t where[] = {WIRE_FIRST_AT + 1, WIRE_EXCHANGE_AT, WIRE_FLAGS_AT,
                                    WIRE_MESSAGE_ID_AT};
    spoilt->draft.header[where[below(spoilt, x4m_countof(where))]] ^=
        (uint8_t)(1 + below(spoilt, UINT8_MAX));
}

/* The version and the flags that nobody has. */
static void break_header(struct spoilt *spoilt)
{
    spoilt->draft.header[WIRE_FIRST_AT + 1] = (uint8_t)(0x20 << below(spoilt, 3));
}

/* Of what is written already: the length of a payload, or of something in it. */
static void change_length(struct spoilt *spoilt)
{
    struct wire_field fields[WIRE_FIELDS_MAX];
    const struct spy_message *message = &spoilt->bench->message;
    bool intact = spoilt->len == message->plain_len &&
                  memcmp(spoilt->bytes, message->plain, spoilt->len) == 0;
    if (!intact)
        return;
    size_t count = wire_fields(spoilt->bytes, spoilt->len, fields);
    const struct wire_field *field = &fields[below(spoilt, count)];
    const uint32_t values[] = {0, 1, 3, 4, field->max, field->max + 1, UINT32_MAX};
    wire_put(spoilt->bytes + field->at, field->size, values[below(spoilt, x4m_countof(values))]);
}

static void cut_message(struct spoilt *spoilt)
{
    spoilt->len = below(spoilt, spoilt->len);
}

/* A payload that ends before its header does, or behind the message. */
static void misjudge_payload(struct spoilt *spoilt)
{
    struct wire_part part;
    size_t skip = below(spoilt, 4);
    bool more = wire_first(spoilt->bytes, spoilt->len, &part);
    for (; more && skip; skip--)
        more = wire_next(spoilt->bytes, spoilt->len, &part);
    uint32_t wrong = sim_random_chance(spoilt->random, 50)
                         ? (uint32_t)below(spoilt, WIRE_GENERIC)
                         : (uint32_t)(UINT16_MAX - below(spoilt, 0x8000));
    if (more)
        wire_put(spoilt->bytes + part.at + 2, 2, wrong);
}

/* Ways before the message is written and after it. `fatal`: alone it makes a refusal certain. */
struct way {
    const char *name;
    void (*draft)(struct spoilt *spoilt);
    void (*bytes)(struct spoilt *spoilt);
    bool fatal;
};

static const struct way ways[] = {
    {"missing", drop_payload, NULL, true},
    {"doubled", double_payload, NULL, true},
    {"moved", swap_payloads, NULL, false},
    {"stray", insert_stray, NULL, true},
    {"any", insert_any, NULL, false},
    {"certificate", insert_certificate, NULL, false},
    {"fragment", insert_fragment, NULL, false},
    {"many", insert_many, NULL, true},
    {"type", change_type, NULL, false},
    {"public value of another length", resize_public, NULL, false},
    {"public value of zero", zero_public, NULL, false},
    {"nonce of another length", resize_nonce, NULL, false},
    {"bytes", change_bytes, NULL, false},
    {"short", shorten_payload, NULL, false},
    {"cookies", change_cookies, NULL, false},
    {"header", change_header, NULL, false},
    {"version", break_header, NULL, true},
    {"length", NULL, change_length, false},
    {"cut", NULL, cut_message, true},
    {"misjudged", NULL, misjudge_payload, false},
};

/* -------------------------------------------------------------------------- cases */

/* Which message, and how phase 1 is begun. */
struct stage {
    bool aggressive;
    unsigned hold;
};

static void bench_open(struct bench *bench, const struct stage *stage)
{
    struct sim_random random = bench->random;
    *bench = (struct bench){.pair = pair_new(1), .hold = stage->hold, .random = random};
    struct sim_node *nodes[] = {bench->pair.alice, bench->pair.bob};
    for (unsigned i = 0; i < x4m_countof(nodes); i++) {
        nodes[i]->config1.aggressive = nodes[i]->config1.aggressive_psk = stage->aggressive;
        nodes[i]->config1.fragmentation = x4c_ike_fragment_accept;
    }
    bench->spy = spy_new(bench->pair.alice);
    bench->pair.sim->network.tap = tap;
    bench->pair.sim->network.tap_context = bench;
    assert_true(sim_boot(bench->pair.alice) && sim_boot(bench->pair.bob));
    bench->pair.a = sim_init1(bench->pair.alice, bench->pair.bob);
    sim_settle(bench->pair.sim);
    assert_int_equal(bench->seen, stage->hold);
    bench->message = bench->spy->last;
    bench->message.datagram = sim_datagram_copy(bench->spy->last.datagram);
    bool to_bob = x4_net_addr_equal(&bench->message.datagram->to, &bench->pair.bob->addr);
    bench->receiver = to_bob ? bench->pair.bob : bench->pair.alice;
    bench->mute = true;
}

static void bench_close(struct bench *bench)
{
    free(bench->message.datagram);
    spy_free(bench->spy);
    sim_free(bench->pair.sim);
}

/* The message as it was: phase 1 comes about. */
static void go_on(struct bench *bench)
{
    const struct sim_datagram *original = bench->message.datagram;
    bench->mute = false;
    assert_int_equal(sim_inject(bench->receiver, &original->from, original->data, original->len),
                     x4c_ike_none);
    sim_run(bench->pair.sim, MINUTE_MS);
    assert_true(sim_complete(bench->pair.a));
}

static void draft_case(struct spoilt *spoilt, const struct way *const *chosen, size_t count)
{
    const struct spy_message *message = &spoilt->bench->message;
    draft_read(&spoilt->draft, message->plain, message->plain_len);
    for (size_t i = 0; i < count; i++)
        if (chosen[i]->draft)
            chosen[i]->draft(spoilt);
    spoilt->len = draft_write(&spoilt->draft, spoilt->bytes, sizeof(spoilt->bytes) / 2);
    for (size_t i = 0; i < count; i++)
        if (chosen[i]->bytes)
            chosen[i]->bytes(spoilt);
}

/* Under the keys if the message was; tells whether its HASH is right. */
static bool seal_case(struct spoilt *spoilt)
{
    struct bench *bench = spoilt->bench;
    uint8_t iv[x4c_cipher_block_max], sealed[SPY_MESSAGE_MAX];
    if (!bench->message.opened || spoilt->len <= WIRE_HEADER)
        return false;
    bool right = sim_random_chance(spoilt->random, 50) &&
                 spy_rehash(bench->spy, bench->message.order, spoilt->bytes, spoilt->len);
    memcpy(iv, bench->message.iv, sizeof(iv));
    spoilt->len = spy_seal(bench->spy, iv, spoilt->bytes, spoilt->len, sealed);
    memcpy(spoilt->bytes, sealed, spoilt->len);
    return right;
}

static bool is_original(const struct spoilt *spoilt)
{
    const struct sim_datagram *original = spoilt->bench->message.datagram;
    return spoilt->len == original->len && memcmp(spoilt->bytes, original->data, spoilt->len) == 0;
}

/* A public value of the right length is looked at when the user knows of the exchange already. */
static bool may_leave_traces(const struct spoilt *spoilt, x4e_ike_reason reason, bool authentic)
{
    struct wire_part ke;
    return reason == x4c_ike_none || authentic ||
           (reason == x4c_ike_bad_ke && wire_find(spoilt->bytes, spoilt->len, WIRE_KE, &ke) &&
            ke.len == WIRE_GENERIC + GROUP_ECP256_BYTES);
}

/* The second message of aggressive mode is judged when its keys have been computed. */
static bool is_refused_later(const struct bench *bench)
{
    const struct spy_message *message = &bench->message;
    sim_settle(bench->pair.sim);
    return message->plain[WIRE_EXCHANGE_AT] == WIRE_AGGRESSIVE && message->order == 2 &&
           !sim_complete(bench->pair.a);
}

/* True: the receiver is as it was. */
static bool run_case(struct bench *bench)
{
    static struct spoilt spoilt;
    const struct way *chosen[WAYS_MAX];
    spoilt.bench = bench;
    spoilt.random = &bench->random;
    size_t count = 1 + below(&spoilt, WAYS_MAX);
    for (size_t i = 0; i < count; i++)
        chosen[i] = &ways[below(&spoilt, x4m_countof(ways))];
    draft_case(&spoilt, chosen, count);
    bool authentic = seal_case(&spoilt);
    if (is_original(&spoilt))
        return true;

    const struct sim_node *receiver = bench->receiver;
    const uint64_t before = sim_digest(receiver);
    const size_t bytes = receiver->ledger.bytes;
    bench->pair.sim->forged = bench->message.opened; /* the ends need not agree then */
    x4e_ike_reason reason =
        sim_inject(bench->receiver, &bench->message.datagram->from, spoilt.bytes, spoilt.len);
    bool same = sim_digest(receiver) == before;
    if (reason == x4c_ike_none && count == 1 && chosen[0]->fatal && !is_refused_later(bench))
        fail_msg("message %u accepted: %s", bench->hold, chosen[0]->name);
    if (!may_leave_traces(&spoilt, reason, authentic) && (!same || receiver->ledger.bytes != bytes))
        fail_msg("message %u refused (%s) with traces: %s", bench->hold, x4_ike_reason_name(reason),
                 chosen[0]->name);
    return same && reason != x4c_ike_none;
}

static void run_cases(bool aggressive, unsigned messages, uint64_t seed)
{
    struct bench bench;
    unsigned refused = 0;
    sim_random_seed(&bench.random, seed);
    for (unsigned hold = 1; hold <= messages; hold++) {
        unsigned left = CASES;
        while (left) {
            bool same = true;
            bench_open(&bench, &(const struct stage){aggressive, hold});
            for (unsigned row = 0; row < ROW && left && same; row++, left--) {
                same = run_case(&bench);
                refused += same;
            }
            if (same)
                go_on(&bench);
            else
                sim_run(bench.pair.sim, MINUTE_MS);
            bench_close(&bench);
        }
    }
    printf("seed %lu: %u of %u cases refused\n", (unsigned long)seed, refused, CASES * messages);
    assert_true(refused > CASES * messages / 2);
}

/* racoon and others: any of the suite's cases. */
static void cve_2005_3732(void **state)
{
    (void)state;
    run_cases(false, 6, 2005);
}

static void put_attribute(struct draft_part *sa, uint16_t type, uint16_t value)
{
    for (size_t at = 0; at + 4 <= sa->len; at++)
        if (wire_u16(sa->body + at) == type) {
            wire_put(sa->body + at + 2, 2, value);
            return;
        }
    fail_msg("no attribute %#x", type);
}

/* openswan: the cases in aggressive mode, and 3DES with a length of key. */
static void cve_2005_3671(void **state)
{
    (void)state;
    static const uint16_t lengths[] = {0, 1, 64, 128, 192, 256, UINT16_MAX};
    static struct draft draft;
    struct bench bench;
    run_cases(true, 3, 3671);
    for (unsigned aggressive = 0; aggressive < 2; aggressive++) {
        bench_open(&bench, &(const struct stage){aggressive, 1});
        for (size_t i = 0; i < x4m_countof(lengths); i++) {
            uint8_t bytes[SPY_MESSAGE_MAX];
            draft_read(&draft, bench.message.plain, bench.message.plain_len);
            put_attribute(draft_find(&draft, WIRE_SA), ENCRYPTION, DES3);
            put_attribute(draft_find(&draft, WIRE_SA), KEY_LENGTH, lengths[i]);
            size_t len = draft_write(&draft, bytes, sizeof(bytes));
            assert_int_not_equal(
                sim_inject(bench.pair.bob, &bench.message.datagram->from, bytes, len),
                x4c_ike_none);
        }
        go_on(&bench);
        bench_close(&bench);
    }
}

/* The identity of the message, of another length, under a right HASH. */
static x4e_ike_reason send_identity(struct bench *bench, size_t len)
{
    static struct draft draft;
    uint8_t bytes[SPY_MESSAGE_MAX], sealed[SPY_MESSAGE_MAX], iv[x4c_cipher_block_max];
    draft_read(&draft, bench->message.plain, bench->message.plain_len);
    struct draft_part *id = draft_find(&draft, WIRE_ID);
    memset(id->body, 'a', sizeof(id->body));
    memset(id->body, 0, 4);
    id->body[0] = 2; /* a name */
    id->len = len;
    size_t written = draft_write(&draft, bytes, sizeof(bytes));
    if (!bench->message.opened)
        return sim_inject(bench->receiver, &bench->message.datagram->from, bytes, written);
    assert_true(spy_rehash(bench->spy, bench->message.order, bytes, written));
    memcpy(iv, bench->message.iv, sizeof(iv));
    written = spy_seal(bench->spy, iv, bytes, written, sealed);
    return sim_inject(bench->receiver, &bench->message.datagram->from, sealed, written);
}

static const x4s_ike_config1 *refuse(void *userdata, const x4s_ike_offer1 *offer)
{
    (void)userdata;
    (void)offer;
    return NULL;
}

/* Identities that nobody needs, to a receiver that takes none. */
static void send_identities(const struct stage *stage)
{
    static const size_t lengths[] = {0, 1, 2, 3, 4, 519, 520, 521, 1023, 1024, 1025, 1500, 2000};
    struct bench bench;
    for (size_t i = 0; i < x4m_countof(lengths); i++) {
        bench_open(&bench, stage);
        bench.receiver->refuse_id = true;
        bench.receiver->calls1.policy = refuse;
        bench.pair.sim->forged = true;
        assert_int_not_equal(send_identity(&bench, lengths[i]), x4c_ike_none);
        assert_int_equal(sim_count(bench.receiver, 1), 0);
        bench_close(&bench);
    }
}

/*
 * WatchGuard, and the same again (CVE-2025-14733): a write out of bounds before anybody was
 * authenticated. What of variable length is kept then is an identity.
 */
static void cve_2025_9242(void **state)
{
    (void)state;
    send_identities(&(const struct stage){false, 5});
    send_identities(&(const struct stage){false, 6});
    send_identities(&(const struct stage){true, 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2005_3732),
        cmocka_unit_test(cve_2005_3671),
        cmocka_unit_test(cve_2025_9242),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
