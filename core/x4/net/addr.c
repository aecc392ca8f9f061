/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/net/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

size_t x4_net_addr_size(uint8_t family)
{
    switch (family) {
    case x4c_net_ipv4:
        return 4;
    case x4c_net_ipv6:
        return 16;
    default:
        return 0;
    }
}

/* By hand: logs are full of addresses, and inet_ntop does it by snprintf. */
static char *put_number(char *text, unsigned number)
{
    if (number >= 10)
        text = put_number(text, number / 10);
    *text = (char)('0' + number % 10);
    return text + 1;
}

static char *format_ipv4(const x4s_net_addr *addr, char text[x4c_net_addr_text])
{
    char *end = put_number(text, addr->ip[0]);
    for (size_t i = 1; i < 4; i++) {
        *end = '.';
        end = put_number(end + 1, addr->ip[i]);
    }
    if (addr->port) {
        *end = ':';
        end = put_number(end + 1, addr->port);
    }
    *end = 0;
    return text;
}

static void format_ipv6(const x4s_net_addr *addr, char text[x4c_net_addr_text])
{
    inet_ntop(AF_INET6, addr->ip, text, x4c_net_addr_text);
    if (addr->scope) {
        size_t len = strlen(text);
        (void)snprintf(text + len, x4c_net_addr_text - len, "%%%u", (unsigned)addr->scope);
    }
}

char *x4_net_addr_format(const x4s_net_addr *addr, char text[x4c_net_addr_text])
{
    char ip[x4c_net_addr_text] = "none";
    const bval ipv6 = addr->family == x4c_net_ipv6;

    if (addr->family == x4c_net_ipv4)
        return format_ipv4(addr, text);
    if (ipv6)
        format_ipv6(addr, ip);
    const char *form = "%s";
    if (addr->port)
        form = ipv6 ? "[%s]:%u" : "%s:%u";
    (void)snprintf(text, x4c_net_addr_text, form, ip, (unsigned)addr->port);
    return text;
}

bval x4_net_addr_parse(const char *text, x4s_net_addr *addr)
{
    *addr = (x4s_net_addr){.family = x4c_net_ipv4};
    if (inet_pton(AF_INET, text, addr->ip) == 1)
        return btrue;
    *addr = (x4s_net_addr){.family = x4c_net_ipv6};
    if (inet_pton(AF_INET6, text, addr->ip) == 1)
        return btrue;
    *addr = (x4s_net_addr){.family = x4c_net_none};
    return bfalse;
}

bval x4_net_addr_same_ip(const x4s_net_addr *a, const x4s_net_addr *b)
{
    return a->family == b->family && a->scope == b->scope && !memcmp(a->ip, b->ip, sizeof(a->ip));
}

bval x4_net_addr_equal(const x4s_net_addr *a, const x4s_net_addr *b)
{
    return a->port == b->port && x4_net_addr_same_ip(a, b);
}

bval x4_net_link_equal(const x4s_net_link *a, const x4s_net_link *b)
{
    return x4_net_addr_equal(&a->local, &b->local) && x4_net_addr_equal(&a->remote, &b->remote);
}
