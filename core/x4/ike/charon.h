/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_CHARON_H
#define X4_IKE_CHARON_H

/*
 * libike: IKEv1 exchange management (RFC 2407, 2408, 2409).
 *
 * The library turns datagrams, time and the answers of callbacks into datagrams, SAs and events. It
 * opens no socket, reads no clock, starts no thread and keeps no global state: everything belongs
 * to an instance, and an instance is used by one thread at a time. Two instances are independent.
 *
 * The datamodel is a set of phase 1 exchanges (ISAKMP SAs once completed), each with phase 2
 * exchanges (IPsec SAs once completed). Two kinds of context name them: the *exchange context*
 * (x4s_ike_xchg1, x4s_ike_xchg2) is libike's and goes into API calls; the *callback context* is the
 * user's and comes first in every callback about that exchange.
 *
 * Re-entrancy: every callback may call the API of the same instance, except those marked "query",
 * which only answer. What a callback disposes of is marked at once and purged when the outermost
 * call returns; exchange contexts stay valid until then, and disposed() is the last callback that
 * an exchange gets. It comes while the exchange is being disposed of; only within responded(),
 * whose return value it needs, it waits until that has returned.
 *
 * Nothing that a peer sends makes a callback before it is authenticated, with two exceptions that
 * the protocol forces: ph1_policy and the instance's send (without an exchange) for a first
 * message, and the callbacks that are needed to reach authentication once the peer has proven that
 * it receives at its address, or began aggressive mode where ph1_policy accepts that:
 * ph1_responded, ph1_send, ph1_resend, ph1_natt, ph1_validate of a CERT_REQUEST, the queries
 * ph1_get_*, and ph1_disposed for the exchange that comes to nothing. With hybrid methods the party
 * whose user is asked has proven no more than that when ph1_validate is asked about its
 * identification and ph1_xauth about its user. The instance's clock, random, cookie, trace and
 * allocator are no part of this: all may cause them.
 */

#include "x4/core/memory.h"
#include "x4/core/trace.h"
#include "x4/core/types.h"
#include "x4/crypto/modp.h"
#include "x4/crypto/sign_job.h"
#include "x4/ike/bounds.h"
#include "x4/ike/config1.h"
#include "x4/ike/config2.h"
#include "x4/ike/mode_config.h"
#include "x4/ike/reasons.h"
#include "x4/ike/timing.h"
#include "x4/ike/xauth_job.h"
#include "x4/net/addr.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct x4s_charon x4s_charon;       /* an instance */
typedef struct x4s_ike_xchg1 x4s_ike_xchg1; /* a phase 1 exchange, later an ISAKMP SA */
typedef struct x4s_ike_xchg2 x4s_ike_xchg2; /* a phase 2 exchange, later a pair of IPsec SAs */

/* ------------------------------------------------------------------ callbacks */

typedef enum x4e_ike_resend {
    x4c_ike_resend_lost,      /* no reply came in time */
    x4c_ike_resend_duplicate, /* the peer sent again what we have answered */
} x4e_ike_resend;

typedef enum x4e_ike_configure {
    x4c_ike_configure_refused,
    x4c_ike_configure_answered,
    x4c_ike_configure_later,
} x4e_ike_configure;

/*
 * Phase 1. `context` is the callback context of the exchange unless said otherwise. A member that
 * is marked optional may be NULL.
 */
typedef struct x4s_ike_calls1 {
    /* Status: the exchange was added; x4_charon_init1 has not returned yet. */
    void (*initiated)(void *context, x4s_ike_xchg1 *xchg);

    /*
     * Status, extension: a peer's exchange was added. In main mode it has echoed our cookie, so it
     * receives at its address; in aggressive mode not even that is known. `userdata` is the
     * instance's; the return value becomes the callback context.
     */
    void *(*responded)(void *userdata, x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config,
                       const x4s_ike_offer1 *offer);

    /*
     * Status: both sides are authenticated, the user of one too where the method asks it;
     * x4_charon_init2 works from now on.
     */
    void (*completed)(void *context, const x4s_ike_keys1 *keys);

    /*
     * Status, extension, optional: the next `send` makes the peer believe in the ISAKMP SA (main
     * mode 6, aggressive mode 3); completed follows at once. See "What the peer believes" of the
     * manual.
     */
    void (*agreed)(void *context);

    /* Status: the end. Called once for every initiated and responded. */
    void (*disposed)(void *context, x4e_ike_reason reason);

    /* Status, optional: the ISAKMP SA encrypted or decrypted so many bytes. */
    void (*sa_used)(void *context, size_t bytes);

    /* Status, extension, optional: soft_sec or soft_kb are over. Once. */
    void (*aging)(void *context);

    /*
     * Status, extension, optional: the authenticated peer sent a notify message that libike does
     * not act upon itself: INITIAL-CONTACT (24578, at most once per ISAKMP SA) and status types
     * that it does not know. `data` is valid during the call.
     */
    void (*notified)(void *context, uint16_t type, x4s_chunk data);

    /*
     * Status, extension, optional: the authenticated peer deletes an SA that this instance does not
     * have. `protocol` is that of the wire (RFC 2408 3.15), `spi` what the peer names it by, valid
     * during the call: its own SPI, or the cookies of an ISAKMP SA. Who spreads the SAs of a peer
     * over several instances may find it in another one.
     */
    void (*missed)(void *context, uint8_t protocol, x4s_chunk spi);

    /*
     * Status, extension, optional: the responder keeps the SA for less than we had meant, and now
     * so do we (RESPONDER-LIFETIME, RFC 2407 4.6.3.1). Both are as in x4s_ike_keys1, life_left_kb
     * from completion on; 0: no limit.
     */
    void (*shortened)(void *context, uint32_t life_left_sec, uint32_t life_left_kb);

    /*
     * Extension, optional: the authenticated peer asks for configuration (x4c_ike_cfg_request) or
     * pushes it (x4c_ike_cfg_set). `out` becomes the reply: the attributes that are given, or the
     * ones that are taken, which stand in an acknowledgement without a value. It is the user's
     * memory and looked at when the call has returned. Refused, or no callback: no answer.
     *
     * Later: the user has to ask somebody first. The message has changed nothing then, and
     * x4_charon_recv returns x4c_ike_config_later for its datagram: the user feeds a copy of it
     * again when it knows the answer, or leaves that to the peer, who sends it again.
     */
    x4e_ike_configure (*configure)(void *context, x4e_ike_cfg type, const x4s_ike_cfg *in,
                                   x4s_ike_cfg *out);

    /*
     * Status, extension: the answer to a mode config of ours, valid during the call; NULL when none
     * came. Needed for x4s_ike_config2.mode_config.
     */
    void (*configured)(void *context, const x4s_ike_cfg *answer);

    /*
     * Extension: extended authentication. What the peer's user answered, for a verdict now or
     * later. Needed for methods in which we ask.
     */
    void (*xauth)(void *context, x4s_ike_xauth_job *job);

    /*
     * Validation: the body of a payload of the peer's. bfalse discards the message and keeps the
     * state. `payload` is its ISAKMP type:
     *
     * 5  identification: type, protocol, port (2), data. The peer is authenticated - with
     *    signatures in so far that it has the private key of the certificate that it sent.
     * 6  CERT: encoding, data. Comes after the identification that it belongs to, once for each of
     *    the message; the peer's own last, when those that help to believe it are known. To accept
     *    that one is to say: this certificate is believed, and is of this identity.
     * 7  CERT_REQUEST: encoding, name of an authority. The peer need not be authenticated. To
     *    accept it is to promise that ph1_get_cert has such a certificate. Of several it suffices
     *    to accept one.
     */
    bval (*validate)(void *context, x4s_chunk body, uint8_t payload);

    /*
     * Transmission: send the datagram over the link; the bytes are valid during the call. bfalse is
     * a fatal error and disposes of the exchange.
     */
    bval (*send)(void *context, const x4s_net_link *link, const void *data, size_t len);

    /*
     * Transmission, optional: takes retransmission over. Where it is NULL libike retransmits by
     * x4s_ike_timing. Where it is set it is asked one second (resend_first_ms) after a message was
     * sent and at that interval again, and before a duplicate is answered; btrue sends now. libike
     * then never gives up by count: the user ends the exchange with x4_charon_term1, or
     * negotiation_ms does. `count` is the number of times that the message was sent.
     */
    bval (*resend)(void *context, x4e_ike_resend cause, unsigned count);

    /*
     * Transmission, optional: there is a NAT; called once, when we are about to send or have
     * verified the fifth message. `link` is not NULL where we initiate and have to move to the
     * other port: the callback sets its ports, socket and encap, and all that follows goes that
     * way (RFC 3947 4). `behind` tells that the NAT is before us, so that the user sends keepalives
     * (RFC 3948 2.3). NULL: NAT traversal is neither announced nor accepted.
     */
    void (*natt)(void *context, x4s_net_link *link, bval behind);

    /*
     * Status, extension, optional: the peer behind a NAT has proven to be at another address or
     * port now (RFC 3947 6). What is sent goes there already.
     */
    void (*moved)(void *context, const x4s_net_link *link);

    /*
     * Query: the preshared key. bfalse: there is none. The key is the user's memory and is only
     * looked at during the call that asks.
     */
    bval (*get_psk)(void *context, x4s_chunk *psk);

    /*
     * Queries for methods with signatures. What they give is looked at during the call that asks;
     * get_prikey's is kept ready to sign until x4_charon_term or until others push it out, and its
     * holder's job until it has ended.
     *
     * get_cert, optional: what we show with our signature. bfalse: nothing, the peer knows our key;
     * after an accepted CERT_REQUEST it ends the exchange.
     *
     * get_prikey: the key that we sign with. bfalse, or a key that does not fit the method, ends
     * the exchange.
     *
     * get_pubkey, optional: the key in DER (SubjectPublicKeyInfo, or RSAPublicKey of PKCS#1) that
     * verifies a signature that came without certificate. `claimed` is who the peer says it is,
     * not proven yet. bfalse: unknown, the message is discarded.
     */
    bval (*get_cert)(void *context, x4s_ike_certs *certs);
    bval (*get_prikey)(void *context, x4s_ike_prikey *prikey);
    bval (*get_pubkey)(void *context, const x4s_ike_id *claimed, x4s_chunk *der);

    /*
     * Query, extension: extended authentication asks our user. `out` gets the attributes that are
     * answered, the user's memory, looked at when the call has returned. bfalse: it does not
     * answer, and the peer will end the exchange. Needed for methods in which we are asked.
     */
    bval (*get_xauth)(void *context, const x4s_ike_cfg *asked, x4s_ike_cfg *out);

    /*
     * Query, extension: the configuration for a peer that wants to begin, or NULL to refuse it
     * (NO-PROPOSAL-CHOSEN). `userdata` is the instance's. It is asked for a first message and once
     * more when the exchange is made; the answer of the second time is the exchange's. The offer
     * tells what the peer proposes, so that peers with the same address may be answered by method.
     * It must neither allocate nor remember: anybody can make it be asked.
     */
    const x4s_ike_config1 *(*policy)(void *userdata, const x4s_ike_offer1 *offer);
} x4s_ike_calls1;

/* Phase 2. */
typedef struct x4s_ike_calls2 {
    /* Status: the exchange was added; x4_charon_init2 has not returned yet. */
    void (*initiated)(void *context, x4s_ike_xchg2 *xchg);

    /*
     * Status: a peer's quick mode was verified and added. `context1` is the callback context of the
     * phase 1 exchange; the return value becomes the callback context.
     */
    void *(*responded)(void *context1, x4s_ike_xchg2 *xchg, const x4s_ike_config2 *config,
                       const x4s_ike_offer2 *offer);

    /* The same: message 2 as responder, 3 as initiator; the keys that completed will hand out. */
    void (*agreed)(void *context, const x4s_ike_keys2 *keys);

    /* Status: the SAs are agreed; install them. */
    void (*completed)(void *context, const x4s_ike_keys2 *keys);

    /* Status: the end. Called once for every initiated and responded. */
    void (*disposed)(void *context, x4e_ike_reason reason);

    /* Status, extension, optional: soft_sec are over. */
    void (*aging)(void *context);

    /*
     * Status, extension, optional: as of phase 1, by a message of its own after quick mode. libike
     * does not know the volume that is in force: where `life_kb` is not 0 and less, it is the new
     * one.
     */
    void (*shortened)(void *context, uint32_t life_left_sec, uint32_t life_kb);

    /* Validation, responder, optional: the transform that was selected. bfalse refuses it. */
    bval (*validate)(void *context, const x4s_ike_offer2 *offer,
                     const x4s_ike_transform2 *transform);

    /* Transmission: as in phase 1, with the callback context of the phase 2 exchange. */
    bval (*send)(void *context, const x4s_net_link *link, const void *data, size_t len);
    bval (*resend)(void *context, x4e_ike_resend cause, unsigned count);

    /*
     * Query: a new SPI of ours for inbound packets, 256 or above, that no SA of ours has; 0 when
     * there is none. `userdata` is the instance's: this callback and get_cpi get no exchange. They
     * are asked within x4_charon_init2(), and of a responder right after `policy`. It is asked
     * twice where AH goes around ESP.
     */
    uint32_t (*get_spi)(void *userdata);

    /*
     * Query, extension, optional: a new CPI of ours for inbound packets of IPComp, from
     * x4c_ike_cpi_first to x4c_ike_cpi_last, that no SA of ours has (RFC 3173 3.3). 0, or no
     * callback: there is none, and transforms with IPComp are neither offered nor chosen.
     */
    uint16_t (*get_cpi)(void *userdata);

    /*
     * Query, extension: the configuration for an authenticated peer's quick mode, or NULL to refuse
     * it (INVALID-ID-INFORMATION). `context1` is the callback context of the phase 1 exchange.
     */
    const x4s_ike_config2 *(*policy)(void *context1, const x4s_ike_offer2 *offer);
} x4s_ike_calls2;

/* ------------------------------------------------------------------ the instance */

/*
 * Counters, in memory of the user's that outlives the instance. Only the instance writes; another
 * thread may read, each counter by itself. Gauges are marked.
 */
typedef struct x4s_ike_stats {
    uint64_t messages_in;
    uint64_t messages_out;
    uint64_t resends;
    uint64_t duplicates_answered;
    uint64_t half_open;     /* gauge */
    uint64_t unproven;      /* gauge */
    uint64_t aggressive;    /* gauge: of them in aggressive mode */
    uint64_t phase1;        /* gauge: completed ISAKMP SAs */
    uint64_t phase2;        /* gauge: completed pairs of IPsec SAs */
    uint64_t completed1[2]; /* by x4e_ike_role */
    uint64_t completed2[2];
    uint64_t main_in;       /* bytes of first messages, whoever sent them */
    uint64_t main_out;      /* and of our answers to where nobody has proven to be */
    uint64_t aggressive_in; /* the same for aggressive mode, where more goes out than comes in */
    uint64_t aggressive_out;
    uint64_t jobs_waiting; /* gauge: of strangers, that wait for the next tick */
    uint64_t dh_jobs;
    uint64_t dh_batches;
    uint64_t dh_vector;                       /* jobs that the vector unit did */
    uint64_t dh_ahead;                        /* key pairs made ahead */
    uint64_t signatures;                      /* made or begun */
    uint64_t notified;                        /* notify messages sent */
    uint64_t unconnected;                     /* quick modes completed without CONNECTED */
    uint64_t withheld;                        /* to strangers, not sent: too long or too soon */
    uint64_t refused[x4c_ike_reason_count];   /* messages */
    uint64_t disposed1[x4c_ike_reason_count]; /* exchanges */
    uint64_t disposed2[x4c_ike_reason_count];
} x4s_ike_stats;

typedef struct x4s_charon_config {
    void *userdata; /* first parameter of the callbacks here and of those that say so */
    const x4s_ike_calls1 *calls1;
    const x4s_ike_calls2 *calls2;
    x4s_ike_stats *stats;

    /* The user's clock; it never steps back. Read once per API call. */
    x4_msec (*clock)(void *userdata);

    /*
     * Sends a message that belongs to no exchange yet: the answer to a first message. A failure is
     * as good as a loss.
     */
    void (*send)(void *userdata, const x4s_net_link *link, const void *data, size_t len);

    /* Optional: fills with unpredictable bytes. NULL: OpenSSL's generator. */
    bval (*random)(void *userdata, void *data, size_t len);

    /* Optional: our next cookie, unpredictable and not zero; a shard chooses those it receives. */
    bval (*cookie)(void *userdata, x4e_ike_role role, uint8_t cookie[8]);

    /* Optional: events up to trace_level. Query. */
    void (*trace)(void *userdata, const x4s_trace_event *event);
    x4e_trace_level trace_level;

    const x4s_allocator *allocator; /* optional; NULL: the C library's */
    x4s_ike_timing timing;
    x4s_ike_limits limits;

    /*
     * So many key pairs, up to 32, of each group that was used are made ahead, one (with `modp`
     * eight) in each x4_charon_tick before which no message came and nothing waited. As long as
     * some are lacking x4_charon_tick returns 0, so that it is called again when the user has
     * looked for messages. 0: none.
     */
    uint32_t keys_ahead;

    /*
     * Extension, optional: what Diffie-Hellman of MODP groups 2 to 16 is done with, several peers
     * at a time where several wait for the same x4_charon_tick (x4/crypto/modp.h). The user's;
     * several instances may share it, and it outlives them. NULL: OpenSSL.
     */
    const x4s_modp *modp;

    /*
     * Extension, optional: where certificates of peers are read (x4/crypto/cert_cache.h, in the
     * static library). A user that takes the certificates which ph1_validate shows from there, too,
     * does not read them a second time. The user's, and used by this instance within the calls to
     * it; it outlives the instance. NULL: each is read anew.
     */
    struct x4s_cert_cache *certs;

    /*
     * Optional: asked by each x4_charon_tick. Query. NULL: nothing has changed; else trace_level,
     * timing, limits and keys_ahead are taken from what it returns, with their defaults, and
     * nothing else of it, unless x4_charon_init would refuse these limits. They count for what
     * comes: what is beyond a lower limit stays, and timers fire as they were set.
     */
    const struct x4s_charon_config *(*adjust)(void *userdata);
} x4s_charon_config;

/* ------------------------------------------------------------------ the eight entry points */

/*
 * A new instance, or NULL with *error set to a text in static storage. `config` is copied; what it
 * points to stays the user's and outlives the instance.
 */
x4m_api x4s_charon *x4_charon_init(const x4s_charon_config *config, const char **error);

/*
 * Disposes of all exchanges (callbacks come, Deletes are sent for completed ones) and of the
 * instance. Not from within a callback.
 */
x4m_api void x4_charon_term(x4s_charon *charon);

/*
 * Initiates main mode or aggressive mode, or resumes an ISAKMP SA. btrue: ph1_initiated was called.
 * bfalse: the configuration is not usable or memory is short, and no callback but queries and trace
 * was made.
 */
x4m_api bval x4_charon_init1(x4s_charon *charon, const x4s_ike_config1 *config);

/*
 * Initiates quick mode under a completed phase 1 exchange, or resumes IPsec SAs. bfalse also when
 * the exchange is not complete or was disposed of.
 */
x4m_api bval x4_charon_init2(x4s_ike_xchg1 *xchg, const x4s_ike_config2 *config);

/*
 * Ends a phase 1 exchange; ph1_disposed is called before it returns, once. Phase 2 exchanges stay:
 * quick modes under way may complete, new ones are refused. `tell`: a completed SA is deleted at
 * the peer too; bfalse leaves the peer alone, for an SA that lives on elsewhere.
 */
x4m_api void x4_charon_term1(x4s_ike_xchg1 *xchg, bval tell);

/* The same for a phase 2 exchange. */
x4m_api void x4_charon_term2(x4s_ike_xchg2 *xchg, bval tell);

/*
 * Feeds one datagram, without non-ESP marker. The bytes are not changed and not kept. Work that
 * needs public-key operations waits for the next x4_charon_tick. The return value tells what
 * became of the message: x4c_ike_none, or why it was refused.
 */
x4m_api x4e_ike_reason x4_charon_recv(x4s_charon *charon, const x4s_net_link *link,
                                      const void *data, size_t len);

/*
 * Completes queued public-key work and does what is due. Call it after every batch of
 * x4_charon_recv and x4_charon_init*, and at the time that it returns: the milliseconds until then,
 * x4c_never when nothing waits.
 */
x4m_api x4_msec x4_charon_tick(x4s_charon *charon);

#ifdef __cplusplus
}
#endif

#endif
