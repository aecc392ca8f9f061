/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_IPSEC_SA_H
#define X4_IKE_IPSEC_SA_H

/*
 * What IPsec SAs consist of: their protocols and algorithms, and the keys of one.
 */

#include "x4/core/types.h"

/* ESP transform identifiers, RFC 2407 4.4.4 and its registry. */
typedef enum x4e_ike_esp {
    x4c_ike_esp_des = 2,
    x4c_ike_esp_3des = 3,
    x4c_ike_esp_null = 11,
    x4c_ike_esp_aes_cbc = 12,
    x4c_ike_esp_aes_ctr = 13,  /* RFC 3686 */
    x4c_ike_esp_aes_ccm8 = 14, /* RFC 4309; the digit is the length of the ICV in bytes */
    x4c_ike_esp_aes_ccm12 = 15,
    x4c_ike_esp_aes_ccm16 = 16,
    x4c_ike_esp_aes_gcm8 = 18, /* RFC 4106 */
    x4c_ike_esp_aes_gcm12 = 19,
    x4c_ike_esp_aes_gcm16 = 20,
    x4c_ike_esp_camellia_cbc = 22, /* RFC 4312 */
    x4c_ike_esp_aes_gmac = 23,     /* RFC 4543: authenticates and does not encrypt */
} x4e_ike_esp;

/* Authentication Algorithm, RFC 2407 4.5 and its registry. */
typedef enum x4e_ike_integ {
    x4c_ike_integ_none = 0,
    x4c_ike_integ_hmac_md5 = 1,
    x4c_ike_integ_hmac_sha1 = 2,
    x4c_ike_integ_hmac_sha256 = 5,
    x4c_ike_integ_hmac_sha384 = 6,
    x4c_ike_integ_hmac_sha512 = 7,
    x4c_ike_integ_aes_xcbc = 9,     /* RFC 3566 */
    x4c_ike_integ_aes128_gmac = 11, /* RFC 4543, in AH only */
    x4c_ike_integ_aes192_gmac = 12,
    x4c_ike_integ_aes256_gmac = 13,
} x4e_ike_integ;

/* IPComp transform identifiers, RFC 2407 4.4.5. */
typedef enum x4e_ike_ipcomp {
    x4c_ike_ipcomp_none = 0,
    x4c_ike_ipcomp_deflate = 2, /* RFC 2394 */
    x4c_ike_ipcomp_lzs = 3,     /* RFC 2395 */
} x4e_ike_ipcomp;

/* Compression Parameter Indexes that are negotiated, RFC 3173 3.3. */
#define x4c_ike_cpi_first 256
#define x4c_ike_cpi_last  61439

typedef enum x4e_ike_protocol {
    x4c_ike_protocol_esp, /* RFC 4303 */
    x4c_ike_protocol_ah,  /* RFC 4302 */
} x4e_ike_protocol;

/* Encapsulation Mode, RFC 2407 4.5. */
typedef enum x4e_ike_mode {
    x4c_ike_tunnel = 1, /* req 3948-1-1 */
    x4c_ike_transport = 2,
} x4e_ike_mode;

/*
 * One transform of a phase 2 proposal: ESP or AH, and what else a packet goes through. A bundle has
 * up to three protocols, which are agreed on together or not at all (RFC 2408 4.2): first the
 * packet is compressed (`ipcomp`), then encrypted (ESP), then authenticated with its outer header
 * (`ah`). There is one new IP header at most, within the innermost of them: `mode` is that of all.
 */
typedef struct x4s_ike_transform2 {
    uint8_t protocol; /* x4e_ike_protocol; AH does not pass a NAT and is not offered through one */
    uint8_t esp;      /* x4e_ike_esp; 0 with AH */
    uint8_t integ;    /* x4e_ike_integ; none with CCM, GCM and GMAC of ESP, else see `ah` */
    uint8_t ah;       /* x4e_ike_integ of an AH around ESP, whose CBC ciphers then may do without */
    uint8_t ipcomp;   /* x4e_ike_ipcomp */
    uint8_t mode;     /* x4e_ike_mode */
    uint8_t group;    /* x4e_group of PFS, or none; one for all transforms of an offer */
    bval esn;         /* sequence numbers of 64 bits, RFC 4304; of both ESP and AH */
    uint16_t key_bits; /* ESP with AES, Camellia: 128, 192, 256; else 0 */
    bval truncated;    /* HMAC-SHA2-256 cut to 96 bits, not 128: peers that do so do not say it */
    bval encap;        /* in UDP (RFC 3947 5.1); told, not configured: it follows from the NAT */
    uint32_t life_sec; /* 0: not offered; RFC 2407 4.5 then means 28,800 */
    uint32_t life_kb;  /* 0: none */
} x4s_ike_transform2;

/*
 * One direction of a pair of IPsec SAs. The salt is what a nonce begins with: 4 bytes for AES-CTR,
 * GCM and GMAC, 3 for CCM. The key of GMAC is `encr` in ESP and `integ` in AH.
 */
typedef struct x4s_ike_sa2 {
    uint32_t spi; /* host order */
    uint8_t encr[32];
    uint8_t salt[4];
    uint8_t integ[64];
} x4s_ike_sa2;

#endif
