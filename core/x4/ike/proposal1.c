/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/proposal1.h"

#include "x4/crypto/cipher.h"
#include "x4/crypto/dh.h"
#include "x4/crypto/hash.h"
#include "x4/ike/attributes.h"
#include "x4/ike/method.h"

/* Of AES and Camellia, the only ones with a length on the wire; peers leave it out (RFC 3602). */
#define KEY_BITS_DEFAULT 128

#define GROUP_TYPE_MODP 1
#define GROUP_TYPE_ECP  2

bval x4_proposal1_usable(const x4s_crypto *crypto, const x4s_ike_config1 *config)
{
    if (config->transform_count == 0 || config->transform_count > x4c_ike_transforms1_max)
        return bfalse;
    for (size_t i = 0; i < config->transform_count; i++) {
        const x4s_ike_transform1 *t = &config->transforms[i];
        if (!x4_crypto_has_cipher(crypto, t->cipher, t->key_bits) ||
            !x4_crypto_has_hash(crypto, t->hash) || !x4_crypto_has_group(crypto, t->group) ||
            !x4_method(t->auth))
            return bfalse;
    }
    return btrue;
}

void x4_proposal1_write(x4s_ike_build *build, const x4s_ike_config1 *config)
{
    x4s_writer *w = &build->w;
    x4s_sa_writer sa;
    x4_sa_begin(&sa, build);
    x4_sa_proposal(&sa, 1, x4c_protocol_isakmp, (x4s_chunk){0}); /* req 2409-5-10 2409-5-11 */
    for (size_t i = 0; i < config->transform_count; i++) {
        const x4s_ike_transform1 *t = &config->transforms[i];
        /* req 2408-4.2-6 2408-5.6-1 */
        x4_sa_transform(&sa, (uint8_t)(i + 1), x4c_transform_key_ike);
        x4_attr_put(w, x4c_attr1_cipher, t->cipher); /* req 2409-4-5 */
        if (t->key_bits)                             /* req 2409-A-3 */
            x4_attr_put(w, x4c_attr1_key_length, t->key_bits);
        x4_attr_put(w, x4c_attr1_hash, t->hash);
        x4_attr_put(w, x4c_attr1_group, t->group); /* req 2409-4-7 2409-4-8 */
        x4_attr_put(w, x4c_attr1_auth, t->auth);
        x4_attr_put_life(w, x4c_attr1_life_type, x4c_life_seconds, t->life_sec);
        x4_attr_put_life(w, x4c_attr1_life_type, x4c_life_kilobytes, t->life_kb);
    }
    x4_sa_end(&sa);
}

/* bfalse: the transform says something that we do not understand, or says it twice. */
static bval take_attribute(x4s_ike_transform1 *t, uint32_t *life_type, uint16_t type,
                           uint32_t value)
{
    switch (type) {
    case x4c_attr1_cipher:
        return x4_attr_set_u8(&t->cipher, value);
    case x4c_attr1_hash:
        return x4_attr_set_u8(&t->hash, value);
    case x4c_attr1_auth:
        return x4_attr_set_u16(&t->auth, value);
    case x4c_attr1_group:
        return x4_attr_set_u8(&t->group, value);
    case x4c_attr1_group_type:
        return value == GROUP_TYPE_MODP || value == GROUP_TYPE_ECP;
    case x4c_attr1_key_length:
        return x4_attr_set_u16(&t->key_bits, value);
    case x4c_attr1_life_type:
        *life_type = value;
        return btrue;
    case x4c_attr1_life_duration:
        return x4_attr_set_life(&t->life_sec, &t->life_kb, life_type, value);
    default:
        return bfalse;
    }
}

static bval has_key_length(uint8_t cipher)
{
    return cipher == x4c_cipher_aes || cipher == x4c_cipher_camellia;
}

/*
 * What an offered transform says. *understood is bfalse for a well-formed one that holds what we do
 * not know; the return value is bfalse for a malformed one.
 */
static bval read_transform(const x4s_ike_offered *offered, x4s_ike_transform1 *t, bval *understood)
{
    x4s_reader r = x4_reader(offered->attributes.data, offered->attributes.len);
    uint32_t life_type = 0;
    x4s_ike_attr attr;
    *t = (x4s_ike_transform1){0};
    /* req 2407-4.4.2-1 2408-5.5-3 2408-5.6-2 */
    *understood = offered->protocol == x4c_protocol_isakmp && offered->id == x4c_transform_key_ike;

    while (x4_attr_next(&r, &attr)) {
        uint32_t value;
        if (!x4_attr_number(&attr, &value) || !take_attribute(t, &life_type, attr.type, value))
            *understood = bfalse;
    }
    if (has_key_length(t->cipher) && t->key_bits == 0)
        t->key_bits = KEY_BITS_DEFAULT;
    return x4_reader_done(&r);
}

/* req 2409-4-5 */
bval x4_proposal1_same(const x4s_ike_transform1 *a, const x4s_ike_transform1 *b)
{
    return a->cipher == b->cipher && a->hash == b->hash && a->group == b->group &&
           a->auth == b->auth && a->key_bits == b->key_bits;
}

x4e_ike_reason x4_proposal1_understood(const x4s_ike_offers *offers,
                                       x4s_ike_transform1 list[x4c_limit_transforms], size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < offers->count; i++) {
        bval understood;
        if (!read_transform(&offers->list[i], &list[*count], &understood))
            return x4c_ike_bad_proposal;
        if (understood && !offers->list[i].bundled)
            (*count)++;
    }
    return x4c_ike_none;
}

/* The place of a transform in our list, or SIZE_MAX. */
static size_t rank(const x4s_ike_config1 *config, const x4s_ike_transform1 *t)
{
    for (size_t i = 0; i < config->transform_count; i++)
        if (x4_proposal1_same(&config->transforms[i], t))
            return i;
    return SIZE_MAX;
}

/* req 2408-4.2-7 2408-4.2.1-1 2408-5.4-4 */
x4e_ike_reason x4_proposal1_select(const x4s_ike_config1 *config, const x4s_ike_offers *offers,
                                   x4s_ike_transform1 *agreed, const x4s_ike_offered **chosen)
{
    size_t best = SIZE_MAX;
    *chosen = NULL;
    for (size_t i = 0; i < offers->count; i++) {
        x4s_ike_transform1 t;
        bval understood;
        if (!read_transform(&offers->list[i], &t, &understood))
            return x4c_ike_bad_proposal;
        /* req 2408-5.6-2 2408-5.6-3 */
        size_t place = understood && !offers->list[i].bundled ? rank(config, &t) : SIZE_MAX;
        if (place >= best || (*chosen && !config->own_order))
            continue;
        best = place;
        *agreed = t;
        *chosen = &offers->list[i];
    }
    return *chosen ? x4c_ike_none : x4c_ike_no_proposal;
}

/* req 2409-5-14 2408-4.2-11 */
x4e_ike_reason x4_proposal1_accept(const x4s_ike_config1 *config, const x4s_ike_offers *offers,
                                   x4s_ike_transform1 *agreed)
{
    const x4s_ike_offered *chosen;
    if (offers->count != 1)
        return x4c_ike_bad_response;
    x4e_ike_reason reason = x4_proposal1_select(config, offers, agreed, &chosen);
    return reason == x4c_ike_no_proposal ? x4c_ike_bad_response : reason;
}
