/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/proposal2.h"

#include "x4/ike/attributes.h"

#define SPI_SIZE         4
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

static bval ah_sizes(const x4s_ike_transform2 *t, x4s_ike_key_sizes *sizes)
{
    const x4s_integ_info *integ = find_integ(t->integ);
    if (!integ || t->esp || t->key_bits)
        return bfalse;
    *sizes = (x4s_ike_key_sizes){.salt = integ->salt, .integ = integ->size};
    return btrue;
}

static bval esp_sizes(const x4s_ike_transform2 *t, x4s_ike_key_sizes *sizes)
{
    const x4s_esp_info *esp = find_esp(t->esp);
    const x4s_integ_info *integ = find_integ(t->integ);
    if (!esp || (esp->sized ? t->key_bits != 128 && t->key_bits != 192 && t->key_bits != 256
                            : t->key_bits != 0))
        return bfalse;
    if (esp->combined ? t->integ != x4c_ike_integ_none : !integ || integ->salt)
        return bfalse;
    *sizes = (x4s_ike_key_sizes){
        .encr = esp->sized ? (uint8_t)(t->key_bits / 8) : esp->encr,
        .salt = esp->salt,
        .integ = esp->combined ? 0 : integ->size,
    };
    return btrue;
}

bval x4_proposal2_key_sizes(const x4s_ike_transform2 *t, x4s_ike_key_sizes *sizes)
{
    switch (t->protocol) {
    case x4c_ike_protocol_esp:
        return esp_sizes(t, sizes);
    case x4c_ike_protocol_ah:
        return ah_sizes(t, sizes);
    default:
        return bfalse;
    }
}

uint8_t x4_proposal2_protocol(const x4s_ike_transform2 *t)
{
    return t->protocol == x4c_ike_protocol_ah ? x4c_protocol_ah : x4c_protocol_esp;
}

bval x4_proposal2_usable(const x4s_ike_config2 *config)
{
    if (config->transform_count == 0 || config->transform_count > x4c_ike_transforms2_max)
        return bfalse;
    for (size_t i = 0; i < config->transform_count; i++) {
        const x4s_ike_transform2 *t = &config->transforms[i];
        x4s_ike_key_sizes sizes;
        /* req 2409-5.5-7 */
        if (!x4_proposal2_key_sizes(t, &sizes) || t->group != config->transforms[0].group ||
            (t->mode != x4c_ike_tunnel && t->mode != x4c_ike_transport) ||
            (t->truncated && t->integ != x4c_ike_integ_hmac_sha256))
            return bfalse;
    }
    return btrue;
}

bval x4_proposal2_has_ah(const x4s_ike_config2 *config)
{
    for (size_t i = 0; i < config->transform_count; i++)
        if (config->transforms[i].protocol == x4c_ike_protocol_ah)
            return btrue;
    return bfalse;
}

/* The transform identifier on the wire; `t` is one that has sizes. */
static uint8_t transform_id(const x4s_ike_transform2 *t)
{
    return t->protocol == x4c_ike_protocol_ah ? find_integ(t->integ)->ah : t->esp;
}

void x4_proposal2_write(x4s_ike_build *build, const x4s_ike_config2 *config, uint32_t spi,
                        uint16_t mode_offset)
{
    x4s_writer *w = &build->w;
    const uint8_t bytes[SPI_SIZE] = {(uint8_t)(spi >> 24), (uint8_t)(spi >> 16),
                                     (uint8_t)(spi >> 8), (uint8_t)spi};
    x4s_sa_writer sa;
    x4_sa_begin(&sa, build);
    for (size_t i = 0; i < config->transform_count; i++) {
        const x4s_ike_transform2 *t = &config->transforms[i];
        x4_sa_proposal(&sa, (uint8_t)(i + 1), x4_proposal2_protocol(t),
                       (x4s_chunk){bytes, sizeof(bytes)});
        x4_sa_transform(&sa, 1, transform_id(t));
        x4_attr_put_life(w, x4c_attr2_life_type, x4c_life_seconds, t->life_sec);
        x4_attr_put_life(w, x4c_attr2_life_type, x4c_life_kilobytes, t->life_kb);
        if (t->group)
            x4_attr_put(w, x4c_attr2_group, t->group);
        x4_attr_put(w, x4c_attr2_mode, t->mode + (uint32_t)mode_offset);
        if (t->integ)
            x4_attr_put(w, x4c_attr2_integ, t->integ);
        if (t->key_bits)
            x4_attr_put(w, x4c_attr2_key_length, t->key_bits);
        if (t->esn)
            x4_attr_put(w, x4c_attr2_esn, ESN_ON);
    }
    x4_sa_end(&sa);
}

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
    case x4c_attr2_life_duration:
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
        return value == ESN_ON || value == ESN_OFF;
    default:
        return bfalse;
    }
}

/* What is not in the attributes; bfalse for what is neither ESP nor AH. */
static bval take_identifiers(x4s_ike_transform2 *t, const x4s_ike_offered *offered)
{
    if (offered->protocol == x4c_protocol_esp)
        t->esp = offered->id;
    else
        t->protocol = x4c_ike_protocol_ah;
    return (offered->protocol == x4c_protocol_esp || offered->protocol == x4c_protocol_ah) &&
           offered->spi.len == SPI_SIZE;
}

/* AH names its algorithm twice (RFC 2407 4.4.3) and is never in UDP. */
static bval is_coherent(const x4s_ike_transform2 *t, uint8_t id)
{
    if (t->protocol == x4c_ike_protocol_esp)
        return btrue;
    const x4s_integ_info *integ = find_integ(t->integ);
    return integ && integ->ah == id && !t->encap;
}

/* As in phase 1: bfalse for a malformed transform, *understood for one that we know. */
static bval read_transform(const x4s_ike_offered *offered, x4s_ike_transform2 *t, bval *understood)
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
    *understood = *understood && is_coherent(t, offered->id);
    const x4s_esp_info *esp = find_esp(t->esp);
    if (esp && esp->sized && t->key_bits == 0)
        t->key_bits = KEY_BITS_DEFAULT;
    if (t->mode == 0)
        t->mode = x4c_ike_tunnel; /* RFC 2407 4.5: host-dependent; peers that leave it out tunnel */
    return x4_reader_done(&r);
}

static bval same(const x4s_ike_transform2 *a, const x4s_ike_transform2 *b)
{
    return a->protocol == b->protocol && a->esn == b->esn && a->esp == b->esp &&
           a->integ == b->integ && a->mode == b->mode && a->group == b->group &&
           a->key_bits == b->key_bits;
}

static size_t rank(const x4s_ike_config2 *config, const x4s_ike_transform2 *t)
{
    for (size_t i = 0; i < config->transform_count; i++)
        if (same(&config->transforms[i], t))
            return i;
    return SIZE_MAX;
}

static uint32_t spi_of(const x4s_ike_offered *offered)
{
    x4s_reader r = x4_reader(offered->spi.data, offered->spi.len);
    uint32_t spi = x4_reader_u32(&r);
    return x4_reader_done(&r) ? spi : 0;
}

x4e_ike_reason x4_proposal2_select(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                   uint16_t mode_offset, x4s_ike_transform2 *agreed,
                                   const x4s_ike_offered **chosen, uint32_t *spi)
{
    size_t best = SIZE_MAX;
    *chosen = NULL;
    for (size_t i = 0; i < offers->count; i++) {
        const x4s_ike_offered *offered = &offers->list[i];
        x4s_ike_transform2 t;
        bval understood;
        if (!read_transform(offered, &t, &understood))
            return x4c_ike_bad_proposal;
        bval usable = understood && !offered->bundled && spi_of(offered) >= x4c_spi_first &&
                      t.encap == (mode_offset != 0);
        size_t place = usable ? rank(config, &t) : SIZE_MAX;
        if (place >= best || (*chosen && !config->own_order))
            continue;
        best = place;
        *agreed = t;
        agreed->truncated = config->transforms[place].truncated;
        *chosen = offered;
        *spi = spi_of(offered);
    }
    return *chosen ? x4c_ike_none : x4c_ike_no_proposal2;
}

/* req 2409-5-14 */
x4e_ike_reason x4_proposal2_accept(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                   uint16_t mode_offset, x4s_ike_transform2 *agreed, uint32_t *spi)
{
    const x4s_ike_offered *chosen;
    if (offers->count != 1)
        return x4c_ike_bad_response;
    x4e_ike_reason reason = x4_proposal2_select(config, offers, mode_offset, agreed, &chosen, spi);
    return reason == x4c_ike_no_proposal2 ? x4c_ike_bad_response : reason;
}

/* The first that we understand; zeroed if there is none. */
static x4s_ike_transform2 first_of(const x4s_ike_offers *offers)
{
    for (size_t i = 0; i < offers->count; i++) {
        x4s_ike_transform2 t;
        bval understood;
        if (read_transform(&offers->list[i], &t, &understood) && understood)
            return t;
    }
    return (x4s_ike_transform2){0};
}

uint8_t x4_proposal2_group(const x4s_ike_offers *offers)
{
    return first_of(offers).group;
}

bval x4_proposal2_transports(const x4s_ike_offers *offers)
{
    return first_of(offers).mode == x4c_ike_transport;
}

bval x4_proposal2_offers_transport(const x4s_ike_config2 *config)
{
    for (size_t i = 0; i < config->transform_count; i++)
        if (config->transforms[i].mode == x4c_ike_transport)
            return btrue;
    return bfalse;
}

uint32_t x4_proposal2_spi(const x4s_ike_offers *offers, uint8_t *protocol)
{
    *protocol = x4c_protocol_esp;
    for (size_t i = 0; i < offers->count; i++) {
        uint32_t spi = spi_of(&offers->list[i]);
        if (!spi)
            continue;
        *protocol = offers->list[i].protocol;
        return spi;
    }
    return 0;
}
