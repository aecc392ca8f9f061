/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_EXCHANGE_H
#define X4_IKE_EXCHANGE_H

/*
 * What exchanges of both phases have in common: a table of steps that they walk through, public-key
 * work in between, a last message that may have to be sent again, a life that ends.
 *
 *   awaiting --message accepted--> computing --work done--> awaiting (next step) ...
 *       |                              |                        |
 *       |  (no work to do: at once)    |                        +--last step--> established
 *       +------------------------------+-------------------------------------------> dead
 */

#include "x4/crypto/dh.h"
#include "x4/ike/engine.h"
#include "x4/ike/lifetime.h"
#include "x4/ike/message.h"

typedef struct x4s_ike_xchg x4s_ike_xchg;

typedef enum x4e_ike_state {
    x4c_state_new,
    x4c_state_awaiting,  /* the message of the current step */
    x4c_state_computing, /* public-key work of the current step */
    x4c_state_sending,   /* the last message of ours */
    x4c_state_established,
    x4c_state_dead,
    x4c_state_count
} x4e_ike_state;

/*
 * One step: a message of the peer's, what it makes us compute, and the message that we answer with.
 *
 * consume: checks and takes the message; anything but none leaves the exchange as it was. NULL in
 *          the first step of an initiator, who begins.
 * work:    public-key work before the answer, done if the exchange has an x4s_ike_work.
 * verify:  checks of the message what only the work lets one check; what fails, unless it is a
 *          failure of ours, discards the message, and the step waits for another one. NULL:
 * nothing. prepare: computes what the answer needs, keys for example, and may begin a signature:
 * the answer then waits until it is made. NULL: nothing. produce: adds the payloads of the answer.
 * NULL where the exchange ends with the peer's message. awaited: we send the answer again until the
 * peer's next message comes. convinces: once the peer has the answer it believes in the SA.
 */
typedef struct x4s_ike_step {
    const char *name;
    bval encrypted; /* both the message and the answer are; see answer_encrypted */
    bval or_clear;  /* although encrypted, the message may also come in the clear */
    bval answer_encrypted;
    x4s_ike_shape shape;
    x4e_ike_reason (*consume)(x4s_ike_xchg *xchg, const x4s_ike_message *message);
    x4e_dh_work work;
    x4e_ike_reason (*verify)(x4s_ike_xchg *xchg);
    x4e_ike_reason (*prepare)(x4s_ike_xchg *xchg);
    x4e_ike_reason (*produce)(x4s_ike_xchg *xchg, x4s_ike_build *build);
    bval awaited;
    bval last;
    bval convinces;
} x4s_ike_step;

/* What a phase does in its own way. */
typedef struct x4s_ike_kind {
    const char *name;  /* "ph1", "ph2" */
    bval of_strangers; /* where the peer begins one nothing of it is proven */
    /* The initiator's cookie of the ISAKMP SA, for the trace; NULL when there is none any more. */
    const uint8_t *(*icookie)(const x4s_ike_xchg *xchg);
    /* Builds the step's answer in full, encrypted where the step says so. */
    x4e_ike_reason (*build)(x4s_ike_xchg *xchg, const x4s_ike_step *step, x4s_ike_build *build);
    bval (*send)(x4s_ike_xchg *xchg, const void *data, size_t len);
    /* The user's resend callback, or NULL in the phase's calls. */
    bval (*resend_is_taken)(const x4s_ike_xchg *xchg);
    bval (*resend)(x4s_ike_xchg *xchg, x4e_ike_resend cause, unsigned count);
    void (*established)(x4s_ike_xchg *xchg);
    /* The answer that is about to be sent makes the peer believe in the SA. */
    x4e_ike_reason (*agreed)(x4s_ike_xchg *xchg);
    /* soft_sec and life_sec are over. */
    void (*aging)(x4s_ike_xchg *xchg);
    /* Tells the peer of an error, in bounds. */
    void (*tell_error)(x4s_ike_xchg *xchg, uint16_t notify);
    /* Tells the peer that an established SA is gone. */
    void (*tell_delete)(x4s_ike_xchg *xchg);
    /* Leaves the tables and lists. */
    void (*leave)(x4s_ike_xchg *xchg, x4e_ike_state was, x4e_ike_reason reason);
    /* Tells the user of the end. */
    void (*disposed)(x4s_ike_xchg *xchg, x4e_ike_reason reason);
    /* Gives the memory back. */
    void (*release)(x4s_ike_xchg *xchg);
} x4s_ike_kind;

struct x4s_ike_work;
struct x4s_ike_signature;
struct x4s_ike_outbox;

/* First member of x4s_ike_xchg1 and x4s_ike_xchg2. */
struct x4s_ike_xchg {
    x4s_charon *charon;
    const x4s_ike_kind *kind;
    const x4s_ike_step *step;
    void *user;
    struct x4s_ike_work *work;
    struct x4s_ike_signature *signature;
    struct x4s_ike_outbox *outbox;
    union {
        x4s_ike_timer life; /* the deadline of the negotiation; then ageing, then expiry */
        x4s_list dead;      /* when that is over */
    };
    x4_msec ages; /* when established: x4c_never or the time */
    x4_msec expires;
    uint64_t trigger; /* digest of the message that was accepted last */
    uint8_t state;    /* x4e_ike_state */
    uint8_t role;     /* x4e_ike_role */
    uint8_t hint;     /* x4e_ike_reason: what an unauthenticated notify said */
    bval telling;     /* the peer is being told that the exchange ends */
    bval introducing; /* the user is being asked for the callback context */
    uint8_t ended;    /* x4e_ike_reason: of an end that came meanwhile */
};

/* Sets up a zeroed exchange at its first step. */
void x4_xchg_begin(x4s_ike_xchg *xchg, x4s_charon *charon, const x4s_ike_kind *kind,
                   const x4s_ike_step *steps, x4e_ike_role role, void *user);

/* The initiator's first step. The exchange may be dead afterwards. */
void x4_xchg_start(x4s_ike_xchg *xchg);

/*
 * A message that belongs to the exchange, decrypted and taken apart. The exchange may be dead
 * afterwards, of an error of ours; the reason is that of the message.
 */
x4e_ike_reason x4_xchg_receive(x4s_ike_xchg *xchg, const x4s_ike_message *message);

/* A message seen before is answered again from the outbox: none if it is not one. */
x4e_ike_reason x4_xchg_duplicate(x4s_ike_xchg *xchg, uint64_t digest);

/* An established exchange without negotiation (resume), or at the end of one. */
void x4_xchg_establish(x4s_ike_xchg *xchg);

/*
 * Starts the life of an established exchange; 0 seconds: without end. It ages a tenth before the
 * end where soft_sec would be too late.
 */
void x4_xchg_live(x4s_ike_xchg *xchg, uint32_t soft_sec, uint32_t life_sec);

/*
 * An established exchange ends sooner, at the peer's wish; it ages before that. bfalse: it would
 * have ended by then.
 */
bval x4_xchg_shorten(x4s_ike_xchg *xchg, uint32_t life_sec);

/*
 * So much went through an established exchange that it ages, or that it is over: either comes with
 * the next tick, so that what is under way goes out.
 */
void x4_xchg_spent(x4s_ike_xchg *xchg, bval over);

/* Seconds that are left, 0 for no limit. */
uint32_t x4_xchg_life_left(const x4s_ike_xchg *xchg);

/*
 * The user's responded callback gives the context that all others get; what ends meanwhile is told
 * when it has one. bfalse: the exchange has ended.
 */
void x4_xchg_introduce(x4s_ike_xchg *xchg);
bval x4_xchg_introduced(x4s_ike_xchg *xchg, void *user);

/* Ends an exchange, once; `tell` the peer if it was established. */
void x4_xchg_dispose(x4s_ike_xchg *xchg, x4e_ike_reason reason, bval tell);

/* The Diffie-Hellman work, then the signature of the current step are done. */
void x4_xchg_computed(x4s_ike_xchg *xchg, bval done);
void x4_xchg_signed(x4s_ike_xchg *xchg, bval done);

static inline bval x4_xchg_is_pending(const x4s_ike_xchg *xchg)
{
    return xchg->state != x4c_state_established && xchg->state != x4c_state_dead;
}

#endif
