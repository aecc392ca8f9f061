/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_DN_INTERNAL_H
#define X4_CRYPTO_DN_INTERNAL_H

/*
 * What comparing names and turning them into text share: the attributes of a name one by one, and
 * the characters of a value whatever its string type is.
 */

#include "x4/crypto/der.h"
#include "x4/crypto/dn.h"

/* String types (X.680 8.6). T61String is read as Latin-1, as everybody has always written it. */
enum {
    x4c_dn_utf8 = 0x0c,
    x4c_dn_numeric = 0x12,
    x4c_dn_printable = 0x13,
    x4c_dn_t61 = 0x14,
    x4c_dn_ia5 = 0x16,
    x4c_dn_visible = 0x1a,
    x4c_dn_universal = 0x1c,
    x4c_dn_bmp = 0x1e,
};

typedef struct x4s_dn_attribute {
    x4s_chunk type; /* what is in the OID */
    x4s_der value;
    bval begins_rdn;
} x4s_dn_attribute;

typedef struct x4s_dn_walk {
    x4s_reader rdns;
    x4s_reader rdn;
    unsigned count;
    bval failed; /* what was met is no name */
} x4s_dn_walk;

bval x4_dn_open(x4s_dn_walk *walk, x4s_chunk der) x4m_must_use;

/* bfalse at the end, and where walk->failed. */
bval x4_dn_next(x4s_dn_walk *walk, x4s_dn_attribute *attribute) x4m_must_use;

typedef struct x4s_dn_chars {
    x4s_reader rest;
    uint8_t tag;
} x4s_dn_chars;

bval x4_dn_is_string(const x4s_dn_attribute *attribute);
x4s_dn_chars x4_dn_chars(const x4s_dn_attribute *attribute);

/* A byte that belongs to no UTF-8 sequence is no character, but this and the byte. */
#define x4c_dn_stray UINT32_C(0x110000)
#define x4c_dn_end   UINT32_MAX

uint32_t x4_dn_char(x4s_dn_chars *chars);

/* A type of attribute that has a name. */
typedef struct x4s_dn_type {
    const char *name;
    uint8_t oid_len;
    uint8_t oid[10];
    bval ia5; /* written as IA5String */
} x4s_dn_type;

/* The type of these bytes, or of this name in any case; NULL without one. */
const x4s_dn_type *x4_dn_type_of(x4s_chunk oid);
const x4s_dn_type *x4_dn_type_named(x4s_chunk name);

#endif
