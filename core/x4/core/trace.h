/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CORE_TRACE_H
#define X4_CORE_TRACE_H

/*
 * A trace event is a name and flat fields. It is built on the stack only if the user asked for its
 * level, and is valid during the callback only. Secrets never become fields; where one matters, its
 * length does.
 */

#include "x4/core/types.h"

/* libike's own events are notice and debug; what it tells by callbacks is the user's to log. */
typedef enum x4e_trace_level {
    x4c_trace_off,
    x4c_trace_error,  /* this side is at fault */
    x4c_trace_notice, /* an operator wants to know: refusals, failures */
    x4c_trace_info,   /* exchanges begin, complete and end */
    x4c_trace_debug,  /* every message and state */
} x4e_trace_level;

typedef enum x4e_trace_kind {
    x4c_trace_number,
    x4c_trace_hex,   /* a number that is read in hexadecimal: SPI, message ID */
    x4c_trace_text,  /* NUL-terminated, printable */
    x4c_trace_bytes, /* shown in hexadecimal: cookies, vendor IDs */
} x4e_trace_kind;

typedef struct x4s_trace_field {
    const char *key;
    x4e_trace_kind kind;
    uint64_t number;
    const char *text;
    x4s_chunk bytes;
} x4s_trace_field;

typedef struct x4s_trace_event {
    x4e_trace_level level;
    const char *name;
    const x4s_trace_field *fields;
    size_t count;
} x4s_trace_event;

#endif
