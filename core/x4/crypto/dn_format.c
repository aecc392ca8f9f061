/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "x4/crypto/dn_internal.h"

/* Text that is cut off where the room ends, but stays a string all the time. */
typedef struct out {
    char *text;
    size_t size;
    size_t len;
} out;

static void put(out *o, char c)
{
    if (o->len + 1 >= o->size)
        return;
    o->text[o->len++] = c;
    o->text[o->len] = '\0';
}

static void put_text(out *o, const char *text)
{
    for (; *text; text++)
        put(o, *text);
}

static void put_hex(out *o, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";
    put(o, digits[byte >> 4]);
    put(o, digits[byte & 15]);
}

static void put_escaped_byte(out *o, uint8_t byte)
{
    put(o, '\\');
    put_hex(o, byte);
}

static void put_number(out *o, uint64_t number)
{
    char text[21];
    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    put_text(o, text);
}

/* Arcs have 63 bits at most: x4_dn_next has seen to it. */
static void put_oid(out *o, x4s_chunk oid)
{
    uint64_t arc = 0;
    bval first = btrue;
    for (size_t i = 0; i < oid.len; i++) {
        arc = arc << 7 | (oid.data[i] & 0x7f);
        if (oid.data[i] >= 0x80)
            continue;
        if (first) { /* the first two are one: X.690 8.19.4 */
            uint64_t top = arc < 80 ? arc / 40 : 2;
            put_number(o, top);
            arc -= top * 40;
        }
        put(o, '.');
        put_number(o, arc);
        first = bfalse;
        arc = 0;
    }
}

static void put_utf8(out *o, uint32_t c)
{
    if (c >= 0x10000) {
        put_escaped_byte(o, (uint8_t)(0xf0 | (c >> 18 & 0x07)));
        put_escaped_byte(o, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
    } else if (c >= 0x800) {
        put_escaped_byte(o, (uint8_t)(0xe0 | c >> 12));
    }
    if (c >= 0x800)
        put_escaped_byte(o, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
    else
        put_escaped_byte(o, (uint8_t)(0xc0 | c >> 6));
    put_escaped_byte(o, (uint8_t)(0x80 | (c & 0x3f)));
}

/* A number sign or blank at an end would be read as something else (RFC 4514 2.4). */
static void put_char(out *o, uint32_t c, bval at_end, bval at_begin)
{
    bval blank = c == ' ' && (at_begin || at_end);
    if (c >= x4c_dn_stray || c < 0x20 || c == 0x7f || blank) {
        put_escaped_byte(o, (uint8_t)c);
        return;
    }
    if (c >= 0x80) {
        put_utf8(o, c);
        return;
    }
    if (strchr(",+\"\\<>;", (int)c) || (c == '#' && at_begin))
        put(o, '\\');
    put(o, (char)c);
}

static void put_string(out *o, const x4s_dn_attribute *attribute)
{
    x4s_dn_chars chars = x4_dn_chars(attribute);
    bval at_begin = btrue;
    for (uint32_t c = x4_dn_char(&chars); c != x4c_dn_end; at_begin = bfalse) {
        uint32_t next = x4_dn_char(&chars);
        put_char(o, c, next == x4c_dn_end, at_begin);
        c = next;
    }
}

static void put_value(out *o, const x4s_dn_attribute *attribute)
{
    if (x4_dn_is_string(attribute)) {
        put_string(o, attribute);
        return;
    }
    x4s_chunk whole = attribute->value.whole;
    put(o, '#');
    for (size_t i = 0; i < whole.len; i++)
        put_hex(o, whole.data[i]);
}

static void put_type(out *o, x4s_chunk oid)
{
    const x4s_dn_type *type = x4_dn_type_of(oid);
    if (type)
        put_text(o, type->name);
    else
        put_oid(o, oid);
}

char *x4_dn_format(x4s_chunk der, char *text, size_t size)
{
    out o = {.text = text, .size = size};
    x4s_dn_walk walk;
    x4s_dn_attribute attribute;
    text[0] = '\0';
    if (!x4_dn_valid(der) || !x4_dn_open(&walk, der)) {
        put_text(&o, "(malformed name)");
        return text;
    }
    for (bval begun = bfalse; x4_dn_next(&walk, &attribute); begun = btrue) {
        if (begun)
            put_text(&o, attribute.begins_rdn ? ", " : "+");
        put_type(&o, attribute.type);
        put(&o, '=');
        put_value(&o, &attribute);
    }
    return text;
}
