/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/log.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CUT_MARK " cut=yes\n"

static const char *const level_names[] = {
    [x4c_trace_off] = "off",   [x4c_trace_error] = "error", [x4c_trace_notice] = "notice",
    [x4c_trace_info] = "info", [x4c_trace_debug] = "debug",
};

void hub_log_init(struct hub_log *log, int fd, x4e_trace_level level)
{
    memset(log, 0, sizeof(*log));
    log->fd = fd;
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

/* Room is left for the mark of a cut line. */
static void put(struct hub_log *log, const char *text, size_t len)
{
    size_t room = log->begin + HUB_LOG_LINE_MAX - sizeof(CUT_MARK) - log->used;
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
    put(log, " ", 1);
    put_text(log, key);
    put(log, "=", 1);
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
    put(log, "ts=", 3);
    put_text(log, log->stamp);
    put(log, text, sizeof(text));
}

bool hub_log_begin(struct hub_log *log, x4e_trace_level level, const char *event)
{
    if (!hub_log_on(log, level))
        return false;
    if (HUB_LOG_BUFFER - log->used < HUB_LOG_LINE_MAX)
        hub_log_flush(log);
    log->begin = log->used;
    log->cut = false;
    log->line_level = level;
    log->urgent = log->urgent || (level <= x4c_trace_notice && !is_deep(log, level));
    put_stamp(log);
    put_key(log, "level");
    put_text(log, level_names[level]);
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
    put(log, (const char[]){'\\', 'x', hex_digits[byte >> 4], hex_digits[byte & 15]}, 4);
}

void hub_log_string(struct hub_log *log, const char *key, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    put_key(log, key);
    if (!needs_quotes(bytes, len)) {
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
    put(log, text + at, sizeof(text) - at);
}

void hub_log_bytes(struct hub_log *log, const char *key, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    put_key(log, key);
    for (size_t i = 0; i < len; i++)
        put(log, (const char[]){hex_digits[bytes[i] >> 4], hex_digits[bytes[i] & 15]}, 2);
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
    const char *end = log->cut ? CUT_MARK : "\n";
    size_t len = strlen(end);
    if (log->cut)
        log->used = log->field;
    assert(log->used + len <= HUB_LOG_BUFFER);
    memcpy(log->buffer + log->used, end, len);
    log->used += len;
    if (log->tap)
        log->tap(log->tap_context, log->line_level, log->buffer + log->begin,
                 log->used - log->begin);
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
    return x4c_never;
}

void hub_log_flush(struct hub_log *log)
{
    size_t done = 0;
    while (done < log->used) {
        ssize_t wrote = write(log->fd, log->buffer + done, log->used - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    log->used = 0;
    log->urgent = false;
    log->flush_at = 0;
}
