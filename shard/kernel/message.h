/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_MESSAGE_H
#define SHARD_KERNEL_MESSAGE_H

/*
 * What is said to the kernel's XFRM (linux/xfrm.h): each function writes the type, the body and the
 * attributes of one netlink message, whose header is there already. No message is longer than
 * XFRM_MESSAGE_MAX.
 */

#include <libmnl/libmnl.h>
#include <linux/xfrm.h>

#include "shard/kernel/bundle.h"
#include "shard/kernel/options.h"

enum { XFRM_MESSAGE_MAX = 2048 };

/* The ends of the packets that carry an SA; ports are those of UDP around it. */
struct xfrm_ends {
    x4s_net_addr local;
    x4s_net_addr remote;
};

/* One direction of a pair. `keys` is looked at by xfrm_write_sa() alone. */
struct xfrm_sa {
    const struct xfrm_bundle *bundle;
    unsigned layer;
    bool inbound;
    const struct xfrm_ends *ends;
    const struct hub_kernel_options *options;
    const x4s_ike_keys2 *keys;
    uint32_t name; /* of the pair: both directions tell it in their events */
    uint32_t reqid;
    uint32_t window;       /* xfrm_window() */
    uint32_t sooner;       /* as of struct hub_kernel_pair */
    uint64_t out_sequence; /* what is sent begins after this */
};

/* The replay window: numbers of 64 bits need one. */
uint32_t xfrm_window(const struct hub_kernel_options *options, const x4s_ike_transform2 *transform);

/* XFRM_MSG_NEWSA: the SA with its keys. */
void xfrm_write_sa(struct nlmsghdr *message, const struct xfrm_sa *sa);

/* XFRM_MSG_DELSA, XFRM_MSG_GETSA: which SA it is. */
void xfrm_write_sa_id(struct nlmsghdr *message, uint16_t type, const struct xfrm_sa *sa);

/* XFRM_MSG_NEWAE: what an SA that is there sends begins after out_sequence. */
void xfrm_write_sequence(struct nlmsghdr *message, const struct xfrm_sa *sa);

/* XFRM_MSG_GETSA, NLM_F_DUMP: all SAs. */
void xfrm_write_dump(struct nlmsghdr *message);

/*
 * SAs that xfrm_write_sa_id(XFRM_MSG_GETSA) brought, once more, for ends that have moved: all that
 * was `read` of one, keys, sequence numbers and counters too. `update`: only the ports of UDP are
 * others, and it is the same SA; else it is a new one. False: this is no such message.
 */
bool xfrm_write_moved(struct nlmsghdr *message, const struct nlmsghdr *read, bool inbound,
                      const struct xfrm_ends *ends, bool update);

/* Which packets a policy is for. Compared as bytes: padding is zero. */
struct xfrm_policy_key {
    struct xfrm_selector selector;
    struct xfrm_mark mark;
    uint32_t if_id;
    uint32_t inbound;
};

/* Of a pair: what leaves, what comes. Ranges become the narrowest subnet around them. */
struct xfrm_policy_key xfrm_policy_key_out(const x4s_net_selector *local,
                                           const x4s_net_selector *remote,
                                           const struct hub_kernel_options *options);
struct xfrm_policy_key xfrm_policy_key_in(const x4s_net_selector *local,
                                          const x4s_net_selector *remote,
                                          const struct hub_kernel_options *options);

/* The same for all that comes through an interface or with a mark, of a family of addresses. */
struct xfrm_policy_key xfrm_policy_key_in_any(uint8_t family,
                                              const struct hub_kernel_options *options);

/*
 * Ties SAs and policies together. Where it is not set it follows from the traffic, so that another
 * process comes to the same.
 */
uint32_t xfrm_policy_reqid(const struct xfrm_policy_key *out,
                           const struct hub_kernel_options *options);

/* What the policies are kept by. */
uint32_t xfrm_policy_hash(const struct xfrm_policy_key *key);

/* What a policy wants packets to have gone through, and how soon it is looked at. */
struct xfrm_templates {
    uint32_t priority; /* 0: as follows from the traffic */
    unsigned count;
    struct xfrm_user_tmpl list[XFRM_LAYERS_MAX];
};

/* `ends` NULL: any. `spis`: exactly these SAs, not any of that reqid. */
struct xfrm_templates xfrm_templates_of(const struct xfrm_bundle *bundle,
                                        const struct xfrm_ends *ends, uint32_t reqid, bool inbound,
                                        bool spis);

/* XFRM_MSG_UPDPOLICY, which makes one that is not there; `dir` is XFRM_POLICY_*. */
void xfrm_write_policy(struct nlmsghdr *message, const struct xfrm_policy_key *key, uint8_t dir,
                       const struct xfrm_templates *templates);

/* XFRM_MSG_DELPOLICY, XFRM_MSG_GETPOLICY: which policy it is. */
void xfrm_write_policy_id(struct nlmsghdr *message, uint16_t type,
                          const struct xfrm_policy_key *key, uint8_t dir);

#endif
