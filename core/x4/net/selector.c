/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/net/selector.h"

#include <stdio.h>
#include <string.h>

/* The mask of the bits of byte `index` that belong to a prefix. */
static uint8_t prefix_mask(unsigned prefix, size_t index)
{
    size_t before = index * 8;
    if (prefix <= before)
        return 0;
    size_t bits = x4m_min(prefix - before, (size_t)8);
    return (uint8_t)(0xff00 >> bits);
}

void x4_net_selector_from_addr(const x4s_net_addr *addr, x4s_net_selector *s)
{
    *s = (x4s_net_selector){.family = addr->family, .form = x4c_net_address};
    memcpy(s->from, addr->ip, sizeof(s->from));
    memcpy(s->to, addr->ip, sizeof(s->to));
}

bval x4_net_selector_from_prefix(const x4s_net_addr *addr, unsigned prefix, x4s_net_selector *s)
{
    size_t size = x4_net_addr_size(addr->family);
    if (!size || prefix > size * 8)
        return bfalse;

    *s = (x4s_net_selector){.family = addr->family, .form = x4c_net_subnet};
    for (size_t i = 0; i < size; i++) {
        uint8_t mask = prefix_mask(prefix, i);
        s->from[i] = addr->ip[i] & mask;
        s->to[i] = s->from[i] | (uint8_t)~mask;
    }
    return btrue;
}

bval x4_net_selector_from_range(const x4s_net_addr *from, const x4s_net_addr *to,
                                x4s_net_selector *s)
{
    if (!x4_net_addr_size(from->family) || from->family != to->family)
        return bfalse;
    if (memcmp(from->ip, to->ip, sizeof(from->ip)) > 0)
        return bfalse;

    *s = (x4s_net_selector){.family = from->family, .form = x4c_net_range};
    memcpy(s->from, from->ip, sizeof(s->from));
    memcpy(s->to, to->ip, sizeof(s->to));
    return btrue;
}

int x4_net_selector_prefix(const x4s_net_selector *s)
{
    size_t size = x4_net_addr_size(s->family);
    unsigned prefix = 0;
    while (prefix < size * 8 && !((s->from[prefix / 8] ^ s->to[prefix / 8]) & 0x80 >> prefix % 8))
        prefix++;

    for (size_t i = 0; i < size; i++) {
        uint8_t host = (uint8_t)~prefix_mask(prefix, i);
        if ((s->from[i] & host) != 0 || (s->to[i] & host) != host)
            return -1;
    }
    return size ? (int)prefix : -1;
}

static char *format_end(const x4s_net_selector *s, const uint8_t ip[16],
                        char text[x4c_net_addr_text])
{
    x4s_net_addr addr = {.family = s->family};
    memcpy(addr.ip, ip, sizeof(addr.ip));
    return x4_net_addr_format(&addr, text);
}

/* A subnet that is none (a mask with holes cannot be told by two ends) reads as a range. */
static int format_net(const x4s_net_selector *s, char *text, size_t size)
{
    char from[x4c_net_addr_text];
    char to[x4c_net_addr_text];
    int prefix = x4_net_selector_prefix(s);

    format_end(s, s->from, from);
    if (s->form == x4c_net_address)
        return snprintf(text, size, "%s", from);
    if (s->form == x4c_net_subnet && prefix >= 0)
        return snprintf(text, size, "%s/%d", from, prefix);
    return snprintf(text, size, "%s-%s", from, format_end(s, s->to, to));
}

char *x4_net_selector_format(const x4s_net_selector *s, char text[x4c_net_selector_text])
{
    size_t len = (size_t)format_net(s, text, x4c_net_selector_text);
    if (s->protocol || s->port)
        (void)snprintf(text + len, x4c_net_selector_text - len, "[%u/%u]", (unsigned)s->protocol,
                       (unsigned)s->port);
    return text;
}

bval x4_net_selector_equal(const x4s_net_selector *a, const x4s_net_selector *b)
{
    return a->family == b->family && a->protocol == b->protocol && a->port == b->port &&
           !memcmp(a->from, b->from, sizeof(a->from)) && !memcmp(a->to, b->to, sizeof(a->to));
}

/* Bytes beyond the family's length are zero, so whole arrays compare as the addresses do. */
static bval within(const x4s_net_selector *s, const uint8_t from[16], const uint8_t to[16])
{
    return memcmp(s->from, from, 16) <= 0 && memcmp(to, s->to, 16) <= 0;
}

bval x4_net_selector_contains(const x4s_net_selector *outer, const x4s_net_selector *inner)
{
    if (outer->family != inner->family)
        return bfalse;
    if (outer->protocol && outer->protocol != inner->protocol)
        return bfalse;
    if (outer->port && outer->port != inner->port)
        return bfalse;
    return within(outer, inner->from, inner->to);
}

bval x4_net_selector_has_addr(const x4s_net_selector *s, const x4s_net_addr *addr)
{
    return s->family == addr->family && within(s, addr->ip, addr->ip);
}
