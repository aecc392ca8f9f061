/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_slot.h"

#include <string.h>

/* Polynomial 0x1021, nothing reflected, no initial or final value. Keys are short: no table. */
uint16_t redis_crc16(const void *data, size_t len)
{
    const uint8_t *bytes = data;
    uint32_t crc = 0;

    for (size_t i = 0; i < len; i++) {
        crc ^= (uint32_t)bytes[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0);
        crc &= 0xffff;
    }
    return (uint16_t)crc;
}

uint16_t redis_slot(const char *key, size_t len)
{
    const char *open = memchr(key, '{', len);
    const char *close = open ? memchr(open, '}', len - (size_t)(open - key)) : NULL;

    if (close && close > open + 1)
        return redis_crc16(open + 1, (size_t)(close - open - 1)) % REDIS_SLOTS;
    return redis_crc16(key, len) % REDIS_SLOTS;
}
