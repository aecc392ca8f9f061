/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_DN_H
#define X4_CRYPTO_DN_H

/*
 * Distinguished names (X.501), as they are in certificates, in ID_DER_ASN1_DN and in CERT_REQUEST:
 * DER of `Name`. As text they look as in strongSwan and swanctl.conf, in the order of the encoding:
 *
 *     C=CH, O=strongSwan, CN=moon
 *
 * The text's grammar is that of RFC 4514 but for the order and the blank: a comma between RDNs, a
 * plus sign between the attributes of one RDN, a backslash before one of , + " \ = < > ; # or
 * before two hexadecimal digits, the dotted number of a type that has no name, and #HEX for a value
 * that is no string. On reading, blanks around separators do not count, a value may stand in
 * quotation marks, and /C=CH/O=strongSwan/CN=moon is the same again.
 *
 * Nothing here allocates; a name from a peer costs time in proportion to its length.
 */

#include "x4/core/types.h"

#define x4c_dn_size_max 2048 /* bytes of DER; a longer name is no name */
#define x4c_dn_rdns_max 32   /* attributes */

/* Tells whether it is a well-formed name within the limits; an empty name is. */
bval x4_dn_valid(x4s_chunk der) x4m_must_use;

/*
 * For people and logs: at most `size` bytes with the NUL, cut off where it is longer; everything
 * that is not printable ASCII as \HH. "(malformed name)" for what is no name. Returns text; size is
 * at least 1.
 */
char *x4_dn_format(x4s_chunk der, char *text, size_t size);

/*
 * Reads a name from text into `der`, which has room for `size` bytes; *len is what it took. Values
 * become PrintableString where they can, else UTF8String; e-mail addresses and domain components
 * become IA5String. bfalse with a text in static storage that says what is wrong.
 */
bval x4_dn_parse(const char *text, uint8_t *der, size_t size, size_t *len,
                 const char **error) x4m_must_use;

/*
 * The same attributes in the same order, with values that are the same in the sense of RFC 5280
 * 7.1: whatever string type they have, without regard to ASCII case, with runs of blanks as one and
 * none at the ends. Malformed names are equal to nothing.
 */
bval x4_dn_equal(x4s_chunk a, x4s_chunk b) x4m_must_use;

/*
 * The same, but in `pattern` a value that is a single asterisk stands for any value: "C=CH,
 * O=strongSwan, CN=*". Returns how many attributes matched by an asterisk, so that among patterns
 * the least is the closest; -1 where the name does not match.
 */
int x4_dn_match(x4s_chunk pattern, x4s_chunk der) x4m_must_use;

#endif
