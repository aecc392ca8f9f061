/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_REASONS_H
#define X4_IKE_REASONS_H

/*
 * Why a message was refused or an exchange ended. What libike does about it follows from the
 * reason's class, not from the place where it was found:
 *
 *   drop     the message is discarded and counted; nothing is sent, no exchange changes.
 *   notify   the same, and the peer is told with the notify message type in the third column,
 *            in bounds: strangers once a second for all, an exchange or request once a second;
 *            of messages within a quick mode and of informational ones it is told nothing.
 *   dispose  the peer is told if the third column is not 0, and the exchange ends. Only what was
 *            authenticated, and our own failures, have this class.
 *   end      an exchange ends for a reason that no message of the peer's gave.
 *
 * X(name, class, notify message type of RFC 2408 3.14.1, text)
 */

#define X4_IKE_REASONS(X)                                                                          \
    X(none, end, 0, "no failure")                                                                  \
    /* the ISAKMP header, RFC 2408 3.1 */                                                          \
    X(short_message, drop, 0, "shorter than an ISAKMP header")                                     \
    X(too_large, drop, 0, "larger than accepted")                                                  \
    X(bad_length, drop, 0, "length field disagrees with the datagram")                             \
    X(bad_version, drop, 0, "not ISAKMP version 1.0")                                              \
    X(bad_exchange, drop, 0, "exchange type not supported")                                        \
    X(bad_flags, drop, 0, "flags do not fit the exchange")                                         \
    X(bad_cookie, drop, 0, "zero or misplaced cookie")                                             \
    X(bad_message_id, drop, 0, "message ID does not fit the exchange")                             \
    X(unknown_sa, drop, 0, "no ISAKMP SA has these cookies")                                       \
    X(bad_link, drop, 0, "from another address than the exchange's")                               \
    X(not_encrypted, drop, 0, "in the clear where encryption is required")                         \
    X(not_established, drop, 0, "phase 1 is not complete")                                         \
    X(bad_cipher_length, drop, 0, "not a multiple of the cipher's block")                          \
    /* payloads, RFC 2408 3.2 ff. */                                                               \
    X(malformed, drop, 0, "malformed payload")                                                     \
    X(garbled, notify, 16, "malformed payload after decryption, keys differ")                      \
    X(too_many_payloads, drop, 0, "more payloads than accepted")                                   \
    X(missing_payload, drop, 0, "required payload missing")                                        \
    X(duplicate_payload, drop, 0, "payload repeated")                                              \
    X(unexpected_payload, drop, 0, "payload has no place in this message")                         \
    X(unexpected_message, drop, 0, "message does not fit the exchange's state")                    \
    X(bad_nonce, drop, 0, "nonce shorter than 8 or longer than 256 bytes")                         \
    X(bad_ke, notify, 17, "public value of wrong length or outside the group")                     \
    X(bad_id, notify, 18, "malformed identity")                                                    \
    X(bad_hash, notify, 23, "authentication hash does not match") /* req 2408-5.15-6 */            \
    X(bad_signature, notify, 25, "signature does not match")                                       \
    X(bad_cert, notify, 20, "malformed certificate, or of another kind than agreed")               \
    X(no_pubkey, notify, 20, "neither certificate nor public key of the peer")                     \
    X(bad_proposal, notify, 15, "malformed proposal")                                              \
    X(bad_doi, notify, 2, "domain of interpretation not supported")                                \
    X(bad_situation, notify, 3, "situation not supported") /* req 2407-4.2.2-2 2407-4.2.3-2 */     \
    X(bad_response, drop, 0, "peer chose what was not offered")                                    \
    X(duplicate, drop, 0, "message seen before")                                                   \
    X(replayed, drop, 0, "message ID used before")                                                 \
    X(bad_fragment, drop, 0, "malformed or inconsistent fragment")                                 \
    X(fragments_missing, end, 0, "not all fragments came in time")                                 \
    /* policy */                                                                                   \
    X(no_policy, notify, 14, "no configuration for this peer")                                     \
    X(no_proposal, notify, 14, "no proposal acceptable")                                           \
    X(no_proposal2, dispose, 14, "no phase 2 proposal acceptable")                                 \
    /* req 2409-5.5-6 */                                                                           \
    /* req 2407-4.5.2-2 2407-4.5.3-1 4304-2-2 */                                                   \
    X(bad_attributes, dispose, 13, "phase 2 attributes unknown or against each other")             \
    X(no_policy2, dispose, 18, "no configuration for these traffic selectors")                     \
    X(id_refused, notify, 18, "identity refused")                                                  \
    X(cert_refused, notify, 20, "certificate refused")                                             \
    X(request_refused, drop, 0, "none of the certificates that the peer asks for")                 \
    X(config_refused, drop, 0, "configuration neither given nor taken")                            \
    X(config_later, drop, 0, "configuration is asked for elsewhere first")                         \
    X(group_refused, notify, 13, "no group but the known ones is accepted") /* req 2409-5.6-4 */   \
    X(refused, dispose, 14, "refused by policy")                                                   \
    X(over_limit, drop, 0, "limit on exchanges reached")                                           \
    X(crowded_out, end, 0, "gave way to newer half-open exchanges")                                \
    X(crowded_address, drop, 0, "too many half-open exchanges of one address")                     \
    X(crowded_prefix, drop, 0, "too many half-open exchanges of one network")                      \
    X(crowded_all, drop, 0, "too many first messages; those that come again go first")             \
    X(budget_spent, drop, 0, "more first messages of aggressive mode than are computed for")       \
    X(overloaded, end, 0, "waited too long for public-key work")                                   \
    /* endings */                                                                                  \
    X(terminated, end, 0, "terminated locally")                                                    \
    X(shut_down, end, 0, "library shut down")                                                      \
    X(deleted, end, 0, "deleted by the peer")                                                      \
    X(expired, end, 0, "lifetime over")                                                            \
    X(timed_out, end, 0, "peer does not answer")                                                   \
    X(dead_peer, end, 0, "peer does not answer dead peer detection")                               \
    X(peer_no_proposal, end, 0, "peer says NO-PROPOSAL-CHOSEN")                                    \
    X(peer_invalid_id, end, 0, "peer says INVALID-ID-INFORMATION")                                 \
    X(peer_auth_failed, end, 0, "peer says that authentication failed")                            \
    X(peer_error, end, 0, "peer reports an error")                                                 \
    X(xauth_refused, end, 0, "extended authentication failed")                                     \
    X(no_psk, dispose, 24, "no preshared key for this peer")                                       \
    X(no_prikey, dispose, 24, "no private key of the kind agreed")                                 \
    X(no_cert, dispose, 24, "no certificate, although one was promised")                           \
    X(no_spi, dispose, 0, "no SPI to be had")                                                      \
    X(send_failed, end, 0, "message could not be sent")                                            \
    X(crypto_failed, dispose, 0, "cryptographic operation failed")                                 \
    X(no_memory, dispose, 0, "out of memory")                                                      \
    X(too_long, dispose, 0, "message to be sent exceeds the buffer")                               \
    X(bad_config, drop, 0, "our configuration for this peer is not usable")

typedef enum x4e_ike_reason {
#define X(name, class, notify, text) x4c_ike_##name,
    X4_IKE_REASONS(X)
#undef X
        x4c_ike_reason_count
} x4e_ike_reason;

/* "no_proposal": stable, for metrics and logs. */
static inline const char *x4_ike_reason_name(x4e_ike_reason reason)
{
    static const char *const names[] = {
#define X(name, class, notify, text) #name,
        X4_IKE_REASONS(X)
#undef X
    };
    return reason < x4c_ike_reason_count ? names[reason] : "unknown";
}

/* A phrase for people. */
static inline const char *x4_ike_reason_text(x4e_ike_reason reason)
{
    static const char *const texts[] = {
#define X(name, class, notify, text) text,
        X4_IKE_REASONS(X)
#undef X
    };
    return reason < x4c_ike_reason_count ? texts[reason] : "unknown";
}

#endif
