/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MICRO_FIXED_RANDOM_H
#define BENCH_MICRO_FIXED_RANDOM_H

/*
 * OpenSSL's random bytes in a fixed sequence: with it a handshake can be repeated bit by bit, so
 * that one of its roles can be played from a record, and instructions can be counted.
 */

#include <stdint.h>

/*
 * From now on, and for the whole process, OpenSSL draws from *sequence (see micro_next), which the
 * caller may change at any time; NULL: from its own generator again.
 */
void micro_fixed_random(uint64_t *sequence);

#endif
