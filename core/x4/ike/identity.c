/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/identity.h"

#include <string.h>

#include "x4/crypto/dn.h"
#include "x4/ike/limits.h"

#define PROTOCOL_UDP 17

/* Types by what they hold. len: of one address; 0 for a name. */
static const struct id_form {
    uint8_t type;
    uint8_t len;
    uint8_t family;
    int8_t form; /* x4e_net_form, or -1 where the type selects no traffic */
    bval text;
} id_forms[] = {
    {x4c_ike_id_ipv4, 4, x4c_net_ipv4, x4c_net_address, bfalse},
    {x4c_ike_id_ipv6, 16, x4c_net_ipv6, x4c_net_address, bfalse},
    {x4c_ike_id_ipv4_subnet, 4, x4c_net_ipv4, x4c_net_subnet, bfalse},
    {x4c_ike_id_ipv6_subnet, 16, x4c_net_ipv6, x4c_net_subnet, bfalse},
    {x4c_ike_id_ipv4_range, 4, x4c_net_ipv4, x4c_net_range, bfalse},
    {x4c_ike_id_ipv6_range, 16, x4c_net_ipv6, x4c_net_range, bfalse},
    {x4c_ike_id_fqdn, 0, x4c_net_none, -1, btrue},
    {x4c_ike_id_user_fqdn, 0, x4c_net_none, -1, btrue},
    {x4c_ike_id_dn, 0, x4c_net_none, -1, bfalse},
    {x4c_ike_id_gn, 0, x4c_net_none, -1, bfalse},
    {x4c_ike_id_key_id, 0, x4c_net_none, -1, bfalse},
};

static const struct id_form *form_of_type(uint8_t type)
{
    for (size_t i = 0; i < x4m_countof(id_forms); i++)
        if (id_forms[i].type == type)
            return &id_forms[i];
    return NULL;
}

static size_t data_size(const struct id_form *form)
{
    return form->form == x4c_net_address ? form->len : 2u * form->len;
}

bval x4_identity_valid(const x4s_ike_id *id)
{
    const struct id_form *form = form_of_type((uint8_t)id->type);
    if (!form || id->data.len == 0 || id->data.len > x4c_limit_id_body)
        return bfalse;
    if (form->len)
        return id->data.len == data_size(form);
    if (id->type == x4c_ike_id_dn)
        return x4_dn_valid(id->data);
    return !form->text || !memchr(id->data.data, 0, id->data.len);
}

/*
 * RFC 2407 4.6.2 wants protocol and port both zero or UDP and 500 in phase 1. Peers behind a NAT
 * name 4500, and some name UDP without a port.
 */
static bval phase1_port(uint8_t protocol, uint16_t port) /* req 2407-4.6.2-3 */
{
    if (protocol == 0)
        return port == 0;
    return protocol == PROTOCOL_UDP && (port == 0 || port == 500 || port == 4500);
}

x4e_ike_reason x4_identity_parse(x4s_chunk body, x4s_ike_id *id)
{
    x4s_reader r = x4_reader(body.data, body.len);
    id->type = x4_reader_u8(&r);
    uint8_t protocol = x4_reader_u8(&r);
    uint16_t port = x4_reader_u16(&r);
    id->data = x4_reader_rest(&r);
    if (r.failed || !phase1_port(protocol, port) || !x4_identity_valid(id))
        return x4c_ike_bad_id; /* req 2408-5.8-2 */
    return x4c_ike_none;
}

void x4_identity_write(x4s_writer *w, const x4s_ike_id *id)
{
    x4_writer_u8(w, (uint8_t)id->type);
    x4_writer_zeros(w, 3); /* req 2407-4.6.2-2 2408-3.8-1 3947-4-11 */
    x4_writer_bytes(w, id->data.data, id->data.len);
}

bval x4_identity_copy(const x4s_allocator *allocator, x4s_ike_identity *to, const x4s_ike_id *from)
{
    uint8_t *data = x4_copy(allocator, from->data.data, from->data.len);
    if (!data)
        return bfalse;
    x4_identity_free(allocator, to);
    *to = (x4s_ike_identity){
        .data = data, .len = (uint16_t)from->data.len, .type = (uint8_t)from->type};
    return btrue;
}

void x4_identity_free(const x4s_allocator *allocator, x4s_ike_identity *identity)
{
    x4_free(allocator, identity->data, identity->len);
    *identity = (x4s_ike_identity){0};
}

x4s_ike_id x4_identity_view(const x4s_ike_identity *identity)
{
    return (x4s_ike_id){.type = identity->type, .data = {identity->data, identity->len}};
}

static bval subnet_from_mask(const x4s_net_addr *addr, const uint8_t *mask, size_t len,
                             x4s_net_selector *selector)
{
    unsigned prefix = 0;
    while (prefix < 8 * len && mask[prefix / 8] & 0x80 >> prefix % 8)
        prefix++;
    for (unsigned bit = prefix; bit < 8 * len; bit++)
        if (mask[bit / 8] & 0x80 >> bit % 8)
            return bfalse; /* not contiguous */
    return x4_net_selector_from_prefix(addr, prefix, selector);
}

static bval range_to(const x4s_net_addr *from, const uint8_t *last, size_t len,
                     x4s_net_selector *selector)
{
    x4s_net_addr to = {.family = from->family};
    memcpy(to.ip, last, len);
    return x4_net_selector_from_range(from, &to, selector);
}

x4e_ike_reason x4_selector_parse(x4s_chunk body, x4s_net_selector *selector)
{
    x4s_reader r = x4_reader(body.data, body.len);
    const struct id_form *form = form_of_type(x4_reader_u8(&r));
    uint8_t protocol = x4_reader_u8(&r);
    uint16_t port = x4_reader_u16(&r);
    if (r.failed || !form || form->form < 0)
        return x4c_ike_bad_id; /* req 2408-5.8-2 */

    x4s_net_addr addr = {.family = form->family};
    const uint8_t *first = x4_reader_bytes(&r, form->len);
    const uint8_t *second = form->form == x4c_net_address ? first : x4_reader_bytes(&r, form->len);
    if (!x4_reader_done(&r))
        return x4c_ike_bad_id;
    memcpy(addr.ip, first, form->len);

    bval good = btrue;
    if (form->form == x4c_net_address)
        x4_net_selector_from_addr(&addr, selector);
    else if (form->form == x4c_net_subnet)
        good = subnet_from_mask(&addr, second, form->len, selector);
    else
        good = range_to(&addr, second, form->len, selector);
    selector->protocol = protocol;
    selector->port = port;
    return good ? x4c_ike_none : x4c_ike_bad_id;
}

static const struct id_form *form_of_selector(const x4s_net_selector *selector)
{
    for (size_t i = 0; i < x4m_countof(id_forms); i++)
        if (id_forms[i].form == selector->form && id_forms[i].family == selector->family)
            return &id_forms[i];
    return NULL;
}

void x4_selector_write(x4s_writer *w, const x4s_net_selector *selector)
{
    const struct id_form *form = form_of_selector(selector);
    if (!form) {
        w->failed = btrue;
        return;
    }
    x4_writer_u8(w, form->type);
    x4_writer_u8(w, selector->protocol);
    x4_writer_u16(w, selector->port);
    x4_writer_bytes(w, selector->from, form->len);
    if (form->form == x4c_net_range)
        x4_writer_bytes(w, selector->to, form->len);
    if (form->form != x4c_net_subnet)
        return;
    int prefix = x4_net_selector_prefix(selector);
    uint8_t mask[16] = {0};
    for (int bit = 0; bit < prefix; bit++)
        mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    x4_writer_bytes(w, mask, form->len);
}
