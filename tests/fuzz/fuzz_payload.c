/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The payloads of variable structure, each by itself: the first byte of the input says which, the
 * rest is its body. In whole messages a fuzzer has to get past signatures and HASHes to reach them.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/input.h"
#include "tests/sim/check.h"
#include "x4/crypto/cert.h"
#include "x4/crypto/crypto.h"
#include "x4/crypto/dn.h"
#include "x4/ike/attributes.h"
#include "x4/ike/bundle.h"
#include "x4/ike/identity.h"
#include "x4/ike/message.h"
#include "x4/ike/proposal1.h"

/* Memory of the body's own size, so that a read behind its end is seen; the caller frees it. */
static x4s_chunk exactly(x4s_chunk body, uint8_t **memory)
{
    *memory = malloc(body.len + !body.len);
    sim_check(*memory, "no memory");
    memcpy(*memory, body.data, body.len);
    return (x4s_chunk){*memory, body.len};
}

/* -------------------------------------------------------------------------- SA */

static const x4s_ike_transform1 phase1[] = {
    {.cipher = x4c_cipher_aes,
     .key_bits = 128,
     .hash = x4c_hash_sha1,
     .group = x4c_group_ecp256,
     .auth = x4c_ike_auth_psk,
     .life_sec = 3600},
    {.cipher = x4c_cipher_3des,
     .hash = x4c_hash_md5,
     .group = x4c_group_modp1024,
     .auth = x4c_ike_auth_rsa},
};

static const x4s_ike_transform2 phase2[] = {
    {.esp = x4c_ike_esp_aes_cbc,
     .key_bits = 128,
     .integ = x4c_ike_integ_hmac_sha256,
     .mode = x4c_ike_tunnel,
     .life_sec = 600},
    {.esp = x4c_ike_esp_aes_gcm16, .key_bits = 256, .mode = x4c_ike_transport},
    {.protocol = x4c_ike_protocol_ah,
     .integ = x4c_ike_integ_hmac_sha1,
     .ipcomp = x4c_ike_ipcomp_lzs,
     .mode = x4c_ike_tunnel},
    {.esp = x4c_ike_esp_3des,
     .integ = x4c_ike_integ_hmac_sha1,
     .ah = x4c_ike_integ_hmac_sha1,
     .ipcomp = x4c_ike_ipcomp_deflate,
     .mode = x4c_ike_tunnel},
};

static void read_offer1(x4s_chunk body)
{
    static const x4s_ike_config1 config = {.transforms = phase1,
                                           .transform_count = x4m_countof(phase1)};
    x4s_ike_offers offers;
    x4s_ike_transform1 agreed;
    const x4s_ike_offered *chosen;
    if (x4_sa_parse(body, &offers) != x4c_ike_none)
        return;
    if (x4_proposal1_select(&config, &offers, &agreed, &chosen) == x4c_ike_none)
        sim_check(chosen >= offers.list && chosen < offers.list + offers.count, "not offered");
    (void)x4_proposal1_accept(&config, &offers, &agreed);
    x4s_ike_transform1 understood[x4c_limit_transforms];
    size_t count;
    if (x4_proposal1_understood(&offers, understood, &count) == x4c_ike_none)
        sim_check(count <= offers.count, "more understood than offered");
}

/* What is chosen is of one proposal, a transform for each protocol that is agreed on. */
static void check_choice(const x4s_ike_offers *offers, const x4s_ike_choice *choice)
{
    const uint8_t number = offers->list[choice->at[x4c_part_main]].proposal;
    for (unsigned part = 0; part < x4c_part_count; part++) {
        bval has = x4_proposal2_has(&choice->agreed, part);
        sim_check(has == (choice->spis.of[part] != 0), "part %u", part);
        if (!has)
            continue;
        sim_check(choice->at[part] < offers->count, "not offered");
        const x4s_ike_offered *offered = &offers->list[choice->at[part]];
        sim_check(offered->proposal == number, "of another proposal");
        sim_check(offered->protocol == x4_proposal2_protocol(&choice->agreed, part), "protocol");
    }
    uint8_t buffer[8192];
    x4s_ike_build build;
    const x4s_ike_header header = {.exchange = x4c_exchange_quick};
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_bundle_answer(&build, offers, choice, &choice->spis);
}

static void read_offer2(x4s_chunk body)
{
    enum { BEHIND_NAT = 2 };
    static const x4s_ike_config2 config = {.transforms = phase2,
                                           .transform_count = x4m_countof(phase2)};
    x4s_ike_offers offers;
    if (x4_sa_parse(body, &offers) != x4c_ike_none)
        return;
    for (uint16_t offset = 0; offset <= BEHIND_NAT; offset += BEHIND_NAT) {
        const x4s_ike_terms terms = {.mode_offset = offset, .compresses = btrue};
        x4s_ike_choice choice;
        if (x4_bundle_select(&config, &offers, &terms, &choice) == x4c_ike_none)
            check_choice(&offers, &choice);
        if (x4_bundle_accept(&config, &offers, &terms, &choice) == x4c_ike_none)
            check_choice(&offers, &choice);
    }
    uint8_t protocol;
    (void)x4_bundle_group(&offers);
    (void)x4_bundle_transports(&offers);
    (void)x4_bundle_spi(&offers, &protocol);
}

/* -------------------------------------------------------------------------- ID */

static void read_identity(x4s_chunk body)
{
    x4s_ike_id id;
    if (x4_identity_parse(body, &id) != x4c_ike_none)
        return;
    uint8_t bytes[x4c_identity_fixed + x4c_limit_id_body];
    x4s_writer w = x4_writer(bytes, sizeof(bytes));
    x4_identity_write(&w, &id);
    size_t len = x4_writer_len(&w);
    sim_check(len == body.len, "an identity of %zu bytes became one of %zu", body.len, len);
    sim_check(bytes[0] == body.data[0] &&
                  memcmp(bytes + x4c_identity_fixed, body.data + x4c_identity_fixed,
                         len - x4c_identity_fixed) == 0,
              "an identity changed");
}

static void read_selector(x4s_chunk body)
{
    x4s_net_selector selector;
    if (x4_selector_parse(body, &selector) != x4c_ike_none)
        return;
    uint8_t bytes[x4c_limit_id_body];
    x4s_net_selector again;
    x4s_writer w = x4_writer(bytes, sizeof(bytes));
    x4_selector_write(&w, &selector);
    sim_check(x4_selector_parse((x4s_chunk){bytes, x4_writer_len(&w)}, &again) == x4c_ike_none &&
                  x4_net_selector_equal(&selector, &again),
              "a selector changed");
}

/* -------------------------------------------------------------------------- attributes */

static void read_attributes(x4s_chunk body)
{
    x4s_reader r = x4_reader(body.data, body.len);
    x4s_ike_attr attr;
    size_t total = 0;
    while (x4_attr_next(&r, &attr)) {
        enum { FIXED_LEN = 4 };
        uint32_t number;
        total += attr.basic ? FIXED_LEN : FIXED_LEN + attr.value.len;
        sim_check(x4_attr_number(&attr, &number) == (attr.value.len > 0), "a number of nothing");
    }
    sim_check(r.failed || total == body.len, "%zu bytes of %zu", total, body.len);
}

/* -------------------------------------------------------------------------- CERT */

static bval no_random(void *context, void *data, size_t len)
{
    (void)context;
    memset(data, 0, len);
    return btrue;
}

static x4s_crypto *crypto_new(void)
{
    const char *error;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, no_random, NULL, &error);
    sim_check(crypto, "%s", error);
    return crypto;
}

static void look_at(const x4s_cert *cert)
{
    static const char name[] = "gate.example";
    char text[256];
    x4s_chunk subject = x4_cert_subject(cert);
    (void)x4_dn_format(subject, text, sizeof(text));
    (void)x4_cert_is_ca(cert);
    (void)x4_cert_may_sign(cert);
    for (unsigned type = 0; type <= UINT8_MAX; type++)
        sim_check(!x4_cert_speaks_for(cert, (uint8_t)type,
                                      (x4s_chunk){(const uint8_t *)name, sizeof(name) - 1}) ||
                      type == x4c_ike_id_fqdn || type == x4c_ike_id_user_fqdn,
                  "a host's name as identity of type %u", type);
    sim_check(!subject.len || x4_cert_speaks_for(cert, x4c_ike_id_dn, subject),
              "a certificate is not its subject's");
}

static void read_certificate(x4s_chunk body)
{
    const char *error;
    x4s_crypto *crypto = crypto_new();
    x4s_cert *cert = x4_cert_new(crypto, body, &error);
    if (cert)
        look_at(cert);
    x4_cert_free(cert);
    x4_crypto_free(crypto);
}

static void read_pkcs7(x4s_chunk body)
{
    const char *error;
    x4s_cert *certs[x4c_cert_chain_max];
    size_t count = 0;
    x4s_crypto *crypto = crypto_new();
    if (x4_cert_pkcs7_read(crypto, body, certs, x4m_countof(certs), &count, &error))
        sim_check(count >= 1 && count <= x4m_countof(certs), "%zu certificates", count);
    for (size_t i = 0; i < count; i++) {
        look_at(certs[i]);
        x4_cert_free(certs[i]);
    }
    x4_crypto_free(crypto);
}

/* -------------------------------------------------------------------------- chain */

/* The chain of payloads as such, in the clear and decrypted. */
static void read_message(x4s_chunk body)
{
    for (unsigned padded = 0; padded < 2; padded++) {
        x4s_ike_message message = {.raw = body};
        if (x4_message_header(&message) != x4c_ike_none)
            return;
        const x4s_chunk chain = {body.data + x4c_isakmp_header, body.len - x4c_isakmp_header};
        if (x4_message_payloads(&message, chain, padded != 0) == x4c_ike_none && message.count)
            (void)x4_message_after_first(&message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(x4s_chunk body) = {
        read_offer1,     read_offer2,      read_identity, read_selector,
        read_attributes, read_certificate, read_pkcs7,    read_message,
    };
    struct input input = {data, size};
    uint8_t *memory;
    uint8_t which = input_u8(&input);
    x4s_chunk body = exactly((x4s_chunk){input.pos, input.left}, &memory);
    parsers[which % x4m_countof(parsers)](body);
    free(memory);
    return 0;
}
