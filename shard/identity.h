/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_IDENTITY_H
#define SHARD_IDENTITY_H

/*
 * Identities of phase 1 as swanctl.conf writes them, and patterns of them.
 *
 *     %any                          everybody; also empty, *, 0.0.0.0, ::
 *     192.0.2.1, 2001:db8::1        ID_IPV4_ADDR, ID_IPV6_ADDR
 *     192.0.2.0/24, 192.0.2.1-9...  ID_IPV4_ADDR_SUBNET, ID_IPV4_ADDR_RANGE, the same for IPv6
 *     vpn.example.org, @vpn         ID_FQDN
 *     user@example.org, @@user      ID_USER_FQDN
 *     C=CH, O=strongSwan, CN=moon   ID_DER_ASN1_DN, see x4/crypto/dn.h; a value that is a single
 *                                   asterisk makes it a pattern
 *     keyid:group, @#0a0b0c         ID_KEY_ID, as text or in hexadecimal
 *     *.example.org, *@example.org  pattern: ends with the rest
 *     TYPE:text, TYPE:#hex          fqdn, dns, userfqdn, rfc822, email, keyid, asn1dn; ipv4 and
 * ipv6 in hexadecimal only
 *
 * A pattern of a subnet or range is also everybody who says to be an address in it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "x4/ike/charon.h"

/* The longest identity, in bytes. */
#define HUB_IDENTITY_MAX 255

enum hub_identity_kind {
    HUB_IDENTITY_ANY,    /* id is empty */
    HUB_IDENTITY_EXACT,  /* id is the identity */
    HUB_IDENTITY_DN,     /* id is a distinguished name with asterisks for values */
    HUB_IDENTITY_SUFFIX, /* id.data is what has to follow the asterisk */
};

/* What id.data points to belongs to whoever made the identity. */
struct hub_identity {
    enum hub_identity_kind kind;
    x4s_ike_id id;
};

/* How well an identity fits a pattern, from worst to best. */
enum hub_identity_match {
    HUB_MATCH_NONE,
    HUB_MATCH_ANY,
    HUB_MATCH_SUFFIX,
    HUB_MATCH_RANGE, /* an address in a subnet or range */
    HUB_MATCH_EXACT,
};

/*
 * Reads an identity. The bytes go into `data`, which has to hold HUB_IDENTITY_MAX bytes, and
 * identity->id.data points there. False: *expected is a text in static storage that follows
 * "expected ".
 */
bool hub_identity_parse(const char *text, struct hub_identity *identity, uint8_t *data,
                        const char **expected);

/* The same type and bytes; names without regard to case, distinguished ones by x4_dn_equal. */
bool hub_identity_same(const x4s_ike_id *a, const x4s_ike_id *b);

/* How well `id` fits. Names are compared without regard to case. */
enum hub_identity_match hub_identity_match(const struct hub_identity *pattern,
                                           const x4s_ike_id *id);

/* It is a subnet or a range of addresses. */
bool hub_identity_is_range(const x4s_ike_id *id);

/* The identity of an address; it points into `addr`. False without a family. */
bool hub_identity_of_addr(const x4s_net_addr *addr, x4s_ike_id *id);

/* Bytes of the longest text: a prefix, four for every byte, and the NUL. */
#define HUB_IDENTITY_TEXT (16 + 4 * HUB_IDENTITY_MAX + 1)

/*
 * For people and logs: as it is written above; unprintable bytes of names as \xHH, key IDs that are
 * not all printable as @#hex. Longer identities of a peer's are cut off. Returns text.
 */
char *hub_identity_format(const x4s_ike_id *id, char text[HUB_IDENTITY_TEXT]);

#endif
