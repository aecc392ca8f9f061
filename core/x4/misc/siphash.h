/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_MISC_SIPHASH_H
#define X4_MISC_SIPHASH_H

/*
 * SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012): the hash for keys
 * that strangers choose, such as cookies, and for recognising a packet that was seen before.
 */

#include "x4/core/types.h"

#define x4c_siphash_key 16

uint64_t x4_siphash(const uint8_t key[x4c_siphash_key], const void *data, size_t len);

#endif
