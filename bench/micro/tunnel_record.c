/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/micro/tunnel_record.h"

#include <stdio.h>
#include <string.h>

static x4s_chunk text(const char *chars)
{
    return (x4s_chunk){(const uint8_t *)chars, strlen(chars)};
}

static x4s_secret secret(uint32_t number)
{
    x4s_secret of = {.len = 32};
    memcpy(of.data, &number, sizeof(number));
    return of;
}

static x4s_net_link link_of(uint32_t number)
{
    x4s_net_link link = {
        .local = {.ip = {192, 0, 2, 1}, .port = 4500, .family = x4c_net_ipv4},
        .remote = {.ip = {10}, .port = 4500, .family = x4c_net_ipv4},
        .encap = btrue,
    };
    memcpy(link.remote.ip + 1, &number, 3);
    return link;
}

static struct store_isakmp isakmp_of(uint32_t number, const char *peer, uint64_t now)
{
    struct store_isakmp sa = {
        .life = {.written = now, .up_at = now, .soft_sec = 13000, .life_sec = 14400},
        .keys =
            {
                .role = x4c_ike_responder,
                .link = link_of(number),
                .suite = {.cipher = x4c_cipher_aes,
                          .hash = x4c_hash_sha256,
                          .group = x4c_group_modp2048,
                          .auth = x4c_ike_auth_psk,
                          .key_bits = 256,
                          .life_sec = 14400},
                .skeyid_d = secret(number),
                .skeyid_a = secret(number + 1),
                .cipher_key = secret(number + 2),
                .local_id = {x4c_ike_id_fqdn, text("hub.example")},
                .remote_id = {x4c_ike_id_fqdn, text(peer)},
                .knows_dpd = btrue,
                .natt = x4c_ike_natt_rfc,
            },
        .connection = text("bench"),
    };
    memset(sa.keys.cookie_i, 1, 8);
    memset(sa.keys.cookie_r, 2, 8);
    memcpy(sa.keys.cookie_i, &number, sizeof(number));
    return sa;
}

static struct store_child child_of(uint32_t number, const struct store_isakmp *sa)
{
    struct store_child child = {
        .life = sa->life,
        .keys =
            {
                .transform = {.protocol = x4c_ike_protocol_esp,
                              .esp = x4c_ike_esp_aes_cbc,
                              .integ = x4c_ike_integ_hmac_sha256,
                              .mode = x4c_ike_tunnel,
                              .key_bits = 256,
                              .encap = btrue},
                .message_id = number + 1,
                .role = x4c_ike_responder,
                .in = {.spi = 256 + number},
                .out = {.spi = 256 + number},
                .selectors = btrue,
            },
        .link = sa->keys.link,
        .local_id = sa->keys.local_id,
        .remote_id = sa->keys.remote_id,
        .connection = sa->connection,
        .child = text("net"),
    };
    x4_net_selector_from_addr(&sa->keys.link.local, &child.keys.local);
    x4_net_selector_from_addr(&sa->keys.link.remote, &child.keys.remote);
    memcpy(child.cookie_i, sa->keys.cookie_i, 8);
    memcpy(child.cookie_r, sa->keys.cookie_r, 8);
    return child;
}

void micro_tunnel_make(struct micro_tunnel *tunnel, const char *estate, uint32_t number,
                       uint64_t now)
{
    (void)snprintf(tunnel->peer, sizeof(tunnel->peer), "peer-%u.example", (unsigned)number);
    tunnel->isakmp = isakmp_of(number, tunnel->peer, now);
    tunnel->child = child_of(number, &tunnel->isakmp);
    const x4s_ike_keys1 *keys = &tunnel->isakmp.keys;
    tunnel->isakmp_place = tunnel->child_place = (struct store_place){
        .estate = estate,
        .partition = store_partition(&keys->local_id, &keys->remote_id),
    };
    tunnel->isakmp_place.name = store_name_isakmp(keys->cookie_i, keys->cookie_r);
    tunnel->child_place.name = store_name_child(tunnel->child.keys.in.spi);
}
