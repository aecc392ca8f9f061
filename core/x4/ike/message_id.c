/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/message_id.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/ike/phase1.h"

#define ROUNDS 4 /* of a Feistel network with a PRF: what Luby and Rackoff need */

static bval make_key(x4s_ike_xchg1 *xchg, uint8_t key[x4c_hash_size_max])
{
    static const uint8_t label[] = {'m', 'e', 's', 's', 'a', 'g', 'e', ' ', 'I', 'D'};
    const x4s_chunk parts[] = {{label, sizeof(label)}, {&xchg->base.role, 1}};
    return x4_prf(xchg->base.charon->crypto, xchg->suite.hash,
                  (x4s_chunk){xchg->skeyid_a.data, xchg->skeyid_a.len}, parts, x4m_countof(parts),
                  key);
}

static uint16_t scramble(const uint8_t *key, unsigned round, uint16_t half)
{
    const uint8_t input[] = {(uint8_t)round, (uint8_t)(half >> 8), (uint8_t)half};
    return (uint16_t)x4_siphash(key, input, sizeof(input));
}

static uint32_t encrypt(const uint8_t *key, uint32_t number)
{
    uint16_t left = (uint16_t)(number >> 16);
    uint16_t right = (uint16_t)number;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint16_t mixed = left ^ scramble(key, round, right);
        left = right;
        right = mixed;
    }
    return (uint32_t)left << 16 | right;
}

static uint32_t decrypt(const uint8_t *key, uint32_t id)
{
    uint16_t left = (uint16_t)(id >> 16);
    uint16_t right = (uint16_t)id;
    for (unsigned round = ROUNDS; round-- > 0;) {
        uint16_t mixed = right ^ scramble(key, round, left);
        right = left;
        left = mixed;
    }
    return (uint32_t)left << 16 | right;
}

static bval holds(const uint32_t *ring, size_t room, uint32_t message_id)
{
    for (size_t i = 0; i < room; i++)
        if (ring[i] == message_id)
            return btrue;
    return bfalse;
}

static bval has_seen(const x4s_message_ids *ids, uint32_t message_id)
{
    return holds(ids->numbered, x4m_countof(ids->numbered), message_id) ||
           holds(ids->others, ids->others_room, message_id);
}

/* Also when it cannot be told for want of memory. */
static bval is_ours(x4s_ike_xchg1 *xchg, uint32_t message_id)
{
    uint8_t key[x4c_hash_size_max];
    if (xchg->ids.own == 0)
        return bfalse;
    bval ours = !make_key(xchg, key) || decrypt(key, message_id) < xchg->ids.own;
    x4_wipe(key, sizeof(key));
    return ours;
}

bval x4_message_id_used(x4s_ike_xchg1 *xchg, uint32_t message_id)
{
    return has_seen(&xchg->ids, message_id) || is_ours(xchg, message_id);
}

static void put(uint32_t *ring, size_t room, uint8_t *next, uint32_t message_id)
{
    ring[*next % room] = message_id;
    *next = (uint8_t)((*next % room) + 1);
}

/* A ring that is full is doubled until the limit; without memory for it the oldest go. */
static void make_room(x4s_ike_xchg1 *xchg)
{
    const x4s_allocator *allocator = xchg->base.charon->allocator;
    x4s_message_ids *ids = &xchg->ids;
    size_t room = ids->others_room ? 2 * (size_t)ids->others_room : x4c_limit_recent;
    if (ids->others_next < ids->others_room || room > x4c_limit_seen)
        return;
    uint32_t *ring = x4_alloc(allocator, room * sizeof(*ring));
    if (!ring)
        return;
    if (ids->others)
        memcpy(ring, ids->others, ids->others_room * sizeof(*ring));
    x4_free(allocator, ids->others, ids->others_room * sizeof(*ring));
    ids->others = ring;
    ids->others_room = (uint8_t)room;
}

void x4_message_id_take(x4s_ike_xchg1 *xchg, uint32_t message_id, bval numbered)
{
    x4s_message_ids *ids = &xchg->ids;
    if (!numbered)
        make_room(xchg);
    if (numbered || !ids->others)
        put(ids->numbered, x4m_countof(ids->numbered), &ids->numbered_next, message_id);
    else
        put(ids->others, ids->others_room, &ids->others_next, message_id);
}

void x4_message_id_free(x4s_ike_xchg1 *xchg)
{
    x4s_message_ids *ids = &xchg->ids;
    x4_free(xchg->base.charon->allocator, ids->others, ids->others_room * sizeof(*ids->others));
    ids->others = NULL;
    ids->others_room = 0;
}

/* One of the peer's by chance is passed over. */
uint32_t x4_message_id_new(x4s_ike_xchg1 *xchg) /* req 2409-5.7-1 */
{
    x4s_message_ids *ids = &xchg->ids;
    uint8_t key[x4c_hash_size_max];
    uint32_t id = 0;
    if (!make_key(xchg, key))
        return 0;
    while (ids->own < UINT32_MAX && (id == 0 || has_seen(ids, id)))
        id = encrypt(key, ids->own++);
    x4_wipe(key, sizeof(key));
    return ids->own < UINT32_MAX ? id : 0;
}

void x4_message_id_resume(x4s_ike_xchg1 *xchg, uint32_t age_sec)
{
    xchg->ids.own = age_sec < UINT32_MAX - x4c_limit_own_ids_spare
                        ? age_sec + x4c_limit_own_ids_spare
                        : UINT32_MAX;
}
