/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/spis.h"

#include "x4/ike/phase2.h"

/* -------------------------------------------------------------------------- ours */

uint16_t x4_spis_draw_cpi(x4s_charon *charon)
{
    const x4s_ike_calls2 *calls = charon->config.calls2;
    uint16_t cpi = calls->get_cpi ? calls->get_cpi(charon->config.userdata) : 0;
    return cpi >= x4c_ike_cpi_first && cpi <= x4c_ike_cpi_last ? cpi : 0;
}

bval x4_spis_draw(x4s_charon *charon, bval with_ah, x4s_ike_spis *spis)
{
    const x4s_ike_calls2 *calls = charon->config.calls2;
    spis->of[x4c_part_main] = calls->get_spi(charon->config.userdata); /* req 2408-2.4-5 */
    spis->of[x4c_part_ah] = with_ah ? calls->get_spi(charon->config.userdata) : 0;
    return spis->of[x4c_part_main] && (!with_ah || spis->of[x4c_part_ah]);
}

/* -------------------------------------------------------------------------- of an exchange */

static void begin_more(x4s_ike_xchg2 *xchg, x4s_ike_more_spi *more, uint8_t protocol, uint32_t in)
{
    *more = (x4s_ike_more_spi){.owner = xchg, .protocol = protocol, .in = in};
}

bval x4_spis_expect(x4s_ike_xchg2 *xchg, const x4s_ike_spis *in)
{
    xchg->spi_in = in->of[x4c_part_main];
    if (!in->of[x4c_part_ah] && !in->of[x4c_part_ipcomp])
        return btrue;
    xchg->more = x4_alloc(xchg->base.charon->allocator, sizeof(*xchg->more));
    if (!xchg->more)
        return bfalse;
    begin_more(xchg, &xchg->more->ah, x4c_protocol_ah, in->of[x4c_part_ah]);
    begin_more(xchg, &xchg->more->ipcomp, x4c_protocol_ipcomp, in->of[x4c_part_ipcomp]);
    return btrue;
}

static void agree_more(x4s_ike_more_spi *more, uint32_t out)
{
    more->out = out;
    if (!out)
        more->in = 0;
}

void x4_spis_agree(x4s_ike_xchg2 *xchg, const x4s_ike_spis *out)
{
    xchg->spi_out = out->of[x4c_part_main];
    if (!xchg->more)
        return;
    agree_more(&xchg->more->ah, out->of[x4c_part_ah]);
    agree_more(&xchg->more->ipcomp, out->of[x4c_part_ipcomp]);
    if (!xchg->more->ah.in && !xchg->more->ipcomp.in)
        x4_spis_free(xchg);
}

void x4_spis_free(x4s_ike_xchg2 *xchg)
{
    if (xchg->more)
        x4_free(xchg->base.charon->allocator, xchg->more, sizeof(*xchg->more));
    xchg->more = NULL;
}

x4s_ike_spis x4_spis_in(const x4s_ike_xchg2 *xchg)
{
    const x4s_ike_more_spis *more = xchg->more;
    return (x4s_ike_spis){{[x4c_part_main] = xchg->spi_in,
                           [x4c_part_ah] = more ? more->ah.in : 0,
                           [x4c_part_ipcomp] = more ? more->ipcomp.in : 0}};
}

x4s_ike_spis x4_spis_out(const x4s_ike_xchg2 *xchg)
{
    const x4s_ike_more_spis *more = xchg->more;
    return (x4s_ike_spis){{[x4c_part_main] = xchg->spi_out,
                           [x4c_part_ah] = more ? more->ah.out : 0,
                           [x4c_part_ipcomp] = more ? more->ipcomp.out : 0}};
}

bval x4_spis_have(const x4s_ike_xchg2 *xchg, uint32_t spi)
{
    const x4s_ike_spis in = x4_spis_in(xchg);
    const x4s_ike_spis out = x4_spis_out(xchg);
    for (unsigned part = 0; part < x4c_part_count; part++)
        if (in.of[part] == spi || out.of[part] == spi)
            return btrue;
    return bfalse;
}

/* -------------------------------------------------------------------------- tables */

typedef struct x4s_spi_key {
    const x4s_ike_xchg1 *under;
    uint64_t place;
    uint8_t protocol;
    uint32_t spi_out;
} x4s_spi_key;

static uint64_t spi_hash(const x4s_charon *charon, uint64_t peer, uint32_t spi_out)
{
    return peer ^ x4_engine_hash(charon, &spi_out, sizeof(spi_out));
}

static bval is_of(const x4s_ike_xchg2 *xchg, const x4s_spi_key *wanted)
{
    return xchg->peer == wanted->under->peer &&
           (xchg->parent == wanted->under || x4_phase2_place(xchg) == wanted->place);
}

static bval same_spi(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_xchg2 *xchg = x4m_container_const(entry, x4s_ike_xchg2, by_spi);
    const x4s_spi_key *wanted = key;
    return xchg->protocol == wanted->protocol && xchg->spi_out == wanted->spi_out &&
           is_of(xchg, wanted);
}

static bval same_more(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_more_spi *more = x4m_container_const(entry, x4s_ike_more_spi, by_spi);
    const x4s_spi_key *wanted = key;
    return more->protocol == wanted->protocol && more->out == wanted->spi_out &&
           is_of(more->owner, wanted);
}

x4s_ike_xchg2 *x4_spis_find(const x4s_ike_xchg1 *under, uint8_t protocol, uint32_t spi_out)
{
    const x4s_charon *charon = under->base.charon;
    const x4s_spi_key key = {under, x4_phase1_place(under), protocol, spi_out};
    const uint64_t hash = spi_hash(charon, under->peer, spi_out);
    x4s_table_link *entry = x4_table_find(&charon->by_spi, hash, same_spi, &key);
    if (entry)
        return x4m_container(entry, x4s_ike_xchg2, by_spi);
    entry = x4_table_find(&charon->by_more_spi, hash, same_more, &key);
    return entry ? x4m_container(entry, x4s_ike_more_spi, by_spi)->owner : NULL;
}

static void enlist_more(x4s_ike_more_spi *more)
{
    const x4s_ike_xchg2 *owner = more->owner;
    x4s_charon *charon = owner->base.charon;
    if (more->in)
        x4_table_insert(&charon->by_more_spi, &more->by_spi,
                        spi_hash(charon, owner->peer, more->out));
}

void x4_spis_enlist(x4s_ike_xchg2 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    x4_table_insert(&charon->by_spi, &xchg->by_spi, spi_hash(charon, xchg->peer, xchg->spi_out));
    if (!xchg->more)
        return;
    enlist_more(&xchg->more->ah);
    enlist_more(&xchg->more->ipcomp);
}

static void delist_more(x4s_ike_more_spi *more)
{
    if (more->in)
        x4_table_remove(&more->owner->base.charon->by_more_spi, &more->by_spi);
}

void x4_spis_delist(x4s_ike_xchg2 *xchg)
{
    x4_table_remove(&xchg->base.charon->by_spi, &xchg->by_spi);
    if (!xchg->more)
        return;
    delist_more(&xchg->more->ah);
    delist_more(&xchg->more->ipcomp);
}
