/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transport addresses: an IP address with its UDP port.
 *
 * All functions are pure and re-entrant; none allocates.
 */
#ifndef IORING_ADDR_H
#define IORING_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The longest text of ring_addr_format(), "[" IPv6 "%" scope "]:" port, with its NUL. */
#define RING_ADDR_TEXT_MAX 72

/* Compare with ring_addr_equal(), not memcmp(): the struct has a padding byte. */
struct ring_addr {
    uint8_t family; /* 4 or 6; 0: none */
    uint8_t ip[16]; /* network order; an IPv4 address uses the first 4 bytes, the rest is 0 */
    uint16_t port;  /* host order */
    uint32_t scope; /* interface index of a link-local IPv6 address, otherwise 0 */
};

/* Room for the socket address of either family. */
union ring_sockaddr {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The unspecified address, 0.0.0.0 or ::, of the family (4 or 6) with a port in host order. */
struct ring_addr ring_addr_any(uint8_t family, uint16_t port);

/* Bytes of the IP address: 4, 16, or 0 if there is none. */
size_t ring_addr_ip_size(const struct ring_addr *addr);

/* Family, IP address, port and scope are the same. */
bool ring_addr_equal(const struct ring_addr *a, const struct ring_addr *b);

/* fe80::/10 (RFC 4291 2.5.6): meaningless without its scope. */
bool ring_addr_is_link_local(const struct ring_addr *addr);

/*
 * From a socket address of `size` bytes; an IPv4-mapped IPv6 address becomes IPv4.
 * False, and family 0, for another family or a short one.
 */
bool ring_addr_from_sockaddr(struct ring_addr *addr, const struct sockaddr *from, size_t size);

/* To a socket address. Returns the bytes used, or 0 if addr has no family. */
socklen_t ring_addr_to_sockaddr(const struct ring_addr *addr, union ring_sockaddr *to);

/*
 * "192.0.2.1:500" or "[2001:db8::1]:500" or "[fe80::1%2]:500"; "none" for family 0.
 * Cut to `size` bytes, always terminated. Returns text. RING_ADDR_TEXT_MAX bytes are always enough.
 */
char *ring_addr_format(const struct ring_addr *addr, char *text, size_t size);

/* The same without port and brackets: "192.0.2.1", "2001:db8::1", "fe80::1%2". */
char *ring_addr_format_ip(const struct ring_addr *addr, char *text, size_t size);

/*
 * Reads what the two functions above write; the scope may be an interface's name as well.
 * Without a port in the text, default_port (host order) is taken. False, and family 0, if the text
 * is no address or anything follows it. Names are not resolved.
 */
bool ring_addr_parse(struct ring_addr *addr, const char *text, uint16_t default_port);

#endif
