/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/metrics/utf8.h"

#define FIRST_ROOM ((size_t)16 << 10)

/* -------------------------------------------------------------------------- memory */

static bool make_room(struct metrics_text *text, size_t more)
{
    size_t room = text->room ? text->room : FIRST_ROOM;
    while (room - text->len < more)
        room *= 2;
    if (room == text->room)
        return !text->failed;
    char *data = text->failed ? NULL : realloc(text->data, room);
    text->failed = !data;
    if (!data)
        return false;
    text->data = data;
    text->room = room;
    return true;
}

void metrics_text_raw(struct metrics_text *text, const char *data, size_t len)
{
    if (!make_room(text, len))
        return;
    memcpy(text->data + text->len, data, len);
    text->len += len;
}

static void put_text(struct metrics_text *text, const char *data)
{
    metrics_text_raw(text, data, strlen(data));
}

__attribute__((format(printf, 2, 3))) static void put_format(struct metrics_text *text,
                                                             const char *format, ...)
{
    char line[64];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (len > 0)
        metrics_text_raw(text, line, (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

/* -------------------------------------------------------------------------- families */

void metrics_text_family(struct metrics_text *text, const char *name, const char *type,
                         const char *help)
{
    put_text(text, "# HELP ");
    put_text(text, name);
    put_text(text, " ");
    put_text(text, help);
    put_text(text, "\n# TYPE ");
    put_text(text, name);
    put_text(text, " ");
    put_text(text, type);
    put_text(text, "\n");
}

/* -------------------------------------------------------------------------- series */

void metrics_text_begin(struct metrics_text *text, const char *name, const char *suffix)
{
    put_text(text, name);
    put_text(text, suffix);
}

/* The first label opens the brace; the value closes it. */
static bool has_labels(const struct metrics_text *text)
{
    return text->len > 0 && text->data[text->len - 1] == '"';
}

static void begin_label(struct metrics_text *text, const char *label)
{
    put_text(text, has_labels(text) ? "," : "{");
    put_text(text, label);
    put_text(text, "=\"");
}

static void put_escaped(struct metrics_text *text, const char *value)
{
    for (size_t len; *value; value += len) {
        len = hub_utf8_length(value);
        if (len == 0) {
            put_text(text, HUB_UTF8_REPLACEMENT);
            len = 1;
        } else if (*value == '\n') {
            put_text(text, "\\n");
        } else {
            if (*value == '"' || *value == '\\')
                put_text(text, "\\");
            metrics_text_raw(text, value, len);
        }
    }
}

void metrics_text_label(struct metrics_text *text, const char *label, const char *value)
{
    begin_label(text, label);
    put_escaped(text, value);
    put_text(text, "\"");
}

void metrics_text_label_number(struct metrics_text *text, const char *label, uint64_t value)
{
    begin_label(text, label);
    put_format(text, "%" PRIu64 "\"", value);
}

static void end_labels(struct metrics_text *text)
{
    put_text(text, has_labels(text) ? "} " : " ");
}

void metrics_text_value(struct metrics_text *text, uint64_t value)
{
    end_labels(text);
    put_format(text, "%" PRIu64 "\n", value);
}

void metrics_text_fraction(struct metrics_text *text, uint64_t value, uint32_t per_unit)
{
    end_labels(text);
    put_format(text, "%.*g\n", 15, (double)value / (double)per_unit);
}

/* -------------------------------------------------------------------------- histograms */

static void begin_with(struct metrics_text *text, const char *name, const char *suffix,
                       const char *const *labels)
{
    metrics_text_begin(text, name, suffix);
    for (; *labels; labels += 2)
        metrics_text_label(text, labels[0], labels[1]);
}

static void put_bound(struct metrics_text *text, const struct metrics_histogram *histogram,
                      size_t bucket)
{
    char bound[32] = "+Inf";
    if (bucket < histogram->bound_count)
        snprintf(bound, sizeof(bound), "%g",
                 (double)histogram->bounds[bucket] / (double)histogram->per_unit);
    metrics_text_label(text, "le", bound);
}

void metrics_text_histogram(struct metrics_text *text, const char *name, const char *const *labels,
                            const struct metrics_histogram *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= histogram->bound_count; i++) {
        count += histogram->buckets[i];
        begin_with(text, name, "_bucket", labels);
        put_bound(text, histogram, i);
        metrics_text_value(text, count);
    }
    begin_with(text, name, "_sum", labels);
    metrics_text_fraction(text, histogram->sum, histogram->per_unit);
    begin_with(text, name, "_count", labels);
    metrics_text_value(text, count);
}
