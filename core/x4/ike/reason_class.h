/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_REASON_CLASS_H
#define X4_IKE_REASON_CLASS_H

/*
 * What follows from a reason: the columns of X4_IKE_REASONS that only the engine looks at.
 */

#include "x4/core/types.h"
#include "x4/ike/reasons.h"

typedef enum x4e_reason_class {
    x4c_reason_drop,
    x4c_reason_notify,
    x4c_reason_dispose,
    x4c_reason_end,
} x4e_reason_class;

x4e_reason_class x4_reason_class(x4e_ike_reason reason);

/* The notify message type that tells the peer, or 0. */
uint16_t x4_reason_notify(x4e_ike_reason reason);

#endif
