/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/schema.h"

#include <stdio.h>
#include <string.h>

#define PATH_TEXT 512
#define NEAR_MAX  2 /* single-character edits that a name may be away from what was meant */

/* " in connections.office", or nothing at the root. */
static const char *inside(const struct settings_section *section, char text[PATH_TEXT])
{
    static const char in[] = " in ";
    if (!section->parent)
        return "";
    memcpy(text, in, sizeof(in));
    settings_path(section, text + strlen(in), PATH_TEXT - strlen(in));
    return text;
}

/* ------------------------------------------------------------------ names nearby */

/* Levenshtein's distance; names are short. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[64];
    const size_t len = strlen(b);
    if (len >= x4m_countof(row) || strlen(a) >= x4m_countof(row))
        return NEAR_MAX + 1;

    for (unsigned k = 0; k <= len; k++)
        row[k] = k;
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0]++;
        for (size_t k = 0; k < len; k++) {
            const unsigned replaced = diagonal + (a[i] != b[k]);
            diagonal = row[k + 1];
            row[k + 1] = x4m_min(replaced, x4m_min(row[k], diagonal) + 1);
        }
    }
    return row[len];
}

struct nearest {
    const char *wanted;
    const char *name;
    unsigned distance;
};

static void consider(struct nearest *nearest, const char *name)
{
    if (strpbrk(name, "*#"))
        return;
    const unsigned away = distance(nearest->wanted, name);
    if (away < nearest->distance && away < strlen(name)) {
        nearest->name = name;
        nearest->distance = away;
    }
}

static void tell_unknown(struct hub_build *build, const struct hub_schema *schema,
                         const struct settings_section *within, struct settings_place place,
                         const char *kind, const char *name)
{
    struct nearest nearest = {.wanted = name, .distance = NEAR_MAX + 1};
    char path[PATH_TEXT];

    for (size_t i = 0; i < schema->option_count; i++)
        consider(&nearest, schema->options[i].name);
    for (size_t i = 0; i < schema->section_count; i++)
        consider(&nearest, schema->sections[i].name);
    if (nearest.name)
        hub_report_error(&build->report, place, "unknown %s '%s'%s, did you mean '%s'?", kind, name,
                         inside(within, path), nearest.name);
    else
        hub_report_error(&build->report, place, "unknown %s '%s'%s", kind, name,
                         inside(within, path));
}

/* ------------------------------------------------------------------ options */

/* A name of the table, which may end with an asterisk, or be # for a number. */
static bool name_fits(const char *pattern, const char *name)
{
    if (*pattern == '#')
        return !name[strspn(name, "0123456789")];
    const size_t len = strcspn(pattern, "*");
    return !strncmp(pattern, name, len) && (pattern[len] || !name[len]);
}

/* The name is what the pattern says before its asterisk, if it has one. */
static bool is_stem(const char *pattern, const char *name)
{
    const size_t len = strcspn(pattern, "*");
    return strlen(name) == len && !strncmp(pattern, name, len);
}

static const struct hub_option *find_option(const struct hub_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->option_count; i++) {
        if (name_fits(schema->options[i].name, name))
            return &schema->options[i];
    }
    return NULL;
}

static const struct hub_subsection *find_section(const struct hub_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->section_count; i++) {
        if (name_fits(schema->sections[i].name, name))
            return &schema->sections[i];
    }
    return NULL;
}

/* `words` is "no|0|never". */
static bool is_among(const char *text, const char *words)
{
    const size_t len = strlen(text);
    while (words) {
        const size_t word = strcspn(words, "|");
        if (word == len && !strncmp(words, text, len))
            return true;
        words = words[word] ? words + word + 1 : NULL;
    }
    return false;
}

static void tell_unread(struct hub_build *build, const struct settings_section *section,
                        const struct settings_value *value, const struct hub_unread *unread)
{
    char path[PATH_TEXT];
    if (unread->fate == HUB_REFUSED)
        hub_report_error(&build->report, value->place, "%s%s is not supported: %s", value->name,
                         inside(section, path), unread->why);
    else
        hub_report_warning(&build->report, value->place, "%s%s changes nothing here: %s",
                           value->name, inside(section, path), unread->why);
}

static void tell_no_option(struct hub_build *build, const struct hub_schema *schema,
                           const struct settings_section *section,
                           const struct settings_value *value)
{
    char path[PATH_TEXT];
    const struct hub_subsection *known = find_section(schema, value->name);
    if (known && is_stem(known->name, value->name))
        hub_report_error(&build->report, value->place, "'%s'%s is a section: expected '%s { ... }'",
                         value->name, inside(section, path), value->name);
    else
        tell_unknown(build, schema, section, value->place, "option", value->name);
}

static void read_option(struct hub_build *build, const struct hub_schema *schema,
                        const struct settings_section *section, const struct settings_value *value,
                        void *target)
{
    char problem[HUB_PROBLEM];
    char path[PATH_TEXT];

    const struct hub_option *option = find_option(schema, value->name);
    if (!option) {
        tell_no_option(build, schema, section, value);
        return;
    }
    if (!*value->text)
        return;
    if (!option->read) {
        const struct hub_unread *unread = option->about;
        if (!is_among(value->text, unread->words))
            tell_unread(build, section, value, unread);
        return;
    }

    struct hub_reading reading = {
        .arena = build->arena,
        .name = value->name,
        .text = value->text,
        .about = option->about,
        .problem = problem,
        .secret = schema->secret,
        .resolve = build->resolve,
    };
    reading.note[0] = 0;
    const bool good = option->read(&reading, (char *)target + option->offset);
    if (reading.note[0])
        hub_report_warning(&build->report, value->place, "%s%s: %s", value->name,
                           inside(section, path), reading.note);
    if (!good && !hub_arena_exhausted(build->arena))
        hub_report_error(&build->report, value->place, "%s%s: %s", value->name,
                         inside(section, path), problem);
}

/* ------------------------------------------------------------------ sections */

static void read_subsection(struct hub_build *build, const struct hub_schema *schema,
                            const struct settings_section *within,
                            const struct settings_section *section, void *target)
{
    char path[PATH_TEXT];
    const struct hub_subsection *known = find_section(schema, section->name);
    const struct hub_option *option = find_option(schema, section->name);

    /* An option's whole name says more than the beginning of a section's, as in local_addrs. */
    if (option && is_stem(option->name, section->name)) {
        hub_report_error(&build->report, section->place,
                         "'%s'%s is an option: expected '%s = VALUE'", section->name,
                         inside(within, path), section->name);
        return;
    }
    if (known && known->read) {
        known->read(build, section, target);
        return;
    }
    if (!known) {
        /* What others inherit from may stand beside the sections that are known. */
        if (within->parent || !section->referred)
            tell_unknown(build, schema, within, section->place, "section", section->name);
        return;
    }
    if (section->values || section->sections)
        hub_report_warning(&build->report, section->place,
                           "section '%s'%s changes nothing here: %s", section->name,
                           inside(within, path), known->unread);
}

void hub_schema_read(struct hub_build *build, const struct hub_schema *schema,
                     const struct settings_section *section, void *target)
{
    for (const struct settings_value *value = section->values; value; value = value->next)
        read_option(build, schema, section, value, target);
    for (const struct settings_section *sub = section->sections; sub; sub = sub->next)
        read_subsection(build, schema, section, sub, target);
}

const struct settings_value *hub_schema_value(const struct settings_section *section,
                                              const char *name)
{
    const struct settings_value *value = section->values;
    while (value && strcmp(value->name, name) != 0)
        value = value->next;
    return value && *value->text ? value : NULL;
}

void hub_schema_error(struct hub_build *build, const struct settings_section *section,
                      const char *name, const char *format, ...)
{
    char text[HUB_PROBLEM];
    char path[PATH_TEXT];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const struct settings_value *value = hub_schema_value(section, name);
    hub_report_error(&build->report, value ? value->place : section->place, "%s%s: %s", name,
                     inside(section, path), text);
}

size_t hub_schema_count(const struct settings_section *section)
{
    size_t count = 0;
    for (const struct settings_section *sub = section->sections; sub; sub = sub->next)
        count++;
    return count;
}

bool hub_note(struct hub_reading *reading, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->note, sizeof(reading->note), format, arguments);
    va_end(arguments);
    return true;
}

bool hub_expected(struct hub_reading *reading, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(reading->problem, HUB_PROBLEM, format, arguments);
    va_end(arguments);
    if (!reading->secret && used >= 0 && used < HUB_PROBLEM)
        snprintf(reading->problem + used, HUB_PROBLEM - (size_t)used, ", found '%.100s'",
                 reading->text);
    return false;
}
