/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_DATAGRAMS_H
#define FUZZ_DATAGRAMS_H

/*
 * An input that is a row of datagrams to one node, and the node. What record.c writes, the targets
 * read; the same peer in the same world makes the same of it each time.
 *
 *     2 bytes  length
 *     1 byte   bits 0 and 1 the sender, bit 2 port 4500, bit 3 time in longer steps, bits 4 to 7
 *              steps of time that pass before
 *              the datagram
 */

#include "tests/fuzz/input.h"
#include "tests/sim/sim.h"

enum {
    DATAGRAMS_MAX = 32,
    DATAGRAM_SENDERS = 3,
    DATAGRAM_PORT_NATT = 4,
    DATAGRAM_LONGER = 8,
    DATAGRAM_STEP_MS = 700,
    DATAGRAM_LONG_STEP_MS = 20 * 1000,
    DATAGRAMS_SEED = 1, /* of the world */
};

/* Accepts or offers one of each kind; the traversal of NATs and dead peer detection are on, and
 * fragments are taken. */
static inline void datagrams_configure(struct sim_node *node)
{
    static const x4s_ike_transform1 phase1[] = {
        {.cipher = x4c_cipher_aes,
         .key_bits = 128,
         .hash = x4c_hash_sha1,
         .group = x4c_group_ecp256,
         .auth = x4c_ike_auth_psk,
         .life_sec = 3600},
        {.cipher = x4c_cipher_aes,
         .key_bits = 256,
         .hash = x4c_hash_sha256,
         .group = x4c_group_modp1024,
         .auth = x4c_ike_auth_psk},
        {.cipher = x4c_cipher_3des,
         .hash = x4c_hash_md5,
         .group = x4c_group_modp768,
         .auth = x4c_ike_auth_psk},
    };
    static const x4s_ike_transform2 phase2[] = {
        {.esp = x4c_ike_esp_aes_cbc,
         .key_bits = 128,
         .integ = x4c_ike_integ_hmac_sha256,
         .mode = x4c_ike_tunnel,
         .life_sec = 600},
        {.esp = x4c_ike_esp_aes_gcm16, .key_bits = 256, .mode = x4c_ike_transport},
        {.esp = x4c_ike_esp_3des,
         .integ = x4c_ike_integ_hmac_sha1,
         .ipcomp = x4c_ike_ipcomp_deflate,
         .mode = x4c_ike_tunnel},
    };
    node->reply = fuzz_reply();
    for (size_t i = 0; i < x4m_countof(phase1); i++)
        node->transforms1[i] = phase1[i];
    for (size_t i = 0; i < x4m_countof(phase2); i++)
        node->transforms2[i] = phase2[i];
    node->config1.transform_count = x4m_countof(phase1);
    node->config2.transform_count = x4m_countof(phase2);
    node->config1.natt =
        x4c_ike_natt_rfc | x4c_ike_natt_03 | x4c_ike_natt_02n | x4c_ike_natt_02 | x4c_ike_natt_00;
    node->config1.dpd_sec = 5;
    node->config1.fragmentation = x4c_ike_fragment_accept;
}

/* Feeds the whole input to the node. */
static inline void datagrams_feed(struct input *input, struct sim_node *node)
{
    for (unsigned i = 0; i < DATAGRAMS_MAX && input->left; i++) {
        size_t len;
        size_t wanted = input_u16(input);
        uint8_t how = input_u8(input);
        const uint8_t *datagram = input_bytes(input, wanted, &len);
        uint16_t port = how & DATAGRAM_PORT_NATT ? SIM_PORT_NATT : SIM_PORT;
        x4_msec step = how & DATAGRAM_LONGER ? DATAGRAM_LONG_STEP_MS : DATAGRAM_STEP_MS;
        const x4s_net_addr from = {
            .family = x4c_net_ipv4, .ip = {192, 0, 2, how & DATAGRAM_SENDERS}, .port = port};
        sim_run(node->sim, (how >> 4) * step);
        sim_inject_at(node, port, &from, datagram, len);
    }
}

#endif
