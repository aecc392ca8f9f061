/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_TRANSACTION_H
#define X4_IKE_TRANSACTION_H

/*
 * The transaction exchange under an ISAKMP SA (draft-dukes-ike-mode-cfg-02): a message and its
 * answer, both protected with HASH(1). It carries mode config.
 */

#include "x4/ike/phase1.h"

/* What became of a transaction of ours: the answer, or NULL when none came, or it cannot be sent.
 */
typedef void (*x4f_transaction_end)(x4s_ike_xchg1 *parent, const x4s_ike_cfg *answer);

typedef struct x4s_ike_transaction {
    x4s_ike_xchg base;
    x4s_list sibling; /* in the parent's list */
    x4s_ike_xchg1 *parent;
    uint32_t message_id;
    uint16_t identifier;
    uint8_t type; /* x4e_ike_cfg of our message */
    uint8_t iv[x4c_cipher_block_max];
    x4f_transaction_end end; /* of ours */
    bval patient;
    uint32_t asked; /* how often it might have been repeated */
    uint16_t body_len;
    uint8_t body[]; /* our attributes */
} x4s_ike_transaction;

/* A message of the transaction exchange under an ISAKMP SA, not decrypted yet. */
x4e_ike_reason x4_transaction_receive(x4s_ike_xchg1 *parent, x4s_ike_message *message);

/*
 * Sends a request or a set; bfalse: it cannot be. Where `patience_ms` is not 0 somebody types: the
 * answer is waited for so long, and the message repeated at growing intervals.
 */
bval x4_transaction_begin(x4s_ike_xchg1 *parent, x4e_ike_cfg type, const x4s_ike_cfg *attributes,
                          x4f_transaction_end end, uint32_t patience_ms) x4m_must_use;

/* The user's own (x4_charon_init2). */
bval x4_transaction_configure(x4s_ike_xchg1 *parent, const x4s_ike_mode_config *mode_config);

/* The ISAKMP SA ends. */
void x4_transaction_end_all(x4s_ike_xchg1 *parent);

#endif
