/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/proposal2.h"

#include "x4/ike/attributes.h"

#define SPI_SIZE         4
#define AES_BITS_DEFAULT 128 /* RFC 3602 5.3 allows to leave 128 out; peers do */

/* Extended sequence numbers, RFC 4304: the value that means none of them. */
#define ATTR_ESN 11
#define ESN_OFF  0

static const struct {
    uint8_t esp;
    uint16_t key_bits; /* as on the wire; 0: fixed, not sent */
    uint8_t encr;
    uint8_t salt;
    bval combined; /* encryption that authenticates too */
} esp_sizes[] = {
    {x4c_ike_esp_3des, 0, 24, 0, bfalse},       {x4c_ike_esp_null, 0, 0, 0, bfalse},
    {x4c_ike_esp_aes_cbc, 128, 16, 0, bfalse},  {x4c_ike_esp_aes_cbc, 192, 24, 0, bfalse},
    {x4c_ike_esp_aes_cbc, 256, 32, 0, bfalse},  {x4c_ike_esp_aes_gcm16, 128, 16, 4, btrue},
    {x4c_ike_esp_aes_gcm16, 192, 24, 4, btrue}, {x4c_ike_esp_aes_gcm16, 256, 32, 4, btrue},
};

static const struct {
    uint8_t integ;
    uint8_t size;
} integ_sizes[] = {
    {x4c_ike_integ_none, 0},         {x4c_ike_integ_hmac_md5, 16},
    {x4c_ike_integ_hmac_sha1, 20},   {x4c_ike_integ_hmac_sha256, 32},
    {x4c_ike_integ_hmac_sha384, 48}, {x4c_ike_integ_hmac_sha512, 64},
};

static bval integ_size(uint8_t integ, uint8_t *size)
{
    for (size_t i = 0; i < x4m_countof(integ_sizes); i++)
        if (integ_sizes[i].integ == integ) {
            *size = integ_sizes[i].size;
            return btrue;
        }
    return bfalse;
}

bval x4_proposal2_key_sizes(const x4s_ike_transform2 *t, x4s_ike_key_sizes *sizes)
{
    for (size_t i = 0; i < x4m_countof(esp_sizes); i++) {
        if (esp_sizes[i].esp != t->esp || esp_sizes[i].key_bits != t->key_bits)
            continue;
        sizes->encr = esp_sizes[i].encr;
        sizes->salt = esp_sizes[i].salt;
        return esp_sizes[i].combined == (t->integ == x4c_ike_integ_none) &&
               integ_size(t->integ, &sizes->integ);
    }
    return bfalse;
}

bval x4_proposal2_usable(const x4s_ike_config2 *config)
{
    if (config->transform_count == 0 || config->transform_count > x4c_ike_transforms2_max)
        return bfalse;
    for (size_t i = 0; i < config->transform_count; i++) {
        const x4s_ike_transform2 *t = &config->transforms[i];
        x4s_ike_key_sizes sizes;
        if (!x4_proposal2_key_sizes(t, &sizes) || t->group != config->transforms[0].group ||
            (t->mode != x4c_ike_tunnel && t->mode != x4c_ike_transport))
            return bfalse;
    }
    return btrue;
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
        x4_sa_proposal(&sa, (uint8_t)(i + 1), x4c_protocol_esp, (x4s_chunk){bytes, sizeof(bytes)});
        x4_sa_transform(&sa, 1, t->esp);
        x4_attr_put_life(w, x4c_attr2_life_type, x4c_life_seconds, t->life_sec);
        x4_attr_put_life(w, x4c_attr2_life_type, x4c_life_kilobytes, t->life_kb);
        if (t->group)
            x4_attr_put(w, x4c_attr2_group, t->group);
        x4_attr_put(w, x4c_attr2_mode, t->mode + (uint32_t)mode_offset);
        if (t->integ)
            x4_attr_put(w, x4c_attr2_integ, t->integ);
        if (t->key_bits)
            x4_attr_put(w, x4c_attr2_key_length, t->key_bits);
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
    case ATTR_ESN:
        return value == ESN_OFF;
    default:
        return bfalse;
    }
}

static bval has_key_length(uint8_t esp)
{
    return esp == x4c_ike_esp_aes_cbc || esp == x4c_ike_esp_aes_gcm16;
}

/* As in phase 1: bfalse for a malformed transform, *understood for one that we know. */
static bval read_transform(const x4s_ike_offered *offered, x4s_ike_transform2 *t, bval *understood)
{
    x4s_reader r = x4_reader(offered->attributes.data, offered->attributes.len);
    uint32_t life_type = 0;
    x4s_ike_attr attr;
    *t = (x4s_ike_transform2){.esp = offered->id};
    *understood = offered->protocol == x4c_protocol_esp && offered->spi.len == SPI_SIZE;

    while (x4_attr_next(&r, &attr)) {
        uint32_t value;
        if (!x4_attr_number(&attr, &value) || !take_attribute(t, &life_type, attr.type, value))
            *understood = bfalse;
    }
    if (has_key_length(t->esp) && t->key_bits == 0)
        t->key_bits = AES_BITS_DEFAULT;
    if (t->mode == 0)
        t->mode = x4c_ike_tunnel; /* RFC 2407 4.5: host-dependent; peers that leave it out tunnel */
    return x4_reader_done(&r);
}

static bval same(const x4s_ike_transform2 *a, const x4s_ike_transform2 *b)
{
    return a->esp == b->esp && a->integ == b->integ && a->mode == b->mode && a->group == b->group &&
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
        *chosen = offered;
        *spi = spi_of(offered);
    }
    return *chosen ? x4c_ike_none : x4c_ike_no_proposal2;
}

x4e_ike_reason x4_proposal2_accept(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                   uint16_t mode_offset, x4s_ike_transform2 *agreed, uint32_t *spi)
{
    const x4s_ike_offered *chosen;
    if (offers->count != 1)
        return x4c_ike_bad_response;
    x4e_ike_reason reason = x4_proposal2_select(config, offers, mode_offset, agreed, &chosen, spi);
    return reason == x4c_ike_no_proposal2 ? x4c_ike_bad_response : reason;
}

uint8_t x4_proposal2_group(const x4s_ike_offers *offers)
{
    for (size_t i = 0; i < offers->count; i++) {
        x4s_ike_transform2 t;
        bval understood;
        if (read_transform(&offers->list[i], &t, &understood) && understood)
            return t.group;
    }
    return 0;
}

uint32_t x4_proposal2_spi(const x4s_ike_offers *offers)
{
    for (size_t i = 0; i < offers->count; i++)
        if (spi_of(&offers->list[i]))
            return spi_of(&offers->list[i]);
    return 0;
}
