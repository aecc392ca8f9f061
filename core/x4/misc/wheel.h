/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_MISC_WHEEL_H
#define X4_MISC_WHEEL_H

/*
 * A hierarchical timer wheel (Varghese, Lauck: "Hashed and Hierarchical Timing Wheels", 1987).
 * Setting and cancelling are O(1); a timer moves down at most once per level. Resolution is one
 * millisecond; later times than x4c_wheel_span from now are clamped to it.
 */

#include "x4/core/types.h"
#include "x4/misc/list.h"

#define x4c_wheel_levels 6
#define x4c_wheel_slots  64

/* About two years: 63 of the top level's slots, which are 2^30 ms each. */
#define x4c_wheel_span (UINT64_C(63) << 30)

/* Embedded in what waits. Zeroed means idle. */
typedef struct x4s_timer {
    x4s_list link;
    x4_msec when;
} x4s_timer;

typedef struct x4s_wheel {
    x4_msec now;
    uint64_t occupied[x4c_wheel_levels]; /* a bit per slot */
    x4s_list slots[x4c_wheel_levels][x4c_wheel_slots];
    x4s_list late; /* set to a time that was past, due at the next advance */
    x4s_list due;  /* expired, not handed out yet */
} x4s_wheel;

void x4_wheel_init(x4s_wheel *wheel, x4_msec now);

/* Sets or moves the timer. A time that is past makes it due at the next advance. */
void x4_wheel_set(x4s_wheel *wheel, x4s_timer *timer, x4_msec when);

/* Does nothing to an idle timer. */
void x4_wheel_cancel(x4s_wheel *wheel, x4s_timer *timer);

static inline bval x4_wheel_pending(const x4s_timer *timer)
{
    return x4_list_linked(&timer->link);
}

/* Moves the wheel to `now` (never back) and collects what became due. */
void x4_wheel_advance(x4s_wheel *wheel, x4_msec now);

/* The next timer that is due, idle now, or NULL. It may be set again at once. */
x4s_timer *x4_wheel_pop(x4s_wheel *wheel);

/*
 * When the wheel next wants to be advanced: never later than the earliest timer, at most once per
 * level earlier. x4c_never when no timer is set.
 */
x4_msec x4_wheel_next(const x4s_wheel *wheel);

#endif
