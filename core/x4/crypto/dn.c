/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/dn.h"

#include <string.h>

#include "x4/crypto/der.h"
#include "x4/crypto/dn_internal.h"

/* ------------------------------------------------------------------ attributes */

bval x4_dn_open(x4s_dn_walk *walk, x4s_chunk der)
{
    x4s_reader outer = x4_reader(der.data, der.len);
    outer.failed = der.len > x4c_dn_size_max;
    *walk = (x4s_dn_walk){.rdns = x4_der_open(&outer, x4c_der_sequence)};
    walk->failed = walk->rdns.failed || !x4_reader_done(&outer);
    return !walk->failed;
}

/* Arcs of seven bits a byte, without leading zeros, and no longer than 63 bits (X.690 8.19). */
static bval oid_ok(x4s_chunk oid)
{
    size_t arc = 0;
    for (size_t i = 0; i < oid.len; i++) {
        if ((arc == 0 && oid.data[i] == 0x80) || ++arc > 9)
            return bfalse;
        if (oid.data[i] < 0x80)
            arc = 0;
    }
    return oid.len && arc == 0;
}

/* Bytes of a character at least; 0 for what is no string. */
static unsigned char_size(uint8_t tag)
{
    switch (tag) {
    case x4c_dn_utf8:
    case x4c_dn_numeric:
    case x4c_dn_printable:
    case x4c_dn_t61:
    case x4c_dn_ia5:
    case x4c_dn_visible:
        return 1;
    case x4c_dn_bmp:
        return 2;
    case x4c_dn_universal:
        return 4;
    }
    return 0;
}

/* Whole characters, and none beyond Unicode, where x4c_dn_stray and x4c_dn_end are. */
static bval wide_ok(const x4s_der *value, unsigned unit)
{
    if (value->value.len % unit)
        return bfalse;
    x4s_reader r = x4_reader(value->value.data, value->value.len);
    while (unit == 4 && x4_reader_left(&r)) {
        if (x4_reader_u32(&r) >= x4c_dn_stray)
            return bfalse;
    }
    return btrue;
}

static bval read_attribute(x4s_reader *rdn, x4s_dn_attribute *attribute)
{
    x4s_reader pair = x4_der_open(rdn, x4c_der_sequence);
    x4s_der type = x4_der_read(&pair);
    attribute->type = type.value;
    attribute->value = x4_der_read(&pair);
    unsigned unit = char_size(attribute->value.tag);
    return x4_reader_done(&pair) && type.tag == x4c_der_oid && oid_ok(type.value) &&
           (unit < 2 || wide_ok(&attribute->value, unit));
}

bval x4_dn_next(x4s_dn_walk *walk, x4s_dn_attribute *attribute)
{
    if (walk->failed)
        return bfalse;
    bval begins = x4_reader_left(&walk->rdn) == 0;
    if (begins && x4_reader_left(&walk->rdns) == 0)
        return bfalse;
    if (begins)
        walk->rdn = x4_der_open(&walk->rdns, x4c_der_set);
    attribute->begins_rdn = begins;
    walk->failed = ++walk->count > x4c_dn_rdns_max || !read_attribute(&walk->rdn, attribute);
    return !walk->failed;
}

bval x4_dn_valid(x4s_chunk der)
{
    x4s_dn_walk walk;
    x4s_dn_attribute attribute;
    if (!x4_dn_open(&walk, der))
        return bfalse;
    while (x4_dn_next(&walk, &attribute))
        continue;
    return !walk.failed;
}

/* ------------------------------------------------------------------ characters */

bval x4_dn_is_string(const x4s_dn_attribute *attribute)
{
    return char_size(attribute->value.tag) != 0;
}

x4s_dn_chars x4_dn_chars(const x4s_dn_attribute *attribute)
{
    x4s_chunk value = attribute->value.value;
    return (x4s_dn_chars){.rest = x4_reader(value.data, value.len), .tag = attribute->value.tag};
}

/* The rest of a UTF-8 sequence (RFC 3629 3), or the first byte alone where there is none. */
static uint32_t utf8_char(x4s_reader *r, uint8_t first)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t c = first & (0x3fU >> more);
    x4s_reader ahead = *r;
    for (unsigned i = 0; i < more; i++) {
        uint8_t next = x4_reader_u8(&ahead);
        if ((next & 0xc0) != 0x80)
            return x4c_dn_stray + first;
        c = c << 6 | (next & 0x3f);
    }
    if (more == 0 || first >= 0xf8 || c < least[more] || c >= x4c_dn_stray ||
        (c >= 0xd800 && c <= 0xdfff))
        return x4c_dn_stray + first;
    *r = ahead;
    return c;
}

uint32_t x4_dn_char(x4s_dn_chars *chars)
{
    if (x4_reader_left(&chars->rest) == 0)
        return x4c_dn_end;
    if (chars->tag == x4c_dn_bmp)
        return x4_reader_u16(&chars->rest);
    if (chars->tag == x4c_dn_universal)
        return x4_reader_u32(&chars->rest);
    uint8_t byte = x4_reader_u8(&chars->rest);
    return chars->tag == x4c_dn_utf8 && byte >= 0x80 ? utf8_char(&chars->rest, byte) : byte;
}

/* ------------------------------------------------------------------ comparison */

/* The characters as they are compared: RFC 5280 7.1. */
typedef struct folded {
    x4s_dn_chars chars;
    uint32_t held; /* comes after the blank that was given out before it */
    bval holds;
    bval begun;
} folded;

static bval is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static uint32_t lower(uint32_t c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static uint32_t next_folded(folded *f)
{
    if (f->holds) {
        f->holds = bfalse;
        return f->held;
    }
    uint32_t c = x4_dn_char(&f->chars);
    bval blank = is_blank(c);
    while (is_blank(c))
        c = x4_dn_char(&f->chars);
    if (c == x4c_dn_end)
        return c;
    c = lower(c);
    f->holds = blank && f->begun;
    f->held = c;
    f->begun = btrue;
    return f->holds ? ' ' : c;
}

static bval same_bytes(x4s_chunk a, x4s_chunk b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bval same_value(const x4s_dn_attribute *a, const x4s_dn_attribute *b)
{
    if (!x4_dn_is_string(a) || !x4_dn_is_string(b))
        return same_bytes(a->value.whole, b->value.whole);
    folded left = {.chars = x4_dn_chars(a)};
    folded right = {.chars = x4_dn_chars(b)};
    for (;;) {
        uint32_t c = next_folded(&left);
        if (c != next_folded(&right))
            return bfalse;
        if (c == x4c_dn_end)
            return btrue;
    }
}

static bval is_asterisk(const x4s_dn_attribute *attribute)
{
    folded f = {.chars = x4_dn_chars(attribute)};
    return x4_dn_is_string(attribute) && next_folded(&f) == '*' && next_folded(&f) == x4c_dn_end;
}

static bval same_place(const x4s_dn_attribute *a, const x4s_dn_attribute *b)
{
    return a->begins_rdn == b->begins_rdn && same_bytes(a->type, b->type);
}

/* How many values of `a` were asterisks that stood for another's, or -1. */
static int match(x4s_chunk a, x4s_chunk b, bval asterisks)
{
    x4s_dn_walk walk_a;
    x4s_dn_walk walk_b;
    x4s_dn_attribute left;
    x4s_dn_attribute right;
    int count = 0;
    if (!x4_dn_open(&walk_a, a) || !x4_dn_open(&walk_b, b))
        return -1;
    for (;;) {
        bval more = x4_dn_next(&walk_a, &left);
        if (x4_dn_next(&walk_b, &right) != more || walk_a.failed || walk_b.failed)
            return -1;
        if (!more)
            return count;
        if (!same_place(&left, &right))
            return -1;
        bval any = asterisks && is_asterisk(&left);
        if (!any && !same_value(&left, &right))
            return -1;
        count += any;
    }
}

bval x4_dn_equal(x4s_chunk a, x4s_chunk b)
{
    return match(a, b, bfalse) == 0;
}

int x4_dn_match(x4s_chunk pattern, x4s_chunk der)
{
    return match(pattern, der, btrue);
}
