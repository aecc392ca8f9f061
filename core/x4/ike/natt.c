/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/natt.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/misc/reader.h"

#define DRAFTS (x4c_ike_natt_03 | x4c_ike_natt_02n | x4c_ike_natt_02 | x4c_ike_natt_00)

uint8_t x4_natt_ours(const x4s_charon *charon, const x4s_ike_config1 *config)
{
    return charon->config.calls1->natt ? config->natt : 0;
}

/* req 3947-3.1-2 */
uint8_t x4_natt_version(const x4s_charon *charon, const x4s_ike_config1 *config, uint32_t abilities)
{
    const uint32_t common = x4_natt_ours(charon, config) & abilities;
    static const uint8_t newest_first[] = {x4c_ike_natt_rfc, x4c_ike_natt_03, x4c_ike_natt_02n,
                                           x4c_ike_natt_02, x4c_ike_natt_00};
    for (size_t i = 0; i < x4m_countof(newest_first); i++)
        if (common & newest_first[i])
            return newest_first[i];
    return 0;
}

/* HASH(CKY-I | CKY-R | IP | Port), RFC 3947 3.2 */
static bval hash_of(x4s_ike_xchg1 *xchg, const x4s_net_addr *addr, uint8_t *out)
{
    const uint8_t port[] = {(uint8_t)(addr->port >> 8), (uint8_t)addr->port};
    const x4s_chunk parts[] = {{xchg->cookies, sizeof(xchg->cookies)},
                               {addr->ip, x4_net_addr_size(addr->family)},
                               {port, sizeof(port)}};
    return x4_hash(xchg->base.charon->crypto, xchg->suite.hash, parts, x4m_countof(parts), out);
}

x4e_ike_reason x4_natt_put(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    uint8_t to[x4c_hash_size_max];
    uint8_t from[x4c_hash_size_max];
    if (!xchg->natt) /* req 2408-3.16-1 */
        return x4c_ike_none;
    if (!hash_of(xchg, &xchg->link.remote, to) || !hash_of(xchg, &xchg->link.local, from))
        return x4c_ike_crypto_failed;
    /* A hash that fits no address makes the peer see a NAT. */
    size_t size = x4_hash_size(xchg->suite.hash);
    if (xchg->neg->config->natt_force)
        from[0] = (uint8_t)~from[0];
    uint8_t type = xchg->natt & DRAFTS ? x4c_payload_nat_d_draft : x4c_payload_nat_d;
    x4_build_body(build, type, (x4s_chunk){to, size});
    x4_build_body(build, type, (x4s_chunk){from, size});
    return x4c_ike_none;
}

static bval body_is(const x4s_ike_payload *payload, const uint8_t *hash, size_t size)
{
    return payload->body.len == size && memcmp(payload->body.data, hash, size) == 0;
}

x4e_ike_reason x4_natt_detect(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    uint8_t own[x4c_hash_size_max];
    uint8_t peer[x4c_hash_size_max];
    const x4s_ike_payload *payload = x4_message_find(message, x4c_payload_nat_d, 0);
    if (!xchg->natt || !payload)
        return x4c_ike_none;
    if (!hash_of(xchg, &message->link->local, own) || !hash_of(xchg, &message->link->remote, peer))
        return x4c_ike_crypto_failed;
    size_t size = x4_hash_size(xchg->suite.hash);
    xchg->behind_local = !body_is(payload, own, size) || xchg->neg->config->natt_force;
    xchg->behind_remote = btrue;
    for (unsigned i = 1; (payload = x4_message_find(message, x4c_payload_nat_d, i)) != NULL; i++)
        if (body_is(payload, peer, size))
            xchg->behind_remote = bfalse;
    return x4c_ike_none;
}

void x4_natt_float(x4s_ike_xchg1 *xchg)
{
    bval floats = xchg->natt != x4c_ike_natt_00 && !xchg->link.encap; /* req 3947-4-8 */
    if (x4_natt_found(xchg))
        xchg->base.charon->config.calls1->natt(xchg->base.user, floats ? &xchg->link : NULL,
                                               xchg->behind_local);
}

void x4_natt_tell(x4s_ike_xchg1 *xchg)
{
    if (x4_natt_found(xchg))
        xchg->base.charon->config.calls1->natt(xchg->base.user, NULL, xchg->behind_local);
}

bval x4_natt_admits(const x4s_ike_xchg1 *xchg, const x4s_net_link *link) /* req 3947-3-1 */
{
    return x4_net_link_equal(&xchg->link, link) || x4_natt_found(xchg);
}

void x4_natt_follow(x4s_ike_xchg1 *xchg, const x4s_net_link *link)
{
    const x4s_ike_calls1 *calls = xchg->base.charon->config.calls1;
    if (x4_net_link_equal(&xchg->link, link))
        return;
    x4_phase1_move(xchg, link);
    if (x4_phase1_ready(xchg) && calls->moved)
        calls->moved(xchg->base.user, &xchg->link);
}

uint16_t x4_natt_mode_offset(const x4s_ike_xchg1 *xchg) /* req 3947-5.1-1 3947-5.1-2 */
{
    if (!x4_natt_found(xchg))
        return 0;
    return xchg->natt & DRAFTS ? x4c_mode_offset_draft : x4c_mode_offset_rfc;
}

/* -------------------------------------------------------------------------- NAT-OA */

/* RFC 3947 5.2: ID type, reserved, address. */
static void put_original(x4s_ike_build *build, uint8_t type, const x4s_net_addr *addr)
{
    x4_build_payload(build, type);
    x4_writer_u8(&build->w, addr->family == x4c_net_ipv4 ? x4c_ike_id_ipv4 : x4c_ike_id_ipv6);
    x4_writer_zeros(&build->w, 3); /* req 3947-5.2-5 */
    x4_writer_bytes(&build->w, addr->ip, x4_net_addr_size(addr->family));
}

/* The initiator's first, then the responder's. */
void x4_natt_put_originals(const x4s_ike_xchg1 *parent, x4e_ike_role role, x4s_ike_build *build)
{
    const x4s_net_link *link = &parent->link;
    bval first = role == x4c_ike_initiator;
    uint8_t type = parent->natt & DRAFTS ? x4c_payload_nat_oa_draft : x4c_payload_nat_oa;
    if (!x4_natt_found(parent))
        return;
    put_original(build, type, first ? &link->local : &link->remote); /* req 3947-5.2-1 */
    put_original(build, type, first ? &link->remote : &link->local);
}

static bval parse_original(x4s_chunk body, x4s_net_addr *addr)
{
    x4s_reader r = x4_reader(body.data, body.len);
    uint8_t type = x4_reader_u8(&r);
    (void)x4_reader_chunk(&r, 3);
    *addr = (x4s_net_addr){.family = type == x4c_ike_id_ipv4 ? x4c_net_ipv4 : x4c_net_ipv6};
    size_t len = x4_net_addr_size(addr->family);
    x4s_chunk ip = x4_reader_chunk(&r, len);
    bval known = type == x4c_ike_id_ipv4 || type == x4c_ike_id_ipv6;
    if (!known || !ip.data || !x4_reader_done(&r))
        return bfalse;
    memcpy(addr->ip, ip.data, len);
    return btrue;
}

bval x4_natt_take_originals(const x4s_ike_message *message, x4e_ike_role role,
                            x4s_ike_offer2 *offer)
{
    bval first = role == x4c_ike_initiator;
    x4s_net_addr *initiator = first ? &offer->original_local : &offer->original_remote;
    x4s_net_addr *responder = first ? &offer->original_remote : &offer->original_local;
    const x4s_ike_payload *payload = x4_message_find(message, x4c_payload_nat_oa, 0);
    if (!payload)
        return btrue;
    if (!parse_original(payload->body, initiator))
        return bfalse;
    payload = x4_message_find(message, x4c_payload_nat_oa, 1);
    return !payload || parse_original(payload->body, responder);
}

static void translate(x4s_net_selector *selector, const x4s_net_addr *addr)
{
    size_t len = x4_net_addr_size(addr->family);
    if (selector->family != addr->family || memcmp(selector->from, selector->to, len) != 0)
        return;
    memcpy(selector->from, addr->ip, len);
    memcpy(selector->to, addr->ip, len);
}

void x4_natt_translate(const x4s_ike_xchg1 *parent, x4s_ike_offer2 *offer)
{
    translate(&offer->local, &parent->link.local);
    translate(&offer->remote, &parent->link.remote);
}
