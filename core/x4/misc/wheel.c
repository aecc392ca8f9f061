/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/misc/wheel.h"

/*
 * Read a time as digits of six bits. A timer sits on the level of the highest digit in which its
 * time differs from now, in the slot that this digit names. So on every level the slots of now and
 * before are empty, what is set on a level comes before everything on the levels above, and a
 * timer's place follows from its time and now alone. Only the top level wraps around.
 */

#define SLOT_BITS 6
#define SLOT_MASK (x4c_wheel_slots - 1)
#define TOP       (x4c_wheel_levels - 1)

_Static_assert(x4c_wheel_slots == 1 << SLOT_BITS, "a level is a digit of SLOT_BITS bits");

typedef struct x4s_wheel_place {
    unsigned level;
    unsigned slot;
} x4s_wheel_place;

static unsigned shift_of(unsigned level)
{
    return level * SLOT_BITS;
}

static unsigned digit(x4_msec time, unsigned level)
{
    return (unsigned)(time >> shift_of(level)) & SLOT_MASK;
}

/* The place of a time that is after now. */
static x4s_wheel_place place_of(const x4s_wheel *wheel, x4_msec when)
{
    unsigned highest = 63 - (unsigned)__builtin_clzll(wheel->now ^ when);
    unsigned level = x4m_min(highest / SLOT_BITS, (unsigned)TOP);
    return (x4s_wheel_place){.level = level, .slot = digit(when, level)};
}

/* The earliest occupied slot and the time at which it begins; bfalse if there is none. */
static bval earliest(const x4s_wheel *wheel, x4s_wheel_place *place, x4_msec *begin)
{
    unsigned level = 0;
    while (level < x4c_wheel_levels && !wheel->occupied[level])
        level++;
    if (level == x4c_wheel_levels)
        return bfalse;

    unsigned here = digit(wheel->now, level);
    uint64_t ahead = wheel->occupied[level];
    ahead = here ? ahead >> here | ahead << (x4c_wheel_slots - here) : ahead;
    unsigned distance = (unsigned)__builtin_ctzll(ahead);

    place->level = level;
    place->slot = (here + distance) & SLOT_MASK;
    *begin = ((wheel->now >> shift_of(level)) + distance) << shift_of(level);
    return btrue;
}

void x4_wheel_init(x4s_wheel *wheel, x4_msec now)
{
    *wheel = (x4s_wheel){.now = now};
    x4_list_init(&wheel->late);
    x4_list_init(&wheel->due);
    for (size_t level = 0; level < x4c_wheel_levels; level++)
        for (size_t slot = 0; slot < x4c_wheel_slots; slot++)
            x4_list_init(&wheel->slots[level][slot]);
}

static void insert(x4s_wheel *wheel, x4s_timer *timer)
{
    x4s_wheel_place at = place_of(wheel, timer->when);
    x4_list_append(&wheel->slots[at.level][at.slot], &timer->link);
    wheel->occupied[at.level] |= UINT64_C(1) << at.slot;
}

void x4_wheel_set(x4s_wheel *wheel, x4s_timer *timer, x4_msec when)
{
    x4_wheel_cancel(wheel, timer);
    if (when <= wheel->now) {
        timer->when = when;
        x4_list_append(&wheel->late, &timer->link);
        return;
    }
    timer->when = wheel->now + x4m_min(when - wheel->now, x4c_wheel_span);
    insert(wheel, timer);
}

void x4_wheel_cancel(x4s_wheel *wheel, x4s_timer *timer)
{
    if (!x4_wheel_pending(timer))
        return;
    x4_list_remove(&timer->link);
    if (timer->when <= wheel->now)
        return;

    x4s_wheel_place at = place_of(wheel, timer->when);
    if (x4_list_empty(&wheel->slots[at.level][at.slot]))
        wheel->occupied[at.level] &= ~(UINT64_C(1) << at.slot);
}

/* Empties a slot at its time: what is due is collected, the rest moves down. */
static void open_slot(x4s_wheel *wheel, x4s_wheel_place at)
{
    wheel->occupied[at.level] &= ~(UINT64_C(1) << at.slot);
    for (x4s_list *link; (link = x4_list_pop(&wheel->slots[at.level][at.slot]));) {
        x4s_timer *timer = x4m_container(link, x4s_timer, link);
        if (timer->when <= wheel->now)
            x4_list_append(&wheel->due, link);
        else
            insert(wheel, timer);
    }
}

void x4_wheel_advance(x4s_wheel *wheel, x4_msec now)
{
    for (x4s_list *link; (link = x4_list_pop(&wheel->late));)
        x4_list_append(&wheel->due, link);

    x4s_wheel_place at;
    x4_msec begin;
    while (earliest(wheel, &at, &begin) && begin <= now) {
        wheel->now = begin;
        open_slot(wheel, at);
    }
    wheel->now = x4m_max(wheel->now, now);
}

x4s_timer *x4_wheel_pop(x4s_wheel *wheel)
{
    x4s_list *link = x4_list_pop(&wheel->due);
    return link ? x4m_container(link, x4s_timer, link) : NULL;
}

x4_msec x4_wheel_next(const x4s_wheel *wheel)
{
    x4s_wheel_place at;
    x4_msec begin;

    if (!x4_list_empty(&wheel->due) || !x4_list_empty(&wheel->late))
        return wheel->now;
    return earliest(wheel, &at, &begin) ? begin : x4c_never;
}
