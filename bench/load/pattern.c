/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/pattern.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "24" at the start of text; *end is what follows. */
static bool parse_prefix(const char *text, unsigned max, uint8_t *prefix, const char **end)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *rest;
    unsigned long value = strtoul(text, &rest, 10);
    if (value > max)
        return false;
    *prefix = (uint8_t)value;
    *end = rest;
    return true;
}

static bool parse_address(const char *text, size_t len, x4s_net_addr *addr)
{
    char copy[x4c_net_addr_text];
    if (len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return x4_net_addr_parse(copy, addr);
}

static void clear_host_bits(x4s_net_addr *addr, unsigned prefix)
{
    for (unsigned bit = prefix; bit < 8 * sizeof(addr->ip); bit++)
        addr->ip[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

bool load_pattern_parse(const char *text, struct load_pattern *pattern)
{
    size_t len = strcspn(text, "/");
    if (!parse_address(text, len, &pattern->base))
        return false;
    unsigned max = 8 * (unsigned)x4_net_addr_size(pattern->base.family);
    pattern->prefix = pattern->each = (uint8_t)max;
    if (text[len] == '\0')
        return true;

    const char *rest;
    if (!parse_prefix(text + len + 1, max, &pattern->prefix, &rest))
        return false;
    pattern->each = pattern->prefix;
    if (*rest == '+' && !parse_prefix(rest + 1, max, &pattern->each, &rest))
        return false;
    clear_host_bits(&pattern->base, pattern->prefix);
    return *rest == '\0' && pattern->each >= pattern->prefix;
}

uint64_t load_pattern_capacity(const struct load_pattern *pattern)
{
    unsigned bits = (unsigned)pattern->each - pattern->prefix;
    if (bits == 0)
        return UINT64_MAX;
    return UINT64_C(1) << (bits < 63 ? bits : 63);
}

x4s_net_addr load_pattern_addr(const struct load_pattern *pattern, uint64_t n)
{
    assert(n < load_pattern_capacity(pattern));
    x4s_net_addr addr = pattern->base;
    unsigned bits = (unsigned)pattern->each - pattern->prefix;
    for (unsigned i = 0; i < bits && i < 63; i++) {
        unsigned position = pattern->each - 1U - i;
        if (n >> i & 1)
            addr.ip[position / 8] |= (uint8_t)(0x80 >> position % 8);
    }
    return addr;
}

void load_pattern_selector(const struct load_pattern *pattern, uint64_t n,
                           x4s_net_selector *selector)
{
    x4s_net_addr addr = load_pattern_addr(pattern, n);
    if (pattern->each == 8 * x4_net_addr_size(addr.family)) {
        x4_net_selector_from_addr(&addr, selector);
        return;
    }
    bval fits = x4_net_selector_from_prefix(&addr, pattern->each, selector);
    assert(fits);
    (void)fits;
}
