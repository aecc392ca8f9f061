/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PHASE2_H
#define SHARD_PHASE2_H

/*
 * libike's callbacks of phase 2, and the completions of the kernel. The callback context of an
 * exchange is its shard_child.
 */

#include "shard/kernel/kernel.h"
#include "x4/ike/charon.h"

struct shard_sa;

extern const x4s_ike_calls2 shard_calls2;

/* As of struct hub_kernel_user; `user` is the shard. */
void shard_phase2_kernel_done(void *user, enum hub_kernel_op op, uint32_t spi_in, int error);
void shard_phase2_kernel_told(void *user, const struct hub_kernel_event *event);

/* The peer is at another address: so are the ends of its IPsec SAs. */
void shard_phase2_moved(struct shard_sa *sa);

#endif
