/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/forge.h"

#include <string.h>

enum {
    HEADER_SIZE = 28, /* RFC 2408 3.1 */
    COOKIE_SIZE = 8,
    LENGTH_AT = 24,
    JUNK_MAX = 300,
    REPLAYED = 64,
};

/* clang-format off */
/* RFC 2408 3, RFC 2409 appendix A: one proposal, AES-128, SHA2-256, P-256, preshared key, 8 h. */
#define SA_PAYLOAD(next)                                                                         \
    next, 0, 0, 60,  0, 0, 0, 1,  0, 0, 0, 1,           /* IPsec, identity only */               \
    0, 0, 0, 48,  1, 1, 0, 1,                           /* proposal 1: ISAKMP, one transform */  \
    0, 0, 0, 40,  1, 1, 0, 0,                           /* transform 1: KEY_IKE */               \
    0x80, 1, 0, 7,  0x80, 14, 0, 128,                   /* AES-CBC, 128 bits */                  \
    0x80, 2, 0, 4,  0x80, 4, 0, 19,                     /* SHA2-256, group 19 */                 \
    0x80, 3, 0, 1,                                      /* preshared key */                      \
    0x80, 11, 0, 1,  0, 12, 0, 4, 0, 0, 0x70, 0x80      /* 28800 seconds */

static const uint8_t main_mode[] = {
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,    /* cookies */
    1, 0x10, 2, 0,  0, 0, 0, 0,  0, 0, 0, 88,           /* SA, 1.0, main mode; 88 bytes */
    SA_PAYLOAD(0),
};

static const uint8_t aggressive_mode[] = {
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    1, 0x10, 4, 0,  0, 0, 0, 0,  0, 0, 0, 208,          /* SA, 1.0, aggressive mode; 208 bytes */
    SA_PAYLOAD(4),
    10, 0, 0, 68,                                       /* KE: the base point of P-256, SEC 2 2.4.2 */
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    5, 0, 0, 20,  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* nonce */
    0, 0, 0, 32,  2, 17, 1, 0xf4,                       /* identity: FQDN, UDP, port 500 */
    's', 't', 'r', 'a', 'n', 'g', 'e', 'r', '-', '0', '0', '0',
    '0', '0', '0', '1', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e',
};
/* clang-format on */

_Static_assert(sizeof(main_mode) == 88, "the lengths above");
_Static_assert(sizeof(aggressive_mode) == 208, "the lengths above");
_Static_assert(sizeof(aggressive_mode) <= LOAD_FORGED_MAX, "room for either");

uint64_t load_forge_draw(uint64_t seed, uint64_t n)
{
    uint64_t z = seed + n * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t forge_first(const uint8_t *message, size_t len, uint64_t cookie, uint8_t *data)
{
    memcpy(data, message, len);
    memcpy(data, &cookie, COOKIE_SIZE);
    return len;
}

static size_t forge_junk(uint64_t seed, uint64_t n, uint8_t *data)
{
    size_t len = HEADER_SIZE + load_forge_draw(seed, n) % (JUNK_MAX - HEADER_SIZE);
    for (size_t at = 0; at < len; at += sizeof(uint64_t)) {
        uint64_t value = load_forge_draw(seed ^ n, at + 1);
        memcpy(data + at, &value, sizeof(value));
    }
    data[LENGTH_AT] = data[LENGTH_AT + 1] = 0;
    data[LENGTH_AT + 2] = (uint8_t)(len >> 8);
    data[LENGTH_AT + 3] = (uint8_t)len;
    return len;
}

size_t load_forge(enum load_attack_kind kind, uint64_t seed, uint64_t n,
                  uint8_t data[LOAD_FORGED_MAX])
{
    if (kind == LOAD_ATTACK_JUNK)
        return forge_junk(seed, n, data);
    uint64_t cookie = load_forge_draw(seed, n % load_forge_period(kind));
    if (kind == LOAD_ATTACK_AGGRESSIVE)
        return forge_first(aggressive_mode, sizeof(aggressive_mode), cookie, data);
    return forge_first(main_mode, sizeof(main_mode), cookie, data);
}

uint64_t load_forge_period(enum load_attack_kind kind)
{
    return kind == LOAD_ATTACK_REPLAY ? REPLAYED : UINT64_MAX;
}
