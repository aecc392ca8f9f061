/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_TIMING_H
#define X4_IKE_TIMING_H

/*
 * How long an instance waits (x4s_charon_config.timing). Part of the public interface,
 * x4/ike/charon.h.
 */

#include <stdint.h>

/* 0 in a field means the default. Milliseconds unless named otherwise. */
typedef struct x4s_ike_timing {
    uint32_t resend_first_ms;   /* 1,000 */
    uint32_t resend_max_ms;     /* 16,000: the interval doubles until here */
    uint32_t resend_tries;      /* 5: retransmissions before the exchange is given up */
    uint32_t resend_jitter_pct; /* 10: each interval is longer by up to so many percent */
    uint32_t negotiation_ms;    /* 60,000: an exchange that is not complete by then ends */
    uint32_t half_open_ms;      /* 30,000: a first message is forgotten after so long; down to a
                                   tenth of it where more than half of limits.half_open is used */
    uint32_t duplicate_ms;      /* 500: a duplicate is answered at most so often */
    uint32_t reply_kept_ms;     /* 60,000: the last reply is kept so long for duplicates */
    uint32_t xauth_ms;          /* 120,000: extended authentication ends by then; people type */
    uint32_t connected_ms; /* 4,000: a peer that set the commit bit is waited for; then completed */
    uint32_t job_ms;       /* 5,000: a stranger's exchange that waits longer to be computed ends */
} x4s_ike_timing;

#endif
