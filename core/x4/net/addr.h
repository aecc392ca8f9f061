/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_NET_ADDR_H
#define X4_NET_ADDR_H

/*
 * Addresses, and the link between two of them over which an exchange runs.
 */

#include "x4/core/types.h"

typedef enum x4e_net_family {
    x4c_net_none = 0,
    x4c_net_ipv4 = 4,
    x4c_net_ipv6 = 6,
} x4e_net_family;

/* Bytes of ip beyond the family's length are zero. The port is in host order. */
typedef struct x4s_net_addr {
    uint8_t ip[16];
    uint32_t scope; /* IPv6 link-local interface index, else 0 */
    uint16_t port;
    uint8_t family; /* x4e_net_family */
} x4s_net_addr;

/*
 * Where a message came from and by which local address, or where it shall go. `encap`: the peer is
 * spoken to on the NAT traversal port with a non-ESP marker before each message (RFC 3948 2.2); the
 * marker is the transport's, libike never sees it. `socket` is the user's and is only carried.
 */
typedef struct x4s_net_link {
    x4s_net_addr local;
    x4s_net_addr remote;
    uint32_t socket;
    bval encap;
} x4s_net_link;

#define x4c_net_addr_text 64

/* Length of an address of the family in bytes: 4, 16, or 0. */
size_t x4_net_addr_size(uint8_t family);

/*
 * "192.0.2.1:500", "[2001:db8::1]:500", "[fe80::1%2]:500" with a scope; without ":port" and
 * brackets where the port is 0; "none" without a family. Returns text.
 */
char *x4_net_addr_format(const x4s_net_addr *addr, char text[x4c_net_addr_text]);

/* Reads "192.0.2.1" or "2001:db8::1" into an address with port 0. */
bval x4_net_addr_parse(const char *text, x4s_net_addr *addr) x4m_must_use;

/* The same family, IP and scope; ports are not looked at. */
bval x4_net_addr_same_ip(const x4s_net_addr *a, const x4s_net_addr *b);

/* The same IP and port. */
bval x4_net_addr_equal(const x4s_net_addr *a, const x4s_net_addr *b);

/* Both ends equal. */
bval x4_net_link_equal(const x4s_net_link *a, const x4s_net_link *b);

#endif
