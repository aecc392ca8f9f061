/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits of a number that a JSON reader surely takes as it is: below 2^53. */
#define DIGITS_MAX 15

static const char *const number_keys[] = {
    "uniqueid",    "reqid",         "local-port",      "remote-port",   "encr-keysize",
    "established", "rekey-time",    "life-time",       "install-time",  "total",
    "half-open",   "rss_kb",        "children-untold", "integ-keysize", "size",
    "online",      "offline",       "reauth_time",     "dpd_delay",     "rekey_time",
    "rekey_bytes", "rekey_packets", "not-before",      "not-after",     "clients",
    "listening",   "bytes-in",      "bytes-out",       "packets-in",    "packets-out",
    "use-in",      "use-out",
};

static bool is_number_key(x4s_chunk name)
{
    for (size_t i = 0; i < x4m_countof(number_keys); i++) {
        if (vici_is(name, number_keys[i]))
            return true;
    }
    return false;
}

static bool is_number(x4s_chunk value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    }
    return value.len > 0 && value.len <= DIGITS_MAX;
}

/* Printable ASCII as it is, everything else as \xHH. */
static json_t *escaped(x4s_chunk value)
{
    char *text = malloc(4 * value.len + 1);
    size_t used = 0;
    if (!text)
        return NULL;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] >= ' ' && value.data[i] <= '~')
            text[used++] = (char)value.data[i];
        else
            used += (size_t)sprintf(text + used, "\\x%02x", value.data[i]);
    }
    json_t *string = json_stringn(text, used);
    free(text);
    return string;
}

static json_t *text_of(x4s_chunk value)
{
    json_t *string = json_stringn(value.len ? (const char *)value.data : "", value.len);
    return string ? string : escaped(value);
}

static json_t *number_of(x4s_chunk value)
{
    json_int_t number = 0;
    for (size_t i = 0; i < value.len; i++)
        number = number * 10 + (value.data[i] - '0');
    return json_integer(number);
}

/* What is being filled: a message's sections, and a list in the innermost. */
struct filling {
    json_t *sections[VICI_DEPTH_MAX + 1];
    unsigned depth;
    unsigned counters; /* depth at which the section of counters began; 0: outside */
    json_t *list;
};

/* References are the tree's. */
static bool add(json_t *to, x4s_chunk name, json_t *value)
{
    const char *key = name.len ? (const char *)name.data : "";
    return json_object_setn_new(to, key, name.len, value) == 0;
}

static bool start_section(struct filling *filling, x4s_chunk name)
{
    json_t *section = json_object();
    json_t *around = filling->sections[filling->depth];
    if (!filling->counters && (vici_is(name, "ikehub") || vici_is(name, "counters")))
        filling->counters = filling->depth + 1;
    filling->sections[++filling->depth] = section;
    return add(around, name, section);
}

static bool end_section(struct filling *filling)
{
    if (filling->counters == filling->depth)
        filling->counters = 0;
    filling->depth--;
    return true;
}

static bool take(struct filling *filling, const struct vici_element *element)
{
    json_t *section = filling->sections[filling->depth];
    switch (element->type) {
    case VICI_SECTION_START:
        return start_section(filling, element->name);
    case VICI_SECTION_END:
        return end_section(filling);
    case VICI_KEY_VALUE:
        return add(section, element->name,
                   is_number(element->value) && (filling->counters || is_number_key(element->name))
                       ? number_of(element->value)
                       : text_of(element->value));
    case VICI_LIST_START:
        filling->list = json_array();
        return add(section, element->name, filling->list);
    case VICI_LIST_ITEM:
        return json_array_append_new(filling->list, text_of(element->value)) == 0;
    case VICI_LIST_END:
        return true;
    }
    return false;
}

json_t *ctl_tree(x4s_chunk message)
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    struct filling filling = {.sections = {json_object()}};
    while (vici_read(&reader, &element)) {
        if (take(&filling, &element))
            continue;
        json_decref(filling.sections[0]);
        return NULL;
    }
    return filling.sections[0];
}

const char *ctl_tree_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

json_int_t ctl_tree_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}
