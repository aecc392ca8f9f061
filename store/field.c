/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/field.h"

#include "x4/crypto/cipher.h"
#include "x4/crypto/hash.h"
#include "x4/ike/proposal2.h"

void store_fields_put(x4s_writer *w, const struct store_field *fields, size_t count,
                      const void *record)
{
    for (size_t i = 0; i < count; i++)
        fields[i].codec->put(w, (const uint8_t *)record + fields[i].offset);
}

static bool has_failed(const struct store_source *source)
{
    return source->bad || source->reader.failed;
}

void store_fields_get(struct store_source *source, const struct store_field *fields, size_t count,
                      void *record)
{
    for (size_t i = 0; i < count && !has_failed(source); i++)
        fields[i].codec->get(source, (uint8_t *)record + fields[i].offset);
}

/* What was read must be so; that there was nothing to read is another failure. */
static void must(struct store_source *source, bool holds)
{
    source->bad = source->bad || (!holds && !source->reader.failed);
}

static void get_bytes(struct store_source *source, void *to, size_t len)
{
    const uint8_t *bytes = x4_reader_bytes(&source->reader, len);
    if (bytes)
        memcpy(to, bytes, len);
}

/* -------------------------------------------------------------------------- numbers */

static void put_u64(x4s_writer *w, uint64_t value)
{
    x4_writer_u32(w, (uint32_t)(value >> 32));
    x4_writer_u32(w, (uint32_t)value);
}

static void put_u16_field(x4s_writer *w, const void *field)
{
    x4_writer_u16(w, *(const uint16_t *)field);
}

static void get_u16_field(struct store_source *source, void *field)
{
    *(uint16_t *)field = x4_reader_u16(&source->reader);
}

const struct store_codec store_u16 = {put_u16_field, get_u16_field};

static void put_u32_field(x4s_writer *w, const void *field)
{
    x4_writer_u32(w, *(const uint32_t *)field);
}

static void get_u32_field(struct store_source *source, void *field)
{
    *(uint32_t *)field = x4_reader_u32(&source->reader);
}

const struct store_codec store_u32 = {put_u32_field, get_u32_field};

static void put_u64_field(x4s_writer *w, const void *field)
{
    put_u64(w, *(const uint64_t *)field);
}

static void get_u64_field(struct store_source *source, void *field)
{
    const uint64_t high = x4_reader_u32(&source->reader);
    *(uint64_t *)field = high << 32 | x4_reader_u32(&source->reader);
}

const struct store_codec store_u64 = {put_u64_field, get_u64_field};

static bool get_flag(struct store_source *source)
{
    const uint8_t value = x4_reader_u8(&source->reader);
    must(source, value <= 1);
    return value != 0;
}

static void put_flag_field(x4s_writer *w, const void *field)
{
    x4_writer_u8(w, *(const bool *)field);
}

static void get_flag_field(struct store_source *source, void *field)
{
    *(bool *)field = get_flag(source);
}

const struct store_codec store_flag = {put_flag_field, get_flag_field};

/* One version at most is agreed on. */
static void put_natt(x4s_writer *w, const void *field)
{
    x4_writer_u8(w, *(const uint8_t *)field);
}

static void get_natt(struct store_source *source, void *field)
{
    const uint8_t natt = x4_reader_u8(&source->reader);
    must(source, natt <= x4c_ike_natt_00 && (natt & (natt - 1)) == 0);
    *(uint8_t *)field = natt;
}

const struct store_codec store_natt = {put_natt, get_natt};

static void put_role(x4s_writer *w, const void *field)
{
    x4_writer_u8(w, *(const x4e_ike_role *)field == x4c_ike_responder);
}

static void get_role(struct store_source *source, void *field)
{
    *(x4e_ike_role *)field = get_flag(source) ? x4c_ike_responder : x4c_ike_initiator;
}

const struct store_codec store_role = {put_role, get_role};

static void put_cookie(x4s_writer *w, const void *field)
{
    x4_writer_bytes(w, field, 8);
}

static void get_cookie(struct store_source *source, void *field)
{
    get_bytes(source, field, 8);
}

const struct store_codec store_cookie = {put_cookie, get_cookie};

/* -------------------------------------------------------------------------- addresses */

static bool is_family(uint8_t family)
{
    return x4_net_addr_size(family) != 0;
}

static void put_ip(x4s_writer *w, const x4s_net_addr *addr)
{
    x4_writer_bytes(w, addr->ip, x4_net_addr_size(addr->family));
    if (addr->family == x4c_net_ipv6)
        x4_writer_u32(w, addr->scope);
}

static void get_ip(struct store_source *source, uint8_t family, x4s_net_addr *addr)
{
    *addr = (x4s_net_addr){.family = family};
    get_bytes(source, addr->ip, x4_net_addr_size(family));
    if (family == x4c_net_ipv6)
        addr->scope = x4_reader_u32(&source->reader);
}

static void put_addr(x4s_writer *w, const void *field)
{
    const x4s_net_addr *addr = field;
    x4_writer_u8(w, addr->family);
    put_ip(w, addr);
}

static void get_addr(struct store_source *source, void *field)
{
    const uint8_t family = x4_reader_u8(&source->reader);
    must(source, family == x4c_net_none || is_family(family));
    get_ip(source, family, field);
}

const struct store_codec store_addr = {put_addr, get_addr};

static void put_link(x4s_writer *w, const void *field)
{
    const x4s_net_link *link = field;
    x4_writer_u8(w, link->local.family);
    put_ip(w, &link->local);
    put_ip(w, &link->remote);
    x4_writer_u16(w, link->local.port);
    x4_writer_u16(w, link->remote.port);
    x4_writer_u8(w, link->encap);
}

static void get_link(struct store_source *source, void *field)
{
    x4s_net_link *link = field;
    const uint8_t family = x4_reader_u8(&source->reader);
    must(source, is_family(family));
    get_ip(source, family, &link->local);
    get_ip(source, family, &link->remote);
    link->local.port = x4_reader_u16(&source->reader);
    link->remote.port = x4_reader_u16(&source->reader);
    must(source, link->local.port && link->remote.port);
    link->encap = get_flag(source);
}

const struct store_codec store_link = {put_link, get_link};

static void put_selector(x4s_writer *w, const void *field)
{
    const x4s_net_selector *s = field;
    const size_t size = x4_net_addr_size(s->family);
    x4_writer_u8(w, s->family);
    if (!size)
        return;
    x4_writer_u8(w, s->form);
    x4_writer_u8(w, s->protocol);
    x4_writer_u16(w, s->port);
    x4_writer_bytes(w, s->from, size);
    if (s->form != x4c_net_address)
        x4_writer_bytes(w, s->to, size);
}

static void get_selector(struct store_source *source, void *field)
{
    x4s_net_selector *s = field;
    *s = (x4s_net_selector){.family = x4_reader_u8(&source->reader)};
    const size_t size = x4_net_addr_size(s->family);
    must(source, size || s->family == x4c_net_none);
    if (!size)
        return;
    s->form = x4_reader_u8(&source->reader);
    s->protocol = x4_reader_u8(&source->reader);
    s->port = x4_reader_u16(&source->reader);
    must(source, s->form <= x4c_net_range);
    get_bytes(source, s->from, size);
    if (s->form == x4c_net_address)
        memcpy(s->to, s->from, size);
    else
        get_bytes(source, s->to, size);
    must(source, memcmp(s->from, s->to, size) <= 0);
}

const struct store_codec store_selector = {put_selector, get_selector};

/* -------------------------------------------------------------------------- names */

static void put_id(x4s_writer *w, const void *field)
{
    const x4s_ike_id *id = field;
    x4_writer_u8(w, (uint8_t)id->type);
    x4_writer_u16(w, (uint16_t)id->data.len);
    x4_writer_bytes(w, id->data.data, id->data.len);
}

static void get_id(struct store_source *source, void *field)
{
    x4s_ike_id *id = field;
    id->type = (x4e_ike_id_type)x4_reader_u8(&source->reader);
    id->data = x4_reader_chunk(&source->reader, x4_reader_u16(&source->reader));
}

const struct store_codec store_id = {put_id, get_id};

static void put_text(x4s_writer *w, const void *field)
{
    const x4s_chunk *text = field;
    x4_writer_u8(w, (uint8_t)text->len);
    x4_writer_bytes(w, text->data, text->len);
}

static void get_text(struct store_source *source, void *field)
{
    *(x4s_chunk *)field = x4_reader_chunk(&source->reader, x4_reader_u8(&source->reader));
}

const struct store_codec store_text = {put_text, get_text};

static void put_user(x4s_writer *w, const void *field)
{
    const x4s_chunk *user = field;
    x4_writer_u16(w, (uint16_t)user->len);
    x4_writer_bytes(w, user->data, user->len);
}

static void get_user(struct store_source *source, void *field)
{
    *(x4s_chunk *)field = x4_reader_chunk(&source->reader, x4_reader_u16(&source->reader));
}

const struct store_codec store_user = {put_user, get_user};

/* -------------------------------------------------------------------------- phase 1 */

static void put_keys1(x4s_writer *w, const void *field)
{
    const x4s_ike_keys1 *keys = field;
    const x4s_ike_transform1 *suite = &keys->suite;
    x4_writer_u8(w, suite->cipher);
    x4_writer_u8(w, suite->hash);
    x4_writer_u8(w, suite->group);
    x4_writer_u16(w, suite->auth);
    x4_writer_u16(w, suite->key_bits);
    x4_writer_u32(w, suite->life_sec);
    x4_writer_u32(w, suite->life_kb);
    x4_writer_bytes(w, keys->skeyid_d.data, keys->skeyid_d.len);
    x4_writer_bytes(w, keys->skeyid_a.data, keys->skeyid_a.len);
    x4_writer_bytes(w, keys->cipher_key.data, keys->cipher_key.len);
    x4_writer_bytes(w, keys->iv, x4_cipher_block((x4e_cipher)suite->cipher));
}

static void get_secret(struct store_source *source, size_t len, x4s_secret *secret)
{
    *secret = (x4s_secret){.len = (uint8_t)len};
    get_bytes(source, secret->data, len);
}

static void get_keys1(struct store_source *source, void *field)
{
    x4s_ike_keys1 *keys = field;
    x4s_ike_transform1 *suite = &keys->suite;
    suite->cipher = x4_reader_u8(&source->reader);
    suite->hash = x4_reader_u8(&source->reader);
    suite->group = x4_reader_u8(&source->reader);
    suite->auth = x4_reader_u16(&source->reader);
    suite->key_bits = x4_reader_u16(&source->reader);
    suite->life_sec = x4_reader_u32(&source->reader);
    suite->life_kb = x4_reader_u32(&source->reader);
    const size_t prf = x4_hash_size((x4e_hash)suite->hash);
    const size_t key = x4_cipher_key_size((x4e_cipher)suite->cipher, suite->key_bits);
    must(source, prf && key);
    if (has_failed(source))
        return;
    get_secret(source, prf, &keys->skeyid_d);
    get_secret(source, prf, &keys->skeyid_a);
    get_secret(source, key, &keys->cipher_key);
    get_bytes(source, keys->iv, x4_cipher_block((x4e_cipher)suite->cipher));
}

const struct store_codec store_keys1 = {put_keys1, get_keys1};

/* -------------------------------------------------------------------------- phase 2 */

static void put_transform2(x4s_writer *w, const x4s_ike_transform2 *t)
{
    const uint8_t bytes[] = {t->protocol, t->esp,   t->integ, t->ah,        t->ipcomp,
                             t->mode,     t->group, t->esn,   t->truncated, t->encap};
    x4_writer_bytes(w, bytes, sizeof(bytes));
    x4_writer_u16(w, t->key_bits);
    x4_writer_u32(w, t->life_sec);
    x4_writer_u32(w, t->life_kb);
}

static void get_transform2(struct store_source *source, x4s_ike_transform2 *t)
{
    uint8_t *const bytes[] = {&t->protocol, &t->esp,  &t->integ, &t->ah,
                              &t->ipcomp,   &t->mode, &t->group};
    for (size_t i = 0; i < x4m_countof(bytes); i++)
        *bytes[i] = x4_reader_u8(&source->reader);
    t->esn = get_flag(source);
    t->truncated = get_flag(source);
    t->encap = get_flag(source);
    t->key_bits = x4_reader_u16(&source->reader);
    t->life_sec = x4_reader_u32(&source->reader);
    t->life_kb = x4_reader_u32(&source->reader);
    const x4s_ike_config2 as_agreed = {.transforms = t, .transform_count = 1};
    must(source, x4_proposal2_usable(&as_agreed));
}

static void put_sa2(x4s_writer *w, const x4s_ike_sa2 *sa, const x4s_ike_key_sizes *sizes)
{
    x4_writer_u32(w, sa->spi);
    x4_writer_bytes(w, sa->encr, sizes->encr);
    x4_writer_bytes(w, sa->salt, sizes->salt);
    x4_writer_bytes(w, sa->integ, sizes->integ);
}

static void get_sa2(struct store_source *source, const x4s_ike_key_sizes *sizes, x4s_ike_sa2 *sa)
{
    sa->spi = x4_reader_u32(&source->reader);
    must(source, sa->spi >= x4c_spi_first);
    get_bytes(source, sa->encr, sizes->encr);
    get_bytes(source, sa->salt, sizes->salt);
    get_bytes(source, sa->integ, sizes->integ);
}

static x4s_ike_key_sizes sizes_of(const x4s_ike_transform2 *t, x4e_ike_part part)
{
    x4s_ike_key_sizes sizes;
    (void)x4_proposal2_key_sizes(t, part, &sizes);
    return sizes;
}

static void put_keys2(x4s_writer *w, const void *field)
{
    const x4s_ike_keys2 *keys = field;
    const x4s_ike_transform2 *t = &keys->transform;
    const x4s_ike_key_sizes sizes = sizes_of(t, x4c_part_main);
    const x4s_ike_key_sizes ah = sizes_of(t, x4c_part_ah);
    put_transform2(w, t);
    put_sa2(w, &keys->in, &sizes);
    put_sa2(w, &keys->out, &sizes);
    if (x4_proposal2_has(t, x4c_part_ah)) {
        put_sa2(w, &keys->ah_in, &ah);
        put_sa2(w, &keys->ah_out, &ah);
    }
    if (x4_proposal2_has(t, x4c_part_ipcomp)) {
        x4_writer_u16(w, keys->cpi_in);
        x4_writer_u16(w, keys->cpi_out);
    }
}

static uint16_t get_cpi(struct store_source *source)
{
    const uint16_t cpi = x4_reader_u16(&source->reader);
    must(source, cpi >= x4c_ike_cpi_first);
    return cpi;
}

static void get_keys2(struct store_source *source, void *field)
{
    x4s_ike_keys2 *keys = field;
    const x4s_ike_transform2 *t = &keys->transform;
    get_transform2(source, &keys->transform);
    if (has_failed(source))
        return;
    const x4s_ike_key_sizes sizes = sizes_of(t, x4c_part_main);
    const x4s_ike_key_sizes ah = sizes_of(t, x4c_part_ah);
    keys->encr_len = sizes.encr;
    keys->salt_len = sizes.salt;
    keys->integ_len = sizes.integ;
    get_sa2(source, &sizes, &keys->in);
    get_sa2(source, &sizes, &keys->out);
    if (x4_proposal2_has(t, x4c_part_ah)) {
        keys->ah_salt_len = ah.salt;
        keys->ah_integ_len = ah.integ;
        get_sa2(source, &ah, &keys->ah_in);
        get_sa2(source, &ah, &keys->ah_out);
    }
    if (x4_proposal2_has(t, x4c_part_ipcomp)) {
        keys->cpi_in = get_cpi(source);
        keys->cpi_out = get_cpi(source);
    }
}

const struct store_codec store_keys2 = {put_keys2, get_keys2};
