/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/bundle.h"

#include <string.h>

#include "x4/ike/lifetime.h"

/* The transforms of one proposal payload: those from `first` on. */
typedef struct x4s_bundle_payload {
    size_t first;
    size_t count; /* 0: there is no such payload */
} x4s_bundle_payload;

/* A row of proposals with one number. */
typedef struct x4s_bundle {
    x4s_bundle_payload parts[x4c_part_count];
    size_t end;
    bval sound; /* it is one that we know */
} x4s_bundle;

/* An offer with what its transforms mean. */
typedef struct x4s_bundle_offer {
    const x4s_ike_offers *offers;
    const x4s_ike_terms *terms;
    bval understood[x4c_limit_transforms];
    x4s_ike_transform2 read[x4c_limit_transforms];
} x4s_bundle_offer;

/* -------------------------------------------------------------------------- structure */

/* By protocol, as if AH always went around ESP. */
static bval part_of(uint8_t protocol, x4e_ike_part *part)
{
    switch (protocol) {
    case x4c_protocol_esp:
        *part = x4c_part_main;
        return btrue;
    case x4c_protocol_ah:
        *part = x4c_part_ah;
        return btrue;
    case x4c_protocol_ipcomp:
        *part = x4c_part_ipcomp;
        return btrue;
    default:
        return bfalse;
    }
}

/* bfalse for a second payload of a protocol, and for a protocol that we do not know. */
static bval add_payload(x4s_bundle *bundle, const x4s_ike_offers *offers, size_t first,
                        size_t count)
{
    x4e_ike_part part;
    if (!part_of(offers->list[first].protocol, &part) || bundle->parts[part].count)
        return bfalse;
    bundle->parts[part] = (x4s_bundle_payload){first, count};
    return btrue;
}

static bval has_number(const x4s_ike_offers *offers, size_t from, size_t to, uint8_t number)
{
    for (size_t i = from; i < to; i++)
        if (offers->list[i].proposal == number)
            return btrue;
    return bfalse;
}

static size_t payload_end(const x4s_ike_offers *offers, size_t first)
{
    size_t end = first + 1;
    while (end < offers->count && offers->list[end].payload == offers->list[first].payload)
        end++;
    return end;
}

/* The bundle that begins at `first`. One whose number comes again elsewhere is not known whole. */
static x4s_bundle bundle_at(const x4s_ike_offers *offers, size_t first)
{
    const uint8_t number = offers->list[first].proposal;
    x4s_bundle bundle = {.sound = btrue};
    size_t end = first;
    while (end < offers->count && offers->list[end].proposal == number) {
        size_t next = payload_end(offers, end);
        bundle.sound = add_payload(&bundle, offers, end, next - end) && bundle.sound;
        end = next;
    }
    bundle.end = end;
    if (!bundle.parts[x4c_part_main].count) {
        bundle.parts[x4c_part_main] = bundle.parts[x4c_part_ah];
        bundle.parts[x4c_part_ah] = (x4s_bundle_payload){0};
    }
    if (!bundle.parts[x4c_part_main].count || has_number(offers, 0, first, number) ||
        has_number(offers, end, offers->count, number))
        bundle.sound = bfalse; /* req 2408-4.2-3 */
    return bundle;
}

/* -------------------------------------------------------------------------- matching */

static x4e_ike_reason read_offer(x4s_bundle_offer *offer, const x4s_ike_offers *offers,
                                 const x4s_ike_terms *terms)
{
    offer->offers = offers;
    offer->terms = terms;
    for (size_t i = 0; i < offers->count; i++)
        if (!x4_proposal2_read(&offers->list[i], &offer->read[i], &offer->understood[i]))
            return x4c_ike_bad_proposal;
    return x4c_ike_none;
}

static uint32_t spi_of(const x4s_ike_offered *offered)
{
    return x4_proposal2_spi_number(offered->protocol, offered->spi);
}

static bval is_innermost(const x4s_ike_transform2 *ours, x4e_ike_part part)
{
    return part == (ours->ipcomp ? x4c_part_ipcomp : x4c_part_main);
}

/* RFC 2407 4.5: what is not said depends on the host. Peers that leave it out tunnel. */
static bval same_mode(const x4s_ike_transform2 *ours, x4e_ike_part part, uint8_t theirs)
{
    if (is_innermost(ours, part))
        return (theirs ? theirs : x4c_ike_tunnel) == ours->mode;
    return !theirs || theirs == ours->mode || theirs == x4c_ike_transport;
}

/* RFC 3947 5.1; IPComp is within the UDP of others, and peers say so or not. */
/* req 3947-5.1-1 3947-5.1-2 */
static bval same_encap(const x4s_bundle_offer *offer, x4e_ike_part part, bval theirs)
{
    bval natted = offer->terms->mode_offset != 0;
    return theirs == natted || (part == x4c_part_ipcomp && natted);
}

static bval same_algorithms(const x4s_ike_transform2 *ours, x4e_ike_part part,
                            const x4s_ike_transform2 *theirs)
{
    switch (part) {
    case x4c_part_main:
        return theirs->protocol == ours->protocol && theirs->esp == ours->esp &&
               theirs->integ == ours->integ && theirs->key_bits == ours->key_bits &&
               theirs->esn == ours->esn && theirs->group == ours->group;
    case x4c_part_ah:
        return theirs->integ == ours->ah && theirs->esn == ours->esn &&
               theirs->group == ours->group;
    default:
        return theirs->ipcomp == ours->ipcomp && (!theirs->group || theirs->group == ours->group);
    }
}

static bval matches(const x4s_bundle_offer *offer, size_t at, const x4s_ike_transform2 *ours,
                    x4e_ike_part part)
{
    const x4s_ike_transform2 *theirs = &offer->read[at];
    /* req 2408-5.6-2 2408-5.6-3 */
    return offer->understood[at] && same_algorithms(ours, part, theirs) &&
           same_mode(ours, part, theirs->mode) && same_encap(offer, part, theirs->encap) &&
           /* req 2408-2.4-3 2408-5.5-4 3948-1-2 3948-2.1-4 */
           spi_of(&offer->offers->list[at]) >= x4c_spi_first;
}

/* A transform of ours in a bundle of theirs: the first of each payload that matches. */
static bval find_in(const x4s_bundle_offer *offer, const x4s_bundle *bundle, /* req 2408-4.2-2 */
                    const x4s_ike_transform2 *ours, uint16_t at[x4c_part_count])
{
    for (unsigned part = 0; part < x4c_part_count; part++) {
        const x4s_bundle_payload *payload = &bundle->parts[part];
        size_t i = payload->first;
        at[part] = 0;
        if (x4_proposal2_has(ours, part) != (payload->count > 0))
            return bfalse;
        if (!payload->count)
            continue;
        while (i < payload->first + payload->count && !matches(offer, i, ours, part))
            i++;
        if (i == payload->first + payload->count)
            return bfalse;
        at[part] = (uint16_t)i;
    }
    return btrue;
}

static bval is_earlier(const uint16_t a[x4c_part_count], const uint16_t b[x4c_part_count])
{
    for (unsigned part = 0; part < x4c_part_count; part++)
        if (a[part] != b[part])
            return a[part] < b[part];
    return bfalse;
}

/* -------------------------------------------------------------------------- choosing */

/* The best of a bundle, by our order or theirs; its place in our order, SIZE_MAX: there is none. */
static size_t best_of(const x4s_ike_config2 *config, const x4s_bundle_offer *offer,
                      const x4s_bundle *bundle, uint16_t at[x4c_part_count])
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < config->transform_count; i++) {
        const x4s_ike_transform2 *ours = &config->transforms[i];
        uint16_t found[x4c_part_count];
        if ((ours->ipcomp && !offer->terms->compresses) || !find_in(offer, bundle, ours, found))
            continue;
        if (best != SIZE_MAX && !is_earlier(found, at))
            continue;
        best = i;
        for (unsigned part = 0; part < x4c_part_count; part++)
            at[part] = found[part];
        if (config->own_order)
            break;
    }
    return best;
}

static void choose(const x4s_bundle_offer *offer, const x4s_ike_transform2 *ours,
                   const uint16_t at[x4c_part_count], x4s_ike_choice *choice)
{
    *choice = (x4s_ike_choice){.agreed = *ours};
    choice->agreed.life_sec = choice->agreed.life_kb = 0;
    choice->agreed.encap = offer->read[at[x4c_part_main]].encap;
    for (unsigned part = 0; part < x4c_part_count; part++) {
        if (!x4_proposal2_has(ours, part))
            continue;
        const x4s_ike_offered *offered = &offer->offers->list[at[part]];
        const x4s_ike_transform2 *theirs = &offer->read[at[part]];
        choice->at[part] = at[part];
        choice->spis.of[part] = spi_of(offered);
        /* What ends the first ends all: the pair is made and goes as one. */
        choice->agreed.life_sec = x4_lifetime_least(choice->agreed.life_sec, theirs->life_sec);
        choice->agreed.life_kb = x4_lifetime_least(choice->agreed.life_kb, theirs->life_kb);
        if (part == x4c_part_ipcomp)
            choice->cpi_size = (uint8_t)offered->spi.len;
    }
}

/* Attributes are what is wrong if none of all the transforms for our protocols can be read. */
static x4e_ike_reason why_none(const x4s_bundle_offer *offer)
{
    x4e_ike_reason reason = x4c_ike_no_proposal2;
    for (size_t i = 0; i < offer->offers->count; i++) {
        x4e_ike_part part;
        if (offer->understood[i])
            return x4c_ike_no_proposal2;
        if (part_of(offer->offers->list[i].protocol, &part))
            reason = x4c_ike_bad_attributes;
    }
    return reason;
}

static x4e_ike_reason select_from(const x4s_ike_config2 *config, const x4s_bundle_offer *offer,
                                  x4s_ike_choice *choice)
{
    size_t best = SIZE_MAX;
    x4s_bundle bundle;
    for (size_t i = 0; i < offer->offers->count; i = bundle.end) {
        uint16_t at[x4c_part_count];
        bundle = bundle_at(offer->offers, i);
        size_t place = bundle.sound ? best_of(config, offer, &bundle, at) : SIZE_MAX;
        if (place >= best)
            continue;
        best = place;
        choose(offer, &config->transforms[place], at, choice);
        if (!config->own_order)
            break;
    }
    return best == SIZE_MAX ? why_none(offer) : x4c_ike_none;
}

/* req 2408-4.2-7 2408-4.2.1-1 2408-5.4-4 */
x4e_ike_reason x4_bundle_select(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                const x4s_ike_terms *terms, x4s_ike_choice *choice)
{
    x4s_bundle_offer offer;
    x4e_ike_reason reason = read_offer(&offer, offers, terms);
    return reason == x4c_ike_none ? select_from(config, &offer, choice) : reason;
}

static bval has_one_of_each(const x4s_bundle *bundle)
{
    for (unsigned part = 0; part < x4c_part_count; part++)
        if (bundle->parts[part].count > 1)
            return bfalse;
    return btrue;
}

static bval same_bytes(x4s_chunk a, x4s_chunk b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* The same SA, whatever its number. */
static bval same_offered(const x4s_ike_offered *a, const x4s_ike_offered *b)
{
    return a->protocol == b->protocol && a->id == b->id && same_bytes(a->spi, b->spi) &&
           same_bytes(a->attributes, b->attributes);
}

/*
 * strongSwan answers to a bundle with IPComp with that and, behind it, with the same ESP alone: as
 * it offers both. What it means is the first.
 */
static bval is_echo(const x4s_ike_offers *offers, const x4s_bundle *first)
{
    const x4s_bundle_payload *main = &first->parts[x4c_part_main];
    return first->parts[x4c_part_ipcomp].count && !first->parts[x4c_part_ah].count && main->count &&
           first->end + 1 == offers->count &&
           same_offered(&offers->list[main->first], &offers->list[first->end]);
}

/* req 2409-5-14 2408-4.2-11 */
x4e_ike_reason x4_bundle_accept(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                const x4s_ike_terms *terms, x4s_ike_choice *choice)
{
    const x4s_bundle first = bundle_at(offers, 0);
    if (!has_one_of_each(&first) || (first.end != offers->count && !is_echo(offers, &first)))
        return x4c_ike_bad_response;
    x4s_ike_offers answer = *offers;
    answer.count = first.end;
    x4e_ike_reason reason = x4_bundle_select(config, &answer, terms, choice);
    bval none = reason == x4c_ike_no_proposal2 || reason == x4c_ike_bad_attributes;
    return none ? x4c_ike_bad_response : reason;
}

/* In the order in which the proposals came. */
/* req 2409-3.2-1 2409-5-13 2409-7.1-1 2408-4.1.1-1 2408-4.2-8 2408-4.2-9 2408-4.2-10 */
void x4_bundle_answer(x4s_ike_build *build, const x4s_ike_offers *offers,
                      const x4s_ike_choice *choice, const x4s_ike_spis *spis)
{
    x4s_sa_writer sa;
    x4_sa_begin(&sa, build);
    for (size_t i = 0; i < offers->count; i++) {
        for (unsigned part = 0; part < x4c_part_count; part++) {
            uint8_t bytes[x4c_spi_size];
            if (choice->at[part] != i || !x4_proposal2_has(&choice->agreed, part))
                continue;
            size_t size = part == x4c_part_ipcomp ? choice->cpi_size : x4c_spi_size;
            x4_proposal2_spi_bytes(spis->of[part], size, bytes);
            x4_sa_chosen(&sa, &offers->list[i], (x4s_chunk){bytes, size});
        }
    }
    x4_sa_end(&sa);
}

/* -------------------------------------------------------------------------- looking */

/* The first ESP or AH transform that we understand from here on; bfalse: there is none. */
static bval first_main(const x4s_ike_offers *offers, size_t *at, x4s_ike_transform2 *t)
{
    for (; *at < offers->count; ++*at) {
        bval understood;
        if (offers->list[*at].protocol != x4c_protocol_ipcomp &&
            x4_proposal2_read(&offers->list[*at], t, &understood) && understood)
            return btrue;
    }
    return bfalse;
}

uint8_t x4_bundle_group(const x4s_ike_offers *offers)
{
    x4s_ike_transform2 t;
    size_t at = 0;
    return first_main(offers, &at, &t) ? t.group : x4c_group_none;
}

/* Only the innermost protocol of a bundle need be in tunnel mode for all of it to be. */
bval x4_bundle_transports(const x4s_ike_offers *offers)
{
    x4s_ike_transform2 t;
    size_t at = 0;
    if (!first_main(offers, &at, &t))
        return bfalse;
    const uint8_t number = offers->list[at].proposal;
    bval transports = bfalse;
    for (size_t i = at; i < offers->count && offers->list[i].proposal == number; i++) {
        bval understood;
        if (!x4_proposal2_read(&offers->list[i], &t, &understood) || t.mode == x4c_ike_tunnel)
            return bfalse;
        transports = transports || t.mode == x4c_ike_transport;
    }
    return transports;
}

bval x4_bundle_compresses(const x4s_ike_offers *offers)
{
    for (size_t i = 0; i < offers->count; i++)
        if (offers->list[i].protocol == x4c_protocol_ipcomp)
            return btrue;
    return bfalse;
}

uint32_t x4_bundle_spi(const x4s_ike_offers *offers, uint8_t *protocol)
{
    *protocol = x4c_protocol_esp;
    for (size_t i = 0; i < offers->count; i++) {
        const x4s_ike_offered *offered = &offers->list[i];
        uint32_t spi = offered->protocol == x4c_protocol_ipcomp ? 0 : spi_of(offered);
        if (!spi)
            continue;
        *protocol = offered->protocol;
        return spi;
    }
    return 0;
}
