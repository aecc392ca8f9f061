/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/limiter.h"

#include <string.h>

static bool is_kind(const struct hub_limiter_slot *slot, const char *event, const char *reason)
{
    return strncmp(slot->event, event, HUB_LIMITER_NAME - 1) == 0 &&
           strncmp(slot->reason, reason, HUB_LIMITER_NAME - 1) == 0;
}

static struct hub_limiter_slot *slot_of(struct hub_limiter *limiter, const char *event,
                                        const char *reason)
{
    for (size_t i = 0; i < limiter->used; i++) {
        if (is_kind(&limiter->slots[i], event, reason))
            return &limiter->slots[i];
    }
    if (limiter->used == HUB_LIMITER_SLOTS)
        return &limiter->slots[HUB_LIMITER_SLOTS - 1];
    struct hub_limiter_slot *slot = &limiter->slots[limiter->used++];
    memcpy(slot->event, event, strnlen(event, HUB_LIMITER_NAME - 1));
    memcpy(slot->reason, reason, strnlen(reason, HUB_LIMITER_NAME - 1));
    return slot;
}

static bool is_over(const struct hub_limiter_slot *slot, x4_msec now)
{
    return now - slot->begin >= HUB_LIMITER_WINDOW;
}

bool hub_limiter_pass(struct hub_limiter *limiter, const char *event, const char *reason,
                      x4_msec now, uint64_t *suppressed)
{
    struct hub_limiter_slot *slot = slot_of(limiter, event, reason);
    if (slot->passed == 0 || is_over(slot, now)) {
        slot->begin = now;
        slot->passed = 0;
    }
    if (slot->passed == HUB_LIMITER_LINES) {
        slot->suppressed++;
        return false;
    }
    slot->passed++;
    *suppressed = slot->suppressed;
    slot->suppressed = 0;
    return true;
}

bool hub_limiter_take(struct hub_limiter *limiter, x4_msec now, struct hub_limiter_slot *taken)
{
    for (size_t i = 0; i < limiter->used; i++) {
        struct hub_limiter_slot *slot = &limiter->slots[i];
        if (slot->suppressed == 0 || !is_over(slot, now))
            continue;
        *taken = *slot;
        slot->suppressed = 0;
        return true;
    }
    return false;
}

x4_msec hub_limiter_due(const struct hub_limiter *limiter)
{
    x4_msec due = x4c_never;
    for (size_t i = 0; i < limiter->used; i++) {
        const struct hub_limiter_slot *slot = &limiter->slots[i];
        if (slot->suppressed)
            due = x4m_min(due, slot->begin + HUB_LIMITER_WINDOW);
    }
    return due;
}
