/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/crowd.h"

#include <string.h>

#include "x4/ike/half_open.h"

#define ADDRESS4_BITS 32
#define ADDRESS6_BITS 64 /* who has one address of IPv6 has that many */

typedef struct x4s_crowd_key {
    uint8_t family;
    uint8_t bits;
    uint8_t prefix[16];
} x4s_crowd_key;

struct x4s_ike_crowd {
    x4s_table_link by_key;
    x4s_crowd_key key;
    x4e_ike_reason reason; /* when it is full */
    uint32_t cap;
    uint32_t count;
    x4s_list slots; /* those in it that give way, oldest first */
};

/* -------------------------------------------------------------------------- which counts */

/* Of the bits of a prefix that its last byte shares with others. */
static uint8_t mask_of(uint8_t bits)
{
    return (uint8_t)(0xff00u >> bits % 8u);
}

static x4s_crowd_key key_of(const x4s_net_addr *addr, uint8_t bits)
{
    x4s_crowd_key key = {.family = addr->family, .bits = bits};
    size_t whole = bits / 8u;
    memcpy(key.prefix, addr->ip, whole);
    if (bits % 8u)
        key.prefix[whole] = addr->ip[whole] & mask_of(bits);
    return key;
}

static bval same_key(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_crowd *crowd = x4m_container_const(entry, x4s_ike_crowd, by_key);
    return memcmp(&crowd->key, key, sizeof(crowd->key)) == 0;
}

static bval lies_in(const x4s_net_addr *addr, const x4s_ike_shared_net *net)
{
    size_t whole = net->bits / 8u;
    if (addr->family != net->addr.family || memcmp(addr->ip, net->addr.ip, whole) != 0)
        return bfalse;
    return net->bits % 8u == 0 ||
           ((addr->ip[whole] ^ net->addr.ip[whole]) & mask_of(net->bits)) == 0;
}

static const x4s_ike_shared_net *shared_net(const x4s_ike_limits *limits, const x4s_net_addr *addr)
{
    const x4s_ike_shared_net *longest = NULL;
    for (size_t i = 0; i < limits->shared_net_count; i++) {
        const x4s_ike_shared_net *net = &limits->shared_nets[i];
        if ((!longest || net->bits > longest->bits) && lies_in(addr, net))
            longest = net;
    }
    return longest;
}

/* -------------------------------------------------------------------------- in and out */

static x4s_ike_crowd *find_or_make(x4s_charon *charon, const x4s_ike_crowd *wanted)
{
    uint64_t hash = x4_engine_hash(charon, &wanted->key, sizeof(wanted->key));
    x4s_table_link *entry = x4_table_find(&charon->crowds, hash, same_key, &wanted->key);
    if (entry) {
        x4s_ike_crowd *found = x4m_container(entry, x4s_ike_crowd, by_key);
        found->cap = wanted->cap;
        return found;
    }
    x4s_ike_crowd *crowd = x4_alloc(charon->allocator, sizeof(*crowd));
    if (!crowd)
        return NULL;
    *crowd = *wanted;
    x4_list_init(&crowd->slots);
    x4_table_insert(&charon->crowds, &crowd->by_key, hash);
    return crowd;
}

static void leave(x4s_charon *charon, struct x4s_ike_presence *presence)
{
    x4s_ike_crowd *crowd = presence->crowd;
    if (!crowd)
        return;
    x4_list_remove(&presence->link);
    presence->crowd = NULL;
    if (--crowd->count > 0)
        return;
    x4_table_remove(&charon->crowds, &crowd->by_key);
    x4_free(charon->allocator, crowd, sizeof(*crowd));
}

/* The caller is counted, so the crowd stays. */
static bval make_room(x4s_charon *charon, x4s_ike_crowd *crowd, size_t level)
{
    if (x4_list_empty(&crowd->slots))
        return bfalse;
    struct x4s_ike_presence *oldest =
        x4m_container(crowd->slots.next, struct x4s_ike_presence, link);
    x4s_ike_place *place = x4m_container(oldest - level, x4s_ike_place, in);
    charon->stats->refused[crowd->reason]++;
    x4_half_open_free(x4m_container(place, x4s_ike_half_open, place));
    return btrue;
}

static x4e_ike_reason enter(x4s_charon *charon, const x4s_ike_crowd *wanted, x4s_ike_place *place,
                            size_t level, bval gives_way)
{
    struct x4s_ike_presence *presence = &place->in[level];
    x4s_ike_crowd *crowd = find_or_make(charon, wanted);
    if (!crowd)
        return x4c_ike_no_memory;
    presence->crowd = crowd;
    crowd->count++;
    if (crowd->count > crowd->cap && !(gives_way && make_room(charon, crowd, level)))
        return crowd->reason;
    if (gives_way)
        x4_list_append(&crowd->slots, &presence->link);
    return x4c_ike_none;
}

x4e_ike_reason x4_crowd_join(x4s_charon *charon, const x4s_net_addr *addr, x4s_ike_place *place,
                             bval gives_way)
{
    const x4s_ike_limits *limits = &charon->config.limits;
    const x4s_ike_shared_net *net = shared_net(limits, addr);
    bval v4 = addr->family == x4c_net_ipv4;
    const x4s_ike_crowd shared = {
        .key = key_of(addr, net ? net->bits : 0),
        .cap = net ? net->half_open : 0,
        .reason = x4c_ike_crowded_prefix,
    };
    const x4s_ike_crowd own[] = {
        {.key = key_of(addr, v4 ? ADDRESS4_BITS : ADDRESS6_BITS),
         .cap = limits->half_open_address,
         .reason = x4c_ike_crowded_address},
        {.key = key_of(addr, v4 ? limits->prefix4_bits : limits->prefix6_bits),
         .cap = limits->half_open_prefix,
         .reason = x4c_ike_crowded_prefix},
    };
    const x4s_ike_crowd *wanted = net ? &shared : own;
    size_t count = net ? 1 : x4m_countof(own);
    x4e_ike_reason reason = x4c_ike_none;
    for (size_t i = 0; i < count && reason == x4c_ike_none; i++)
        reason = enter(charon, &wanted[i], place, i, gives_way);
    if (reason != x4c_ike_none)
        x4_crowd_leave(charon, place);
    return reason;
}

void x4_crowd_move(x4s_ike_place *to, x4s_ike_place *from)
{
    for (size_t i = 0; i < x4m_countof(to->in); i++) {
        x4_list_remove(&from->in[i].link);
        to->in[i].crowd = from->in[i].crowd;
        from->in[i].crowd = NULL;
    }
}

void x4_crowd_leave(x4s_charon *charon, x4s_ike_place *place)
{
    for (size_t i = 0; i < x4m_countof(place->in); i++)
        leave(charon, &place->in[i]);
}

/* -------------------------------------------------------------------------- limits */

static bval usable(const x4s_ike_shared_net *net)
{
    size_t size = x4_net_addr_size(net->addr.family);
    return size > 0 && net->bits <= 8 * size && net->half_open > 0;
}

const char *x4_crowd_limits(const x4s_ike_limits *limits)
{
    if (limits->prefix4_bits >= ADDRESS4_BITS || limits->prefix6_bits >= ADDRESS6_BITS)
        return "a network of limits is not wider than an address";
    if (limits->shared_net_count > x4c_ike_shared_nets_max)
        return "too many shared networks";
    for (size_t i = 0; i < limits->shared_net_count; i++)
        if (!usable(&limits->shared_nets[i]))
            return "a shared network is not usable";
    return NULL;
}
