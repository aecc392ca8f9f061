/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "x4/crypto/dn_internal.h"

/* clang-format off */
#define X520(number)  3, {0x55, 0x04, (number)}
#define PILOT(number) 10, {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, (number)}
#define PKCS9(number) 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, (number)}

/* As strongSwan names them. Where a type has several names, the first is the one it is printed by. */
static const x4s_dn_type types[] = {
    {"C", X520(6), bfalse},
    {"ST", X520(8), bfalse},
    {"L", X520(7), bfalse},
    {"STREET", X520(9), bfalse},
    {"postalCode", X520(17), bfalse},
    {"O", X520(10), bfalse},
    {"OU", X520(11), bfalse},
    {"CN", X520(3), bfalse},
    {"SN", X520(4), bfalse},
    {"S", X520(4), bfalse},
    {"serialNumber", X520(5), bfalse},
    {"T", X520(12), bfalse},
    {"D", X520(13), bfalse},
    {"N", X520(41), bfalse},
    {"G", X520(42), bfalse},
    {"GN", X520(42), bfalse},
    {"I", X520(43), bfalse},
    {"ID", X520(45), bfalse},
    {"dnQualifier", X520(46), bfalse},
    {"pseudonym", X520(65), bfalse},
    {"E", PKCS9(1), btrue},
    {"Email", PKCS9(1), btrue},
    {"emailAddress", PKCS9(1), btrue},
    {"UN", PKCS9(2), btrue},
    {"unstructuredName", PKCS9(2), btrue},
    {"UA", PKCS9(8), bfalse},
    {"unstructuredAddress", PKCS9(8), bfalse},
    {"UID", PILOT(1), bfalse},
    {"DC", PILOT(25), btrue},
};
/* clang-format on */

const x4s_dn_type *x4_dn_type_of(x4s_chunk oid)
{
    for (size_t i = 0; i < x4m_countof(types); i++) {
        if (types[i].oid_len == oid.len && memcmp(types[i].oid, oid.data, oid.len) == 0)
            return &types[i];
    }
    return NULL;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bval named(const char *name, x4s_chunk text)
{
    if (strlen(name) != text.len)
        return bfalse;
    for (size_t i = 0; i < text.len; i++) {
        if (lower((uint8_t)name[i]) != lower(text.data[i]))
            return bfalse;
    }
    return btrue;
}

const x4s_dn_type *x4_dn_type_named(x4s_chunk name)
{
    for (size_t i = 0; i < x4m_countof(types); i++) {
        if (named(types[i].name, name))
            return &types[i];
    }
    return NULL;
}
