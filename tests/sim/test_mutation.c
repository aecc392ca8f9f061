/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every message of every exchange, damaged in every place that tells a length, cut at every byte,
 * and with every byte of ciphertext changed. Each mutant arrives when the original would have: it
 * has to be refused and to leave no trace; then the original comes, and all goes on as if nothing
 * had been.
 *
 * Encrypted messages are damaged outside and, by the spy who has the keys, inside: as they are, and
 * with their HASH made right again, which is what an authenticated but hostile peer can send.
 */

#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

/* After many failures to authenticate one message in so long a time is looked at. */
#define LOOKED_AT_AGAIN_MS 1000

enum {
    PAYLOADS_AT = WIRE_HEADER,
};

/* A message is held back, so that mutants of it can come first. */
struct bench {
    struct pair pair;
    struct spy *spy;
    unsigned seen;
    unsigned hold;
    bool mute;      /* what mutants are answered with goes nowhere */
    bool authentic; /* the mutants have a right HASH: the ISAKMP SA counts as used */
    struct spy_message message;
    struct sim_node *receiver;
    unsigned mutants;
    const char *stage;
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

/* All that a refused message may not change. */
struct trace {
    unsigned exchanges;
    unsigned calls; /* of what tells or asks the user something */
    size_t blocks;
    size_t bytes;
    uint64_t gauges[4];
};

static unsigned calls_of(const struct bench *bench, const struct sim_xchg *xchg)
{
    unsigned calls = 0;
    for (int call = 0; call < SIM_CALLS; call++)
        calls += call == SIM_SEND ? 0 : xchg->calls[call];
    return bench->authentic ? calls - xchg->calls[SIM_USED] : calls;
}

static struct trace trace_of(const struct bench *bench)
{
    const struct sim_node *node = bench->receiver;
    struct trace trace;
    memset(&trace, 0, sizeof(trace));
    for (const struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next) {
        trace.exchanges++;
        trace.calls += calls_of(bench, xchg);
    }
    trace.blocks = node->ledger.blocks;
    trace.bytes = node->ledger.bytes;
    trace.gauges[0] = node->stats.half_open;
    trace.gauges[1] = node->stats.unproven;
    trace.gauges[2] = node->stats.phase1;
    trace.gauges[3] = node->stats.phase2;
    return trace;
}

static bool is_original(const struct bench *bench, const uint8_t *data, size_t len)
{
    const struct sim_datagram *original = bench->message.datagram;
    return len == original->len && memcmp(data, original->data, len) == 0;
}

/* Delivers a mutant: refused, no trace. `what` and `detail` say which, should it be neither. */
static void refuse(struct bench *bench, const uint8_t *data, size_t len, const char *what,
                   size_t detail)
{
    if (is_original(bench, data, len))
        return;
    bench->mutants++;
    const struct trace before = trace_of(bench);
    x4e_ike_reason reason = sim_inject(bench->receiver, &bench->message.datagram->from, data, len);
    const struct trace after = trace_of(bench);
    if (reason == x4c_ike_none)
        fail_msg("%s: accepted: %s, %zu", bench->stage, what, detail);
    if (memcmp(&before, &after, sizeof(before)) != 0)
        fail_msg("%s: refused (%s) with traces: %s, %zu: calls %u -> %u, bytes %zu -> %zu",
                 bench->stage, x4_ike_reason_name(reason), what, detail, before.calls, after.calls,
                 before.bytes, after.bytes);
}

/* The datagram as it is: cut short, with the length field as it was and made to fit. */
static void cut_datagram(struct bench *bench)
{
    const struct sim_datagram *original = bench->message.datagram;
    uint8_t data[SPY_MESSAGE_MAX];
    memcpy(data, original->data, original->len);
    for (size_t len = 0; len < original->len; len++)
        refuse(bench, data, len, "cut", len);
    for (size_t len = WIRE_HEADER; len < original->len; len++) {
        wire_put(data + WIRE_LENGTH_AT, 4, (uint32_t)len);
        refuse(bench, data, len, "cut with its length right", len);
    }
}

static void change_header_length(struct bench *bench)
{
    const struct sim_datagram *original = bench->message.datagram;
    uint8_t data[SPY_MESSAGE_MAX];
    memcpy(data, original->data, original->len);
    const uint32_t len = (uint32_t)original->len;
    const uint32_t values[] = {0, 1, 3, 4, WIRE_HEADER, len - 1, len + 1, UINT16_MAX, UINT32_MAX};
    for (size_t i = 0; i < x4m_countof(values); i++) {
        wire_put(data + WIRE_LENGTH_AT, 4, values[i]);
        refuse(bench, data, original->len, "message length", values[i]);
    }
}

/* Every byte of the ciphertext, one bit and all bits. */
static void corrupt_ciphertext(struct bench *bench)
{
    const struct sim_datagram *original = bench->message.datagram;
    uint8_t data[SPY_MESSAGE_MAX];
    for (size_t at = WIRE_HEADER; at < original->len; at++) {
        memcpy(data, original->data, original->len);
        data[at] ^= 0x01;
        refuse(bench, data, original->len, "ciphertext, one bit at", at);
        data[at] = (uint8_t)~original->data[at];
        refuse(bench, data, original->len, "ciphertext, byte at", at);
    }
}

/* How a changed message in the clear becomes a datagram. */
enum seal {
    SEAL_NOT,    /* it was in the clear */
    SEAL,        /* with the HASH that it had */
    SEAL_REHASH, /* with a new HASH */
};

static void refuse_plain(struct bench *bench, uint8_t *plain, size_t len, enum seal seal,
                         const char *what, size_t detail)
{
    if (seal == SEAL_NOT) {
        refuse(bench, plain, len, what, detail);
        return;
    }
    if (seal == SEAL_REHASH && !spy_rehash(bench->spy, bench->message.order, plain, len))
        return;
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t iv[x4c_cipher_block_max];
    memcpy(iv, bench->message.iv, sizeof(iv));
    refuse(bench, sealed, spy_seal(bench->spy, iv, plain, len, sealed), what, detail);
}

/*
 * Some changes that nothing protects, or that are under a right HASH, make another message that is
 * as good as the original. What a notify message says behind its SPI is free text, and its SPI may
 * be left out. A lifetime that takes in the attributes behind it is a long number.
 */
static bool is_another_message(const struct wire_field *field, uint32_t value, enum seal seal)
{
    if (seal == SEAL)
        return false;
    if (field->owner == WIRE_NOTIFY)
        return field->size == 1 ? value <= field->max : value > field->max;
    return field->owner == WIRE_SA && strcmp(field->name, "attribute length") == 0 &&
           value == field->max;
}

static void change_field(struct bench *bench, const struct wire_field *field, enum seal seal)
{
    const uint32_t values[] = {0, 1, 3, 4, field->max, field->max + 1, UINT8_MAX, UINT16_MAX};
    uint8_t plain[SPY_MESSAGE_MAX];
    for (size_t i = 0; i < x4m_countof(values); i++) {
        if (values[i] >> (8 * field->size) || is_another_message(field, values[i], seal))
            continue;
        memcpy(plain, bench->message.plain, bench->message.plain_len);
        wire_put(plain + field->at, field->size, values[i]);
        refuse_plain(bench, plain, bench->message.plain_len, seal, field->name, values[i]);
    }
}

static void change_fields(struct bench *bench, enum seal seal)
{
    const struct spy_message *message = &bench->message;
    struct wire_field fields[WIRE_FIELDS_MAX];
    size_t count = wire_fields(message->plain, message->plain_len, fields);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].at != WIRE_LENGTH_AT)
            change_field(bench, &fields[i], seal);
    }
}

static void cut_plaintext(struct bench *bench, enum seal seal)
{
    uint8_t plain[SPY_MESSAGE_MAX];
    for (size_t len = PAYLOADS_AT + 1; len < bench->message.plain_len; len++) {
        memcpy(plain, bench->message.plain, len);
        refuse_plain(bench, plain, len, seal, "plaintext cut", len);
    }
}

/* The same message without encryption, which it must not be taken in. */
static void bare(struct bench *bench)
{
    uint8_t plain[SPY_MESSAGE_MAX];
    memcpy(plain, bench->message.plain, bench->message.plain_len);
    plain[WIRE_FLAGS_AT] &= (uint8_t)~WIRE_ENCRYPTED;
    wire_put(plain + WIRE_LENGTH_AT, 4, (uint32_t)bench->message.plain_len);
    refuse(bench, plain, bench->message.plain_len, "in the clear", 0);
}

static void mutate(struct bench *bench)
{
    cut_datagram(bench);
    change_header_length(bench);
    if (!bench->message.opened) {
        change_fields(bench, SEAL_NOT);
        return;
    }
    corrupt_ciphertext(bench);
    bare(bench);
    for (enum seal seal = SEAL; seal <= SEAL_REHASH; seal++) {
        bench->authentic = seal == SEAL_REHASH;
        change_fields(bench, seal);
        cut_plaintext(bench, seal);
    }
}

/* An exchange: what begins it, how many messages it has, and what is true when it has ended. */
struct exchange {
    const char *name;
    unsigned messages;
    bool connected;                       /* needs an ISAKMP SA */
    void (*prepare)(struct bench *bench); /* optional */
    void (*begin)(struct bench *bench);
    bool (*ended)(const struct pair *pair);
};

static void begin_main_mode(struct bench *bench)
{
    bench->pair.a = sim_init1(bench->pair.alice, bench->pair.bob);
}

static bool main_mode_ended(const struct pair *pair)
{
    return sim_complete(pair->a) && sim_peer(pair->a);
}

static void use_selectors(struct sim_node *node)
{
    static const x4s_net_addr here = {.family = x4c_net_ipv4, .ip = {10, 1, 0, 0}};
    static const x4s_net_addr there = {.family = x4c_net_ipv4, .ip = {10, 2, 3, 4}};
    node->config2.selectors = btrue;
    assert_true(x4_net_selector_from_prefix(&here, 16, &node->config2.local));
    x4_net_selector_from_addr(&there, &node->config2.remote);
}

static void begin_quick_mode(struct bench *bench)
{
    use_selectors(bench->pair.alice);
    assert_non_null(sim_init2(bench->pair.a));
}

static void use_pfs(struct bench *bench)
{
    bench->pair.alice->transforms2[0].group = x4c_group_ecp256;
    bench->pair.bob->transforms2[0].group = x4c_group_ecp256;
}

static void begin_quick_mode_pfs(struct bench *bench)
{
    use_pfs(bench);
    begin_quick_mode(bench);
}

/* The last payload is then the KE. */
static void begin_quick_mode_bare(struct bench *bench)
{
    use_pfs(bench);
    assert_non_null(sim_init2(bench->pair.a));
}

static void use_bundle(struct bench *bench, uint8_t ipcomp)
{
    const x4s_ike_transform2 bundle = {.esp = x4c_ike_esp_3des,
                                       .ah = x4c_ike_integ_hmac_sha1,
                                       .ipcomp = ipcomp,
                                       .mode = x4c_ike_tunnel,
                                       .life_sec = 3600};
    pair_transform2(&bench->pair, &bundle);
}

static void begin_quick_mode_bundle(struct bench *bench)
{
    use_bundle(bench, x4c_ike_ipcomp_deflate);
    begin_quick_mode(bench);
}

/* From the responder of phase 1. */
static void begin_quick_mode_back(struct bench *bench)
{
    use_selectors(bench->pair.bob);
    assert_non_null(sim_init2(bench->pair.b));
}

static bool quick_mode_ended(const struct pair *pair)
{
    return sim_count(pair->alice, 2) == 1 && sim_count(pair->bob, 2) == 1;
}

static void have_quick_mode(struct bench *bench)
{
    pair_quick(bench->pair.a);
}

static void have_bundle(struct bench *bench)
{
    use_bundle(bench, x4c_ike_ipcomp_none);
    pair_quick(bench->pair.a);
}

static void begin_delete_ipsec(struct bench *bench)
{
    sim_term(sim_last(bench->pair.alice, 2), btrue);
}

static bool delete_ipsec_ended(const struct pair *pair)
{
    return sim_ended(sim_last(pair->bob, 2), x4c_ike_deleted) && sim_complete(pair->b);
}

static void begin_delete_isakmp(struct bench *bench)
{
    sim_term(bench->pair.a, btrue);
}

static bool delete_isakmp_ended(const struct pair *pair)
{
    return sim_ended(pair->b, x4c_ike_deleted);
}

/* The first message of the quick mode counts; the notify that refuses it is the second. */
static void begin_notify(struct bench *bench)
{
    bench->pair.bob->refuse2 = true;
    begin_quick_mode(bench);
}

static bool notify_ended(const struct pair *pair)
{
    return sim_ended(sim_last(pair->alice, 2), x4c_ike_peer_invalid_id);
}

static void bench_open(struct bench *bench, const struct exchange *exchange, unsigned hold,
                       const x4s_ike_transform1 *suite)
{
    *bench = (struct bench){.pair = pair_new(hold), .stage = exchange->name};
    pair_transform1(&bench->pair, suite);
    bench->spy = spy_new(bench->pair.alice);
    bench->pair.sim->network.tap = tap;
    bench->pair.sim->network.tap_context = bench;
    assert_true(sim_boot(bench->pair.alice) && sim_boot(bench->pair.bob));
    if (exchange->connected)
        pair_connect(&bench->pair);
    if (exchange->prepare)
        exchange->prepare(bench);
    bench->hold = hold;
    bench->seen = 0;
    exchange->begin(bench);
    sim_settle(bench->pair.sim);
    assert_int_equal(bench->seen, hold);
    bench->message = bench->spy->last;
    bench->message.datagram = sim_datagram_copy(bench->spy->last.datagram);
    const struct sim_datagram *held = bench->message.datagram;
    bool to_bob = x4_net_addr_equal(&held->to, &bench->pair.bob->addr);
    bench->receiver = to_bob ? bench->pair.bob : bench->pair.alice;
}

static void bench_close(struct bench *bench)
{
    free(bench->message.datagram);
    spy_free(bench->spy);
    sim_free(bench->pair.sim);
}

static unsigned mutate_message(const struct exchange *exchange, unsigned number,
                               const x4s_ike_transform1 *suite)
{
    struct bench bench;
    char stage[64];
    bench_open(&bench, exchange, number, suite);
    snprintf(stage, sizeof(stage), "%s %u", exchange->name, number);
    bench.stage = stage;
    bench.mute = true;
    mutate(&bench);
    bench.mute = false;
    bench.pair.sim->now += LOOKED_AT_AGAIN_MS;

    const struct sim_datagram *original = bench.message.datagram;
    x4e_ike_reason reason =
        sim_inject(bench.receiver, &original->from, original->data, original->len);
    if (reason != x4c_ike_none)
        fail_msg("%s: the original is refused: %s", stage, x4_ike_reason_name(reason));
    sim_settle(bench.pair.sim);
    if (!exchange->ended(&bench.pair))
        fail_msg("%s: the exchange did not end well after the mutants", stage);
    bench_close(&bench);
    return bench.mutants;
}

static const x4s_ike_transform1 suites[] = {
    {.cipher = x4c_cipher_aes,
     .key_bits = 128,
     .hash = x4c_hash_sha1,
     .group = x4c_group_ecp256,
     .auth = x4c_ike_auth_psk,
     .life_sec = 86400,
     .life_kb = 1000000},
    {.cipher = x4c_cipher_3des,
     .hash = x4c_hash_md5,
     .group = x4c_group_modp768,
     .auth = x4c_ike_auth_psk,
     .life_sec = 3600},
    {.cipher = x4c_cipher_aes,
     .key_bits = 256,
     .hash = x4c_hash_sha1, /* expanded by Appendix B */
     .group = x4c_group_modp1024,
     .auth = x4c_ike_auth_psk},
};

static void mutate_exchange(const struct exchange *exchange, unsigned first)
{
    for (size_t s = 0; s < x4m_countof(suites); s++) {
        for (unsigned number = first; number <= exchange->messages; number++) {
            unsigned mutants = mutate_message(exchange, number, &suites[s]);
            assert_true(mutants > 80);
        }
    }
}

static void test_main_mode(void **state) /* req 2409-10-3 */
{
    (void)state;
    mutate_exchange(
        &(const struct exchange){
            .name = "main mode", .messages = 6, .begin = begin_main_mode, .ended = main_mode_ended},
        1);
}

static void mutate_quick_mode(const char *name, void (*begin)(struct bench *))
{
    mutate_exchange(&(const struct exchange){.name = name,
                                             .messages = 3,
                                             .connected = true,
                                             .begin = begin,
                                             .ended = quick_mode_ended},
                    1);
}

static void test_quick_mode(void **state) /* req 2409-10-3 2409-5.5-2 */
{
    (void)state;
    mutate_quick_mode("quick mode", begin_quick_mode);
}

static void test_quick_mode_pfs(void **state)
{
    (void)state;
    mutate_quick_mode("quick mode with PFS", begin_quick_mode_pfs);
}

static void test_quick_mode_without_ids(void **state)
{
    (void)state;
    mutate_quick_mode("quick mode without IDs", begin_quick_mode_bare);
}

static void test_quick_mode_of_responder(void **state)
{
    (void)state;
    mutate_quick_mode("quick mode of the responder", begin_quick_mode_back);
}

static void test_quick_mode_of_bundle(void **state)
{
    (void)state;
    mutate_quick_mode("quick mode of a bundle", begin_quick_mode_bundle);
}

/* Two Delete payloads in one message. */
static void test_delete_bundle(void **state)
{
    (void)state;
    mutate_exchange(&(const struct exchange){.name = "Delete of a bundle",
                                             .messages = 1,
                                             .connected = true,
                                             .prepare = have_bundle,
                                             .begin = begin_delete_ipsec,
                                             .ended = delete_ipsec_ended},
                    1);
}

static void test_delete_ipsec(void **state) /* req 2408-5.15-5 */
{
    (void)state;
    mutate_exchange(&(const struct exchange){.name = "Delete of IPsec SAs",
                                             .messages = 1,
                                             .connected = true,
                                             .prepare = have_quick_mode,
                                             .begin = begin_delete_ipsec,
                                             .ended = delete_ipsec_ended},
                    1);
}

static void test_delete_isakmp(void **state)
{
    (void)state;
    mutate_exchange(&(const struct exchange){.name = "Delete of the ISAKMP SA",
                                             .messages = 1,
                                             .connected = true,
                                             .begin = begin_delete_isakmp,
                                             .ended = delete_isakmp_ended},
                    1);
}

static void test_notify(void **state) /* req 2408-5.14-5 */
{
    (void)state;
    mutate_exchange(&(const struct exchange){.name = "Notify",
                                             .messages = 2,
                                             .connected = true,
                                             .begin = begin_notify,
                                             .ended = notify_ended},
                    2);
}

/* A right HASH over an identity that is no identity: the length does not fit the type. */
static void test_identities_of_wrong_length(void **state)
{
    (void)state;
    static const uint8_t wrong[] = {0, 4, 5, 6, 7, 8, 12, 13, 255};
    const struct exchange main_mode = {
        .name = "identity", .messages = 6, .begin = begin_main_mode, .ended = main_mode_ended};
    for (unsigned number = 5; number <= 6; number++) {
        struct bench bench;
        struct wire_part id;
        bench_open(&bench, &main_mode, number, &suites[0]);
        bench.mute = true;
        uint8_t plain[SPY_MESSAGE_MAX];
        memcpy(plain, bench.message.plain, bench.message.plain_len);
        assert_true(wire_find(plain, bench.message.plain_len, WIRE_ID, &id));
        for (size_t i = 0; i < sizeof(wrong); i++) {
            plain[id.at + WIRE_GENERIC] = wrong[i];
            refuse_plain(&bench, plain, bench.message.plain_len, SEAL_REHASH, "ID type", wrong[i]);
        }
        bench_close(&bench);
    }
}

/* What the spy has computed is what libike has: two implementations of RFC 2409 agree. */
static void test_spy_has_the_keys(void **state)
{
    (void)state;
    const struct exchange main_mode = {
        .name = "keys", .messages = 6, .begin = begin_main_mode, .ended = main_mode_ended};
    for (size_t s = 0; s < x4m_countof(suites); s++) {
        struct bench bench;
        bench_open(&bench, &main_mode, 6, &suites[s]);
        const x4s_ike_keys1 *keys = &sim_last(bench.pair.bob, 1)->keys1;
        assert_memory_equal(bench.spy->skeyid_d.data, keys->skeyid_d.data, keys->skeyid_d.len);
        assert_memory_equal(bench.spy->skeyid_a.data, keys->skeyid_a.data, keys->skeyid_a.len);
        assert_int_equal(bench.spy->cipher_key.len, keys->cipher_key.len);
        assert_memory_equal(bench.spy->cipher_key.data, keys->cipher_key.data,
                            keys->cipher_key.len);
        assert_memory_equal(bench.spy->exchanges[0].iv, keys->iv,
                            x4_cipher_block(suites[s].cipher));
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spy_has_the_keys),
        cmocka_unit_test(test_main_mode),
        cmocka_unit_test(test_quick_mode),
        cmocka_unit_test(test_quick_mode_pfs),
        cmocka_unit_test(test_quick_mode_without_ids),
        cmocka_unit_test(test_quick_mode_of_responder),
        cmocka_unit_test(test_quick_mode_of_bundle),
        cmocka_unit_test(test_delete_ipsec),
        cmocka_unit_test(test_delete_bundle),
        cmocka_unit_test(test_delete_isakmp),
        cmocka_unit_test(test_notify),
        cmocka_unit_test(test_identities_of_wrong_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
