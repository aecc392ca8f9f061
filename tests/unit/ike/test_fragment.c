/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Messages in several datagrams: what they cost whom before anything is proven, and how what is
 * sent is cut. The peers here are half-open slots, which anybody with an address can have.
 */

#include "tests/unit/ike/host.h"
#include "x4/ike/fragment.h"
#include "x4/ike/vendor.h"

enum {
    FIXED = 8, /* generic header, fragment ID, number, last */
    HEADER = x4c_isakmp_header,
};

/* A piece of a message; `last` is the flag. */
struct piece {
    uint8_t id;
    uint8_t number;
    uint8_t last;
    x4s_chunk part;
};

static struct host *host_with_fragments(void)
{
    struct host *host = host_new();
    host->config1.fragmentation = x4c_ike_fragment_yes;
    host_open(host);
    return host;
}

/* Sends a first message; writes the two cookies that the next has. */
static void half_open(struct host *host, uint8_t cookie, uint8_t cookies[16])
{
    uint8_t first[2048];
    size_t len = host_first(host, cookie, first);
    assert_int_equal(x4_charon_recv(host->charon, &host->link, first, len), x4c_ike_none);
    memcpy(cookies, host->sent, 16);
}

static size_t build(const uint8_t cookies[16], const struct piece *piece, uint8_t *bytes,
                    size_t size)
{
    x4s_ike_build b;
    x4s_ike_header header = {.exchange = x4c_exchange_main};
    memcpy(header.cookies, cookies, sizeof(header.cookies));
    x4_build_begin(&b, bytes, size, &header);
    x4_build_payload(&b, x4c_payload_fragment);
    x4_writer_u16(&b.w, piece->id);
    x4_writer_u8(&b.w, piece->number);
    x4_writer_u8(&b.w, piece->last);
    x4_writer_bytes(&b.w, piece->part.data, piece->part.len);
    assert_true(x4_build_end(&b, 0));
    return x4_writer_len(&b.w);
}

static x4e_ike_reason feed(struct host *host, const uint8_t cookies[16], const struct piece *piece)
{
    uint8_t bytes[2048];
    size_t len = build(cookies, piece, bytes, sizeof(bytes));
    return x4_charon_recv(host->charon, &host->link, bytes, len);
}

static const uint8_t filler[1200] = {1, 2, 3};

static struct piece part_of(uint8_t number, size_t len)
{
    return (struct piece){.id = 1, .number = number, .part = {filler, len}};
}

/* -------------------------------------------------------------------------- receiving */

/* A stranger costs nothing; neither does who has a slot but no right to fragments. */
static void test_strangers(void **state)
{
    (void)state;
    static const uint8_t unknown[16] = {1, 2, 3};
    struct host *host = host_new();
    host_open(host);
    uint8_t cookies[16];
    half_open(host, 1, cookies);
    size_t calls = host->books.calls;
    const struct piece piece = part_of(1, 10);
    assert_int_equal(feed(host, unknown, &piece), x4c_ike_unknown_sa);
    assert_int_equal(feed(host, cookies, &piece), x4c_ike_unexpected_payload);
    assert_int_equal(host->books.calls, calls);
    host_free(host);
}

/* A first message has no cookie of ours. */
static void test_first_message(void **state)
{
    (void)state;
    static const uint8_t first[16] = {1};
    struct host *host = host_with_fragments();
    const struct piece piece = part_of(1, 10);
    assert_int_equal(feed(host, first, &piece), x4c_ike_unknown_sa);
    host_free(host);
}

/* The slot is of one link. */
static void test_other_link(void **state)
{
    (void)state;
    struct host *host = host_with_fragments();
    uint8_t cookies[16];
    half_open(host, 1, cookies);
    const struct piece piece = part_of(1, 10);
    host->link.remote.port++;
    assert_int_equal(feed(host, cookies, &piece), x4c_ike_bad_link);
    host->link.remote.port--;
    host->link.remote.ip[3]++;
    assert_int_equal(feed(host, cookies, &piece), x4c_ike_bad_link);
    host_free(host);
}

/* One slot has one message under way, of at most 16,384 bytes. */
static void test_memory_of_one(void **state)
{
    (void)state;
    struct host *host = host_with_fragments();
    uint8_t cookies[16];
    half_open(host, 1, cookies);
    size_t before = host->books.bytes;
    for (unsigned id = 1; id < 4; id++) {
        for (uint8_t number = 1; number <= 13; number++) {
            struct piece piece = part_of(number, sizeof(filler));
            piece.id = (uint8_t)id;
            assert_int_equal(feed(host, cookies, &piece), x4c_ike_none);
        }
        assert_in_range(host->books.bytes - before, 13 * sizeof(filler), 17000);
    }
    struct piece piece = part_of(14, sizeof(filler));
    piece.id = 3;
    assert_int_equal(feed(host, cookies, &piece), x4c_ike_too_large);
    assert_int_equal(host->books.bytes, before);
    host_free(host);
}

/* A part that never comes is waited for during 10 s, however many others come. */
static void test_time(void **state)
{
    (void)state;
    struct host *host = host_with_fragments();
    uint8_t cookies[16];
    half_open(host, 1, cookies);
    size_t blocks = host->books.blocks;
    for (uint8_t number = 1; number <= 9; number++) {
        const struct piece piece = part_of(number, 10);
        assert_int_equal(feed(host, cookies, &piece), x4c_ike_none);
        host_run(host, 1000);
    }
    assert_int_equal(host->stats.refused[x4c_ike_fragments_missing], 0);
    host_run(host, 1000);
    assert_int_equal(host->stats.refused[x4c_ike_fragments_missing], 1);
    assert_int_equal(host->books.blocks, blocks);
    host_free(host);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (unsigned call = 1; call <= 2; call++) {
        struct host *host = host_with_fragments();
        uint8_t cookies[16];
        half_open(host, 1, cookies);
        size_t blocks = host->books.blocks;
        host->books.fail_at = host->books.calls + call;
        const struct piece piece = part_of(1, 10);
        assert_int_equal(feed(host, cookies, &piece), x4c_ike_no_memory);
        assert_int_equal(host->books.blocks, blocks);
        host_free(host);
    }
}

/* A crowd from one address is at its own expense: the message of another stays under way. */
static void test_crowd(void **state)
{
    (void)state;
    struct host *host = host_with_fragments();
    const uint8_t crowd = host->link.remote.ip[3];
    const uint8_t victim = (uint8_t)(crowd + 1);
    uint8_t of_victim[16];
    const struct piece first = part_of(1, 10);
    const struct piece second = part_of(2, 10);
    host->link.remote.ip[3] = victim;
    half_open(host, 1, of_victim);
    assert_int_equal(feed(host, of_victim, &first), x4c_ike_none);
    host->link.remote.ip[3] = crowd;
    for (unsigned i = 0; i < 2 * x4c_limit_assemblies; i++) {
        uint8_t cookies[16];
        uint8_t message[2048];
        size_t len = host_first(host, 1, message);
        message[1] = (uint8_t)(1 + i);
        message[2] = (uint8_t)(i >> 8);
        assert_int_equal(x4_charon_recv(host->charon, &host->link, message, len), x4c_ike_none);
        memcpy(cookies, host->sent, sizeof(cookies));
        assert_int_equal(feed(host, cookies, &first), x4c_ike_none);
        assert_in_range(host->charon->assemblies.count, 2, x4c_limit_assemblies);
    }
    assert_int_equal(host->stats.refused[x4c_ike_crowded_out], x4c_limit_assemblies + 1);
    host->link.remote.ip[3] = victim;
    assert_int_equal(feed(host, of_victim, &first), x4c_ike_duplicate);
    host->link.remote.ip[3]++; /* who has none there takes the place of the oldest */
    uint8_t of_third[16];
    half_open(host, 2, of_third);
    assert_int_equal(feed(host, of_third, &first), x4c_ike_none);
    host->link.remote.ip[3] = victim;
    assert_int_equal(feed(host, of_victim, &second), x4c_ike_none);
    assert_int_equal(feed(host, of_victim, &first), x4c_ike_none);
    host_free(host);
}

/* -------------------------------------------------------------------------- putting together */

/* What the parts make is refused for what it is, not for how it came. */
static void test_whole(void **state)
{
    (void)state;
    static const uint8_t orders[][3] = {{1, 2, 3}, {3, 2, 1}, {2, 3, 1}};
    for (size_t i = 0; i < x4m_countof(orders); i++) {
        struct host *host = host_with_fragments();
        uint8_t cookies[16];
        uint8_t whole[HEADER] = {0};
        half_open(host, 1, cookies);
        memcpy(whole, cookies, sizeof(cookies));
        whole[17] = x4c_isakmp_version;
        whole[18] = x4c_exchange_quick;
        whole[23] = 7;
        whole[27] = HEADER;
        for (unsigned at = 0; at < 3; at++) {
            uint8_t number = orders[i][at];
            const struct piece piece = {.id = 1,
                                        .number = number,
                                        .last = number == 3,
                                        .part = {whole + (number - 1) * 10, number == 3 ? 8 : 10}};
            assert_int_equal(feed(host, cookies, &piece),
                             at < 2 ? x4c_ike_none : x4c_ike_unknown_sa);
        }
        host_free(host);
    }
}

/* A left-over with the same ID does not spoil the next message: strongSwan numbers all of them 1.
 */
static void test_left_over(void **state)
{
    (void)state;
    struct host *host = host_with_fragments();
    uint8_t cookies[16];
    uint8_t whole[HEADER] = {0};
    half_open(host, 1, cookies);
    memcpy(whole, cookies, sizeof(cookies));
    whole[17] = x4c_isakmp_version;
    whole[18] = x4c_exchange_quick;
    whole[27] = HEADER;
    const struct piece old = part_of(2, 14);
    const struct piece one = {.id = 1, .number = 1, .part = {whole, 10}};
    const struct piece two = {.id = 1, .number = 2, .part = {whole + 10, 9}};
    const struct piece three = {.id = 1, .number = 3, .last = 1, .part = {whole + 19, 9}};
    assert_int_equal(feed(host, cookies, &old), x4c_ike_none);
    assert_int_equal(feed(host, cookies, &one), x4c_ike_none);
    assert_int_equal(feed(host, cookies, &one), x4c_ike_duplicate);
    assert_int_equal(feed(host, cookies, &two), x4c_ike_none);
    assert_int_equal(feed(host, cookies, &three), x4c_ike_unknown_sa);
    host_free(host);
}

/* The last part may turn out not to be it. */
static void test_other_total(void **state)
{
    (void)state;
    struct host *host = host_with_fragments();
    uint8_t cookies[16];
    half_open(host, 1, cookies);
    struct piece piece = part_of(2, 10);
    piece.last = 1;
    assert_int_equal(feed(host, cookies, &piece), x4c_ike_none);
    piece.last = 0;
    assert_int_equal(feed(host, cookies, &piece), x4c_ike_none);
    piece.number = 3;
    assert_int_equal(feed(host, cookies, &piece), x4c_ike_none);
    host_free(host);
}

/* -------------------------------------------------------------------------- agreeing, sending */

static void test_agreement(void **state)
{
    (void)state;
    static const struct {
        x4e_ike_fragmentation ours;
        uint32_t theirs;
        uint16_t size;
        bval taken;
    } rows[] = {
        {x4c_ike_fragment_no, x4c_ability_fragments, 0, bfalse},
        {x4c_ike_fragment_accept, x4c_ability_fragments, 0, btrue},
        {x4c_ike_fragment_yes, 0, 0, btrue},
        {x4c_ike_fragment_yes, x4c_ability_fragments, x4c_ike_fragment_size, btrue},
        {x4c_ike_fragment_force, 0, x4c_ike_fragment_size, btrue},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        x4s_ike_config1 config = {.fragmentation = (uint8_t)rows[i].ours};
        x4s_ike_xchg1 xchg = {0};
        x4_fragment_agree(&xchg, &config, rows[i].theirs);
        assert_int_equal(xchg.fragment_size, rows[i].size);
        assert_int_equal(xchg.fragments, rows[i].taken);
    }
    x4s_ike_config1 config = {.fragment_size = 255};
    assert_false(x4_fragment_usable(&config));
    config.fragment_size = 256;
    assert_true(x4_fragment_usable(&config));
    config.fragment_size = 0;
    assert_true(x4_fragment_usable(&config));
}

/* What went out, put together as it came. */
static struct {
    unsigned datagrams;
    size_t longest;
    uint8_t whole[x4c_limit_message_out];
    size_t len;
    bval fails;
} out;

static bval take(x4s_ike_xchg *xchg, const x4s_net_link *link, const void *data, size_t len)
{
    (void)xchg;
    (void)link;
    const uint8_t *bytes = data;
    out.datagrams++;
    out.longest = x4m_max(out.longest, len);
    if (bytes[16] == x4c_payload_fragment) {
        assert_int_equal(bytes[19], 0);
        assert_int_equal(bytes[HEADER + 6], out.datagrams);
        bytes += HEADER + FIXED;
        len -= HEADER + FIXED;
    }
    memcpy(out.whole + out.len, bytes, len);
    out.len += len;
    return !out.fails;
}

/* An IP packet is never longer than configured, whatever is before the message in it. */
static void test_cuts(void **state)
{
    (void)state;
    static const struct {
        uint8_t family;
        bval encap;
        size_t longest;
    } rows[] = {
        {x4c_net_ipv4, bfalse, 1280 - 28},
        {x4c_net_ipv4, btrue, 1280 - 32},
        {x4c_net_ipv6, bfalse, 1280 - 48},
        {x4c_net_ipv6, btrue, 1280 - 52},
    };
    struct host *host = host_with_fragments();
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        uint8_t message[5000] = {0};
        memset(message, 0x11, sizeof(message));
        message[17] = x4c_isakmp_version;
        message[19] = x4c_flag_encryption;
        x4s_ike_xchg1 xchg = {.base.charon = host->charon, .fragment_size = 1280};
        const x4s_net_link link = {.remote.family = rows[i].family, .encap = rows[i].encap};
        const size_t lens[] = {rows[i].longest, rows[i].longest + 1, sizeof(message)};
        for (size_t at = 0; at < x4m_countof(lens); at++) {
            memset(&out, 0, sizeof(out));
            message[24] = message[25] = 0;
            message[26] = (uint8_t)(lens[at] >> 8);
            message[27] = (uint8_t)lens[at];
            assert_true(x4_fragment_send(&xchg, &xchg.base, &link, message, lens[at], take));
            assert_int_equal(out.len, lens[at]);
            assert_memory_equal(out.whole, message, lens[at]);
            assert_int_equal(out.longest, rows[i].longest);
            assert_int_equal(out.datagrams > 1, at > 0);
        }
        memset(&out, 0, sizeof(out));
        out.fails = btrue;
        assert_false(x4_fragment_send(&xchg, &xchg.base, &link, message, sizeof(message), take));
        assert_int_equal(out.datagrams, 1);
        memset(&out, 0, sizeof(out));
        memset(message + 8, 0, 8); /* a first message */
        assert_true(x4_fragment_send(&xchg, &xchg.base, &link, message, sizeof(message), take));
        assert_int_equal(out.datagrams, 1);
    }
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers),  cmocka_unit_test(test_first_message),
        cmocka_unit_test(test_other_link), cmocka_unit_test(test_memory_of_one),
        cmocka_unit_test(test_time),       cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_crowd),      cmocka_unit_test(test_whole),
        cmocka_unit_test(test_left_over),  cmocka_unit_test(test_other_total),
        cmocka_unit_test(test_agreement),  cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
