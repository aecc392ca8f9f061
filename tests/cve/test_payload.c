/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Faults in taking the payloads of the first messages apart: headers, lengths, bodies that nobody
 * expects, and answers that said more than was asked.
 */

#define _GNU_SOURCE /* memmem */

#include "tests/cve/held.h"
#include "tests/sim/draft.h"

enum {
    RESERVED_AT = 1, /* in a payload's generic header, RFC 2408 3.2 */
    FIRST_UNASSIGNED = 22,
    LAST_UNASSIGNED = 127,
    GSS = 129,                  /* racoon's, of those for private use */
    GSS_ID = 16384,             /* an attribute of the same draft */
    GSS_METHOD = 65001,         /* as is this authentication method */
    METHOD = 0x8003,            /* RFC 2409 Appendix A, as basic attribute */
    LIFE_DURATION = 0x000c,     /* the same, of variable length */
    LIFE_TYPE_SECONDS = 0x0001, /* behind 0x800b */
    TRANSFORM_AT = 8 + 8,       /* in the body of an SA payload: DOI, situation, proposal */
    ATTRIBUTES_AT = TRANSFORM_AT + 8,
    NOTIFY_WITHOUT_DATA = WIRE_HEADER + WIRE_GENERIC + 8,
};

/* -------------------------------------------------------------------------- headers */

/* racoon: generic headers with a next payload that there is none of and reserved bits. */
static void cve_2004_0392(void **state)
{
    (void)state;
    for (unsigned number = 1; number <= 3; number += 2) {
        struct held held = held_at(number);
        uint8_t *original = copy_of(&held);
        struct wire_part part;
        bool more = wire_first(original, held.message->len, &part);
        for (; more; more = wire_next(original, held.message->len, &part))
            for (unsigned next = FIRST_UNASSIGNED; next <= LAST_UNASSIGNED; next++)
                refuse_change(&held, part.at, 2, next << 8 | (next & 1 ? 0 : 0xff));
        go_on(&held, original);
        free(original);
    }
}

/* racoon: so much memory was taken as the header said that there is. */
static void cve_2004_0403(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0x10000, 0x100000, 0x7fffffff, 0x80000000, UINT32_MAX};
    for (unsigned number = 1; number <= 3; number += 2) {
        struct held held = held_at(number);
        uint8_t *original = copy_of(&held);
        const struct sim_ledger *ledger = &held.pair.bob->ledger;
        const uint64_t calls = ledger->calls;
        for (size_t i = 0; i < x4m_countof(lengths); i++)
            refuse_change(&held, WIRE_LENGTH_AT, 4, lengths[i]);
        assert_int_equal(ledger->calls, calls);
        go_on(&held, original);
        free(original);
    }
}

/* As many bytes as these, in memory that has no more. */
static x4e_ike_reason feed_bytes(const struct held *held, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + !len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    x4e_ike_reason reason = sim_inject(held->pair.bob, &held->message->from, copy, len);
    free(copy);
    return reason;
}

/* Less than a message, whatever its header says of the length. */
static void refuse_beginnings(const struct held *held)
{
    uint8_t bytes[WIRE_HEADER + WIRE_GENERIC];
    for (size_t len = 0; len < sizeof(bytes); len++) {
        memcpy(bytes, held->message->data, sizeof(bytes));
        assert_int_not_equal(feed_bytes(held, bytes, len), x4c_ike_none);
        wire_put(bytes + WIRE_LENGTH_AT, 4, (uint32_t)len);
        assert_int_not_equal(feed_bytes(held, bytes, len), x4c_ike_none);
    }
}

/* racoon: headers that no message has. */
static void cve_2005_0398(void **state)
{
    (void)state;
    for (unsigned number = 1; number <= 3; number += 2) {
        struct held held = held_at(number);
        uint8_t *original = copy_of(&held);
        for (unsigned value = 0; value <= UINT8_MAX; value++) {
            if (value != WIRE_MAIN)
                refuse_change(&held, WIRE_EXCHANGE_AT, 1, value);
            if (value >> 4 != 1)
                refuse_change(&held, WIRE_FIRST_AT + 1, 1, value);
            if (value & WIRE_ENCRYPTED)
                refuse_change(&held, WIRE_FLAGS_AT, 1, value);
            refuse_change(&held, WIRE_MESSAGE_ID_AT, 4, value << 13);
        }
        for (uint32_t len = 0; len <= 2 * held.message->len; len++)
            refuse_change(&held, WIRE_LENGTH_AT, 4, len);
        refuse_beginnings(&held);
        go_on(&held, original);
        free(original);
    }
}

/* -------------------------------------------------------------------------- bodies */

/* The held message with another payload at its end. */
static x4e_ike_reason feed_with(const struct held *held, uint8_t type, const void *body, size_t len)
{
    static struct draft draft;
    uint8_t bytes[8192];
    draft_read(&draft, held->message->data, held->message->len);
    assert_non_null(draft_insert(&draft, draft.count, type, body, len));
    size_t written = draft_write(&draft, bytes, sizeof(bytes));
    return feed_bytes(held, bytes, written);
}

/* A peer that goes on as if it had not sent that. */
static void take_vendor_id(const uint8_t *body, size_t len)
{
    struct held held = held_at(1);
    assert_int_equal(feed_with(&held, WIRE_VENDOR_ID, body, len), x4c_ike_none);
    assert_int_equal(held.pair.bob->stats.half_open, 1);
    sim_run(held.pair.sim, MINUTE_MS);
    assert_true(sim_complete(held.pair.a));
    sim_free(held.pair.sim);
    free(held.message);
}

/*
 * Windows: a vendor ID of one of its own kind, without what belongs behind it. These are the ones
 * that something follows, of every length, and what begins like none.
 */
static void cve_2022_34721(void **state)
{
    (void)state;
    static const char *const beginnings[] = {
        "", "\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61", /* Windows */
        "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f",                     /* fragments */
        "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc",             /* Unity */
    };
    for (size_t i = 0; i < x4m_countof(beginnings); i++) {
        uint8_t body[DRAFT_BODY_MAX];
        memset(body, 0x5a, sizeof(body));
        memcpy(body, beginnings[i], strlen(beginnings[i]));
        for (size_t len = 0; len <= sizeof(body); len = len < 32 ? len + 1 : 2 * len)
            take_vendor_id(body, len);
    }
}

static size_t method_at(const struct held *held)
{
    struct wire_part sa;
    assert_true(wire_find(held->message->data, held->message->len, WIRE_SA, &sa));
    size_t at = sa.at + WIRE_GENERIC + ATTRIBUTES_AT;
    while (wire_u16(held->message->data + at) != METHOD)
        at += 4;
    return at;
}

/* racoon: two packets that begin authentication by GSSAPI, and a NULL behind them. */
static void cve_2015_4047(void **state)
{
    (void)state;
    uint8_t body[256] = {0};
    struct held held = held_at(1);
    uint8_t *original = copy_of(&held);
    size_t at = method_at(&held);
    refuse_change(&held, at + 2, 2, GSS_METHOD);
    wire_put(held.message->data + at, 2, GSS_ID); /* the length of which is the method's number */
    assert_int_not_equal(feed(&held, held.message), x4c_ike_none);
    for (size_t len = 0; len <= sizeof(body); len += 16) {
        memcpy(held.message->data, original, held.message->len);
        wire_put(held.message->data + at + 2, 2, GSS_METHOD);
        assert_int_not_equal(feed_with(&held, GSS, body, len), x4c_ike_none);
        wire_put(held.message->data + 8, 4, 0x12345678);
        assert_int_equal(feed_with(&held, GSS, body, len), x4c_ike_unknown_sa);
    }
    go_on(&held, original);
    free(original);
}

/* isakmpd in 2004, by a number that could not be confirmed: bodies of certificate requests. */
static void certificate_requests_of_any_length(void **state)
{
    (void)state;
    uint8_t body[300];
    memset(body, 4, sizeof(body));
    for (size_t len = 0; len <= sizeof(body); len++) {
        struct held held = held_at(3);
        (void)feed_with(&held, WIRE_CERT_REQUEST, body, len);
        (void)feed_with(&held, WIRE_CERT, body, len);
        feed(&held, held.message);
        sim_run(held.pair.sim, MINUTE_MS);
        assert_true(sim_complete(held.pair.a));
        sim_free(held.pair.sim);
        free(held.message);
    }
}

/* -------------------------------------------------------------------------- answers */

/* What Bob answers last. */
struct answer {
    uint8_t data[4096];
    size_t len;
};

static bool listen(void *context, const struct sim_datagram *datagram)
{
    struct answer *answer = context;
    assert_true(datagram->len <= sizeof(answer->data));
    answer->len = datagram->len;
    memcpy(answer->data, datagram->data, datagram->len);
    return false;
}

/* The duration of the offer becomes one of `len` bytes that says that it has `claimed`. */
static size_t write_offer(const struct held *held, size_t len, uint16_t claimed, uint8_t *out,
                          size_t room)
{
    static struct draft draft;
    draft_read(&draft, held->message->data, held->message->len);
    while (draft.count > 1)
        draft_remove(&draft, 1);
    struct draft_part *sa = &draft.parts[0];
    uint8_t *attribute = sa->body + sa->len;
    wire_put(attribute, 4, 0x800bu << 16 | LIFE_TYPE_SECONDS);
    wire_put(attribute + 4, 2, LIFE_DURATION);
    wire_put(attribute + 6, 2, claimed);
    memset(attribute + 8, 0x77, len);
    const size_t added = 8 + len;
    wire_put(sa->body + 8 + 2, 2, wire_u16(sa->body + 8 + 2) + (uint32_t)added);
    wire_put(sa->body + TRANSFORM_AT + 2, 2,
             wire_u16(sa->body + TRANSFORM_AT + 2) + (uint32_t)added);
    sa->len += added;
    return draft_write(&draft, out, room);
}

/* Memory of its own size, so that what is read behind its end is not there. */
static x4e_ike_reason feed_exactly(const struct held *held, const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len);
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    x4e_ike_reason reason = sim_inject(held->pair.bob, &held->message->from, exact, len);
    sim_settle(held->pair.sim);
    free(exact);
    return reason;
}

/* That the attributes of the answer are bytes of the question, and that it is not longer. */
static void check_echo(const struct answer *answer, const uint8_t *question, size_t len)
{
    struct wire_part sa;
    assert_true(wire_find(answer->data, answer->len, WIRE_SA, &sa));
    const size_t skipped = WIRE_GENERIC + ATTRIBUTES_AT;
    assert_true(sa.len > skipped);
    assert_non_null(memmem(question, len, answer->data + sa.at + skipped, sa.len - skipped));
    assert_true(sa.len <= len - WIRE_HEADER);
}

/* Cisco: an answer with as many bytes of memory as the offer said that it has. */
static void cve_2016_6415(void **state)
{
    (void)state;
    static const uint16_t beyond[] = {1, 2, 8, 64, 1000, 0x7fff};
    struct answer answer = {0};
    struct held held = {.pair = pair_new(1)};
    held.pair.alice->transforms1[0].life_sec = held.pair.bob->transforms1[0].life_sec = 0;
    hold(&held, 1);
    held.pair.sim->network.tap = listen;
    held.pair.sim->network.tap_context = &answer;
    for (uint16_t len = 1; len <= 200; len++) {
        uint8_t bytes[2048];
        for (size_t i = 0; i < x4m_countof(beyond); i++) {
            size_t written =
                write_offer(&held, len, (uint16_t)(len + beyond[i]), bytes, sizeof(bytes));
            answer.len = 0;
            assert_int_not_equal(feed_exactly(&held, bytes, written), x4c_ike_none);
            assert_in_range(answer.len, 0, NOTIFY_WITHOUT_DATA);
        }
        size_t written = write_offer(&held, len, len, bytes, sizeof(bytes));
        wire_put(bytes + 4, 4, len); /* another cookie: a new peer */
        assert_int_equal(feed_exactly(&held, bytes, written), x4c_ike_none);
        check_echo(&answer, bytes, written);
        sim_run(held.pair.sim, MINUTE_MS); /* and the peer is forgotten */
    }
    sim_free(held.pair.sim);
    free(held.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2004_0392), cmocka_unit_test(cve_2004_0403),
        cmocka_unit_test(cve_2005_0398), cmocka_unit_test(cve_2022_34721),
        cmocka_unit_test(cve_2015_4047), cmocka_unit_test(certificate_requests_of_any_length),
        cmocka_unit_test(cve_2016_6415),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
