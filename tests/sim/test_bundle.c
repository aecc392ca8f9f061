/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Pairs of IPsec SAs of more than one protocol: AH around ESP, IPComp in either, all three.
 */

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum { LONG_ENOUGH_MS = 100000, PROTOCOL_AH = 2, PROTOCOL_ESP = 3, PROTOCOL_IPCOMP = 4 };

static const x4s_ike_transform2 kinds[] = {
    {.esp = x4c_ike_esp_3des, .ah = x4c_ike_integ_hmac_sha1, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_gcm16,
     .key_bits = 256,
     .ah = x4c_ike_integ_aes256_gmac,
     .mode = x4c_ike_transport},
    {.esp = x4c_ike_esp_aes_cbc,
     .key_bits = 128,
     .integ = x4c_ike_integ_hmac_sha256,
     .ipcomp = x4c_ike_ipcomp_deflate,
     .mode = x4c_ike_tunnel},
    {.protocol = x4c_ike_protocol_ah,
     .integ = x4c_ike_integ_hmac_sha512,
     .ipcomp = x4c_ike_ipcomp_lzs,
     .mode = x4c_ike_transport},
    {.esp = x4c_ike_esp_aes_ctr,
     .key_bits = 192,
     .integ = x4c_ike_integ_aes_xcbc,
     .ah = x4c_ike_integ_hmac_sha256,
     .ipcomp = x4c_ike_ipcomp_deflate,
     .mode = x4c_ike_tunnel,
     .esn = btrue},
};

static const x4s_ike_transform2 *const all_three = &kinds[4];

static bool is_zero(const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            return false;
    return true;
}

static void check_keys(const x4s_ike_keys2 *keys, const x4s_ike_transform2 *t)
{
    assert_memory_equal(&keys->transform, t, sizeof(*t));
    assert_int_equal(keys->ah_integ_len > 0, t->ah != 0);
    if (t->ah) {
        assert_false(is_zero(keys->ah_in.integ, keys->ah_integ_len));
        assert_memory_not_equal(keys->ah_in.integ, keys->ah_out.integ, keys->ah_integ_len);
        assert_int_not_equal(keys->ah_in.spi, keys->in.spi);
    }
    assert_true(is_zero(keys->ah_in.encr, sizeof(keys->ah_in.encr)));
    if (t->ipcomp) {
        assert_in_range(keys->cpi_in, x4c_ike_cpi_first, x4c_ike_cpi_last);
        assert_int_not_equal(keys->cpi_in, keys->cpi_out);
    }
}

/* From either side of the ISAKMP SA, with and without PFS; Deletes end both ends. */
static void test_all_kinds(void **state) /* req 2408-4.2-1 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    for (size_t i = 0; i < 2 * x4m_countof(kinds); i++) {
        x4s_ike_transform2 t = kinds[i / 2];
        t.group = i / 2 % 2 ? x4c_group_ecp256 : x4c_group_none;
        pair_transform2(&pair, &t);
        struct sim_xchg *quick = pair_quick(i % 2 ? pair.a : pair.b);
        struct sim_xchg *peer = sim_peer(quick);
        check_keys(&quick->keys2, &t);
        check_keys(&peer->keys2, &t);
        sim_term(i % 3 ? quick : peer, btrue);
        sim_settle(pair.sim);
        assert_true(sim_ended(i % 3 ? peer : quick, x4c_ike_deleted));
    }
    assert_int_equal(pair.alice->stats.phase2, 0);
    assert_int_equal(pair.bob->stats.phase2, 0);
    sim_free(pair.sim);
}

static void test_through_a_nat(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.natt = pair.bob->config1.natt = x4c_ike_natt_rfc;
    pair.alice->config1.natt_force = btrue;
    pair_connect(&pair);
    pair_transform2(&pair, &kinds[2]);
    struct sim_xchg *quick = pair_quick(pair.b);
    assert_true(quick->keys2.transform.encap);
    assert_int_equal(quick->keys2.transform.ipcomp, x4c_ike_ipcomp_deflate);
    pair_transform2(&pair, &kinds[0]); /* has AH */
    assert_null(sim_init2(pair.a));
    sim_free(pair.sim);
}

/* ------------------------------------------------------------------ refusals */

static void refuse(struct pair *pair, const x4s_ike_transform2 *ours,
                   const x4s_ike_transform2 *theirs)
{
    pair->alice->transforms2[0] = *ours;
    pair->bob->transforms2[0] = *theirs;
    const struct sim_xchg *quick = sim_init2(pair->a);
    assert_non_null(quick);
    sim_run(pair->sim, LONG_ENOUGH_MS);
    assert_true(sim_ended(quick, x4c_ike_peer_no_proposal));
    assert_int_equal(pair->alice->stats.phase2, 0);
}

/* All of a bundle or nothing, whichever side has more. */
static void test_parts_are_not_enough(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    x4s_ike_transform2 less = *all_three;
    less.ah = x4c_ike_integ_none;
    refuse(&pair, all_three, &less);
    refuse(&pair, &less, all_three);
    less = *all_three;
    less.ipcomp = x4c_ike_ipcomp_none;
    refuse(&pair, all_three, &less);
    refuse(&pair, &less, all_three);
    less.ipcomp = x4c_ike_ipcomp_lzs;
    refuse(&pair, all_three, &less);
    sim_free(pair.sim);
}

/* Offered with IPComp and without; who does not want it takes the other. */
static void offer_either(struct pair *pair)
{
    pair->alice->transforms2[0] = pair->alice->transforms2[1] = kinds[2];
    pair->alice->transforms2[1].ipcomp = x4c_ike_ipcomp_none;
    pair->alice->config2.transform_count = 2;
    pair->bob->transforms2[0] = pair->alice->transforms2[0];
    pair->bob->transforms2[1] = pair->alice->transforms2[1];
}

static void test_who_does_not_compress(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    offer_either(&pair);
    pair.bob->transforms2[0] = pair.bob->transforms2[1];
    struct sim_xchg *quick = pair_quick(pair.a);
    assert_int_equal(quick->keys2.transform.ipcomp, x4c_ike_ipcomp_none);
    assert_int_equal(quick->keys2.cpi_in, 0);
    sim_term(quick, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(sim_peer(quick), x4c_ike_deleted));
    sim_free(pair.sim);
}

static void compresses(const struct pair *pair, struct sim_xchg *phase1, uint8_t ipcomp)
{
    const struct sim_xchg *quick = pair_quick(phase1);
    assert_int_equal(quick->keys2.transform.ipcomp, ipcomp);
    assert_int_equal(sim_last(pair->bob, 2)->keys2.transform.ipcomp, ipcomp);
}

/* When there is no CPI left the SA comes about without compression. */
static void test_out_of_cpis(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    offer_either(&pair);
    pair.bob->config2.transform_count = 2;
    compresses(&pair, pair.a, x4c_ike_ipcomp_deflate);
    pair.bob->no_cpi = true;
    compresses(&pair, pair.a, x4c_ike_ipcomp_none);
    pair.bob->no_cpi = false;
    pair.alice->no_cpi = true;
    compresses(&pair, pair.a, x4c_ike_ipcomp_none);
    compresses(&pair, pair.b, x4c_ike_ipcomp_none);
    pair.alice->config2.transform_count = 1;
    assert_null(sim_init2(pair.a)); /* nothing is left to offer */
    sim_free(pair.sim);
}

/* A callback that answers with what is no CPI has none. */
static uint16_t well_known(void *userdata)
{
    (void)userdata;
    return x4c_ike_cpi_first - 1;
}

static uint16_t private_use(void *userdata)
{
    (void)userdata;
    return x4c_ike_cpi_last + 1;
}

static void test_cpis_that_are_none(void **state)
{
    (void)state;
    uint16_t (*const wrong[])(void *) = {NULL, well_known, private_use};
    for (size_t i = 0; i < x4m_countof(wrong); i++) {
        struct pair pair = pair_new(i + 1);
        pair.bob->calls2.get_cpi = wrong[i];
        pair_connect(&pair);
        offer_either(&pair);
        pair.bob->config2.transform_count = 2;
        compresses(&pair, pair.a, x4c_ike_ipcomp_none);
        sim_free(pair.sim);
    }
}

static void test_no_spi(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair_transform2(&pair, all_three);
    pair.bob->no_spi = true;
    struct sim_xchg *quick = sim_init2(pair.a);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_false(sim_complete(quick));
    assert_true(sim_ended(sim_last(pair.bob, 2), x4c_ike_no_spi));
    pair.alice->no_spi = true;
    assert_null(sim_init2(pair.a));
    sim_free(pair.sim);
}

/* ------------------------------------------------------------------ Deletes */

/* Of what a node sends: the Delete payloads and the messages that they came in. */
struct deletes {
    struct spy *spy;
    unsigned messages;
    unsigned count;
    uint8_t protocols[8];
    uint32_t spis[8];
    bool cut; /* only the first message arrives */
};

static bool see_deletes(void *context, const struct sim_datagram *datagram)
{
    struct deletes *deletes = context;
    struct wire_part part;
    if (!spy_see(deletes->spy, datagram) || !deletes->spy->last.opened ||
        datagram->data[WIRE_EXCHANGE_AT] != WIRE_INFORMATIONAL)
        return true;
    const uint8_t *plain = deletes->spy->last.plain;
    const size_t len = deletes->spy->last.plain_len;
    deletes->messages++;
    for (bool more = wire_first(plain, len, &part); more; more = wire_next(plain, len, &part)) {
        if (part.type != WIRE_DELETE)
            continue;
        const uint8_t *body = plain + part.at + WIRE_GENERIC;
        assert_true(deletes->count < x4m_countof(deletes->spis));
        assert_int_equal(wire_get(body + 6, 2), 1);
        deletes->protocols[deletes->count] = body[4];
        deletes->spis[deletes->count++] = wire_get(body + 8, body[5]);
    }
    return !deletes->cut || deletes->messages == 1;
}

/* One payload for each protocol; IPComp's in a message of its own, which some peers throw away. */
static void test_deletes_name_all(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct deletes deletes = {.spy = spy_new(pair.alice)};
    pair.sim->network.tap = see_deletes;
    pair.sim->network.tap_context = &deletes;
    pair_connect(&pair);
    pair_transform2(&pair, all_three);
    struct sim_xchg *quick = pair_quick(pair.a);
    deletes.messages = deletes.count = 0;
    sim_term(quick, btrue);
    sim_settle(pair.sim);
    assert_int_equal(deletes.messages, 2);
    assert_int_equal(deletes.count, 3);
    static const uint8_t protocols[] = {PROTOCOL_ESP, PROTOCOL_AH, PROTOCOL_IPCOMP};
    const uint32_t spis[] = {quick->keys2.in.spi, quick->keys2.ah_in.spi, quick->keys2.cpi_in};
    assert_memory_equal(deletes.protocols, protocols, sizeof(protocols));
    assert_memory_equal(deletes.spis, spis, sizeof(spis));
    assert_true(sim_ended(sim_peer(quick), x4c_ike_deleted));
    spy_free(deletes.spy);
    sim_free(pair.sim);
}

/* A Delete of the peer's, which the test writes under its keys. */
static void inject_delete(const struct pair *pair, struct spy *spy, uint32_t message_id,
                          uint8_t protocol, uint8_t spi_size, uint32_t spi)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t iv[x4c_cipher_block_max];
    size_t len = spy_begin(spy, WIRE_INFORMATIONAL, message_id, WIRE_DELETE, plain);
    uint8_t *payload = plain + len;
    const size_t size = WIRE_GENERIC + 8u + spi_size;
    wire_put(payload + 2, 2, (uint32_t)size);
    wire_put(payload + WIRE_GENERIC, 4, 1);
    payload[WIRE_GENERIC + 4] = protocol;
    payload[WIRE_GENERIC + 5] = spi_size;
    wire_put(payload + WIRE_GENERIC + 6, 2, 1);
    wire_put(payload + WIRE_GENERIC + 8, spi_size, spi);
    assert_true(spy_rehash(spy, 1, plain, len + size));
    memcpy(iv, spy_exchange(spy, message_id)->iv, sizeof(iv));
    size_t sealed_len = spy_seal(spy, iv, plain, len + size, sealed);
    (void)sim_inject(pair->bob, &pair->alice->addr, sealed, sealed_len);
}

static bool see(void *context, const struct sim_datagram *datagram)
{
    (void)spy_see(context, datagram);
    return true;
}

/* Whichever SPI of the bundle the peer deletes, all of it is gone; what is none of them is not. */
static void test_any_spi_ends_all(void **state)
{
    (void)state;
    static const struct {
        uint8_t protocol, size;
    } named[] = {{PROTOCOL_ESP, 4}, {PROTOCOL_AH, 4}, {PROTOCOL_IPCOMP, 2}, {PROTOCOL_IPCOMP, 4}};
    for (size_t i = 0; i < x4m_countof(named); i++) {
        struct pair pair = pair_new(1);
        struct spy *spy = spy_new(pair.alice);
        spy->forging = true;
        pair.sim->network.tap = see;
        pair.sim->network.tap_context = spy;
        pair_connect(&pair);
        pair_transform2(&pair, all_three);
        struct sim_xchg *quick = pair_quick(pair.a);
        struct sim_xchg *other = pair_quick(pair.a);
        const uint32_t spis[] = {quick->keys2.in.spi, quick->keys2.ah_in.spi, quick->keys2.cpi_in,
                                 quick->keys2.cpi_in};
        inject_delete(&pair, spy, 1, named[i].protocol, named[i].size, spis[i] + 256);
        inject_delete(&pair, spy, 2, named[(i + 1) % 3].protocol, named[(i + 1) % 3].size, spis[i]);
        assert_int_equal(sim_count(pair.bob, 2), 2);
        inject_delete(&pair, spy, 3, named[i].protocol, named[i].size, spis[i]);
        assert_true(sim_ended(sim_peer(quick), x4c_ike_deleted));
        assert_true(sim_complete(sim_peer(other)));
        spy_free(spy);
        sim_free(pair.sim);
    }
}

/* The message about IPComp may be lost: the other tells enough. */
static void test_half_of_the_deletes(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct deletes deletes = {.spy = spy_new(pair.alice)};
    pair.sim->network.tap = see_deletes;
    pair.sim->network.tap_context = &deletes;
    pair_connect(&pair);
    pair_transform2(&pair, &kinds[3]);
    struct sim_xchg *quick = pair_quick(pair.a);
    deletes.messages = 0;
    deletes.cut = true;
    sim_term(quick, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(sim_peer(quick), x4c_ike_deleted));
    spy_free(deletes.spy);
    sim_free(pair.sim);
}

/* ------------------------------------------------------------------ keys */

/* The first block of KEYMAT, RFC 2409 5.5: K1 = prf(SKEYID_d, protocol | SPI | Ni_b | Nr_b). */
static void expect_keymat(const struct spy *spy, const struct spy_exchange *quick, uint8_t protocol,
                          uint32_t spi, const uint8_t *key, size_t len)
{
    uint8_t bytes[4];
    uint8_t block[x4c_hash_size_max];
    wire_put(bytes, sizeof(bytes), spi);
    const x4s_chunk parts[] = {{&protocol, 1},
                               {bytes, sizeof(bytes)},
                               {quick->nonce[0], quick->nonce_len[0]},
                               {quick->nonce[1], quick->nonce_len[1]}};
    const x4s_chunk skeyid_d = {spy->skeyid_d.data, spy->skeyid_d.len};
    assert_true(x4_prf(spy->crypto, spy->suite.hash, skeyid_d, parts, x4m_countof(parts), block));
    assert_memory_equal(key, block, len);
}

/* Keying material is made for each protocol and each of its SPIs. */
static void test_keymat(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct spy *spy = spy_new(pair.alice);
    pair.sim->network.tap = see;
    pair.sim->network.tap_context = spy;
    pair_connect(&pair);
    pair_transform2(&pair, all_three);
    const x4s_ike_keys2 *keys = &pair_quick(pair.a)->keys2;
    const struct spy_exchange *quick = spy_exchange(spy, keys->message_id);
    enum { BLOCK = 20 };
    expect_keymat(spy, quick, PROTOCOL_ESP, keys->in.spi, keys->in.encr, BLOCK);
    expect_keymat(spy, quick, PROTOCOL_ESP, keys->out.spi, keys->out.encr, BLOCK);
    expect_keymat(spy, quick, PROTOCOL_AH, keys->ah_in.spi, keys->ah_in.integ, BLOCK);
    expect_keymat(spy, quick, PROTOCOL_AH, keys->ah_out.spi, keys->ah_out.integ, BLOCK);
    spy_free(spy);
    sim_free(pair.sim);
}

/* ------------------------------------------------------------------ what goes on */

/* The other side knows the SPIs of the predecessor; the successor knows them, too. */
static void test_resume(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * x4m_countof(kinds); i++) {
        struct pair pair = pair_connected(1);
        pair_transform2(&pair, &kinds[i / 2]);
        struct sim_xchg *quick = pair_quick(pair.b);
        struct sim_xchg *mine = sim_peer(quick);
        struct sim_node *heir = sim_add(pair.sim);
        pair.alice->deaf = true;
        sim_swap_addresses(pair.alice, heir);
        struct sim_xchg *phase1 = sim_resume1(heir, pair.a);
        struct sim_xchg *resumed = sim_resume2(phase1, mine);
        assert_non_null(resumed);
        assert_int_equal(heir->stats.phase2, 1);
        sim_term(i % 2 ? resumed : quick, btrue);
        sim_settle(pair.sim);
        assert_true(sim_ended(i % 2 ? quick : resumed, x4c_ike_deleted));
        sim_free(pair.sim);
    }
}

static void test_state_that_cannot_be(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair_transform2(&pair, all_three);
    const struct sim_xchg *quick = pair_quick(pair.a);
    struct sim_node *heir = sim_add(pair.sim);
    struct sim_xchg *phase1 = sim_resume1(heir, pair.a);
    for (int i = 0; i < 6; i++) {
        struct sim_xchg broken = *quick;
        x4s_ike_keys2 *keys = &broken.keys2;
        keys->ah_in.spi = i == 0 ? 0 : keys->ah_in.spi;
        keys->ah_out.spi = i == 1 ? 255 : keys->ah_out.spi;
        keys->cpi_in = i == 2 ? 255 : keys->cpi_in;
        keys->cpi_out = i == 3 ? 0 : keys->cpi_out;
        keys->transform.ah = i == 4 ? x4c_ike_integ_none : keys->transform.ah;
        keys->transform.ipcomp = i == 5 ? 1 : keys->transform.ipcomp;
        assert_null(sim_resume2(phase1, &broken));
    }
    assert_non_null(sim_resume2(phase1, quick));
    sim_free(pair.sim);
}

/* A new bundle in the place of an old one has new SPIs for each protocol, and both live a while. */
static void test_rekey(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair_transform2(&pair, all_three);
    struct sim_xchg *old = pair_quick(pair.a);
    struct sim_xchg *new = pair_quick(pair.b);
    const struct sim_xchg *mine = sim_peer(new);
    assert_int_not_equal(old->keys2.in.spi, mine->keys2.in.spi);
    assert_int_not_equal(old->keys2.ah_in.spi, mine->keys2.ah_in.spi);
    assert_int_not_equal(old->keys2.cpi_in, mine->keys2.cpi_in);
    sim_term(old, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(sim_peer(old), x4c_ike_deleted));
    assert_true(sim_complete(new));
    assert_true(sim_complete(mine));
    sim_free(pair.sim);
}

/* The shortest life of its protocols is that of a bundle; the responder's is told (RFC
 * 2407 4.6.3.1). */
static void test_life(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair_transform2(&pair, all_three);
    pair.alice->transforms2[0].life_sec = 600;
    pair.bob->config2.life_sec = 300;
    struct sim_xchg *quick = pair_quick(pair.a);
    assert_int_equal(quick->keys2.life_left_sec, 300);
    sim_run(pair.sim, 301 * 1000);
    assert_false(sim_complete(quick));
    assert_int_equal(pair.alice->stats.phase2, 0);
    assert_int_equal(pair.bob->stats.phase2, 0);
    sim_free(pair.sim);
}

/* CONNECTED is waited for as for one protocol (RFC 2408 3.1). */
static void test_commit(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair_transform2(&pair, all_three);
    pair.bob->config2.commit = btrue;
    const struct sim_xchg *quick = pair_quick(pair.a);
    check_keys(&quick->keys2, all_three);
    assert_int_equal(pair.alice->stats.unconnected, 0);
    sim_free(pair.sim);
}

/* Whatever allocation fails, nothing is left behind and the next try succeeds. */
static void test_out_of_memory(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 12; at++) {
        for (int side = 0; side < 2; side++) {
            struct pair pair = pair_connected(1);
            struct sim_node *poor = side ? pair.bob : pair.alice;
            pair_transform2(&pair, all_three);
            poor->ledger.fail_at = poor->ledger.calls + at;
            (void)sim_init2(pair.a);
            sim_run(pair.sim, LONG_ENOUGH_MS);
            poor->ledger.fail_at = 0;
            pair_quick(pair.a);
            sim_free(pair.sim);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kinds),
        cmocka_unit_test(test_through_a_nat),
        cmocka_unit_test(test_parts_are_not_enough),
        cmocka_unit_test(test_who_does_not_compress),
        cmocka_unit_test(test_out_of_cpis),
        cmocka_unit_test(test_cpis_that_are_none),
        cmocka_unit_test(test_no_spi),
        cmocka_unit_test(test_deletes_name_all),
        cmocka_unit_test(test_any_spi_ends_all),
        cmocka_unit_test(test_half_of_the_deletes),
        cmocka_unit_test(test_keymat),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_state_that_cannot_be),
        cmocka_unit_test(test_rekey),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_commit),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
