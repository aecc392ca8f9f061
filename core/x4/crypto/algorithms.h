/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_ALGORITHMS_H
#define X4_CRYPTO_ALGORITHMS_H

/*
 * Names of the algorithms. The numbers are those of the phase 1 attributes of RFC 2409 Appendix A
 * and its IANA registry ("IPsec Registry"), so that a number on the wire and in the API are one.
 */

#include "x4/core/types.h"

/* Encryption Algorithm, attribute class 1. */
typedef enum x4e_cipher {
    x4c_cipher_des = 1,  /* DES-CBC: 56 bits keep nothing secret; for peers that have no other */
    x4c_cipher_3des = 5, /* 3DES-CBC */
    x4c_cipher_aes = 7,  /* AES-CBC, RFC 3602; 128, 192 or 256 bits */
    x4c_cipher_camellia = 8, /* Camellia-CBC, RFC 4312; 128, 192 or 256 bits */
} x4e_cipher;

/* Hash Algorithm, attribute class 2. The PRF is the HMAC of it. */
typedef enum x4e_hash {
    x4c_hash_md5 = 1,
    x4c_hash_sha1 = 2,
    x4c_hash_sha256 = 4,
    x4c_hash_sha384 = 5,
    x4c_hash_sha512 = 6,
} x4e_hash;

#define x4c_hash_size_max 64 /* bytes of the longest */

/* Group Description, attribute class 4. */
typedef enum x4e_group {
    x4c_group_none = 0,
    x4c_group_modp768 = 1,   /* RFC 2409 6.1 */
    x4c_group_modp1024 = 2,  /* RFC 2409 6.2 */
    x4c_group_modp1536 = 5,  /* RFC 3526 */
    x4c_group_modp2048 = 14, /* RFC 3526 */
    x4c_group_modp3072 = 15,
    x4c_group_modp4096 = 16,
    x4c_group_modp6144 = 17,
    x4c_group_modp8192 = 18,
    x4c_group_ecp256 = 19, /* RFC 5903 */
    x4c_group_ecp384 = 20,
    x4c_group_ecp521 = 21,
    x4c_group_modp1024s160 = 22, /* RFC 5114 2.1: a subgroup whose order has 160 bits */
    x4c_group_modp2048s224 = 23, /* RFC 5114 2.2 */
    x4c_group_modp2048s256 = 24, /* RFC 5114 2.3 */
    x4c_group_ecp192 = 25,       /* RFC 5114 2.4 */
    x4c_group_ecp224 = 26,       /* RFC 5114 2.5 */
    x4c_group_ecp224bp = 27,     /* brainpoolP224r1, RFC 6932 */
    x4c_group_ecp256bp = 28,
    x4c_group_ecp384bp = 29,
    x4c_group_ecp512bp = 30,
    x4c_group_curve25519 = 31, /* RFC 8031 */
    x4c_group_curve448 = 32,
} x4e_group;

#endif
