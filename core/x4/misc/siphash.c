/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/misc/siphash.h"

typedef struct x4s_sip {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
} x4s_sip;

static inline uint64_t rotate(uint64_t v, unsigned bits)
{
    return v << bits | v >> (64 - bits);
}

/* Up to eight bytes, little-endian. */
static inline uint64_t load(const uint8_t *bytes, size_t len)
{
    uint64_t v = 0;
    for (size_t i = 0; i < len; i++)
        v |= (uint64_t)bytes[i] << 8 * i;
    return v;
}

static inline void sip_round(x4s_sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_compress(x4s_sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    sip_round(s);
    s->v0 ^= word;
}

uint64_t x4_siphash(const uint8_t key[x4c_siphash_key], const void *data, size_t len)
{
    const uint8_t *bytes = data;
    uint64_t k0 = load(key, 8);
    uint64_t k1 = load(key + 8, 8);
    x4s_sip s = {
        .v0 = k0 ^ UINT64_C(0x736f6d6570736575),
        .v1 = k1 ^ UINT64_C(0x646f72616e646f6d),
        .v2 = k0 ^ UINT64_C(0x6c7967656e657261),
        .v3 = k1 ^ UINT64_C(0x7465646279746573),
    };

    size_t left = len;
    for (; left >= 8; left -= 8, bytes += 8)
        sip_compress(&s, load(bytes, 8));
    sip_compress(&s, (uint64_t)len << 56 | load(bytes, left));

    s.v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
