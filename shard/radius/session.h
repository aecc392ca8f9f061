/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_SESSION_H
#define SHARD_RADIUS_SESSION_H

/*
 * What a RADIUS server has let in: an ISAKMP SA, from the user's authentication to the end of its
 * last child. Accounting (RFC 2866) tells the server of it: when the first child is up, every now
 * and then, and at the end; and how much its children have carried, where the kernel counts.
 *
 * Its Acct-Session-Id is "SALT-NUMBER": a random number of the shard that began it, and the ISAKMP
 * SA's there. It goes with the SA: where that is made again from its record, after a restart or at
 * another node, the session goes on under its name, and only whoever has it in the end says so.
 */

#include "shard/peer.h"
#include "shard/radius/verdict.h"
#include "store/session.h"

struct shard_session_name {
    uint32_t salt;
    uint32_t number;
};

struct shard_session {
    struct shard_sa *sa;
    struct shard_timer timer;
    x4s_table_link by_user;
    x4s_table_link by_name;
    struct shard_session_name name;
    x4s_net_addr framed; /* no family: the pool's, if there is one */
    uint8_t netmask[4];
    x4_msec began_at;  /* or when it was gone on with here */
    x4_msec before_ms; /* how long it was before that */
    x4_msec ends_at;   /* 0: nobody said */
    x4_msec told_at;   /* of the last record */
    struct shard_usage *usage;
    uint32_t interim_sec;
    uint8_t cause; /* Acct-Terminate-Cause, once it is known */
    bool started;
    size_t classes_len;
    size_t user_len;
    uint8_t data[]; /* classes, user */
};

/* Bytes of an Acct-Session-Id with its NUL. */
#define SHARD_SESSION_ID 18

/* The user of an SA was let in. False: no memory. */
bool shard_session_new(struct shard_sa *sa, x4s_chunk user, const struct radius_verdict *verdict);

/*
 * What the SA's record has of it, which points into it; and the same again from a record, whose
 * beginning is not told once more. Without a session the record has none. False: no memory.
 */
void shard_session_keep(const struct shard_sa *sa, struct store_session *record);
bool shard_session_resume(struct shard_sa *sa, const struct store_session *record);

/*
 * A child of the SA is up, or made again from its record: the first one begins the accounting. Not
 * `fresh`: it was another SA's until now. Without a session does nothing.
 */
void shard_session_child_up(struct shard_child *child, bool fresh);

/* It goes to another SA, or its SAs are deleted from the kernel next. Likewise. */
void shard_session_child_gone(struct shard_child *child);

/* The exchange is gone, for that reason. Likewise. */
void shard_session_disposed(struct shard_sa *sa, x4e_ike_reason reason);

/* The SA is gone: the last record. Likewise. */
void shard_session_end(struct shard_sa *sa);

/* What every request of an SA says: names, addresses and ports of both sides. */
void shard_session_describe(const struct shard_sa *sa, struct radius_writer *writer,
                            x4s_chunk user);

/* What a server wants of sessions (RFC 5176); what is empty does not count. */
struct shard_session_order {
    char session[SHARD_SESSION_ID];
    uint8_t user[RADIUS_VALUE_MAX];
    size_t user_len;
    x4s_net_addr framed; /* no family: any */
    bool end;            /* end them; else change them */
    bool has_timeout;
    bool has_interim;
    uint32_t timeout_sec; /* from now on */
    uint32_t interim_sec;
    uint32_t done; /* the answer: how many */
};

/* For the shard that it is. */
void shard_session_obey(struct shard *shard, struct shard_session_order *order);

#endif
