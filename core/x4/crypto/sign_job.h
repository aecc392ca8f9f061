/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_SIGN_JOB_H
#define X4_CRYPTO_SIGN_JOB_H

/*
 * One signature to be made, and who makes it when the private key is not in this process: a key
 * server, a smart card, a process of its own.
 */

#include "x4/crypto/algorithms.h"

typedef struct x4s_private_key x4s_private_key;
typedef struct x4s_sign_job x4s_sign_job;

typedef enum x4e_sign_state {
    x4c_sign_idle,    /* not begun, or cancelled */
    x4c_sign_pending, /* the key's holder has it */
    x4c_sign_done,
    x4c_sign_failed,
} x4e_sign_state;

/*
 * Who gives a job sets key, hash, hash_len and signature, and as wished completed and owner; it
 * keeps the job where it is while it is pending.
 *
 * The holder of a key ends a pending job: it writes the signature - signature_size bytes, in the
 * form that x4/crypto/sign.h tells: RSA as long as the modulus, ECDSA r and s side by side - sets
 * state to x4c_sign_done or to x4c_sign_failed, and then calls completed if it is not NULL. Only a
 * job that the holder ends within its sign function is not reported by completed. After completed
 * x4_charon_tick is due at once; it goes on with the exchange. Jobs may be ended in any order. An
 * answer that comes for a job that was cancelled is the holder's to throw away: the job is gone.
 */
struct x4s_sign_job {
    x4s_private_key *key;
    uint8_t hash[x4c_hash_size_max]; /* what is signed, not to be hashed again */
    uint8_t hash_len;
    uint8_t *signature;
    size_t signature_size; /* of the key; set before the holder sees the job */
    x4e_sign_state state;
    void (*completed)(x4s_sign_job *job);
    void *owner; /* of who gave it */
};

/*
 * sign:   takes a job with state x4c_sign_pending over. The holder may end it during the call, or
 *         at any later time when the instance is not running.
 * cancel: gives up a job that has not ended: the holder forgets it and touches it no more.
 */
typedef struct x4s_key_holder {
    void (*sign)(void *context, x4s_sign_job *job);
    void (*cancel)(void *context, x4s_sign_job *job);
    void *context;
} x4s_key_holder;

#endif
