/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_SPY_H
#define SIM_SPY_H

/*
 * An eavesdropper who knows the preshared key, for worlds with open_dh.h. It computes from what is
 * on the wire whatever the two peers know (RFC 2409 5 and Appendix B), reads their messages and
 * makes new ones that nobody can tell from theirs. Of the library it uses x4/crypto only.
 *
 * It expects the messages of one handshake in order; copies and messages in the clear do no harm.
 */

#include "tests/sim/sim.h"
#include "x4/crypto/cipher.h"
#include "x4/crypto/dh.h"
#include "x4/crypto/hash.h"

enum {
    SPY_EXCHANGES_MAX = 64, /* that are remembered */
    SPY_MESSAGE_MAX = 4096,
    SPY_NONCE_MAX = 256,
    SPY_SA_MAX = 1024,
    SPY_ID_MAX = 256,
};

/* One exchange; message ID 0 is phase 1. */
struct spy_exchange {
    uint32_t message_id;
    unsigned messages;
    uint8_t iv[x4c_cipher_block_max];     /* the chaining value for the next message */
    uint8_t public[2][x4c_dh_public_max]; /* of initiator and responder */
    uint8_t nonce[2][SPY_NONCE_MAX];
    size_t nonce_len[2];
};

/* A message as it was sent, and what it says. */
struct spy_message {
    struct sim_datagram *datagram;
    unsigned order;                   /* within its exchange, from 1 */
    bool opened;                      /* it was encrypted */
    uint8_t iv[x4c_cipher_block_max]; /* the chaining value before it */
    uint8_t plain[SPY_MESSAGE_MAX];   /* header and payloads, without padding */
    size_t plain_len;
};

struct spy {
    x4s_crypto *crypto;
    x4s_ike_transform1 suite;
    const char *psk;

    bool forging; /* the peers may have been told other keys: what does not open stays closed */
    uint8_t cookies[2 * 8];
    uint8_t sa[SPY_SA_MAX]; /* SAi_b */
    size_t sa_len;
    uint8_t id[SPY_ID_MAX]; /* IDii_b, if it came in the first message */
    size_t id_len;
    bool has_keys;
    x4s_secret skeyid;
    x4s_secret skeyid_d;
    x4s_secret skeyid_a;
    x4s_secret cipher_key;

    struct spy_exchange exchanges[SPY_EXCHANGES_MAX]; /* [0] is phase 1 */
    size_t exchange_count;
    struct spy_message last;
};

/* Listens for the handshake that this node is going to begin. */
struct spy *spy_new(const struct sim_node *initiator);
void spy_free(struct spy *spy);

/* What came over the wire: it becomes the last message. False for a copy of it. */
bool spy_see(struct spy *spy, const struct sim_datagram *datagram);

/* The exchange that has this message ID, a new one if there is none yet. */
struct spy_exchange *spy_exchange(struct spy *spy, uint32_t message_id);

/*
 * Encrypts a message in the clear, zero-padded to whole blocks, into `out`, with its length set;
 * returns the length. `iv` becomes the chaining value after it.
 */
size_t spy_seal(const struct spy *spy, uint8_t *iv, const uint8_t *plain, size_t len,
                uint8_t out[SPY_MESSAGE_MAX]);

/*
 * Makes the authentication in a message that was changed right again, if there is one and the
 * payloads are a chain: HASH_I and HASH_R of phase 1, HASH(1) and HASH(2) after it. `order` is that
 * of the message within its exchange.
 */
bool spy_rehash(struct spy *spy, unsigned order, uint8_t *plain, size_t len);

/*
 * Begins a message after phase 1 in the clear, in zeroed memory: header and HASH payload, before
 * the payload of type `next`, which belongs where the return value says. The HASH is left to
 * spy_rehash.
 */
size_t spy_begin(const struct spy *spy, uint8_t exchange, uint32_t message_id, uint8_t next,
                 uint8_t *plain);

/*
 * A notify message about the ISAKMP SA under the peers' keys, complete, into `out`; returns the
 * length.
 */
size_t spy_notify(struct spy *spy, uint32_t message_id, uint16_t type, const void *data,
                  size_t data_len, uint8_t out[SPY_MESSAGE_MAX]);

#endif
