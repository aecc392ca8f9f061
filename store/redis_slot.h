/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_SLOT_H
#define STORE_REDIS_SLOT_H

/*
 * The hash slot of a key, as the Redis Cluster specification has it: CRC16/XMODEM modulo 16384 of
 * the key, or of what is between the first { and the } after it where that is not empty.
 */

#include <stddef.h>
#include <stdint.h>

enum {
    REDIS_SLOTS = 16384,
};

uint16_t redis_crc16(const void *data, size_t len);

uint16_t redis_slot(const char *key, size_t len);

#endif
