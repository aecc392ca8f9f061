/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_STORE_RECORDS_H
#define TEST_STORE_RECORDS_H

/*
 * An ISAKMP SA and children as a store has them, for tests and fuzz targets.
 */

#include <string.h>

#include "store/record.h"

#define RECORDS_UP_AT UINT64_C(1700000000123)

static inline x4s_chunk records_text(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, strlen(text)};
}

static inline void records_count(uint8_t *bytes, size_t len, uint8_t first)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(first + i);
}

static inline x4s_secret records_secret(uint8_t len, uint8_t first)
{
    x4s_secret secret = {.len = len};
    records_count(secret.data, len, first);
    return secret;
}

static inline x4s_net_link records_link(void)
{
    return (x4s_net_link){
        .local = {.ip = {192, 0, 2, 1}, .port = 4500, .family = x4c_net_ipv4},
        .remote = {.ip = {198, 51, 100, 7}, .port = 33000, .family = x4c_net_ipv4},
        .encap = btrue,
    };
}

static inline x4s_net_selector records_subnet(uint8_t third)
{
    return (x4s_net_selector){
        .from = {10, 1, third, 0},
        .to = {10, 1, third, 255},
        .family = x4c_net_ipv4,
        .form = x4c_net_subnet,
    };
}

static inline struct store_life records_life(void)
{
    return (struct store_life){
        .written = RECORDS_UP_AT + 5,
        .up_at = RECORDS_UP_AT,
        .soft_sec = 13000,
        .life_sec = 14400,
    };
}

/* AES-256 and SHA2-256, behind a NAT, of a user with an address inside. */
static inline struct store_isakmp records_isakmp(void)
{
    struct store_isakmp sa = {
        .life = records_life(),
        .keys =
            {
                .role = x4c_ike_responder,
                .link = records_link(),
                .suite = {.cipher = x4c_cipher_aes,
                          .hash = x4c_hash_sha256,
                          .group = x4c_group_modp2048,
                          .auth = x4c_ike_auth_xauth_init_psk,
                          .key_bits = 256,
                          .life_sec = 14400},
                .skeyid_d = records_secret(32, 0x20),
                .skeyid_a = records_secret(32, 0x40),
                .cipher_key = records_secret(32, 0x60),
                .local_id = {x4c_ike_id_fqdn, records_text("gateway.example.net")},
                .remote_id = {x4c_ike_id_user_fqdn, records_text("group@example.net")},
                .user = records_text("alice"),
                .knows_dpd = btrue,
                .natt = x4c_ike_natt_rfc,
                .fragments = btrue,
                .fragment_size = 1280,
                .behind_remote = btrue,
                .dpd_sequence = 0x12345678,
            },
        .connection = records_text("roadwarriors"),
        .inner = {.ip = {10, 9, 8, 7}, .family = x4c_net_ipv4},
    };
    records_count(sa.keys.cookie_i, 8, 1);
    records_count(sa.keys.cookie_r, 8, 0x11);
    records_count(sa.keys.iv, 16, 0x80);
    return sa;
}

/* The same of a user whom a RADIUS server has let in, with an address that the server said. */
static inline struct store_isakmp records_session(void)
{
    static const uint8_t classes[] = {25, 4, 'a', 'b', 25, 2};
    struct store_isakmp sa = records_isakmp();
    sa.session = (struct store_session){
        .began_at = RECORDS_UP_AT + 200,
        .ends_at = RECORDS_UP_AT + 3600000,
        .salt = 0xfedcba98,
        .number = 77,
        .interim_sec = 300,
        .started = true,
        .framed = {.ip = {10, 9, 8, 7}, .family = x4c_net_ipv4},
        .netmask = {.ip = {255, 255, 0, 0}, .family = x4c_net_ipv4},
        .user = records_text("alice"),
        .classes = {classes, sizeof(classes)},
    };
    sa.inner6 = (x4s_net_addr){.ip = {0xfd, 3, [15] = 7}, .family = x4c_net_ipv6};
    return sa;
}

/* ESP with AES-256 and HMAC-SHA2-256 of that ISAKMP SA. */
static inline struct store_child records_child(void)
{
    struct store_child child = {
        .life = records_life(),
        .keys =
            {
                .transform = {.protocol = x4c_ike_protocol_esp,
                              .esp = x4c_ike_esp_aes_cbc,
                              .integ = x4c_ike_integ_hmac_sha256,
                              .mode = x4c_ike_tunnel,
                              .key_bits = 256,
                              .encap = btrue,
                              .life_sec = 3600},
                .message_id = 0xabcdef01,
                .role = x4c_ike_responder,
                .encr_len = 32,
                .integ_len = 32,
                .in = {.spi = 0xc0ffee01},
                .out = {.spi = 0xdecade02},
                .selectors = btrue,
                .local = records_subnet(1),
                .remote = records_subnet(2),
                .life_kb = 1000000,
                .soft_kb = 900000,
            },
        .link = records_link(),
        .local_id = {x4c_ike_id_fqdn, records_text("gateway.example.net")},
        .remote_id = {x4c_ike_id_key_id, records_text("alice")},
        .connection = records_text("roadwarriors"),
        .child = records_text("net"),
        .inner = {.ip = {10, 9, 8, 7}, .family = x4c_net_ipv4},
        .out_sequence = UINT64_C(0x100000000),
    };
    records_count(child.cookie_i, 8, 1);
    records_count(child.cookie_r, 8, 0x11);
    records_count(child.keys.in.encr, 32, 0x20);
    records_count(child.keys.in.integ, 32, 0x40);
    records_count(child.keys.out.encr, 32, 0x60);
    records_count(child.keys.out.integ, 32, 0x80);
    return child;
}

/* The bundle with most in it: IPComp, ESP with a salt, AH with the longest key; over IPv6. */
static inline struct store_child records_bundle(void)
{
    struct store_child child = records_child();
    x4s_ike_keys2 *keys = &child.keys;
    const x4s_ike_sa2 none = {.spi = 0xc0ffee01};
    keys->transform = (x4s_ike_transform2){
        .protocol = x4c_ike_protocol_esp,
        .esp = x4c_ike_esp_aes_gcm16,
        .ah = x4c_ike_integ_hmac_sha512,
        .ipcomp = x4c_ike_ipcomp_deflate,
        .mode = x4c_ike_transport,
        .group = x4c_group_ecp256,
        .esn = btrue,
        .key_bits = 256,
    };
    keys->salt_len = 4;
    keys->integ_len = 0;
    keys->ah_integ_len = 64;
    keys->in = none;
    keys->out = none;
    records_count(keys->in.encr, 32, 1);
    records_count(keys->in.salt, 4, 2);
    records_count(keys->out.encr, 32, 3);
    records_count(keys->out.salt, 4, 4);
    keys->ah_in.spi = 256;
    keys->ah_out.spi = UINT32_MAX;
    records_count(keys->ah_in.integ, 64, 5);
    records_count(keys->ah_out.integ, 64, 6);
    keys->cpi_in = x4c_ike_cpi_first;
    keys->cpi_out = x4c_ike_cpi_last;
    keys->local = (x4s_net_selector){
        .from = {0x20, 1}, .to = {0x20, 1}, .family = x4c_net_ipv6, .protocol = 6, .port = 80};
    keys->remote = (x4s_net_selector){
        .from = {0x20, 2}, .to = {0x20, 3}, .family = x4c_net_ipv6, .form = x4c_net_range};
    keys->original_local = (x4s_net_addr){.ip = {192, 168, 0, 1}, .family = x4c_net_ipv4};
    keys->original_remote = (x4s_net_addr){.ip = {0xfe, 0x80}, .scope = 3, .family = x4c_net_ipv6};
    child.link.local = (x4s_net_addr){.ip = {0xfe, 0x80}, .scope = 2, .port = 500, .family = 6};
    child.link.remote = (x4s_net_addr){.ip = {0x20, 1}, .port = 500, .family = 6};
    child.link.encap = bfalse;
    child.inner = (x4s_net_addr){0};
    child.replaced = true;
    child.adopted = true;
    memset(child.cookie_i, 0, 8);
    memset(child.cookie_r, 0, 8);
    return child;
}

#endif
