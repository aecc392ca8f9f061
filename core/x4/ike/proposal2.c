/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/proposal2.h"

#include "x4/ike/attributes.h"

#define KEY_BITS_DEFAULT 128 /* RFC 3602 5.3 allows to leave 128 out; peers do */

/* Extended sequence numbers, RFC 4304 2; 0 is reserved, and said by peers that have none. */
#define ESN_OFF 0
#define ESN_ON  1

typedef struct x4s_esp_info {
    uint8_t esp;
    bval sized;    /* the length of the key is on the wire: 128, 192 or 256 bits */
    uint8_t encr;  /* bytes of a key that is not sized */
    uint8_t salt;  /* bytes that follow it */
    bval combined; /* authenticates too */
} x4s_esp_info;

static const x4s_esp_info esps[] = {
    /* req 2407-4.4.4-2 2407-4.4.4-3 */
    /* req 2407-4.4.4-2 2407-4.4.4-3 */
    {x4c_ike_esp_des, bfalse, 8, 0, bfalse},     {x4c_ike_esp_3des, bfalse, 24, 0, bfalse},
    {x4c_ike_esp_null, bfalse, 0, 0, bfalse},    {x4c_ike_esp_aes_cbc, btrue, 0, 0, bfalse},
    {x4c_ike_esp_aes_ctr, btrue, 0, 4, bfalse},  {x4c_ike_esp_aes_ccm8, btrue, 0, 3, btrue},
    {x4c_ike_esp_aes_ccm12, btrue, 0, 3, btrue}, {x4c_ike_esp_aes_ccm16, btrue, 0, 3, btrue},
    {x4c_ike_esp_aes_gcm8, btrue, 0, 4, btrue},  {x4c_ike_esp_aes_gcm12, btrue, 0, 4, btrue},
    {x4c_ike_esp_aes_gcm16, btrue, 0, 4, btrue}, {x4c_ike_esp_camellia_cbc, btrue, 0, 0, bfalse},
    {x4c_ike_esp_aes_gmac, btrue, 0, 4, btrue},
};

typedef struct x4s_integ_info {
    uint8_t integ;
    uint8_t size;
    uint8_t salt; /* not 0: for AH only */
    uint8_t ah;   /* AH transform identifier, RFC 2407 4.4.3 and its registry */
} x4s_integ_info;

static const x4s_integ_info integs[] = {
    /* req 2407-4.4.3-2 2407-4.4.3-3 */
    /* req 2407-4.4.3-2 2407-4.4.3-3 */
    {x4c_ike_integ_hmac_md5, 16, 0, 2},     {x4c_ike_integ_hmac_sha1, 20, 0, 3},
    {x4c_ike_integ_hmac_sha256, 32, 0, 5},  {x4c_ike_integ_hmac_sha384, 48, 0, 6},
    {x4c_ike_integ_hmac_sha512, 64, 0, 7},  {x4c_ike_integ_aes_xcbc, 16, 0, 9},
    {x4c_ike_integ_aes128_gmac, 16, 4, 11}, {x4c_ike_integ_aes192_gmac, 24, 4, 12},
    {x4c_ike_integ_aes256_gmac, 32, 4, 13},
};

static const x4s_esp_info *find_esp(uint8_t esp)
{
    for (size_t i = 0; i < x4m_countof(esps); i++)
        if (esps[i].esp == esp)
            return &esps[i];
    return NULL;
}

static const x4s_integ_info *find_integ(uint8_t integ)
{
    for (size_t i = 0; i < x4m_countof(integs); i++)
        if (integs[i].integ == integ)
            return &integs[i];
    return NULL;
}

/* An SA that authenticates and does nothing else. */
static bval ah_sizes(uint8_t algorithm, x4s_ike_key_sizes *sizes)
{
    const x4s_integ_info *integ = find_integ(algorithm);
    if (!integ)
        return bfalse;
    *sizes = (x4s_ike_key_sizes){.salt = integ->salt, .integ = integ->size};
    return btrue;
}

/* RFC 2406 2.7 allows ESP without authentication; RFC 3686 and others want it with their cipher. */
static bval may_lack_integ(const x4s_ike_transform2 *t, const x4s_esp_info *esp)
{
    return t->ah && t->integ == x4c_ike_integ_none && esp->esp != x4c_ike_esp_null && !esp->salt;
}

static bval esp_sizes(const x4s_ike_transform2 *t, x4s_ike_key_sizes *sizes)
{
    const x4s_esp_info *esp = find_esp(t->esp);
    const x4s_integ_info *integ = find_integ(t->integ);
    /* req 2407-4.5-6 */
    if (!esp || (esp->sized ? t->key_bits != 128 && t->key_bits != 192 && t->key_bits != 256
                            : t->key_bits != 0))
        return bfalse;
    if (esp->combined ? t->integ != x4c_ike_integ_none /* req 2407-4.5-4 2407-4.5-5 */
                      : !may_lack_integ(t, esp) && (!integ || integ->salt))
        return bfalse;
    *sizes = (x4s_ike_key_sizes){
        .encr = esp->sized ? (uint8_t)(t->key_bits / 8) : esp->encr,
        .salt = esp->salt,
        .integ = integ ? integ->size : 0,
    };
    return btrue;
}

static bval main_sizes(const x4s_ike_transform2 *t, x4s_ike_key_sizes *sizes)
{
    switch (t->protocol) {
    case x4c_ike_protocol_esp:
        return esp_sizes(t, sizes);
    case x4c_ike_protocol_ah:
        /* req 2407-4.4.1-2 */
        return !t->esp && !t->key_bits && !t->ah && ah_sizes(t->integ, sizes);
    default:
        return bfalse;
    }
}

bval x4_proposal2_key_sizes(const x4s_ike_transform2 *t, x4e_ike_part part,
                            x4s_ike_key_sizes *sizes)
{
    *sizes = (x4s_ike_key_sizes){0};
    switch (part) {
    case x4c_part_main:
        return main_sizes(t, sizes);
    case x4c_part_ah:
        return !t->ah || ah_sizes(t->ah, sizes);
    default:
        return t->ipcomp == x4c_ike_ipcomp_none || t->ipcomp == x4c_ike_ipcomp_deflate ||
               t->ipcomp == x4c_ike_ipcomp_lzs;
    }
}

bval x4_proposal2_exists(const x4s_ike_transform2 *t)
{
    for (unsigned part = 0; part < x4c_part_count; part++) {
        x4s_ike_key_sizes sizes;
        if (!x4_proposal2_key_sizes(t, part, &sizes))
            return bfalse;
    }
    return btrue;
}

bval x4_proposal2_has(const x4s_ike_transform2 *t, x4e_ike_part part)
{
    switch (part) {
    case x4c_part_main:
        return btrue;
    case x4c_part_ah:
        return t->ah != x4c_ike_integ_none;
    default:
        return t->ipcomp != x4c_ike_ipcomp_none;
    }
}

uint8_t x4_proposal2_protocol(const x4s_ike_transform2 *t, x4e_ike_part part)
{
    if (part == x4c_part_ipcomp)
        return x4c_protocol_ipcomp;
    bval ah = part == x4c_part_ah || t->protocol == x4c_ike_protocol_ah;
    return ah ? x4c_protocol_ah : x4c_protocol_esp;
}

static bval is_usable(const x4s_ike_transform2 *t)
{
    return x4_proposal2_exists(t) && (t->mode == x4c_ike_tunnel || t->mode == x4c_ike_transport) &&
           (!t->truncated || t->integ == x4c_ike_integ_hmac_sha256 ||
            t->ah == x4c_ike_integ_hmac_sha256);
}

bval x4_proposal2_usable(const x4s_ike_config2 *config)
{
    if (config->transform_count == 0 || config->transform_count > x4c_ike_transforms2_max)
        return bfalse;
    for (size_t i = 0; i < config->transform_count; i++) {
        const x4s_ike_transform2 *t = &config->transforms[i];
        /* req 2409-5.5-7 */
        if (!is_usable(t) || t->group != config->transforms[0].group)
            return bfalse;
    }
    return btrue;
}

bval x4_proposal2_config_has(const x4s_ike_config2 *config, x4e_ike_part part)
{
    for (size_t i = 0; i < config->transform_count; i++)
        if (x4_proposal2_has(&config->transforms[i], part))
            return btrue;
    return bfalse;
}

bval x4_proposal2_has_ah(const x4s_ike_config2 *config)
{
    for (size_t i = 0; i < config->transform_count; i++)
        if (config->transforms[i].protocol == x4c_ike_protocol_ah || config->transforms[i].ah)
            return btrue;
    return bfalse;
}

bval x4_proposal2_offers_transport(const x4s_ike_config2 *config)
{
    for (size_t i = 0; i < config->transform_count; i++)
        if (config->transforms[i].mode == x4c_ike_transport)
            return btrue;
    return bfalse;
}

/* -------------------------------------------------------------------------- writing */

size_t x4_proposal2_spi_bytes(uint32_t spi, size_t size, uint8_t bytes[x4c_spi_size])
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(spi >> (8 * (size - 1 - i)));
    return size;
}

static uint8_t ah_id(uint8_t algorithm)
{
    return find_integ(algorithm)->ah;
}

/* The transform identifier on the wire; `t` is one that exists. */
static uint8_t transform_id(const x4s_ike_transform2 *t, x4e_ike_part part)
{
    if (part == x4c_part_ipcomp)
        return t->ipcomp;
    if (part == x4c_part_ah)
        return ah_id(t->ah);
    return t->protocol == x4c_ike_protocol_ah ? ah_id(t->integ) : t->esp;
}

static void put_algorithms(x4s_writer *w, const x4s_ike_transform2 *t, x4e_ike_part part)
{
    uint8_t integ = part == x4c_part_main ? t->integ : t->ah;
    if (part == x4c_part_ipcomp)
        return;
    if (integ)
        x4_attr_put(w, x4c_attr2_integ, integ); /* req 2407-4.4.3-1 2407-4.4.4-1 */
    if (part == x4c_part_main && t->key_bits)
        x4_attr_put(w, x4c_attr2_key_length, t->key_bits);
    if (t->esn)
        x4_attr_put(w, x4c_attr2_esn, ESN_ON); /* req 4304-2-1 */
}

static void put_attributes(x4s_writer *w, const x4s_ike_transform2 *t, x4e_ike_part part,
                           uint16_t mode_offset)
{
    x4_attr_put_life(w, x4c_attr2_life_type, x4c_life_seconds, t->life_sec);
    x4_attr_put_life(w, x4c_attr2_life_type, x4c_life_kilobytes, t->life_kb);
    if (t->group)
        x4_attr_put(w, x4c_attr2_group, t->group);
    x4_attr_put(w, x4c_attr2_mode, t->mode + (uint32_t)mode_offset); /* req 3947-5.1-3 */
    put_algorithms(w, t, part);
}

/* Whether one proposal can offer both: then they differ within one of its protocols only. */
static bval is_alike(const x4s_ike_transform2 *a, const x4s_ike_transform2 *b)
{
    return a->protocol == b->protocol && a->ah == b->ah && a->ipcomp == b->ipcomp &&
           a->mode == b->mode && a->esn == b->esn && a->life_sec == b->life_sec &&
           a->life_kb == b->life_kb;
}

/*
 * The number of transforms from here on that are one proposal. Bundles have to be few, because
 * peers look at the first of them only.
 */
static size_t count_alike(const x4s_ike_transform2 *t, size_t left)
{
    size_t count = 1;
    if (!t->ah && !t->ipcomp)
        return count;
    while (count < left && is_alike(t, &t[count]))
        count++;
    return count;
}

/* A proposal payload for each protocol, all with the same number. */
static void put_proposal(x4s_sa_writer *sa, uint8_t number, const x4s_ike_transform2 *list,
                         size_t count, const x4s_ike_spis *spis, uint16_t mode_offset)
{
    /* req 2408-4.2-1 2408-4.2-3 */
    static const x4e_ike_part order[] = {x4c_part_ah, x4c_part_main, x4c_part_ipcomp};
    for (size_t i = 0; i < x4m_countof(order); i++) {
        x4e_ike_part part = order[i];
        uint8_t spi[x4c_spi_size];
        if (!x4_proposal2_has(list, part))
            continue;
        size_t size = part == x4c_part_ipcomp ? x4c_cpi_size : x4c_spi_size;
        x4_proposal2_spi_bytes(spis->of[part], size, spi);
        /* req 2408-2.4-3 2408-4.2-4 2408-4.2-5 2408-5.5-1 2408-5.5-2 */
        x4_sa_proposal(sa, number, x4_proposal2_protocol(list, part), (x4s_chunk){spi, size});
        for (size_t k = 0; k < (part == x4c_part_main ? count : 1); k++) {
            x4_sa_transform(sa, (uint8_t)(k + 1), transform_id(&list[k], part));
            put_attributes(&sa->build->w, &list[k], part, mode_offset);
        }
    }
}

static bval is_offered(const x4s_ike_transform2 *t, const x4s_ike_spis *spis)
{
    return !t->ipcomp || spis->of[x4c_part_ipcomp];
}

bval x4_proposal2_offers_any(const x4s_ike_config2 *config, const x4s_ike_spis *spis)
{
    for (size_t i = 0; i < config->transform_count; i++)
        if (is_offered(&config->transforms[i], spis))
            return btrue;
    return bfalse;
}

void x4_proposal2_write(x4s_ike_build *build, const x4s_ike_config2 *config,
                        const x4s_ike_spis *spis, uint16_t mode_offset)
{
    x4s_sa_writer sa;
    uint8_t number = 0;
    x4_sa_begin(&sa, build);
    for (size_t i = 0; i < config->transform_count;) {
        const x4s_ike_transform2 *t = &config->transforms[i];
        size_t count = count_alike(t, config->transform_count - i);
        if (is_offered(t, spis))
            put_proposal(&sa, number++, t, count, spis, mode_offset);
        i += count;
    }
    x4_sa_end(&sa);
}

/* -------------------------------------------------------------------------- reading */

/* With or without UDP, in the numbers of the RFC or its drafts. */
static bval set_mode(x4s_ike_transform2 *t, uint32_t value)
{
    static const uint16_t offsets[] = {0, x4c_mode_offset_rfc, x4c_mode_offset_draft};
    for (size_t i = 0; i < x4m_countof(offsets); i++) {
        if (value != x4c_ike_tunnel + (uint32_t)offsets[i] &&
            value != x4c_ike_transport + (uint32_t)offsets[i])
            continue;
        t->encap = offsets[i] != 0;
        return x4_attr_set_u8(&t->mode, value - offsets[i]);
    }
    return bfalse;
}

static bval take_attribute(x4s_ike_transform2 *t, uint32_t *life_type, uint16_t type,
                           uint32_t value)
{
    switch (type) {
    case x4c_attr2_life_type:
        *life_type = value;
        return btrue;
    case x4c_attr2_life_duration: /* req 2407-4.5.1-1 2407-4.5.2-1 */
        return x4_attr_set_life(&t->life_sec, &t->life_kb, life_type, value);
    case x4c_attr2_group:
        return x4_attr_set_u8(&t->group, value);
    case x4c_attr2_mode:
        return set_mode(t, value);
    case x4c_attr2_integ:
        return x4_attr_set_u8(&t->integ, value);
    case x4c_attr2_key_length:
        return x4_attr_set_u16(&t->key_bits, value);
    case x4c_attr2_esn:
        t->esn = value == ESN_ON;
        return value == ESN_ON || value == ESN_OFF; /* req 4304-2-3 4304-2-4 */
    default:                                        /* req 2407-4.5.3-2 */
        return bfalse;
    }
}

/* What is not in the attributes; bfalse for a protocol that we do not know. */
static bval take_identifiers(x4s_ike_transform2 *t, const x4s_ike_offered *offered)
{
    switch (offered->protocol) {
    case x4c_protocol_esp:
        t->esp = offered->id;
        return btrue;
    case x4c_protocol_ah:
        t->protocol = x4c_ike_protocol_ah;
        return btrue;
    case x4c_protocol_ipcomp:
        t->ipcomp = offered->id;
        return btrue;
    default:
        return bfalse; /* req 2408-5.5-3 */
    }
}

/* AH names its algorithm twice (RFC 2407 4.4.3) and is never in UDP; IPComp has no key. */
/* req 2407-4.4.3-1 */
static bval is_coherent(const x4s_ike_transform2 *t, const x4s_ike_offered *offered)
{
    if (offered->protocol == x4c_protocol_ipcomp)
        return !t->integ && !t->key_bits && !t->esn;
    if (offered->protocol == x4c_protocol_esp)
        return btrue;
    const x4s_integ_info *integ = find_integ(t->integ);
    return integ && integ->ah == offered->id && !t->encap;
}

bval x4_proposal2_read(const x4s_ike_offered *offered, x4s_ike_transform2 *t, bval *understood)
{
    x4s_reader r = x4_reader(offered->attributes.data, offered->attributes.len);
    uint32_t life_type = 0;
    x4s_ike_attr attr;
    *t = (x4s_ike_transform2){0};
    *understood = take_identifiers(t, offered);

    while (x4_attr_next(&r, &attr)) {
        uint32_t value;
        if (!x4_attr_number(&attr, &value) || !take_attribute(t, &life_type, attr.type, value))
            *understood = bfalse;
    }
    *understood = *understood && is_coherent(t, offered);
    const x4s_esp_info *esp = find_esp(t->esp);
    if (esp && esp->sized && t->key_bits == 0)
        t->key_bits = KEY_BITS_DEFAULT;
    return x4_reader_done(&r);
}

/* A CPI may come in the lower half of four bytes. */
uint32_t x4_proposal2_spi_number(uint8_t protocol, x4s_chunk spi) /* req 2408-3.14-1 */
{
    x4s_reader r = x4_reader(spi.data, spi.len);
    bval is_short = protocol == x4c_protocol_ipcomp && spi.len == x4c_cpi_size;
    uint32_t number = is_short ? x4_reader_u16(&r) : x4_reader_u32(&r);
    if (!x4_reader_done(&r) || (protocol == x4c_protocol_ipcomp && number > UINT16_MAX))
        return 0;
    return number;
}
