/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What must not come about: each refusal ends on both sides, with the reason that both can know.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"

enum {
    LONG_ENOUGH_MS = 180 * 1000,
};

/* Neither side may complete, and both have to end. Returns Alice's exchange. */
static struct sim_xchg *fail1(struct pair *pair)
{
    struct sim_xchg *sa = sim_init1(pair->alice, pair->bob);
    assert_non_null(sa);
    sim_run(pair->sim, LONG_ENOUGH_MS);
    assert_true(sa->calls[SIM_DISPOSED]);
    assert_false(sa->calls[SIM_COMPLETED]);
    const struct sim_xchg *other = sim_last(pair->bob, 1);
    if (other) {
        assert_true(other->calls[SIM_DISPOSED]);
        assert_false(other->calls[SIM_COMPLETED]);
    }
    return sa;
}

/* The same for a quick mode under an ISAKMP SA, which it must not harm. */
static struct sim_xchg *fail2(struct pair *pair)
{
    struct sim_xchg *quick = sim_init2(pair->a);
    assert_non_null(quick);
    sim_run(pair->sim, LONG_ENOUGH_MS);
    assert_true(quick->calls[SIM_DISPOSED]);
    assert_false(quick->calls[SIM_COMPLETED]);
    const struct sim_xchg *other = sim_last(pair->bob, 2);
    if (other) {
        assert_true(other->calls[SIM_DISPOSED]);
        assert_false(other->calls[SIM_COMPLETED]);
    }
    assert_true(sim_complete(pair->a));
    assert_true(sim_complete(pair->b));
    return quick;
}

static void test_wrong_psk(void **state) /* req 2408-1.5.3-1 2408-5.11-2 */
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->psk = "another";
    fail1(&pair);
    assert_true(pair.bob->refused[x4c_ike_garbled] + pair.bob->refused[x4c_ike_bad_hash] > 0);
    assert_true(pair.bob->stats.notified > 0);
    assert_int_equal(pair.b ? pair.b->calls[SIM_VALIDATE] : 0, 0);
    sim_free(pair.sim);
}

static void test_no_psk(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->psk = NULL;
    fail1(&pair);
    assert_true(sim_ended(sim_last(pair.bob, 1), x4c_ike_no_psk));
    sim_free(pair.sim);
}

static void test_initiator_without_psk(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->psk = NULL;
    struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_true(!sa || sim_ended(sa, x4c_ike_no_psk));
    sim_free(pair.sim);
}

static void test_no_proposal(void **state) /* req 2408-5.4-4 */
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->transforms1[0].key_bits = 256;
    const struct sim_xchg *sa = fail1(&pair);
    assert_null(sim_last(pair.bob, 1)); /* not even begun */
    assert_true(pair.bob->refused[x4c_ike_no_proposal] > 0);
    assert_int_equal(sa->reason, x4c_ike_peer_no_proposal);
    sim_free(pair.sim);
}

static void test_no_policy(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->refuse1 = true;
    const struct sim_xchg *sa = fail1(&pair);
    assert_null(sim_last(pair.bob, 1));
    assert_true(pair.bob->refused[x4c_ike_no_policy] > 0);
    assert_int_equal(sa->reason, x4c_ike_peer_no_proposal);
    sim_free(pair.sim);
}

/*
 * The manual: validate refuses the message, the exchange keeps its state. Who is refused has proven
 * its key, so it is told under protection, believes it and gives up at once.
 */
static void test_identity_refused_by_responder(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->refuse_id = true;
    const struct sim_xchg *sa = fail1(&pair);
    assert_int_equal(sa->reason, x4c_ike_peer_invalid_id);
    assert_true(pair.bob->refused[x4c_ike_id_refused] > 0);
    sim_free(pair.sim);
}

static void test_identity_refused_by_initiator(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->refuse_id = true;
    struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_true(sa->calls[SIM_DISPOSED]);
    assert_false(sa->calls[SIM_COMPLETED]);
    assert_true(pair.alice->refused[x4c_ike_id_refused] > 0);
    sim_free(pair.sim);
}

static void test_no_proposal2(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.bob->transforms2[0].integ = x4c_ike_integ_hmac_sha512;
    const struct sim_xchg *quick = fail2(&pair);
    assert_int_equal(quick->reason, x4c_ike_peer_no_proposal);
    assert_true(pair.bob->refused[x4c_ike_no_proposal2] > 0);
    sim_free(pair.sim);
}

static void test_pfs_wanted(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.bob->transforms2[0].group = x4c_group_ecp256;
    const struct sim_xchg *quick = fail2(&pair);
    assert_int_equal(quick->reason, x4c_ike_peer_no_proposal);
    sim_free(pair.sim);
}

static void test_selectors_refused(void **state) /* req 2409-5.5-6 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.bob->refuse2 = true;
    const struct sim_xchg *quick = fail2(&pair);
    assert_int_equal(quick->reason, x4c_ike_peer_invalid_id);
    assert_null(sim_last(pair.bob, 2));
    sim_free(pair.sim);
}

static void test_transform_refused(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.bob->refuse_transform = true;
    const struct sim_xchg *quick = fail2(&pair);
    assert_int_equal(quick->reason, x4c_ike_peer_no_proposal);
    sim_free(pair.sim);
}

static void test_responder_without_spi(void **state) /* req 2408-2.4-5 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.bob->no_spi = true;
    fail2(&pair);
    sim_free(pair.sim);
}

static void test_initiator_without_spi(void **state) /* req 2408-2.4-5 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.alice->no_spi = true;
    struct sim_xchg *quick = sim_init2(pair.a);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_true(!quick || sim_ended(quick, x4c_ike_no_spi));
    assert_true(sim_complete(pair.a));
    pair.alice->no_spi = false;
    pair_quick(pair.a);
    sim_free(pair.sim);
}

/* A failed quick mode is no obstacle to the next. */
static void test_next_quick_mode_works(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.bob->refuse2 = true;
    fail2(&pair);
    pair.bob->refuse2 = false;
    pair_quick(pair.a);
    pair_quick(pair.b);
    sim_free(pair.sim);
}

static void no_transforms(x4s_ike_config1 *config, x4s_ike_transform1 *transform)
{
    (void)transform;
    config->transform_count = 0;
}

static void too_many_transforms(x4s_ike_config1 *config, x4s_ike_transform1 *transform)
{
    (void)transform;
    config->transform_count = x4c_ike_transforms1_max + 1;
}

static void unknown_cipher(x4s_ike_config1 *config, x4s_ike_transform1 *transform)
{
    (void)config;
    transform->cipher = 99;
}

static void unknown_hash(x4s_ike_config1 *config, x4s_ike_transform1 *transform)
{
    (void)config;
    transform->hash = 99;
}

static void unknown_group(x4s_ike_config1 *config, x4s_ike_transform1 *transform)
{
    (void)config;
    transform->group = 99;
}

static void odd_key(x4s_ike_config1 *config, x4s_ike_transform1 *transform)
{
    (void)config;
    transform->key_bits = 100;
}

static void unknown_auth(x4s_ike_config1 *config, x4s_ike_transform1 *transform)
{
    (void)config;
    transform->auth = 99;
}

static void short_address(x4s_ike_config1 *config, x4s_ike_transform1 *transform)
{
    (void)transform;
    config->id.data.len = 3;
}

static void (*const unusable1[])(x4s_ike_config1 *, x4s_ike_transform1 *) = {
    no_transforms, too_many_transforms, unknown_cipher, unknown_hash, unknown_group,
    odd_key,       unknown_auth,        short_address};

/* bfalse, and nothing has happened: sim_init1 checks that. */
static void test_unusable_config1(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(unusable1); i++) {
        struct pair pair = pair_new(i);
        unusable1[i](&pair.alice->config1, &pair.alice->transforms1[0]);
        assert_null(sim_init1(pair.alice, pair.bob));
        sim_run(pair.sim, LONG_ENOUGH_MS);
        assert_int_equal(pair.sim->network.sent, 0);
        sim_free(pair.sim);
    }
}

static const x4s_ike_transform2 unusable2[] = {
    {.esp = 99, .integ = x4c_ike_integ_hmac_sha1, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_cbc, .key_bits = 100, .integ = 2, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_cbc, .key_bits = 128, .integ = 99, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_cbc, .key_bits = 128, .integ = 0, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_gcm16, .key_bits = 128, .integ = 2, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_ccm8, .key_bits = 128, .integ = 2, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_gmac, .key_bits = 128, .integ = 2, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_gmac, .key_bits = 0, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_ctr, .key_bits = 128, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_3des, .key_bits = 128, .integ = 2, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_null, .integ = x4c_ike_integ_aes128_gmac, .mode = x4c_ike_tunnel},
    {.protocol = x4c_ike_protocol_ah, .mode = x4c_ike_tunnel},
    {.protocol = x4c_ike_protocol_ah, .esp = x4c_ike_esp_null, .integ = 2, .mode = x4c_ike_tunnel},
    {.protocol = x4c_ike_protocol_ah, .integ = 2, .key_bits = 128, .mode = x4c_ike_tunnel},
    {.protocol = 9, .esp = x4c_ike_esp_null, .integ = 2, .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_aes_cbc, .key_bits = 128, .integ = 2, .mode = 99},
    {.esp = x4c_ike_esp_aes_cbc, .key_bits = 128, .integ = 2, .mode = 1, .group = 99},
};

static void test_unusable_config2(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    uint64_t sent = pair.sim->network.sent;
    for (size_t i = 0; i < x4m_countof(unusable2); i++) {
        pair.alice->transforms2[0] = unusable2[i];
        assert_null(sim_init2(pair.a));
    }
    pair.alice->config2.transform_count = 0;
    assert_null(sim_init2(pair.a));
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_int_equal(pair.sim->network.sent, sent);
    sim_free(pair.sim);
}

/* What the responder's user gives is looked at as well: our fault, which no stranger is told of. */
static void test_unusable_config_of_responder(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair pair = pair_new(1);
        if (i == 0)
            pair.bob->config1.id = (x4s_ike_id){x4c_ike_id_fqdn, {NULL, 0}};
        if (i == 1)
            pair.bob->config1.transform_count = 0;
        if (i == 2)
            pair.bob->transforms1[0].auth = 99;
        fail1(&pair);
        assert_true(pair.bob->refused[x4c_ike_bad_config] > 0);
        assert_int_equal(pair.bob->stats.notified, 0);
        assert_int_equal(pair.bob->stats.messages_out, 0);
        assert_null(sim_last(pair.bob, 1));
        sim_free(pair.sim);
    }
}

static bool keep_first(void *context, const struct sim_datagram *datagram)
{
    struct sim_datagram **kept = context;
    if (!*kept)
        *kept = sim_datagram_copy(datagram);
    return false;
}

/* Feeds Bob so many first messages of other strangers, as long as that. */
static void strangers(struct sim_node *bob, struct sim_datagram *first, size_t len, unsigned count)
{
    x4s_net_addr from = {.family = x4c_net_ipv4, .ip = {198, 51, 100, 1}, .port = SIM_PORT};
    for (unsigned i = 0; i < count; i++) {
        first->data[0]++;
        from.ip[3]++;
        assert_int_not_equal(sim_inject(bob, &from, first->data, len), x4c_ike_none);
    }
}

/* The addresses are anybody's: what goes there is short and seldom, whoever asks. */
static void test_strangers_are_told_little(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct sim_datagram *first = NULL;
    pair.sim->network.tap = keep_first;
    pair.sim->network.tap_context = &first;
    assert_non_null(sim_init1(pair.alice, pair.bob));
    assert_non_null(first);
    pair.bob->refuse1 = true;
    strangers(pair.bob, first, first->len, 100);
    assert_int_equal(pair.bob->stats.notified, 1);
    assert_int_equal(pair.bob->stats.withheld, 99);
    sim_run(pair.sim, 1000);
    strangers(pair.bob, first, first->len, 100);
    assert_int_equal(pair.bob->stats.notified, 2);

    sim_run(pair.sim, 1000);
    uint8_t *end = first->data + 28; /* an SA payload without content */
    memset(end, 0, 8);
    end[3] = 4;
    first->data[27] = 32;
    first->data[26] = 0;
    strangers(pair.bob, first, 32, 1);
    assert_int_equal(pair.bob->refused[x4c_ike_bad_proposal], 1);
    assert_int_equal(pair.bob->stats.notified, 2);
    assert_int_equal(pair.bob->stats.withheld, 199);
    free(first);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_psk),
        cmocka_unit_test(test_no_psk),
        cmocka_unit_test(test_initiator_without_psk),
        cmocka_unit_test(test_no_proposal),
        cmocka_unit_test(test_no_policy),
        cmocka_unit_test(test_identity_refused_by_responder),
        cmocka_unit_test(test_identity_refused_by_initiator),
        cmocka_unit_test(test_no_proposal2),
        cmocka_unit_test(test_pfs_wanted),
        cmocka_unit_test(test_selectors_refused),
        cmocka_unit_test(test_transform_refused),
        cmocka_unit_test(test_responder_without_spi),
        cmocka_unit_test(test_initiator_without_spi),
        cmocka_unit_test(test_next_quick_mode_works),
        cmocka_unit_test(test_unusable_config1),
        cmocka_unit_test(test_unusable_config2),
        cmocka_unit_test(test_unusable_config_of_responder),
        cmocka_unit_test(test_strangers_are_told_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
