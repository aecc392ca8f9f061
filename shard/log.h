/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_LOG_H
#define SHARD_LOG_H

/*
 * Log lines, as logfmt or as JSON:
 *
 *     ts=2026-11-23T23:41:00.123Z level=info event=ph1-up connection=site peer=192.0.2.1:500
 *     {"ts":"2026-11-23T23:41:00.123Z","level":"info","event":"ph1-up","connection":"site"}
 *
 * In logfmt a value is quoted where it is empty or holds a space, a quote, a backslash or an equals
 * sign; inside quotes these are `\"` and `\\`, and bytes that are not printable ASCII are `\xHH`.
 * In JSON these are `\u00HH`, and decimal numbers alone are not strings. So nothing that a peer
 * sends can end a line or a value.
 *
 * A log belongs to one thread. Lines are collected and written with one system call, whole lines
 * only, so several threads may have logs to the same descriptor. hub_log_flush() writes them;
 * hub_log_serve() does so at once where one is of level notice or error, and else within
 * HUB_LOG_KEPT_MS.
 *
 * Who reads the lines may stop, and a disk may be full: lines are kept until the buffer is full,
 * then given up, and event=log-lost says how many when the next can be written.
 *
 *     if (hub_log_begin(log, x4c_trace_info, "ph1-up")) {
 *         hub_log_text(log, "connection", name);
 *         hub_log_end(log);
 *     }
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shard/identity.h"
#include "shard/limiter.h"
#include "shard/log_sink.h"
#include "x4/core/trace.h"
#include "x4/net/addr.h"
#include "x4/net/selector.h"

#define HUB_LOG_LINE_MAX 8192 /* a longer line ends before a field, with cut=yes */
#define HUB_LOG_BUFFER   65536
#define HUB_LOG_KEPT_MS  10
#define HUB_LOG_AGAIN_MS 1000 /* after lines could not be written */

enum hub_log_format {
    HUB_LOG_LOGFMT,
    HUB_LOG_JSON,
};

/* A line as it ends, with its newline, without priority; nothing may be logged meanwhile. */
typedef void (*hub_log_line_fn)(void *context, x4e_trace_level level, const char *line, size_t len);

/* Whether an event of libike's is for the tap, where it is not for the log. */
typedef bool (*hub_log_wants_fn)(void *context, const x4s_trace_event *event);

struct hub_log {
    struct hub_log_sink sink;
    x4e_trace_level level;
    enum hub_log_format format;
    struct hub_limiter limiter;
    int64_t second; /* that `stamp` is the text of */
    char stamp[24];
    bool urgent;                /* a line is for somebody to look at now */
    x4_msec flush_at;           /* all are written then; 0: not known yet */
    x4e_trace_level line_level; /* of the current line */
    hub_log_line_fn tap;        /* NULL: nobody wants the lines */
    hub_log_wants_fn wants;
    void *tap_context;
    x4e_trace_level tap_level; /* lines above `level` up to this are made for the tap alone */
    bool cut;                  /* the current line */
    enum hub_log_format line_format;
    size_t begin; /* of the current line in `buffer` */
    size_t text;  /* the same, behind its priority */
    size_t field; /* begin of its last field */
    size_t used;
    bool half;     /* of the first line the beginning has been written */
    uint64_t lost; /* lines, since it was last told */
    char buffer[HUB_LOG_BUFFER];
};

/* Logfmt. The descriptor stays the caller's. */
void hub_log_init(struct hub_log *log, int fd, x4e_trace_level level);

static inline bool hub_log_on(const struct hub_log *log, x4e_trace_level level)
{
    return level <= log->level || level <= log->tap_level;
}

/* Whoever wants the lines too; NULL: nobody. */
void hub_log_tap(struct hub_log *log, hub_log_line_fn tap, void *context);

/* The tap wants lines that the log does not have, of libike's events those that `wants` says. */
void hub_log_tap_deep(struct hub_log *log, x4e_trace_level level, hub_log_wants_fn wants);

/* No more lines from now on. */
static inline void hub_log_mute(struct hub_log *log)
{
    log->level = x4c_trace_off;
    log->tap_level = x4c_trace_off;
}

/* Begins a line. False: the level is off, and no line was begun. */
bool hub_log_begin(struct hub_log *log, x4e_trace_level level, const char *event);

/*
 * The same for what strangers cause: at most HUB_LIMITER_LINES a second of each event and reason
 * (now: of a clock that never steps back). The next line that passes says suppressed=N. The reason
 * is not written by this.
 */
bool hub_log_begin_limited(struct hub_log *log, x4e_trace_level level, const char *event,
                           const char *reason, x4_msec now);

/* Fields of the line that was begun. `key` is a plain word of ours. */
void hub_log_text(struct hub_log *log, const char *key, const char *text);
void hub_log_number(struct hub_log *log, const char *key, uint64_t number);
void hub_log_hex(struct hub_log *log, const char *key, uint64_t number, unsigned digits);
void hub_log_bytes(struct hub_log *log, const char *key, const void *data, size_t len);
void hub_log_string(struct hub_log *log, const char *key, const void *data, size_t len);
void hub_log_addr(struct hub_log *log, const char *key, const x4s_net_addr *addr);
void hub_log_selector(struct hub_log *log, const char *key, const x4s_net_selector *selector);
void hub_log_id(struct hub_log *log, const char *key, const x4s_ike_id *id);

/* An event of libike's as a line: its name and its fields. */
void hub_log_trace(struct hub_log *log, const x4s_trace_event *event, x4_msec now);

/* Ends the line. It is written by the next flush, or before if the buffer is full. */
void hub_log_end(struct hub_log *log);

/*
 * Writes event=suppressed lines for kinds of lines that were suppressed and came no more. Returns
 * when it next wants to be called; x4c_never: not before something is suppressed.
 */
x4_msec hub_log_tell_suppressed(struct hub_log *log, x4_msec now);

/*
 * Writes all ended lines when it is time. Returns when it next wants to be called; x4c_never: there
 * is nothing to write.
 */
x4_msec hub_log_serve(struct hub_log *log, x4_msec now);

/* Writes all ended lines; what cannot be written without waiting is kept. */
void hub_log_flush(struct hub_log *log);

#endif
