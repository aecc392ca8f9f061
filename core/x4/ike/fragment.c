/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/fragment.h"

#include <string.h>

#include "x4/ike/half_open.h"
#include "x4/ike/vendor.h"
#include "x4/misc/reader.h"

#define FIXED    4 /* bytes before the part: fragment ID, number, last */
#define OVERHEAD (x4c_isakmp_header + x4c_isakmp_generic + FIXED)
#define IPV4     20
#define IPV6     40
#define UDP      8
#define MARKER   4 /* RFC 3948 2.2 */
#define LAST     1
#define SMALLEST 256 /* IP packet */

/* -------------------------------------------------------------------------- sending */

bval x4_fragment_usable(const x4s_ike_config1 *config)
{
    return config->fragment_size == 0 || config->fragment_size >= SMALLEST;
}

/* req 2408-3.16-1 */
void x4_fragment_agree(x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config, uint32_t theirs)
{
    bval may = config->fragmentation == x4c_ike_fragment_force ||
               (config->fragmentation == x4c_ike_fragment_yes && theirs & x4c_ability_fragments);
    uint16_t size = config->fragment_size ? config->fragment_size : x4c_ike_fragment_size;
    xchg->fragments = config->fragmentation != x4c_ike_fragment_no;
    xchg->fragment_size = may ? size : 0;
}

static size_t room_for_message(const x4s_ike_xchg1 *phase1, const x4s_net_link *link)
{
    size_t ip = link->remote.family == x4c_net_ipv6 ? IPV6 : IPV4;
    return phase1->fragment_size - ip - UDP - (link->encap ? MARKER : 0);
}

/* Who has not answered yet has nothing to put the parts together by. */
static bval is_first(const uint8_t *data)
{
    static const uint8_t zero[x4c_isakmp_cookie];
    return memcmp(data + x4c_isakmp_cookie, zero, sizeof(zero)) == 0;
}

typedef struct x4s_fragmenting {
    x4s_ike_header header;
    uint16_t id;
    uint8_t number;
} x4s_fragmenting;

static size_t build_fragment(x4s_fragmenting *f, x4s_chunk part, bval last, uint8_t *buffer,
                             size_t size)
{
    x4s_ike_build build;
    x4_build_begin(&build, buffer, size, &f->header);
    x4_build_payload(&build, x4c_payload_fragment);
    x4_writer_u16(&build.w, f->id);
    x4_writer_u8(&build.w, ++f->number);
    x4_writer_u8(&build.w, last ? LAST : 0);
    x4_writer_bytes(&build.w, part.data, part.len);
    return x4_build_end(&build, 0) ? x4_writer_len(&build.w) : 0;
}

/* A repetition has the same ID, so that parts of both fit together. */
bval x4_fragment_send(x4s_ike_xchg1 *phase1, x4s_ike_xchg *xchg, const x4s_net_link *link,
                      const void *data, size_t len, x4f_fragment_send send)
{
    const x4s_net_link to = *link; /* the user may move the exchange while it sends */
    if (phase1->fragment_size == 0 || len <= room_for_message(phase1, &to) || is_first(data))
        return send(xchg, &to, data, len);

    uint8_t buffer[x4c_limit_message_out + OVERHEAD];
    x4s_ike_message message = {.link = &to, .raw = {data, len}};
    if (x4_message_header(&message) != x4c_ike_none)
        return bfalse;
    x4s_fragmenting f = {.header = message.header,
                         .id = (uint16_t)(x4_engine_hash(xchg->charon, data, len) | 1)};
    f.header.flags = 0;
    size_t step = room_for_message(phase1, &to) - OVERHEAD;
    for (size_t at = 0; at < len; at += step) {
        const x4s_chunk part = {message.raw.data + at, x4m_min(step, len - at)};
        size_t size = build_fragment(&f, part, at + part.len == len, buffer, sizeof(buffer));
        if (size == 0 || !send(xchg, &to, buffer, size))
            return bfalse;
        if (xchg->state == x4c_state_dead)
            return btrue;
    }
    return btrue;
}

/* -------------------------------------------------------------------------- putting together */

typedef struct x4s_ike_part {
    x4s_list link;
    uint8_t number;
    uint16_t len;
    uint8_t data[];
} x4s_ike_part;

/* A message of which not all parts are there. */
typedef struct x4s_ike_assembly {
    x4s_table_link by_cookies;
    x4s_list age; /* oldest first */
    x4s_ike_timer timer;
    x4s_charon *charon;
    x4s_net_link net;
    x4s_ike_header header;
    x4s_list parts; /* by number */
    size_t len;
    uint16_t id;
    uint8_t count;
    uint8_t last; /* the number of the last one; 0 while it is missing */
} x4s_ike_assembly;

static void forget(x4s_ike_assembly *assembly)
{
    x4s_charon *charon = assembly->charon;
    x4s_list *link;
    while ((link = x4_list_pop(&assembly->parts)) != NULL) {
        x4s_ike_part *part = x4m_container(link, x4s_ike_part, link);
        x4_free(charon->allocator, part, sizeof(*part) + part->len);
    }
    x4_engine_cancel(charon, &assembly->timer);
    x4_table_remove(&charon->assemblies, &assembly->by_cookies);
    x4_list_remove(&assembly->age);
    x4_free(charon->allocator, assembly, sizeof(*assembly));
}

void x4_fragment_clear(x4s_charon *charon)
{
    x4m_list_each(link, &charon->assemblies_by_age)
        forget(x4m_container(link, x4s_ike_assembly, age));
}

static void give_up(x4s_ike_timer *timer)
{
    x4s_ike_assembly *assembly = x4m_container(timer, x4s_ike_assembly, timer);
    assembly->charon->stats->refused[x4c_ike_fragments_missing]++;
    forget(assembly);
}

static bval same_cookies(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_assembly *assembly = x4m_container_const(entry, x4s_ike_assembly, by_cookies);
    return memcmp(assembly->header.cookies, key, sizeof(assembly->header.cookies)) == 0;
}

static x4s_ike_assembly *find(x4s_charon *charon, const uint8_t *cookies, uint64_t hash)
{
    x4s_table_link *entry = x4_table_find(&charon->assemblies, hash, same_cookies, cookies);
    return entry ? x4m_container(entry, x4s_ike_assembly, by_cookies) : NULL;
}

/* The oldest one from the same address, so that a crowd from one place is at its own expense; else
 * the oldest of all. */
static void make_room(x4s_charon *charon, const x4s_net_addr *remote)
{
    x4s_ike_assembly *victim = x4m_container(charon->assemblies_by_age.next, x4s_ike_assembly, age);
    x4m_list_each(link, &charon->assemblies_by_age)
    {
        x4s_ike_assembly *assembly = x4m_container(link, x4s_ike_assembly, age);
        if (!x4_net_addr_same_ip(&assembly->net.remote, remote))
            continue;
        victim = assembly;
        break;
    }
    charon->stats->refused[x4c_ike_crowded_out]++;
    forget(victim);
}

static x4s_ike_assembly *make(x4s_charon *charon, const x4s_ike_message *message, uint16_t id,
                              uint64_t hash)
{
    if (charon->assemblies.count == x4c_limit_assemblies)
        make_room(charon, &message->link->remote);
    x4s_ike_assembly *assembly = x4_alloc(charon->allocator, sizeof(*assembly));
    if (!assembly)
        return NULL;
    assembly->charon = charon;
    assembly->net = *message->link;
    assembly->header = message->header;
    assembly->id = id;
    x4_list_init(&assembly->parts);
    x4_table_insert(&charon->assemblies, &assembly->by_cookies, hash);
    x4_list_append(&charon->assemblies_by_age, &assembly->age);
    assembly->timer.fire = give_up;
    x4_engine_set(charon, &assembly->timer, x4c_limit_fragments_ms);
    return assembly;
}

static bval is_of(const x4s_ike_assembly *assembly, const x4s_ike_message *message, uint16_t id)
{
    return assembly->id == id && assembly->header.message_id == message->header.message_id &&
           assembly->header.exchange == message->header.exchange &&
           x4_net_link_equal(&assembly->net, message->link);
}

/* The message under way; another one of the same exchange gives way to it. */
static x4s_ike_assembly *find_or_make(x4s_charon *charon, const x4s_ike_message *message,
                                      uint16_t id)
{
    const uint8_t *cookies = message->header.cookies;
    uint64_t hash = x4_engine_hash(charon, cookies, sizeof(message->header.cookies));
    x4s_ike_assembly *assembly = find(charon, cookies, hash);
    if (assembly && is_of(assembly, message, id))
        return assembly;
    if (assembly)
        forget(assembly);
    return make(charon, message, id, hash);
}

typedef struct x4s_ike_fragment {
    uint16_t id;
    uint8_t number;
    bval last;
    x4s_chunk part;
} x4s_ike_fragment;

static x4e_ike_reason parse(x4s_ike_message *message, x4s_ike_fragment *fragment)
{
    x4s_reader r = x4_reader(message->raw.data, message->raw.len);
    (void)x4_reader_chunk(&r, x4c_isakmp_header);
    uint8_t next = x4_reader_u8(&r);
    (void)x4_reader_u8(&r);
    uint16_t length = x4_reader_u16(&r);
    fragment->id = x4_reader_u16(&r);
    fragment->number = x4_reader_u8(&r);
    fragment->last = (x4_reader_u8(&r) & LAST) != 0;
    fragment->part = x4_reader_rest(&r);
    bval sound = !r.failed && next == x4c_payload_none && fragment->number &&
                 length == message->raw.len - x4c_isakmp_header && fragment->part.len;
    return sound ? x4c_ike_none : x4c_ike_bad_fragment;
}

/* Whether the numbers that are there and this one can be of one message. */
static bval is_in_order(const x4s_ike_assembly *assembly, const x4s_ike_fragment *fragment)
{
    if (assembly->last)
        return fragment->number < assembly->last && !fragment->last;
    const x4s_ike_part *highest = x4m_container(assembly->parts.prev, x4s_ike_part, link);
    return !fragment->last || x4_list_empty(&assembly->parts) || highest->number < fragment->number;
}

/* The first part whose number is not lower; the list's head if there is none. */
static x4s_list *place_of(x4s_ike_assembly *assembly, uint8_t number)
{
    x4m_list_each(link, &assembly->parts)
    {
        if (x4m_container(link, x4s_ike_part, link)->number >= number)
            return link;
    }
    return &assembly->parts;
}

static x4s_ike_part *part_of(x4s_ike_assembly *assembly, uint8_t number)
{
    x4s_list *link = place_of(assembly, number);
    x4s_ike_part *part = x4m_container(link, x4s_ike_part, link);
    return link != &assembly->parts && part->number == number ? part : NULL;
}

static bval is_same(const x4s_ike_assembly *assembly, const x4s_ike_part *part,
                    const x4s_ike_fragment *fragment)
{
    return part->len == fragment->part.len &&
           memcmp(part->data, fragment->part.data, part->len) == 0 &&
           fragment->last == (assembly->last == part->number);
}

static void remove_part(x4s_ike_assembly *assembly, x4s_ike_part *part)
{
    assembly->len -= part->len;
    assembly->count--;
    if (assembly->last == part->number)
        assembly->last = 0;
    x4_list_remove(&part->link);
    x4_free(assembly->charon->allocator, part, sizeof(*part) + part->len);
}

/*
 * A part that is there already with other bytes is of an earlier message, which came in part once
 * more: strongSwan numbers all its messages 1. The new one takes its place.
 */
static x4e_ike_reason add(x4s_ike_assembly *assembly, const x4s_ike_fragment *fragment)
{
    x4s_ike_part *known = part_of(assembly, fragment->number);
    if (known && is_same(assembly, known, fragment))
        return x4c_ike_duplicate;
    if (known)
        remove_part(assembly, known);
    if (!is_in_order(assembly, fragment))
        return x4c_ike_bad_fragment;
    if (assembly->len + fragment->part.len > x4c_limit_message_in ||
        assembly->count == x4c_limit_fragments)
        return x4c_ike_too_large;
    x4s_ike_part *part = x4_alloc(assembly->charon->allocator, sizeof(*part) + fragment->part.len);
    if (!part)
        return x4c_ike_no_memory;
    part->number = fragment->number;
    part->len = (uint16_t)fragment->part.len;
    memcpy(part->data, fragment->part.data, part->len);
    x4_list_append(place_of(assembly, fragment->number), &part->link);
    assembly->len += part->len;
    assembly->count++;
    if (fragment->last)
        assembly->last = fragment->number;
    return x4c_ike_none;
}

static size_t put_together(x4s_ike_assembly *assembly, uint8_t whole[x4c_limit_message_in])
{
    x4s_writer w = x4_writer(whole, x4c_limit_message_in);
    x4m_list_each(link, &assembly->parts)
    {
        const x4s_ike_part *part = x4m_container(link, x4s_ike_part, link);
        x4_writer_bytes(&w, part->data, part->len);
    }
    return x4_writer_len(&w);
}

/* -------------------------------------------------------------------------- admission */

static x4e_ike_reason admit_to(const x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    if (!xchg->fragments)
        return x4c_ike_unexpected_payload;
    return x4_net_addr_same_ip(&xchg->link.remote, &message->link->remote) ? x4c_ike_none
                                                                           : x4c_ike_bad_link;
}

/* Before the second message ours is known by its first cookie alone. */
static x4e_ike_reason admit(x4s_charon *charon, const x4s_ike_message *message)
{
    uint8_t cookies[2 * x4c_isakmp_cookie] = {0};
    memcpy(cookies, message->header.cookies, x4c_isakmp_cookie);
    const x4s_ike_xchg1 *xchg = x4_phase1_find(charon, message->header.cookies);
    if (!xchg)
        xchg = x4_phase1_find(charon, cookies);
    if (xchg)
        return admit_to(xchg, message);
    const x4s_ike_half_open *slot = x4_half_open_find(charon, message);
    if (!slot)
        return x4c_ike_unknown_sa;
    if (!slot->fragments)
        return x4c_ike_unexpected_payload;
    return x4_net_link_equal(&slot->net, message->link) ? x4c_ike_none : x4c_ike_bad_link;
}

x4e_ike_reason x4_fragment_take(x4s_charon *charon, x4s_ike_message *message,
                                uint8_t whole[x4c_limit_message_in], size_t *len)
{
    x4s_ike_fragment fragment;
    *len = 0;
    x4e_ike_reason reason = parse(message, &fragment);
    if (reason == x4c_ike_none)
        reason = admit(charon, message);
    if (reason != x4c_ike_none)
        return reason;
    x4s_ike_assembly *assembly = find_or_make(charon, message, fragment.id);
    if (!assembly)
        return x4c_ike_no_memory;
    reason = add(assembly, &fragment);
    if (reason == x4c_ike_none && assembly->count == assembly->last)
        *len = put_together(assembly, whole);
    if (*len || (reason != x4c_ike_none && reason != x4c_ike_duplicate))
        forget(assembly);
    return reason;
}
