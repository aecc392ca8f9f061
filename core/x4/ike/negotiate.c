/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/negotiate.h"

#include <string.h>

#include "x4/ike/fragment.h"
#include "x4/ike/method.h"
#include "x4/ike/natt.h"
#include "x4/ike/proposal1.h"
#include "x4/ike/vendor.h"
#include "x4/ike/work.h"

x4e_ike_reason x4_neg_offer(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    size_t at = x4_writer_len(&build->w) + x4c_isakmp_generic;
    x4_proposal1_write(build, xchg->neg->config); /* req 2409-5-6 2408-4.1-1 */
    if (build->w.failed)
        return x4c_ike_too_long;
    xchg->neg->sa_len = x4_writer_len(&build->w) - at;
    xchg->neg->sa_body =
        x4_copy(xchg->base.charon->allocator, build->w.base + at, xchg->neg->sa_len);
    return xchg->neg->sa_body ? x4c_ike_none : x4c_ike_no_memory;
}

/* Ours but for NAT traversal, if the transform is agreed on. */
static uint32_t abilities_of(const x4s_ike_config1 *config, const x4s_ike_transform1 *transform)
{
    bval fragments = config->fragmentation != x4c_ike_fragment_no;
    /* req 3706-5.1-1 3706-5.1-2 */
    return x4c_ability_dpd | (config->unity ? x4c_ability_unity : 0u) |
           (fragments ? x4c_ability_fragments : 0u) |
           (x4_method_extended(transform->auth) ? x4c_ability_xauth : 0u);
}

uint32_t x4_neg_common(const x4s_charon *charon, const x4s_ike_config1 *config,
                       const x4s_ike_transform1 *agreed, uint32_t theirs)
{
    return x4_natt_version(charon, config, theirs) | (abilities_of(config, agreed) & theirs);
}

void x4_neg_take_common(x4s_ike_xchg1 *xchg, uint32_t common)
{
    xchg->natt = common & x4c_ability_natt;
    xchg->knows_dpd = (common & x4c_ability_dpd) != 0;
    xchg->neg->common = common;
    x4_fragment_agree(xchg, xchg->neg->config, common);
}

void x4_neg_announce(x4s_ike_xchg1 *xchg, x4s_ike_build *build) /* req 2408-3.16-2 */
{
    const x4s_ike_config1 *config = xchg->neg->config;
    uint32_t abilities = x4_natt_ours(xchg->base.charon, config); /* req 3947-3.1-1 */
    for (size_t i = 0; i < config->transform_count; i++)
        abilities |= abilities_of(config, &config->transforms[i]);
    x4_vendor_announce(build, abilities);
}

x4e_ike_reason x4_neg_selected(const x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                               x4s_ike_transform1 *agreed)
{
    x4s_ike_offers offers;
    x4e_ike_reason reason = x4_sa_parse(x4_message_body(message, x4c_payload_sa), &offers);
    return reason == x4c_ike_none ? x4_proposal1_accept(xchg->neg->config, &offers, agreed)
                                  : reason;
}

void x4_neg_agree(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                  const x4s_ike_transform1 *agreed)
{
    x4s_charon *charon = xchg->base.charon;
    uint32_t abilities = x4_vendor_abilities(charon, message);
    xchg->suite = *agreed;
    x4_neg_take_common(xchg, x4_neg_common(charon, xchg->neg->config, agreed, abilities));
    x4_phase1_take_cookie(xchg, message->header.cookies + x4c_isakmp_cookie);
}

x4e_ike_reason x4_neg_plausible(const x4s_ike_message *message, x4e_group group)
{
    size_t nonce_len = x4_message_body(message, x4c_payload_nonce).len;
    if (nonce_len < x4c_nonce_min || nonce_len > x4c_nonce_max)
        return x4c_ike_bad_nonce; /* req 2409-5-8 */
    if (x4_message_body(message, x4c_payload_ke).len != x4_dh_public_size(group))
        return x4c_ike_bad_ke; /* req 2409-5-7 2408-5.7-2 */
    return x4c_ike_none;
}

x4e_ike_reason x4_neg_take(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    x4s_ike_neg1 *neg = xchg->neg;
    x4e_ike_reason reason = x4_neg_plausible(message, xchg->base.work->job.group);
    if (reason == x4c_ike_none)
        reason = x4_work_peer(&xchg->base, x4_message_body(message, x4c_payload_ke));
    if (reason != x4c_ike_none)
        return reason;
    x4s_chunk nonce = x4_message_body(message, x4c_payload_nonce);
    memcpy(neg->peer_nonce, nonce.data, nonce.len);
    neg->peer_nonce_len = (uint16_t)nonce.len;
    return x4c_ike_none;
}

void x4_neg_put(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    const x4s_chunk nonce = {xchg->neg->own_nonce, sizeof(xchg->neg->own_nonce)};
    x4_build_body(build, x4c_payload_ke, x4_work_own(&xchg->base)); /* req 2408-5.7-1 */
    x4_build_body(build, x4c_payload_nonce, nonce);
}

/* req 2407-4.6.3.3-1 2407-4.6.3.3-2 */
void x4_neg_contact(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    x4s_writer *w = &build->w;
    if (!xchg->neg->config->initial_contact)
        return;
    x4_build_payload(build, x4c_payload_notify);
    x4_writer_u32(w, x4c_doi_ipsec);
    x4_writer_u8(w, x4c_protocol_isakmp);
    x4_writer_u8(w, sizeof(xchg->cookies));
    x4_writer_u16(w, x4c_notify_initial_contact);
    x4_writer_bytes(w, xchg->cookies, sizeof(xchg->cookies));
}
