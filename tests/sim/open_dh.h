/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_OPEN_DH_H
#define SIM_OPEN_DH_H

/*
 * Diffie-Hellman without secrets or cost: g^xy is g^x XOR g^y, so whoever sees both public values
 * has it too. A program that links the library `sim_open` gets it in place of the functions of
 * x4/crypto/dh.h (the linker's --wrap). Its sessions can be read and forged, and they are the same
 * in every run, because the public values come from the instance's random source.
 */

#include "x4/crypto/dh.h"

/* The shared value of two public ones; x4_dh_shared_size() bytes. */
void sim_open_dh_shared(x4e_group group, const uint8_t *a, const uint8_t *b, uint8_t *shared);

#endif
