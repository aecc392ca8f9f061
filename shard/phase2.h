/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PHASE2_H
#define SHARD_PHASE2_H

/*
 * libike's callbacks of phase 2, and the completions of the kernel. The callback context of an
 * exchange is its shard_child.
 */

#include "shard/kernel.h"
#include "x4/ike/charon.h"

extern const x4s_ike_calls2 shard_calls2;

/* hub_kernel_done_fn; `user` is the shard. */
void shard_phase2_kernel_done(void *user, enum hub_kernel_op op, uint32_t spi_in, int error);

#endif
