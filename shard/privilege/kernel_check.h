/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KERNEL_CHECK_H
#define SHARD_PRIVILEGE_KERNEL_CHECK_H

/*
 * What the packet process may say to the kernel.
 */

#include <stdbool.h>
#include <stddef.h>

#include "shard/privilege/kernel_process.h"

/*
 * Whether a piece consists of whole messages that may be said on a wire of that kind, and of
 * nothing else. `piece` is aligned as a struct nlmsghdr is.
 */
bool hub_kernel_check(enum hub_kernel_wire kind, const void *piece, size_t size);

#endif
