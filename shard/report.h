/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_REPORT_H
#define SHARD_REPORT_H

/*
 * The log lines about SAs. Their names and fields are what operators and tests read; ikehubd.8
 * lists them.
 */

#include "shard/peer.h"

/* ph1-initiated, ph1-responded */
void shard_report_begun1(struct shard_sa *sa);
/* ph1-up, and keys if they are to be logged */
void shard_report_up1(struct shard_sa *sa, const x4s_ike_keys1 *keys);
/* ph1-shortened */
void shard_report_shortened1(struct shard_sa *sa, uint32_t life_sec, uint32_t life_kb);
/* ph1-down */
void shard_report_down1(struct shard_sa *sa, x4e_ike_reason reason);

/* ph2-initiated, ph2-responded */
void shard_report_begun2(struct shard_child *child);
/* ph2-up, and keys if they are to be logged */
void shard_report_up2(struct shard_child *child, const x4s_ike_keys2 *keys);
/* ph2-shortened */
void shard_report_shortened2(struct shard_child *child, uint32_t life_sec, uint32_t life_kb);
/* ph2-down */
void shard_report_down2(struct shard_child *child, x4e_ike_reason reason);

/* ph2-adopted: a child came from another shard. ph2-lost: it came, and its ISAKMP SA was gone. */
void shard_report_relocated(const struct shard_child *child);
void shard_report_lost(struct shard *shard, const struct hub_child *config,
                       const x4s_ike_keys2 *keys);

/* ph1-resumed, ph2-resumed: made again from records. */
void shard_report_resumed1(struct shard_sa *sa);
void shard_report_resumed2(const struct shard_child *child);

/* kernel-add, kernel-delete, kernel-move; kernel-aging and so on: what it says by itself. */
void shard_report_kernel(struct shard *shard, enum hub_kernel_op op, uint32_t spi_in, int error);

void shard_report_told(struct shard *shard, const struct hub_kernel_event *event);

/* not-taken: the kernel lacks what the peer offers first. trapped: a packet wants the child. */
void shard_report_not_taken(const struct shard_child *child, const x4s_ike_transform2 *transform);
void shard_report_wanted(struct shard *shard, const struct hub_child *config);

/* not-initiated: an exchange could not be begun at all. */
void shard_report_not_begun(struct shard *shard, const struct hub_connection *connection,
                            const struct hub_child *child, const char *why);

/* refused: an authenticated peer that is not of its connection, or not alone. */
/* The peer behind a NAT is elsewhere now. */
void shard_report_moved(struct shard_sa *sa);

/* A certificate is not believed; the subject is in DER, empty if it cannot be read. */
void shard_report_cert_refused(struct shard_sa *sa, x4s_chunk subject, const char *why);

/* A user's password was right, wrong, or not looked at: there were too many wrong ones. */
enum shard_password {
    SHARD_PASSWORD_RIGHT,
    SHARD_PASSWORD_WRONG,
    SHARD_PASSWORD_THROTTLED,
};
void shard_report_user(struct shard_sa *sa, x4s_chunk name, enum shard_password password);

/* not-pushed: the client does not know its address. */
void shard_report_not_pushed(struct shard_sa *sa, const char *why);

/* What became of a user. */
enum shard_user_verdict {
    SHARD_USER_ACCEPTED,
    SHARD_USER_REFUSED,
    SHARD_USER_UNKNOWN,    /* who knows the password did not answer */
    SHARD_USER_CHALLENGED, /* the job has another question */
};

/* What became of a user that somebody else was asked about, and what that one said. */
void shard_report_verdict(struct shard_sa *sa, x4s_chunk name, enum shard_user_verdict verdict,
                          x4s_chunk message);

/* The peer asked for an address; without a lease the pool has none. */
void shard_report_lease(struct shard_sa *sa, const struct shard_lease *lease, const char *pool);

/* The peer has given us an address inside. */
void shard_report_vip(struct shard_sa *sa, const x4s_net_addr *addr);

/* A NAT keepalive goes to the peer. */
void shard_report_keepalive(const struct shard_sa *sa);

void shard_report_refused(struct shard_sa *sa, const x4s_ike_id *remote_id, enum shard_end why);

#endif
