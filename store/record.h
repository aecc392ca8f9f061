/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

/*
 * An ISAKMP SA, or a pair of IPsec SAs (a child), as bytes that another process can go on with.
 *
 * What is in a record hardly changes while the SA lives: it is written when the SA is complete, and
 * again when its link changes, it is replaced, its child goes over to another ISAKMP SA, or a
 * RADIUS server hears of its session or changes it. Which
 * message IDs the peer has used is not in it, and need not be: x4/ike/message_id.h and dpd.h go on
 * by the SA's age.
 *
 * Layout, integers big-endian:
 *
 *     major (1) | minor (1) | enum store_kind (1) | written (8) | fields, see record.c
 *
 * A field is added at the end of a kind and raises the minor version. A reader takes a record of a
 * lower minor version with zeros in the fields that it lacks, and of a higher one the fields that
 * it knows. Whatever else changes raises the major version, which only a reader of the same takes.
 *
 * Times are those of the wall clock, milliseconds since 1970, because the steady clocks of two
 * machines have nothing to do with each other. A record says when the SA came up and how long it
 * lives; how much of that is left is computed while reading, so that nothing lives longer than it
 * was agreed and nothing is younger than it was: where the reader's clock is behind the writer's,
 * the time of writing counts.
 *
 * A record holds secrets. It leaves the process sealed only (store/seal.h), and who reads one wipes
 * the struct (x4_wipe).
 */

#include "store/name.h"
#include "store/reason.h"
#include "store/session.h"
#include "x4/ike/charon.h"

enum {
    STORE_MAJOR = 1,
    STORE_MINOR = 2,
    STORE_RECORD_MAX = 5120, /* bytes of a record with all fields at their longest, and room */
    STORE_TEXT_MAX = 255,    /* bytes of a name of the configuration */
};

/* When an SA came up and how long it lives. */
struct store_life {
    uint64_t written; /* when the record was; the newest of two records of a name counts */
    uint64_t up_at;
    uint32_t soft_sec; /* after up_at it is to be replaced; 0: never */
    uint32_t life_sec; /* after up_at it ends; 0: never */

    /* Of a record that was read: what is left of them, at least 1; 0: no limit. */
    uint32_t soft_left_sec;
    uint32_t life_left_sec;
};

/*
 * Of `keys` the time that is left is not written; reading sets it and age_sec. Its link has no
 * `socket`, which is the user's to set. What was read points into the bytes that it was read from.
 */
struct store_isakmp {
    struct store_life life;
    x4s_ike_keys1 keys;
    x4s_chunk connection; /* its name in the configuration: 1 to STORE_TEXT_MAX bytes, no NUL */
    x4s_net_addr inner;   /* the peer's address inside, from a pool; no family: none */
    bool replaced;        /* a newer one is in its place */
    struct store_session session;
    x4s_net_addr inner6; /* an IPv6 address besides one of IPv4; no family: none */
};

/* Enough to be made again where its ISAKMP SA is gone, which a child outlives. */
struct store_child {
    struct store_life life;
    x4s_ike_keys2 keys;  /* as above */
    uint8_t cookie_i[8]; /* of the ISAKMP SA that it hangs on, both zero: none */
    uint8_t cookie_r[8];
    x4s_net_link link;
    x4s_ike_id local_id;
    x4s_ike_id remote_id; /* the peer as others know it: of users who share an identity, the user */
    x4s_chunk connection;
    x4s_chunk child;
    x4s_net_addr inner;

    /*
     * Sequence numbers that we sent packets with are below this, ESN included, in all protocols of
     * a bundle. Who goes on with the SA sends from here.
     */
    uint64_t out_sequence;
    bool replaced;
    bool adopted;        /* another ISAKMP SA made it */
    x4s_net_addr inner6; /* as of the ISAKMP SA */
};

/*
 * The record's bytes, wiped by the caller; the length, or 0 for an SA that cannot be (its reader
 * would refuse it). Nothing but the SA and `life` decides about the bytes.
 */
size_t store_isakmp_write(const struct store_isakmp *sa, uint8_t bytes[STORE_RECORD_MAX]);
size_t store_child_write(const struct store_child *child, uint8_t bytes[STORE_RECORD_MAX]);

/*
 * Reads a record at the time `now`. STORE_none, or why it is refused; `sa` is without meaning and
 * wiped then. STORE_expired means that it was a whole record.
 */
enum store_reason store_isakmp_read(x4s_chunk bytes, uint64_t now, struct store_isakmp *sa);
enum store_reason store_child_read(x4s_chunk bytes, uint64_t now, struct store_child *child);

#endif
