/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PHASE1_H
#define SHARD_PHASE1_H

/*
 * libike's callbacks of phase 1: who may begin, with which key, and who is whom in the end. The
 * instance's userdata is the shard, the callback context of an exchange its shard_sa (NULL if
 * there was no memory for one; such an exchange ends at once).
 */

#include "x4/ike/charon.h"

extern const x4s_ike_calls1 shard_calls1;

#endif
