/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_ATTEMPT_H
#define BENCH_LOAD_ATTEMPT_H

/*
 * What an attempt says to libike: who peer n is, from where it speaks, what it offers, and what it
 * answers where its user is asked.
 */

#include "bench/load/credentials.h"
#include "bench/load/identity.h"
#include "bench/load/options.h"
#include "bench/load/wire.h"

/* libike wants to keep these until the exchanges are completed. */
struct load_proposal {
    x4s_ike_config1 config1;
    x4s_ike_config2 config2;
    char name[LOAD_IDENTITY_NAME_MAX];
    x4s_net_addr inner; /* what mode config gave; no family: nothing */
};

/* What one fleet's peers have in common. */
struct load_fleet {
    const struct load_options *options;
    const struct load_wire *wire;
    const struct load_credentials *credentials;
};

/* The number that the identity of peer n has: with issued certificates they come round again. */
uint32_t load_fleet_identity(const struct load_fleet *fleet, uint32_t n);

/* Phase 1 of peer n. `context` is its callback context. */
void load_proposal_phase1(struct load_proposal *proposal, const struct load_fleet *fleet,
                          uint32_t n, void *context);

/* Quick mode of a child of peer n. */
void load_proposal_phase2(struct load_proposal *proposal, const struct load_fleet *fleet,
                          uint32_t n, uint32_t child, void *context);

/* The question for an address, and what the answer to it gives. */
void load_proposal_ask(struct load_proposal *proposal);
bool load_proposal_answer(struct load_proposal *proposal, const x4s_ike_cfg *answer);

/* The address that was given before, or zeros, for a child that is rekeyed. */
void load_proposal_again(struct load_proposal *proposal, const uint8_t inner[4]);

/* What peer n's user answers: name and password. The memory of `answers` is used. */
struct load_answers {
    x4s_ike_cfg_item items[2];
    char user[128];
};

void load_answers_xauth(struct load_answers *answers, const struct load_options *options,
                        uint32_t n, x4s_ike_cfg *out);

#endif
