/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/micro/messages.h"

#include "bench/micro/kit.h"
#include "x4/ike/bundle.h"
#include "x4/ike/engine.h"
#include "x4/ike/identity.h"
#include "x4/ike/proposal1.h"
#include "x4/ike/vendor.h"

enum {
    TRANSFORMS_MAX = 8,
    HASH = 32,
    NONCE = 32,
    MODP_2048 = 256,
};

static const uint8_t filler[MODP_2048] = {1, 2, 3};

#define T1(cipher_bits, hash_number, group_number)                                                 \
    {                                                                                              \
        .cipher = x4c_cipher_aes, .key_bits = (cipher_bits), .hash = x4c_hash_##hash_number,       \
        .group = x4c_group_##group_number, .auth = x4c_ike_auth_psk, .life_sec = 14400             \
    }

/* What is agreed on stands last, so that all of an offer is read. */
static const x4s_ike_transform1 offered1[TRANSFORMS_MAX] = {
    T1(256, sha512, ecp521), T1(256, sha384, ecp384),  T1(256, sha512, modp4096),
    T1(192, sha384, ecp384), T1(192, sha512, ecp521),  T1(256, sha384, modp3072),
    T1(256, sha256, ecp256), T1(128, sha256, modp2048)};

#define T2(bits, hash)                                                                             \
    {                                                                                              \
        .protocol = x4c_ike_protocol_esp, .esp = x4c_ike_esp_aes_cbc, .key_bits = (bits),          \
        .integ = x4c_ike_integ_hmac_##hash, .mode = x4c_ike_tunnel, .life_sec = 3600               \
    }

static const x4s_ike_transform2 offered2[TRANSFORMS_MAX] = {
    T2(256, sha512), T2(256, sha384), T2(256, sha256), T2(192, sha512),
    T2(192, sha384), T2(192, sha256), T2(128, sha512), T2(128, sha256)};

/* The last `count` of what is offered, and of these the last is accepted. */
static x4s_ike_config1 config1_of(size_t count)
{
    return (x4s_ike_config1){.transforms = offered1 + TRANSFORMS_MAX - count,
                             .transform_count = count};
}

static x4s_ike_config2 config2_of(size_t count)
{
    return (x4s_ike_config2){.transforms = offered2 + TRANSFORMS_MAX - count,
                             .transform_count = count};
}

static void put(x4s_ike_build *build, uint8_t type, size_t len)
{
    x4_build_body(build, type, (x4s_chunk){filler, len});
}

static bool has(const x4s_ike_message *message, uint8_t type, size_t len)
{
    return x4_message_body(message, type).len == len;
}

/* ------------------------------------------------------------------ main mode */

static void build_main_1(x4s_ike_build *build, size_t count)
{
    const x4s_ike_config1 config = config1_of(count);
    x4_proposal1_write(build, &config);
    x4_vendor_announce(build, x4c_ike_natt_rfc | x4c_ability_dpd | x4c_ability_fragments);
}

static bool read_main_1(const x4s_ike_message *message)
{
    x4s_charon quiet = {0}; /* that traces nothing */
    const x4s_ike_config1 config = config1_of(1);
    x4s_ike_offers offers;
    x4s_ike_transform1 agreed;
    const x4s_ike_offered *chosen;
    return x4_sa_parse(x4_message_body(message, x4c_payload_sa), &offers) == x4c_ike_none &&
           x4_proposal1_select(&config, &offers, &agreed, &chosen) == x4c_ike_none &&
           (x4_vendor_abilities(&quiet, message) & x4c_ability_dpd) != 0;
}

const struct micro_message micro_main_1 = {
    .exchange = x4c_exchange_main,
    .shape = {.required = x4m_bit(x4c_payload_sa),
              .optional = x4m_bit(x4c_payload_vid),
              .repeated = x4m_bit(x4c_payload_vid)},
    .build = build_main_1,
    .read = read_main_1,
};

static void build_main_3(x4s_ike_build *build, size_t count)
{
    (void)count;
    put(build, x4c_payload_ke, MODP_2048);
    put(build, x4c_payload_nonce, NONCE);
    put(build, x4c_payload_nat_d, HASH);
    put(build, x4c_payload_nat_d, HASH);
}

static bool read_main_3(const x4s_ike_message *message)
{
    return has(message, x4c_payload_ke, MODP_2048) && has(message, x4c_payload_nonce, NONCE) &&
           x4_message_find(message, x4c_payload_nat_d, 1) != NULL;
}

const struct micro_message micro_main_3 = {
    .exchange = x4c_exchange_main,
    .shape = {.required = x4m_bit(x4c_payload_ke) | x4m_bit(x4c_payload_nonce),
              .optional = x4m_bit(x4c_payload_nat_d),
              .repeated = x4m_bit(x4c_payload_nat_d)},
    .build = build_main_3,
    .read = read_main_3,
};

static void build_main_5(x4s_ike_build *build, size_t count)
{
    static const char name[] = "peer-000001.example";
    const x4s_ike_id id = {x4c_ike_id_fqdn, {(const uint8_t *)name, sizeof(name) - 1}};
    (void)count;
    x4_build_payload(build, x4c_payload_id);
    x4_identity_write(&build->w, &id);
    put(build, x4c_payload_hash, HASH);
}

static bool read_main_5(const x4s_ike_message *message)
{
    x4s_ike_id id;
    return x4_identity_parse(x4_message_body(message, x4c_payload_id), &id) == x4c_ike_none &&
           has(message, x4c_payload_hash, HASH);
}

const struct micro_message micro_main_5 = {
    .exchange = x4c_exchange_main,
    .shape = {.required = x4m_bit(x4c_payload_id) | x4m_bit(x4c_payload_hash)},
    .build = build_main_5,
    .read = read_main_5,
};

/* ------------------------------------------------------------------ quick mode and after */

static void build_quick_1(x4s_ike_build *build, size_t count)
{
    const x4s_ike_config2 config = config2_of(count);
    const x4s_ike_spis spis = {{[x4c_part_main] = 0xc0ffee}};
    x4s_net_selector selector;
    const x4s_net_addr host = {.ip = {10, 1, 2, 3}, .family = x4c_net_ipv4};
    x4_net_selector_from_addr(&host, &selector);
    put(build, x4c_payload_hash, HASH);
    x4_proposal2_write(build, &config, &spis, 0);
    put(build, x4c_payload_nonce, NONCE);
    for (int i = 0; i < 2; i++) {
        x4_build_payload(build, x4c_payload_id);
        x4_selector_write(&build->w, &selector);
    }
}

static bool read_quick_1(const x4s_ike_message *message)
{
    const x4s_ike_config2 config = config2_of(1);
    const x4s_ike_terms terms = {0};
    x4s_ike_offers offers;
    x4s_ike_choice choice;
    x4s_net_selector selector;
    bool ok = x4_sa_parse(x4_message_body(message, x4c_payload_sa), &offers) == x4c_ike_none &&
              x4_bundle_select(&config, &offers, &terms, &choice) == x4c_ike_none &&
              has(message, x4c_payload_nonce, NONCE);
    for (unsigned i = 0; ok && i < 2; i++)
        ok = x4_selector_parse(x4_message_find(message, x4c_payload_id, i)->body, &selector) ==
             x4c_ike_none;
    return ok;
}

const struct micro_message micro_quick_1 = {
    .exchange = x4c_exchange_quick,
    .message_id = 0xfeed,
    .shape = {.required =
                  x4m_bit(x4c_payload_hash) | x4m_bit(x4c_payload_sa) | x4m_bit(x4c_payload_nonce),
              .optional = x4m_bit(x4c_payload_id),
              .repeated = x4m_bit(x4c_payload_id)},
    .build = build_quick_1,
    .read = read_quick_1,
};

static void build_dpd(x4s_ike_build *build, size_t count)
{
    (void)count;
    put(build, x4c_payload_hash, HASH);
    x4_build_payload(build, x4c_payload_notify);
    x4_writer_u32(&build->w, x4c_doi_ipsec);
    x4_writer_u8(&build->w, x4c_protocol_isakmp);
    x4_writer_u8(&build->w, 2 * x4c_isakmp_cookie);
    x4_writer_u16(&build->w, x4c_notify_are_you_there);
    x4_writer_bytes(&build->w, filler, 2 * x4c_isakmp_cookie);
    x4_writer_u32(&build->w, 1); /* the question's number */
}

static bool read_dpd(const x4s_ike_message *message)
{
    const x4s_chunk body = x4_message_body(message, x4c_payload_notify);
    x4s_reader r = x4_reader(body.data, body.len);
    (void)x4_reader_u32(&r);
    (void)x4_reader_u8(&r);
    const uint8_t spi_size = x4_reader_u8(&r);
    const bool asks = x4_reader_u16(&r) == x4c_notify_are_you_there;
    (void)x4_reader_bytes(&r, spi_size);
    (void)x4_reader_u32(&r);
    return asks && x4_reader_done(&r);
}

const struct micro_message micro_dpd = {
    .exchange = x4c_exchange_informational,
    .message_id = 0xfeed,
    .shape = {.required = x4m_bit(x4c_payload_hash) | x4m_bit(x4c_payload_notify)},
    .build = build_dpd,
    .read = read_dpd,
};

/* ------------------------------------------------------------------ any of them */

size_t micro_message_build(const struct micro_message *kind, size_t count,
                           uint8_t buffer[MICRO_MESSAGE_MAX])
{
    const x4s_ike_header header = {.cookies = {1, 2, 3, 4, 5, 6, 7, 8, 9},
                                   .exchange = kind->exchange,
                                   .message_id = kind->message_id};
    x4s_ike_build build;
    x4_build_begin(&build, buffer, MICRO_MESSAGE_MAX, &header);
    kind->build(&build, count);
    micro_must(x4_build_end(&build, 0), "building a message");
    return x4_writer_len(&build.w);
}

bool micro_message_read(const struct micro_message *kind, x4s_chunk raw)
{
    x4s_ike_message message = {.raw = raw};
    return x4_message_header(&message) == x4c_ike_none &&
           x4_message_clear(&message) == x4c_ike_none &&
           x4_message_fits(&message, &kind->shape) == x4c_ike_none && kind->read(&message);
}
