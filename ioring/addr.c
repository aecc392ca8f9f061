/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    V4_SIZE = 4,
    V6_SIZE = 16,
};

struct ring_addr ring_addr_any(uint8_t family, uint16_t port)
{
    return (struct ring_addr){.family = family, .port = port};
}

size_t ring_addr_ip_size(const struct ring_addr *addr)
{
    if (addr->family == 4)
        return V4_SIZE;
    return addr->family == 6 ? V6_SIZE : 0;
}

bool ring_addr_equal(const struct ring_addr *a, const struct ring_addr *b)
{
    return a->family == b->family && a->port == b->port && a->scope == b->scope &&
           memcmp(a->ip, b->ip, ring_addr_ip_size(a)) == 0;
}

bool ring_addr_is_link_local(const struct ring_addr *addr)
{
    return addr->family == 6 && addr->ip[0] == 0xfe && (addr->ip[1] & 0xc0) == 0x80;
}

static void from_v4(struct ring_addr *addr, const void *ip, in_port_t port)
{
    addr->family = 4;
    memcpy(addr->ip, ip, V4_SIZE);
    addr->port = ntohs(port);
}

static void from_v6(struct ring_addr *addr, const struct sockaddr_in6 *v6)
{
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        from_v4(addr, &v6->sin6_addr.s6_addr[V6_SIZE - V4_SIZE], v6->sin6_port);
        return;
    }
    addr->family = 6;
    memcpy(addr->ip, &v6->sin6_addr, V6_SIZE);
    addr->port = ntohs(v6->sin6_port);
    if (ring_addr_is_link_local(addr))
        addr->scope = v6->sin6_scope_id;
}

/* Copies before it looks: `from` may lie at any alignment in a receive buffer. */
bool ring_addr_from_sockaddr(struct ring_addr *addr, const struct sockaddr *from, size_t size)
{
    union ring_sockaddr copy = {.any.sa_family = AF_UNSPEC};

    memset(addr, 0, sizeof(*addr));
    memcpy(&copy, from, size < sizeof(copy) ? size : sizeof(copy));
    if (copy.any.sa_family == AF_INET && size >= sizeof(copy.v4))
        from_v4(addr, &copy.v4.sin_addr, copy.v4.sin_port);
    else if (copy.any.sa_family == AF_INET6 && size >= sizeof(copy.v6))
        from_v6(addr, &copy.v6);
    return addr->family != 0;
}

socklen_t ring_addr_to_sockaddr(const struct ring_addr *addr, union ring_sockaddr *to)
{
    memset(to, 0, sizeof(*to));
    if (addr->family == 4) {
        to->v4.sin_family = AF_INET;
        to->v4.sin_port = htons(addr->port);
        memcpy(&to->v4.sin_addr, addr->ip, V4_SIZE);
        return sizeof(to->v4);
    }
    if (addr->family == 6) {
        to->v6.sin6_family = AF_INET6;
        to->v6.sin6_port = htons(addr->port);
        to->v6.sin6_scope_id = addr->scope;
        memcpy(&to->v6.sin6_addr, addr->ip, V6_SIZE);
        return sizeof(to->v6);
    }
    return 0;
}

char *ring_addr_format_ip(const struct ring_addr *addr, char *text, size_t size)
{
    char ip[INET6_ADDRSTRLEN];

    if (addr->family == 0) {
        snprintf(text, size, "none");
        return text;
    }
    inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->ip, ip, sizeof(ip));
    if (addr->scope != 0)
        snprintf(text, size, "%s%%%u", ip, addr->scope);
    else
        snprintf(text, size, "%s", ip);
    return text;
}

char *ring_addr_format(const struct ring_addr *addr, char *text, size_t size)
{
    char ip[RING_ADDR_TEXT_MAX / 2 + INET6_ADDRSTRLEN / 2];

    ring_addr_format_ip(addr, ip, sizeof(ip));
    if (addr->family == 0)
        snprintf(text, size, "%s", ip);
    else
        snprintf(text, size, addr->family == 4 ? "%s:%u" : "[%s]:%u", ip, addr->port);
    return text;
}

/* A decimal number of at most `max`, nothing before or after it. */
static bool parse_number(const char *text, unsigned long max, unsigned long *number)
{
    char *end;

    if (*text < '0' || *text > '9' || strlen(text) > 10)
        return false;
    *number = strtoul(text, &end, 10);
    return *end == '\0' && *number <= max;
}

static bool parse_scope(struct ring_addr *addr, const char *text)
{
    unsigned long number;

    if (!ring_addr_is_link_local(addr))
        return false;
    addr->scope = parse_number(text, UINT32_MAX, &number) ? (uint32_t)number : if_nametoindex(text);
    return addr->scope != 0;
}

static bool parse_ip(struct ring_addr *addr, char *text)
{
    char *scope = strchr(text, '%');

    if (scope != NULL)
        *scope++ = '\0';
    if (inet_pton(AF_INET, text, addr->ip) == 1)
        addr->family = 4;
    else if (inet_pton(AF_INET6, text, addr->ip) == 1)
        addr->family = 6;
    else
        return false;
    return scope == NULL || parse_scope(addr, scope);
}

/*
 * Cuts "IP:port" or "[IP]:port" in two. *port stays NULL if there is none. A text with two colons
 * and no bracket is an IPv6 address.
 */
static bool split_port(char *text, char **ip, char **port)
{
    char *colon = strchr(text, ':');

    *ip = text;
    *port = NULL;
    if (*text == '[') {
        char *close = strchr(text, ']');

        if (close == NULL || (close[1] != '\0' && close[1] != ':'))
            return false;
        *ip = text + 1;
        *port = close[1] == ':' ? close + 2 : NULL;
        *close = '\0';
        return strchr(*ip, ':') != NULL;
    }
    if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        *colon = '\0';
        *port = colon + 1;
    }
    return true;
}

static bool parse(struct ring_addr *addr, char *text)
{
    unsigned long number;
    char *ip;
    char *port;

    if (!split_port(text, &ip, &port) || !parse_ip(addr, ip))
        return false;
    if (port == NULL)
        return true;
    if (!parse_number(port, UINT16_MAX, &number))
        return false;
    addr->port = (uint16_t)number;
    return true;
}

bool ring_addr_parse(struct ring_addr *addr, const char *text, uint16_t default_port)
{
    char copy[RING_ADDR_TEXT_MAX];

    *addr = (struct ring_addr){.port = default_port};
    if (strlen(text) < sizeof(copy)) {
        strcpy(copy, text);
        if (parse(addr, copy))
            return true;
    }
    *addr = (struct ring_addr){0};
    return false;
}
