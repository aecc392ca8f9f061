/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_WEAK_DH_H
#define BENCH_LOAD_WEAK_DH_H

/*
 * Diffie-Hellman that costs next to nothing, for a side that has no secrets to keep: all peers
 * share one private value, and a small one. What goes on the wire is an ordinary public value, as
 * long as any other and valid, and for who receives it the work is the same.
 *
 *     ECP     the private value is 1: the public one is the base point, and the shared value is
 *             what the other side has sent
 *     MODP    the private value is a power of two, the least that makes a public value that fills
 *             the prime's length: a dozen squarings. (With 1 it would be the generator, and
 *             arithmetic with a number as short as 2 is faster for the other side, too.)
 *
 * A program that links the library `load_weak_dh` has it in place of what x4/crypto/dh.h declares
 * (the linker's --wrap), as soon as it is switched on; libike itself cannot be made weak by any
 * setting. The groups of RFC 5114 stay as they are.
 */

#include <stdbool.h>

#include "x4/crypto/dh.h"

/* From now on, for the whole process, and for good. False: OpenSSL fails. */
bool load_weak_dh_use(void);

#endif
