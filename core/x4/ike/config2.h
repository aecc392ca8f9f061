/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_CONFIG2_H
#define X4_IKE_CONFIG2_H

/*
 * What the user says of a phase 2 exchange, what a peer offers, and what comes of it: a pair of
 * IPsec SAs. Part of the public API (x4/ike/charon.h).
 */

#include "x4/core/types.h"
#include "x4/ike/config1.h"
#include "x4/ike/ipsec_sa.h"
#include "x4/ike/mode_config.h"
#include "x4/ike/timing.h"
#include "x4/net/selector.h"

#ifdef __cplusplus
extern "C" {
#endif

struct x4s_ike_keys2;

/* A question or a push of ours: x4c_ike_cfg_request, or x4c_ike_cfg_set. The user's memory. */
typedef struct x4s_ike_mode_config {
    x4e_ike_cfg type;
    x4s_ike_cfg attributes;
} x4s_ike_mode_config;

/* How one quick mode is to be negotiated. Lifetime as of x4s_ike_config1. */
typedef struct x4s_ike_config2 {
    void *userdata; /* callback context; ph2_responded gives it instead when we respond */

    /*
     * What the SA shall carry, sent as IDci and IDcr. Without selectors (bfalse) no IDs are sent
     * and the SA is for the two hosts themselves (RFC 2409 5.5). Only for x4_charon_init2.
     */
    bval selectors;
    x4s_net_selector local;
    x4s_net_selector remote;

    /*
     * In the order of preference, 1 to x4c_ike_transforms2_max; each is offered as a proposal, or
     * those in a row that differ only in the algorithms within the same bundle as one.
     */
    const x4s_ike_transform2 *transforms;
    size_t transform_count;
    bval own_order;

    uint32_t life_sec; /* hard lifetime: the least of the agreed and this; 0 none of ours */
    uint32_t soft_sec; /* ph2_aging after so many seconds; 0 never */

    /*
     * The same in kilobytes of traffic, 0 none. libike sees no traffic: these go into the keys, for
     * whoever counts it.
     */
    uint32_t life_kb;
    uint32_t soft_kb;

    /*
     * As responder set the commit bit, and confirm the SA with CONNECTED once ph2_completed has
     * returned (RFC 2408 3.1); peers that know it do not send before. As initiator without effect:
     * a peer that sets it is waited for, see connected_ms.
     */
    bval commit;

    const struct x4s_ike_keys2 *resume; /* as in x4s_ike_config1 */

    /*
     * Not NULL: no quick mode, but a transaction exchange (mode config) with this message; all else
     * here does not count, and no phase 2 callback is made: ph1_configured tells the answer.
     */
    const x4s_ike_mode_config *mode_config;

    /* btrue: no quick mode, but the peer is asked now whether it is there (RFC 3706). As above. */
    bval dpd;
} x4s_ike_config2;

#define x4c_ike_transforms2_max 32

/* What an authenticated first message of quick mode asks for. */
typedef struct x4s_ike_offer2 {
    /*
     * bfalse: no IDs came; local and remote are then the two hosts. In transport mode through a NAT
     * a host that the peer names is that host as it is seen from here.
     */
    bval selectors;
    x4s_net_selector local;
    x4s_net_selector remote;
    uint8_t group; /* x4e_group of PFS, or none */

    /*
     * Original addresses (RFC 3947 5.2), for checksums of transport mode through a NAT: what the
     * peer's own address is where it is, and what it takes ours for. No family: it did not say.
     */
    x4s_net_addr original_remote;
    x4s_net_addr original_local;
} x4s_ike_offer2;

/*
 * A negotiated pair of IPsec SAs, or of bundles of them. Handed out for the time of the callback;
 * it holds secrets.
 */
typedef struct x4s_ike_keys2 {
    x4s_ike_transform2 transform; /* as agreed */
    uint32_t message_id;          /* resumed: 0 where the quick mode was another ISAKMP SA's */
    x4e_ike_role role;            /* of the quick mode */
    uint8_t encr_len;             /* bytes used of x4s_ike_sa2 */
    uint8_t salt_len;
    uint8_t integ_len;
    x4s_ike_sa2 in;  /* what the peer sends; its SPI is ours */
    x4s_ike_sa2 out; /* what we send; its SPI is the peer's */

    /* The AH around ESP, where transform.ah says that there is one; else zeroed. */
    uint8_t ah_salt_len;
    uint8_t ah_integ_len;
    x4s_ike_sa2 ah_in;
    x4s_ike_sa2 ah_out;

    /* Of IPComp, where transform.ipcomp says that there is one; else 0. */
    uint16_t cpi_in;  /* ours */
    uint16_t cpi_out; /* the peer's */

    bval selectors;
    x4s_net_selector local;
    x4s_net_selector remote;
    x4s_net_addr original_remote; /* as of x4s_ike_offer2; not resumed */
    x4s_net_addr original_local;
    uint32_t life_left_sec; /* 0: no limit */

    /* Kilobytes of traffic, either direction for itself; 0: no limit. Theirs who counts. */
    uint32_t life_kb; /* the lesser of what was agreed and the configuration's: then end the SAs */
    uint32_t soft_kb; /* the configuration's, below life_kb: then make new ones */
} x4s_ike_keys2;

#ifdef __cplusplus
}
#endif

#endif
