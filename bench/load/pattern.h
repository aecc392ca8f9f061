/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_PATTERN_H
#define BENCH_LOAD_PATTERN_H

/*
 * Traffic selectors for many tunnels out of one text:
 *
 *     10.1.0.0/16        the same subnet for every tunnel
 *     10.0.0.0/8+32      a subnet of its own for each: tunnel n gets the n-th /32 of 10.0.0.0/8
 *     fd00::/32+64       the n-th /64
 *     192.0.2.1          the same address for every tunnel
 */

#include <stdbool.h>
#include <stdint.h>

#include "x4/net/selector.h"

struct load_pattern {
    x4s_net_addr base; /* host bits are clear */
    uint8_t prefix;    /* of the whole */
    uint8_t each;      /* of one tunnel's; equals prefix where all share it */
};

/* False if the text is none of the forms above. */
bool load_pattern_parse(const char *text, struct load_pattern *pattern);

/* For how many tunnels it suffices: UINT64_MAX where all share one subnet, at most 2^63 else. */
uint64_t load_pattern_capacity(const struct load_pattern *pattern);

/* The n-th address, or the first of the n-th subnet; n below the capacity. */
x4s_net_addr load_pattern_addr(const struct load_pattern *pattern, uint64_t n);

/*
 * The selector of tunnel n, n below the capacity: the address form for a whole address, else the
 * subnet form.
 */
void load_pattern_selector(const struct load_pattern *pattern, uint64_t n,
                           x4s_net_selector *selector);

#endif
