/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/log.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>

/* How lines are written, but for how the bytes of a text are. */
struct syntax {
    const char *open;
    const char *stamp; /* before the time */
    const char *before_key;
    const char *after_key;
    const char *quote; /* around words that are not text */
    const char *byte;  /* before the two digits of one that cannot stand for itself */
    bool quotes_all;   /* texts */
    const char *end;
    const char *end_cut;
};

static const struct syntax syntaxes[] = {
    [HUB_LOG_LOGFMT] =
        {
            .open = "",
            .stamp = "ts=",
            .before_key = " ",
            .after_key = "=",
            .quote = "",
            .byte = "\\x",
            .quotes_all = false,
            .end = "\n",
            .end_cut = " cut=yes\n",
        },
    [HUB_LOG_JSON] =
        {
            .open = "{",
            .stamp = "\"ts\":",
            .before_key = ",\"",
            .after_key = "\":",
            .quote = "\"",
            .byte = "\\u00",
            .quotes_all = true,
            .end = "}\n",
            .end_cut = ",\"cut\":\"yes\"}\n",
        },
};

#define END_MAX 16 /* bytes of any `end` and `end_cut` */

static const char *const level_names[] = {
    [x4c_trace_off] = "off",   [x4c_trace_error] = "error", [x4c_trace_notice] = "notice",
    [x4c_trace_info] = "info", [x4c_trace_debug] = "debug",
};

void hub_log_init(struct hub_log *log, int fd, x4e_trace_level level)
{
    memset(log, 0, sizeof(*log));
    hub_log_sink_init(&log->sink, fd);
    log->level = level;
    log->second = -1;
}

void hub_log_tap(struct hub_log *log, hub_log_line_fn tap, void *context)
{
    log->tap = tap;
    log->tap_context = context;
    log->tap_level = x4c_trace_off;
    log->wants = NULL;
}

void hub_log_tap_deep(struct hub_log *log, x4e_trace_level level, hub_log_wants_fn wants)
{
    log->tap_level = level;
    log->wants = wants;
}

/* It is for the tap alone. */
static bool is_deep(const struct hub_log *log, x4e_trace_level level)
{
    return level > log->level;
}

static const struct syntax *syntax_of(const struct hub_log *log)
{
    return &syntaxes[log->line_format];
}

/* Room is left for the end of a cut line. */
static void put(struct hub_log *log, const char *text, size_t len)
{
    size_t room = log->begin + HUB_LOG_LINE_MAX - END_MAX - log->used;
    if (log->cut || len > room) {
        log->cut = true;
        return;
    }
    memcpy(log->buffer + log->used, text, len);
    log->used += len;
}

static void put_text(struct hub_log *log, const char *text)
{
    put(log, text, strlen(text));
}

static const char hex_digits[] = "0123456789abcdef";

/* By hand, because lines are mostly numbers, and snprintf takes ten times as long. */
static void put_number(struct hub_log *log, uint64_t number)
{
    char text[20];
    size_t at = sizeof(text);
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    put(log, text + at, sizeof(text) - at);
}

static void put_key(struct hub_log *log, const char *key)
{
    if (!log->cut)
        log->field = log->used;
    put_text(log, syntax_of(log)->before_key);
    put_text(log, key);
    put_text(log, syntax_of(log)->after_key);
}

/* The date is made anew once a second only. */
static void put_stamp(struct hub_log *log)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != log->second) {
        struct tm utc;
        time_t second = now.tv_sec;
        gmtime_r(&second, &utc);
        strftime(log->stamp, sizeof(log->stamp), "%Y-%m-%dT%H:%M:%S", &utc);
        log->second = now.tv_sec;
    }
    const unsigned long ms = (unsigned long)now.tv_nsec / 1000000;
    const char text[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
                         (char)('0' + ms % 10), 'Z'};
    put_text(log, syntax_of(log)->open);
    put_text(log, syntax_of(log)->stamp);
    put_text(log, syntax_of(log)->quote);
    put_text(log, log->stamp);
    put(log, text, sizeof(text));
    put_text(log, syntax_of(log)->quote);
}

/* Nothing could be written: all goes but what has begun to be. */
static void give_up(struct hub_log *log)
{
    const char *half = log->half ? memchr(log->buffer, '\n', log->used) : NULL;
    const size_t kept = half ? (size_t)(half + 1 - log->buffer) : 0;
    for (size_t i = kept; i < log->used; i++)
        log->lost += log->buffer[i] == '\n';
    log->used = kept;
}

static void make_room(struct hub_log *log)
{
    if (HUB_LOG_BUFFER - log->used >= HUB_LOG_LINE_MAX)
        return;
    hub_log_flush(log);
    if (HUB_LOG_BUFFER - log->used < HUB_LOG_LINE_MAX)
        give_up(log);
}

bool hub_log_begin(struct hub_log *log, x4e_trace_level level, const char *event)
{
    if (!hub_log_on(log, level))
        return false;
    make_room(log);
    log->begin = log->used;
    log->cut = false;
    log->line_level = level;
    log->line_format = log->format;
    const char *prefix = hub_log_sink_prefix(&log->sink, level);
    if (prefix)
        put(log, prefix, HUB_LOG_SINK_PREFIX);
    log->text = log->used;
    log->urgent = log->urgent || (level <= x4c_trace_notice && !is_deep(log, level));
    put_stamp(log);
    hub_log_text(log, "level", level_names[level]);
    hub_log_text(log, "event", event);
    return true;
}

bool hub_log_begin_limited(struct hub_log *log, x4e_trace_level level, const char *event,
                           const char *reason, x4_msec now)
{
    uint64_t suppressed;
    if (!hub_log_on(log, level) ||
        !hub_limiter_pass(&log->limiter, event, reason, now, &suppressed))
        return false;
    hub_log_begin(log, level, event);
    if (suppressed)
        hub_log_number(log, "suppressed", suppressed);
    return true;
}

static bool is_plain(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f && byte != '"' && byte != '\\' && byte != '=';
}

static bool needs_quotes(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_plain(data[i]))
            return true;
    }
    return len == 0;
}

static void put_quoted_byte(struct hub_log *log, uint8_t byte)
{
    if (byte == '"' || byte == '\\') {
        put(log, (const char[]){'\\', (char)byte}, 2);
        return;
    }
    if (is_plain(byte) || byte == ' ' || byte == '=') {
        put(log, (const char[]){(char)byte}, 1);
        return;
    }
    put_text(log, syntax_of(log)->byte);
    put(log, (const char[]){hex_digits[byte >> 4], hex_digits[byte & 15]}, 2);
}

void hub_log_string(struct hub_log *log, const char *key, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    put_key(log, key);
    if (!syntax_of(log)->quotes_all && !needs_quotes(bytes, len)) {
        put(log, data, len);
        return;
    }
    put(log, "\"", 1);
    for (size_t i = 0; i < len; i++)
        put_quoted_byte(log, bytes[i]);
    put(log, "\"", 1);
}

void hub_log_text(struct hub_log *log, const char *key, const char *text)
{
    hub_log_string(log, key, text, strlen(text));
}

void hub_log_number(struct hub_log *log, const char *key, uint64_t number)
{
    put_key(log, key);
    put_number(log, number);
}

void hub_log_hex(struct hub_log *log, const char *key, uint64_t number, unsigned digits)
{
    char text[16];
    size_t at = sizeof(text);
    const size_t end = at - x4m_min(digits, 16u);
    do {
        text[--at] = hex_digits[number & 15];
        number >>= 4;
    } while (at > end || number);
    put_key(log, key);
    put_text(log, syntax_of(log)->quote);
    put(log, text + at, sizeof(text) - at);
    put_text(log, syntax_of(log)->quote);
}

void hub_log_bytes(struct hub_log *log, const char *key, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    put_key(log, key);
    put_text(log, syntax_of(log)->quote);
    for (size_t i = 0; i < len; i++)
        put(log, (const char[]){hex_digits[bytes[i] >> 4], hex_digits[bytes[i] & 15]}, 2);
    put_text(log, syntax_of(log)->quote);
}

void hub_log_addr(struct hub_log *log, const char *key, const x4s_net_addr *addr)
{
    char text[x4c_net_addr_text];
    hub_log_text(log, key, x4_net_addr_format(addr, text));
}

void hub_log_selector(struct hub_log *log, const char *key, const x4s_net_selector *selector)
{
    char text[x4c_net_selector_text];
    hub_log_text(log, key, x4_net_selector_format(selector, text));
}

void hub_log_id(struct hub_log *log, const char *key, const x4s_ike_id *id)
{
    char text[HUB_IDENTITY_TEXT];
    hub_log_text(log, key, hub_identity_format(id, text));
}

static void put_field(struct hub_log *log, const x4s_trace_field *field)
{
    switch (field->kind) {
    case x4c_trace_number:
        hub_log_number(log, field->key, field->number);
        break;
    case x4c_trace_hex:
        hub_log_hex(log, field->key, field->number, 8);
        break;
    case x4c_trace_text:
        hub_log_text(log, field->key, field->text);
        break;
    case x4c_trace_bytes:
        hub_log_bytes(log, field->key, field->bytes.data, field->bytes.len);
        break;
    }
}

static const char *reason_of(const x4s_trace_event *event)
{
    for (size_t i = 0; i < event->count; i++) {
        const x4s_trace_field *field = &event->fields[i];
        if (field->kind == x4c_trace_text && strcmp(field->key, "reason") == 0)
            return field->text;
    }
    return "";
}

void hub_log_trace(struct hub_log *log, const x4s_trace_event *event, x4_msec now)
{
    const bool wanted = log->tap && log->wants && log->wants(log->tap_context, event);
    if (is_deep(log, event->level) && !wanted)
        return;
    /* Who wants to see every message shall see every message. */
    bool begun = event->level == x4c_trace_debug
                     ? hub_log_begin(log, event->level, event->name)
                     : hub_log_begin_limited(log, event->level, event->name, reason_of(event), now);
    if (!begun)
        return;
    for (size_t i = 0; i < event->count; i++)
        put_field(log, &event->fields[i]);
    hub_log_end(log);
}

void hub_log_end(struct hub_log *log)
{
    const char *end = log->cut ? syntax_of(log)->end_cut : syntax_of(log)->end;
    size_t len = strlen(end);
    if (log->cut)
        log->used = log->field;
    assert(log->used + len <= HUB_LOG_BUFFER);
    memcpy(log->buffer + log->used, end, len);
    log->used += len;
    if (log->tap)
        log->tap(log->tap_context, log->line_level, log->buffer + log->text, log->used - log->text);
    if (is_deep(log, log->line_level))
        log->used = log->begin;
}

x4_msec hub_log_tell_suppressed(struct hub_log *log, x4_msec now)
{
    struct hub_limiter_slot slot;
    while (hub_limiter_take(&log->limiter, now, &slot)) {
        if (!hub_log_begin(log, x4c_trace_notice, "suppressed"))
            continue;
        hub_log_text(log, "of", slot.event);
        if (*slot.reason)
            hub_log_text(log, "reason", slot.reason);
        hub_log_number(log, "suppressed", slot.suppressed);
        hub_log_end(log);
    }
    return hub_limiter_due(&log->limiter);
}

x4_msec hub_log_serve(struct hub_log *log, x4_msec now)
{
    if (log->used == 0)
        return x4c_never;
    if (!log->flush_at)
        log->flush_at = now + HUB_LOG_KEPT_MS;
    if (!log->urgent && now < log->flush_at)
        return log->flush_at;
    hub_log_flush(log);
    if (log->used == 0)
        return x4c_never;
    log->flush_at = now + HUB_LOG_AGAIN_MS;
    return log->flush_at;
}

/* Bytes that the reader took; all that are left may be. */
static size_t write_out(const struct hub_log *log)
{
    size_t done = 0;
    while (done < log->used) {
        const char *next = log->buffer + done;
        const size_t chunk = hub_log_sink_chunk(&log->sink, next, log->used - done);
        const ssize_t wrote = hub_log_sink_write(&log->sink, next, chunk);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    return done;
}

static void tell_lost(struct hub_log *log)
{
    const uint64_t lost = log->lost;
    log->lost = 0;
    if (!lost || !hub_log_begin(log, x4c_trace_error, "log-lost"))
        return;
    hub_log_number(log, "lines", lost);
    hub_log_end(log);
    hub_log_flush(log);
}

void hub_log_flush(struct hub_log *log)
{
    const size_t done = write_out(log);
    if (done) {
        log->half = log->buffer[done - 1] != '\n';
        log->used -= done;
        memmove(log->buffer, log->buffer + done, log->used);
    }
    log->urgent = false;
    log->flush_at = 0;
    if (log->used == 0)
        tell_lost(log);
}
