/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_MODE_CONFIG_H
#define X4_IKE_MODE_CONFIG_H

/*
 * What the transaction exchange carries (draft-dukes-ike-mode-cfg-02): lists of attributes, asked
 * for and given (request, reply) or pushed and accepted (set, ack).
 */

#include "x4/core/types.h"

typedef enum x4e_ike_cfg {
    x4c_ike_cfg_request = 1,
    x4c_ike_cfg_reply = 2,
    x4c_ike_cfg_set = 3,
    x4c_ike_cfg_ack = 4,
} x4e_ike_cfg;

/*
 * Attributes: draft-dukes-ike-mode-cfg-02 3.3, and those of Cisco's Unity that clients ask for. A
 * request has them without a value, or with the one that is wished.
 */
typedef enum x4e_ike_cfg_attr {
    x4c_ike_cfg_ip4_address = 1,
    x4c_ike_cfg_ip4_netmask = 2,
    x4c_ike_cfg_ip4_dns = 3,
    x4c_ike_cfg_ip4_nbns = 4,
    x4c_ike_cfg_address_expiry = 5, /* seconds, 4 bytes */
    x4c_ike_cfg_ip4_dhcp = 6,
    x4c_ike_cfg_version = 7, /* text */
    x4c_ike_cfg_ip6_address = 8,
    x4c_ike_cfg_ip6_netmask = 9,
    x4c_ike_cfg_ip6_dns = 10,
    x4c_ike_cfg_ip6_nbns = 11,
    x4c_ike_cfg_ip6_dhcp = 12,
    x4c_ike_cfg_ip4_subnet = 13,    /* address and mask */
    x4c_ike_cfg_supported = 14,     /* types, 2 bytes each */
    x4c_ike_cfg_ip6_subnet = 15,    /* address and prefix length */
    x4c_ike_cfg_ip4_server = 23456, /* Microsoft's, of which strongSwan's clients know */
    x4c_ike_cfg_ip6_server = 23457,
    x4c_ike_cfg_unity_banner = 28672,
    x4c_ike_cfg_unity_save_password = 28673, /* basic */
    x4c_ike_cfg_unity_default_domain = 28674,
    x4c_ike_cfg_unity_split_dns = 28675,     /* names with commas between */
    x4c_ike_cfg_unity_split_include = 28676, /* 14 bytes each: address, mask, 6 that are zero */
    x4c_ike_cfg_unity_natt_port = 28677,     /* basic */
    x4c_ike_cfg_unity_split_exclude = 28678, /* as split_include */
    x4c_ike_cfg_unity_pfs = 28679,           /* basic */
    x4c_ike_cfg_unity_firewall = 28680,
    x4c_ike_cfg_unity_backup_servers = 28681, /* names or addresses with commas between */
    x4c_ike_cfg_unity_hostname = 28682,
} x4e_ike_cfg_attr;

/* One attribute. `basic`: of two bytes in the short form (RFC 2408 3.3). */
typedef struct x4s_ike_cfg_item {
    uint16_t type; /* x4e_ike_cfg_attr, or any other */
    bval basic;
    x4s_chunk value; /* big-endian */
} x4s_ike_cfg_item;

/* A list; the order is that of the wire. */
typedef struct x4s_ike_cfg {
    const x4s_ike_cfg_item *items;
    size_t count; /* x4c_ike_cfg_max at most */
} x4s_ike_cfg;

#define x4c_ike_cfg_max 64

/* The n-th item of a type, counted from 0, or NULL. */
static inline const x4s_ike_cfg_item *x4_ike_cfg_find(const x4s_ike_cfg *cfg, uint16_t type,
                                                      unsigned n)
{
    for (size_t i = 0; i < cfg->count; i++)
        if (cfg->items[i].type == type && n-- == 0)
            return &cfg->items[i];
    return NULL;
}

#endif
