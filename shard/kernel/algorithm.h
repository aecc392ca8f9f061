/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_ALGORITHM_H
#define SHARD_KERNEL_ALGORITHM_H

/*
 * The algorithms of IPsec SAs as the kernel calls them: the names of its crypto API, and the
 * lengths of what authenticates a packet.
 */

#include <stddef.h>
#include <stdint.h>

#include "x4/ike/ipsec_sa.h"

struct xfrm_cipher {
    uint8_t esp; /* x4e_ike_esp */
    const char *name;
    uint16_t icv_bits; /* 0: it encrypts and does not authenticate */
    uint8_t key;       /* bytes of the shortest key, and of the salt behind it */
    uint8_t salt;
};

struct xfrm_auth {
    uint8_t integ; /* x4e_ike_integ */
    const char *name;
    uint16_t icv_bits;
    uint8_t key; /* bytes */
};

struct xfrm_compression {
    uint8_t ipcomp; /* x4e_ike_ipcomp */
    const char *name;
};

/* All of them. */
extern const struct xfrm_cipher xfrm_ciphers[];
extern const size_t xfrm_cipher_count;
extern const struct xfrm_auth xfrm_auths[];
extern const size_t xfrm_auth_count;
extern const struct xfrm_compression xfrm_compressions[];
extern const size_t xfrm_compression_count;

/* NULL: the kernel has no such algorithm. */
const struct xfrm_cipher *xfrm_cipher_find(uint8_t esp);
const struct xfrm_auth *xfrm_auth_find(uint8_t integ, bval truncated);
const struct xfrm_compression *xfrm_compression_find(uint8_t ipcomp);

#endif
