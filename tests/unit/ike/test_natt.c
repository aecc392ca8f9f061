/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * NAT traversal: which version, and what the NAT-D payloads of a peer tell (RFC 3947 3.2).
 */

#include "tests/unit/ike/fake.h"
#include "x4/ike/natt.h"

#include "x4/crypto/hash.h"

static void move_link(void *context, x4s_net_link *link, bval behind)
{
    (void)context;
    (void)link;
    (void)behind;
}

static const x4s_ike_calls1 with_natt = {.natt = move_link};
static const x4s_ike_calls1 without;

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        uint8_t ours;
        uint8_t theirs;
        uint8_t agreed;
    } cases[] = {
        {UINT8_MAX, UINT8_MAX, x4c_ike_natt_rfc},
        {UINT8_MAX, x4c_ike_natt_00 | x4c_ike_natt_02n, x4c_ike_natt_02n},
        {x4c_ike_natt_02 | x4c_ike_natt_02n, x4c_ike_natt_02 | x4c_ike_natt_rfc, x4c_ike_natt_02},
        {x4c_ike_natt_03, x4c_ike_natt_rfc, 0},
        {0, UINT8_MAX, 0},
    };
    struct fake *fake = fake_new();
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        const x4s_ike_config1 config = {.natt = cases[i].ours};
        fake->charon.config.calls1 = &with_natt;
        assert_int_equal(x4_natt_version(&fake->charon, &config, cases[i].theirs), cases[i].agreed);
        fake->charon.config.calls1 = &without;
        assert_int_equal(x4_natt_version(&fake->charon, &config, cases[i].theirs), 0);
    }
    fake_free(fake);
}

/* RFC 3947 5.1 and the drafts: what is added to the mode. */
static void test_mode_offsets(void **state)
{
    (void)state;
    x4s_ike_xchg1 xchg = {.natt = x4c_ike_natt_rfc};
    assert_int_equal(x4_natt_mode_offset(&xchg), 0);
    xchg.behind_remote = btrue;
    assert_int_equal(x4_natt_mode_offset(&xchg), 2);
    xchg.natt = x4c_ike_natt_02;
    assert_int_equal(x4_natt_mode_offset(&xchg), 61442);
}

static const x4s_net_link link = {
    .local = {.family = x4c_net_ipv4, .ip = {192, 0, 2, 1}, .port = 500},
    .remote = {.family = x4c_net_ipv4, .ip = {192, 0, 2, 2}, .port = 500}};

/* HASH(CKY-I | CKY-R | IP | Port) */
static void hash_of(x4s_ike_xchg1 *xchg, const x4s_net_addr *addr, uint8_t out[x4c_hash_size_max])
{
    const uint8_t port[] = {(uint8_t)(addr->port >> 8), (uint8_t)addr->port};
    const x4s_chunk parts[] = {{xchg->cookies, 16}, {addr->ip, 4}, {port, 2}};
    assert_true(x4_hash(xchg->base.charon->crypto, x4c_hash_sha1, parts, 3, out));
}

static void test_detection(void **state)
{
    (void)state;
    struct fake *fake = fake_new();
    const x4s_ike_config1 config = {.natt = x4c_ike_natt_rfc};
    x4s_ike_neg1 neg = {.config = &config};
    const x4s_net_addr elsewhere = {.family = x4c_net_ipv4, .ip = {10, 0, 0, 1}, .port = 500};
    static const struct {
        bval local;  /* they send to where we are */
        bval remote; /* and from where they are, as the last of their hashes */
    } cases[] = {{btrue, btrue}, {btrue, bfalse}, {bfalse, btrue}, {bfalse, bfalse}};
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        x4s_ike_xchg1 xchg = {.base.charon = &fake->charon,
                              .cookies = {1, 2, 3},
                              .suite.hash = x4c_hash_sha1,
                              .natt = x4c_ike_natt_rfc,
                              .neg = &neg};
        uint8_t to[x4c_hash_size_max];
        uint8_t other[x4c_hash_size_max];
        uint8_t from[x4c_hash_size_max];
        hash_of(&xchg, cases[i].local ? &link.local : &elsewhere, to);
        hash_of(&xchg, &elsewhere, other);
        hash_of(&xchg, cases[i].remote ? &link.remote : &elsewhere, from);
        x4s_ike_message message = {.link = &link,
                                   .count = 3,
                                   .payloads = {{x4c_payload_nat_d, {to, 20}},
                                                {x4c_payload_nat_d, {other, 20}},
                                                {x4c_payload_nat_d, {from, 20}}}};
        assert_int_equal(x4_natt_detect(&xchg, &message), x4c_ike_none);
        assert_int_equal(xchg.behind_local, !cases[i].local);
        assert_int_equal(xchg.behind_remote, !cases[i].remote);
        message.count = 0; /* who sends none has found none */
        xchg.behind_local = xchg.behind_remote = bfalse;
        assert_int_equal(x4_natt_detect(&xchg, &message), x4c_ike_none);
        assert_false(x4_natt_found(&xchg));
    }
    fake_free(fake);
}

/* Without a NAT only the exchange's own link; behind one any, until it has proven to be moved. */
static void test_links(void **state)
{
    (void)state;
    x4s_ike_xchg1 xchg = {.link = link};
    x4s_net_link other = link;
    other.remote.port = 501;
    assert_true(x4_natt_admits(&xchg, &link));
    assert_false(x4_natt_admits(&xchg, &other));
    xchg.behind_remote = btrue;
    assert_true(x4_natt_admits(&xchg, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_mode_offsets),
        cmocka_unit_test(test_detection),
        cmocka_unit_test(test_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
