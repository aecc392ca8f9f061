/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_PACKET_H
#define SHARD_RADIUS_PACKET_H

/*
 * RADIUS packets (RFC 2865 3): written, taken apart, proven.
 *
 *     code 1 | identifier 1 | length 2 | authenticator 16 | attributes: type 1, length 1, value
 *
 * Two proofs protect them, both by the secret that both sides share: the authenticator of all but
 * an Access-Request is an MD5 over the packet, and Message-Authenticator (RFC 3579 3.2) an
 * HMAC-MD5. An MD5 can be forged by who sits between (CVE-2024-3596), so every Access-Request has a
 * Message-Authenticator as its first attribute, and an answer to it without one is not believed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x4/crypto/crypto.h"

#define RADIUS_PACKET_MAX    4096
#define RADIUS_HEADER        20
#define RADIUS_AUTHENTICATOR 16
#define RADIUS_VALUE_MAX     253
#define RADIUS_PASSWORD_MAX  128 /* RFC 2865 5.2 */

enum radius_code {
    RADIUS_ACCESS_REQUEST = 1,
    RADIUS_ACCESS_ACCEPT = 2,
    RADIUS_ACCESS_REJECT = 3,
    RADIUS_ACCOUNTING_REQUEST = 4,
    RADIUS_ACCOUNTING_RESPONSE = 5,
    RADIUS_ACCESS_CHALLENGE = 11,
    RADIUS_DISCONNECT_REQUEST = 40, /* RFC 5176 */
    RADIUS_DISCONNECT_ACK = 41,
    RADIUS_DISCONNECT_NAK = 42,
    RADIUS_COA_REQUEST = 43,
    RADIUS_COA_ACK = 44,
    RADIUS_COA_NAK = 45,
};

enum radius_type {
    RADIUS_USER_NAME = 1,
    RADIUS_USER_PASSWORD = 2,
    RADIUS_NAS_IP_ADDRESS = 4,
    RADIUS_NAS_PORT = 5,
    RADIUS_SERVICE_TYPE = 6,
    RADIUS_FRAMED_IP_ADDRESS = 8,
    RADIUS_FRAMED_IP_NETMASK = 9,
    RADIUS_REPLY_MESSAGE = 18,
    RADIUS_STATE = 24,
    RADIUS_CLASS = 25,
    RADIUS_SESSION_TIMEOUT = 27,
    RADIUS_CALLED_STATION_ID = 30,
    RADIUS_CALLING_STATION_ID = 31,
    RADIUS_NAS_IDENTIFIER = 32,
    RADIUS_PROXY_STATE = 33,
    RADIUS_ACCT_STATUS_TYPE = 40,
    RADIUS_ACCT_INPUT_OCTETS = 42, /* RFC 2866 */
    RADIUS_ACCT_OUTPUT_OCTETS = 43,
    RADIUS_ACCT_SESSION_ID = 44,
    RADIUS_ACCT_AUTHENTIC = 45,
    RADIUS_ACCT_SESSION_TIME = 46,
    RADIUS_ACCT_INPUT_PACKETS = 47,
    RADIUS_ACCT_OUTPUT_PACKETS = 48,
    RADIUS_ACCT_TERMINATE_CAUSE = 49,
    RADIUS_ACCT_INPUT_GIGAWORDS = 52, /* RFC 2869 */
    RADIUS_ACCT_OUTPUT_GIGAWORDS = 53,
    RADIUS_EVENT_TIMESTAMP = 55,
    RADIUS_NAS_PORT_TYPE = 61,
    RADIUS_MESSAGE_AUTHENTICATOR = 80, /* RFC 3579 */
    RADIUS_ACCT_INTERIM_INTERVAL = 85,
    RADIUS_NAS_IPV6_ADDRESS = 95, /* RFC 3162 */
    RADIUS_FRAMED_IPV6_PREFIX = 97,
    RADIUS_ERROR_CAUSE = 101,         /* RFC 5176 */
    RADIUS_FRAMED_IPV6_ADDRESS = 168, /* RFC 6911 */
};

/* ------------------------------------------------------------------ writing */

/* Attributes, or a whole packet that is being written. What does not fit sets `full`. */
struct radius_writer {
    uint8_t data[RADIUS_PACKET_MAX];
    size_t len;
    bool full;
};

/* Nothing is written yet: for attributes alone. */
void radius_write(struct radius_writer *writer);

void radius_put(struct radius_writer *writer, uint8_t type, const void *value, size_t len);
void radius_put_number(struct radius_writer *writer, uint8_t type, uint32_t number);
void radius_put_text(struct radius_writer *writer, uint8_t type, const char *text);

/*
 * An Access-Request with these attributes and a password, which is hidden (RFC 2865 5.2), and a
 * Message-Authenticator before them. The authenticator is random, and stays in the packet. False:
 * it does not fit, the password is too long, or there is no MD5 or no random number.
 */
bool radius_write_access(struct radius_writer *writer, x4s_crypto *crypto, uint8_t identifier,
                         x4s_chunk attributes, x4s_chunk password, x4s_chunk secret);

/* An Accounting-Request with these attributes (RFC 2866 3). False likewise. */
bool radius_write_accounting(struct radius_writer *writer, x4s_crypto *crypto, uint8_t identifier,
                             x4s_chunk attributes, x4s_chunk secret);

struct radius_packet;

/*
 * The answer to a request, with these attributes, its Proxy-State, and a Message-Authenticator.
 * False likewise.
 */
bool radius_write_answer(struct radius_writer *writer, x4s_crypto *crypto, enum radius_code code,
                         const struct radius_packet *request, x4s_chunk attributes,
                         x4s_chunk secret);

/* ------------------------------------------------------------------ reading */

/* A packet whose lengths are good; nothing of it is believed yet. It points into the datagram. */
struct radius_packet {
    uint8_t code;
    uint8_t identifier;
    const uint8_t *data;
    size_t len; /* without what follows the packet in the datagram */
};

/* False: its lengths are wrong. */
bool radius_read(const void *datagram, size_t len, struct radius_packet *packet);

/* The value of the n-th attribute of a type, counted from 0. False: there is none. */
bool radius_find(const struct radius_packet *packet, uint8_t type, unsigned n, x4s_chunk *value);

/* The same for a number of four bytes. */
bool radius_find_number(const struct radius_packet *packet, uint8_t type, uint32_t *number);

/*
 * Whether the answer is of who shares the secret, and to the request with that authenticator. An
 * answer to an Access-Request needs a Message-Authenticator; in any other it has to be right.
 */
bool radius_answer_is_proven(x4s_crypto *crypto, const struct radius_packet *answer,
                             const uint8_t authenticator[RADIUS_AUTHENTICATOR], x4s_chunk secret);

/* The same for a request of the server's (RFC 5176 3.4), which needs a Message-Authenticator. */
bool radius_request_is_proven(x4s_crypto *crypto, const struct radius_packet *request,
                              x4s_chunk secret);

#endif
