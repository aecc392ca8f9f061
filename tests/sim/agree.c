/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The two ends of an SA: whether they have agreed on the same.
 */

#include <string.h>

#include "tests/sim/check.h"
#include "tests/sim/user.h"

static bool same_id(const x4s_ike_id *a, const x4s_ike_id *b)
{
    return a->type == b->type && a->data.len == b->data.len &&
           memcmp(a->data.data, b->data.data, a->data.len) == 0;
}

static bool same_secret(const x4s_secret *a, const x4s_secret *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool is_peer1(const struct sim_xchg *a, const struct sim_xchg *b)
{
    return a->role != b->role && memcmp(a->keys1.cookie_i, b->keys1.cookie_i, 8) == 0 &&
           memcmp(a->keys1.cookie_r, b->keys1.cookie_r, 8) == 0;
}

static bool is_peer2(const struct sim_xchg *a, const struct sim_xchg *b)
{
    return a->keys2.in.spi == b->keys2.out.spi && a->keys2.out.spi == b->keys2.in.spi;
}

static bool is_peer(const struct sim_xchg *a, const struct sim_xchg *b)
{
    if (a == b || a->phase != b->phase || !b->calls[SIM_COMPLETED])
        return false;
    return a->phase == 1 ? is_peer1(a, b) : is_peer2(a, b);
}

struct sim_xchg *sim_peer(const struct sim_xchg *xchg)
{
    const struct sim *sim = xchg->node->sim;
    for (unsigned i = 0; i < sim->node_count; i++) {
        for (struct sim_xchg *other = sim->nodes[i]->xchgs; other; other = other->next) {
            if (is_peer(xchg, other))
                return other;
        }
    }
    return NULL;
}

static void agree1(const x4s_ike_keys1 *a, const x4s_ike_keys1 *b, bool translated)
{
    sim_check(a->suite.cipher == b->suite.cipher, "%u, %u", a->suite.cipher, b->suite.cipher);
    sim_check(a->suite.key_bits == b->suite.key_bits, "%u, %u", a->suite.key_bits,
              b->suite.key_bits);
    sim_check(a->suite.hash == b->suite.hash, "%u, %u", a->suite.hash, b->suite.hash);
    sim_check(a->suite.group == b->suite.group, "%u, %u", a->suite.group, b->suite.group);
    sim_check(a->suite.auth == b->suite.auth, "%u, %u", a->suite.auth, b->suite.auth);
    sim_check(a->suite.life_sec == b->suite.life_sec, "%u, %u", a->suite.life_sec,
              b->suite.life_sec);
    sim_check(a->skeyid_d.len > 0 && same_secret(&a->skeyid_d, &b->skeyid_d), "SKEYID_d");
    sim_check(a->skeyid_a.len > 0 && same_secret(&a->skeyid_a, &b->skeyid_a), "SKEYID_a");
    sim_check(a->cipher_key.len > 0 && same_secret(&a->cipher_key, &b->cipher_key), "cipher key");
    sim_check(memcmp(a->iv, b->iv, sizeof(a->iv)) == 0, "last block of phase 1");
    sim_check(same_id(&a->local_id, &b->remote_id), "identity of one end");
    sim_check(same_id(&a->remote_id, &b->local_id), "identity of the other");
    sim_check(a->natt == b->natt, "%02x, %02x", a->natt, b->natt);
    sim_check(a->behind_local == b->behind_remote, "NAT before one end");
    sim_check(a->behind_remote == b->behind_local, "NAT before the other");
    sim_check(translated || x4_net_addr_equal(&a->link.local, &b->link.remote), "link");
}

static void agree_sa(const x4s_ike_sa2 *in, const x4s_ike_sa2 *out)
{
    sim_check(in->spi == out->spi, "%08x, %08x", in->spi, out->spi);
    sim_check(memcmp(in->encr, out->encr, sizeof(in->encr)) == 0, "encryption key");
    sim_check(memcmp(in->salt, out->salt, sizeof(in->salt)) == 0, "salt");
    sim_check(memcmp(in->integ, out->integ, sizeof(in->integ)) == 0, "integrity key");
}

/* What `a` receives is what `b` sends. */
static void agree_direction(const x4s_ike_keys2 *a, const x4s_ike_keys2 *b)
{
    agree_sa(&a->in, &b->out);
    agree_sa(&a->ah_in, &b->ah_out);
    sim_check(a->cpi_in == b->cpi_out, "%04x, %04x", a->cpi_in, b->cpi_out);
}

static void agree2(const x4s_ike_keys2 *a, const x4s_ike_keys2 *b, bool translated)
{
    sim_check(a->transform.protocol == b->transform.protocol, "protocol");
    sim_check(a->transform.esn == b->transform.esn, "sequence numbers");
    sim_check(a->transform.esp == b->transform.esp, "%u, %u", a->transform.esp, b->transform.esp);
    sim_check(a->transform.integ == b->transform.integ, "%u, %u", a->transform.integ,
              b->transform.integ);
    sim_check(a->transform.ah == b->transform.ah, "%u, %u", a->transform.ah, b->transform.ah);
    sim_check(a->transform.ipcomp == b->transform.ipcomp, "%u, %u", a->transform.ipcomp,
              b->transform.ipcomp);
    sim_check(a->transform.mode == b->transform.mode, "%u, %u", a->transform.mode,
              b->transform.mode);
    sim_check(a->transform.encap == b->transform.encap, "%d, %d", a->transform.encap,
              b->transform.encap);
    sim_check(a->transform.group == b->transform.group, "%u, %u", a->transform.group,
              b->transform.group);
    sim_check(a->transform.key_bits == b->transform.key_bits, "%u, %u", a->transform.key_bits,
              b->transform.key_bits);
    sim_check(a->message_id == b->message_id && a->message_id, "%08x, %08x", a->message_id,
              b->message_id);
    sim_check(a->role != b->role, "both are %u", a->role);
    sim_check(a->encr_len == b->encr_len && a->salt_len == b->salt_len &&
                  a->integ_len == b->integ_len,
              "lengths of keys");
    sim_check(a->ah_salt_len == b->ah_salt_len && a->ah_integ_len == b->ah_integ_len,
              "lengths of AH's keys");
    agree_direction(a, b);
    agree_direction(b, a);
    sim_check(a->selectors == b->selectors, "%d, %d", a->selectors, b->selectors);
    if (translated && (!a->selectors || a->transform.mode == x4c_ike_transport))
        return; /* hosts are not the same from both sides */
    sim_check(x4_net_selector_equal(&a->local, &b->remote), "selector of one end");
    sim_check(x4_net_selector_equal(&a->remote, &b->local), "selector of the other");
}

void sim_agree(const struct sim_xchg *xchg)
{
    const struct sim_xchg *peer = sim_peer(xchg);
    if (!peer)
        return;
    bool translated = xchg->node->nat || peer->node->nat;
    if (xchg->phase == 1)
        agree1(&xchg->keys1, &peer->keys1, translated);
    else
        agree2(&xchg->keys2, &peer->keys2, translated);
}
