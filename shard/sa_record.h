/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SA_RECORD_H
#define SHARD_SA_RECORD_H

/*
 * What a shard tells of an ISAKMP SA and its children: a copy for other threads, one allocation
 * that leads to nothing outside itself.
 */

#include "shard/peer.h"

/* More children of an SA than this are counted and not told. */
#define SHARD_RECORD_CHILDREN_MAX 256

/* What went one way. */
struct shard_direction_record {
    uint64_t bytes;
    uint64_t packets;
    uint64_t unused_sec; /* since the last of them, if `used` */
    bool used;
};

struct shard_child_record {
    const char *name; /* of the configuration */
    uint32_t spi_in;  /* 0: not agreed yet, and neither is what follows */
    uint32_t spi_out;
    x4s_ike_transform2 suite;
    x4s_net_selector local;
    x4s_net_selector remote;
    uint16_t cpi_in; /* 0: no IPComp */
    uint16_t cpi_out;
    uint32_t age_sec;
    uint32_t rekey_sec;  /* from now; 0: not */
    uint32_t expire_sec; /* from now; 0: not */
    bool up;
    bool installed;
    bool rekeying;
    bool replaced;
    bool counted; /* what it has carried; shard_traffic_ask() */
    struct shard_direction_record in;
    struct shard_direction_record out;
};

struct shard_sa_record {
    struct shard_sa_record *next; /* of a list, in the order of the roll */
    uint32_t number;
    const char *connection;
    x4s_ike_id local_id;
    x4s_ike_id remote_id; /* without data: not authenticated yet */
    x4s_net_link link;
    x4s_net_addr leases[HUB_INSIDES]; /* the peer's addresses inside; no family: it has none */
    uint8_t cookie_i[8];
    uint8_t cookie_r[8];
    x4s_ike_transform1 suite;
    x4e_ike_role role;
    uint32_t age_sec;    /* of those that are or were up */
    uint32_t rekey_sec;  /* from now; 0: not */
    uint32_t expire_sec; /* from now; 0: not */
    bool up;
    bool asks;        /* the addresses inside are ours */
    bool established; /* it was up; if it is no more it waits for its last child */
    bool replaced;
    bool user; /* remote_id is the name of a user that was let in */
    bool behind_local;
    bool behind_remote;
    uint32_t children_untold;
    uint32_t child_count;
    struct shard_child_record children[];
};

/* As of the round of the shard that is under way. NULL: no memory. free() releases it. */
struct shard_sa_record *shard_sa_record_new(const struct shard_sa *sa);

/* The same with this child alone, or without any where that is NULL. */
struct shard_sa_record *shard_sa_record_about(const struct shard_sa *sa,
                                              const struct shard_child *child);

#endif
