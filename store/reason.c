/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/reason.h"

#include <assert.h>

const char *store_reason_name(enum store_reason reason)
{
    static const char *const names[] = {
#define X(name, text) #name,
        STORE_REASONS(X)
#undef X
    };
    assert((unsigned)reason < STORE_REASON_COUNT);
    return names[reason];
}

const char *store_reason_text(enum store_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        STORE_REASONS(X)
#undef X
    };
    assert((unsigned)reason < STORE_REASON_COUNT);
    return texts[reason];
}
