/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_VENDOR_NAMES_H
#define X4_IKE_VENDOR_NAMES_H

/*
 * Who peers are, by the vendor IDs that they send: makers and products whose behaviour differs, so
 * that a trace says with whom one has to do. Nothing depends on them; the vendor IDs that stand for
 * an extension are vendor.h's.
 */

#include "x4/core/types.h"

/* The name, in static storage, or NULL. */
const char *x4_vendor_name(x4s_chunk id);

#endif
