/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/reason_class.h"

x4e_reason_class x4_reason_class(x4e_ike_reason reason)
{
    static const uint8_t classes[] = {
#define X(name, class, notify, text) x4c_reason_##class,
        X4_IKE_REASONS(X)
#undef X
    };
    return classes[reason];
}

uint16_t x4_reason_notify(x4e_ike_reason reason)
{
    static const uint16_t notifies[] = {
#define X(name, class, notify, text) notify,
        X4_IKE_REASONS(X)
#undef X
    };
    return notifies[reason];
}
