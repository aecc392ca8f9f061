/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_NET_SELECTOR_H
#define X4_NET_SELECTOR_H

/*
 * Traffic selectors of quick mode (RFC 2407 4.6.2): one address, subnet or range with a protocol
 * and a port. The form is kept because the peer compares what it gets with what it sent, byte by
 * byte.
 */

#include "x4/core/types.h"
#include "x4/net/addr.h"

typedef enum x4e_net_form {
    x4c_net_address,
    x4c_net_subnet,
    x4c_net_range,
} x4e_net_form;

typedef struct x4s_net_selector {
    uint8_t from[16]; /* first address */
    uint8_t to[16];   /* last address; equals from in the address form */
    uint16_t port;    /* 0: any */
    uint8_t protocol; /* 0: any */
    uint8_t family;   /* x4e_net_family */
    uint8_t form;     /* x4e_net_form */
} x4s_net_selector;

#define x4c_net_selector_text 112

/*
 * "10.0.0.0/24", "10.0.0.7", "10.0.0.1-10.0.0.9", each with "[6/80]" where protocol or port is
 * set. Returns text.
 */
char *x4_net_selector_format(const x4s_net_selector *s, char text[x4c_net_selector_text]);

/* The address form of an IP. */
void x4_net_selector_from_addr(const x4s_net_addr *addr, x4s_net_selector *s);

/* The subnet form; bits of `prefix` beyond the address length are refused, host bits are cleared.
 */
bval x4_net_selector_from_prefix(const x4s_net_addr *addr, unsigned prefix,
                                 x4s_net_selector *s) x4m_must_use;

/* The range form; bfalse if the families differ or `from` is after `to`. */
bval x4_net_selector_from_range(const x4s_net_addr *from, const x4s_net_addr *to,
                                x4s_net_selector *s) x4m_must_use;

/* The prefix length of a selector that is a whole subnet or one address, -1 if it is neither. */
int x4_net_selector_prefix(const x4s_net_selector *s);

/* The same traffic, whatever the form. */
bval x4_net_selector_equal(const x4s_net_selector *a, const x4s_net_selector *b);

/* All traffic of `inner` is traffic of `outer`. */
bval x4_net_selector_contains(const x4s_net_selector *outer, const x4s_net_selector *inner);

/* The address lies in the selector; protocol and port are not looked at. */
bval x4_net_selector_has_addr(const x4s_net_selector *s, const x4s_net_addr *addr);

#endif
