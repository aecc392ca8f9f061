/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_EVENTS_H
#define X4_IKE_EVENTS_H

/*
 * What the engine tells its user's trace.
 */

#include "x4/ike/engine.h"
#include "x4/ike/message.h"

static inline bval x4_events_on(const x4s_charon *charon, x4e_trace_level level)
{
    return charon->config.trace && level <= charon->config.trace_level;
}

/* An event with fields; nothing where the level is off. */
void x4_event(x4s_charon *charon, x4e_trace_level level, const char *name,
              const x4s_trace_field *fields, size_t count);

/*
 * A message was refused: counts it, and traces "refused"; at debug level if it is a duplicate or
 * there were too many.
 */
void x4_event_refused(x4s_charon *charon, const x4s_ike_message *message, x4e_ike_reason reason);

/* A notify message came or went: "notify-received", "notify-sent". */
void x4_event_notify(x4s_charon *charon, const char *name, const x4s_net_link *link,
                     const uint8_t *cookies, uint16_t type, bval authenticated);

#endif
