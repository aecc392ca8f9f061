/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SHARD_CONFIG_TEXT_H
#define TESTS_UNIT_SHARD_CONFIG_TEXT_H

/*
 * Configurations as text, and what is told of them. Each file that includes this uses what it needs
 * of it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shard/config/config.h"

/* ------------------------------------------------------------------ what is told */

struct told {
    char text[8192]; /* one finding a line; a warning begins with "warning: " */
};

static inline void tell(void *context, enum hub_severity severity, const char *text)
{
    struct told *told = context;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof(told->text) - used, "%s%s\n",
             severity == HUB_WARNING ? "warning: " : "", text);
    assert_null(strchr(text, '\n'));
}

static inline struct hub_config *parse(const char *text, struct told *told)
{
    told->text[0] = 0;
    return hub_config_parse("f.conf", text, strlen(text), tell, told);
}

/* All that is told of a text, which makes no snapshot. */
static inline void assert_errors(const char *text, const char *expected)
{
    struct told told;
    struct hub_config *config = parse(text, &told);
    assert_string_equal(told.text, expected);
    assert_null(config);
}

/* A snapshot and warnings. */
static inline struct hub_config *assert_config(const char *text, const char *warnings)
{
    struct told told;
    struct hub_config *config = parse(text, &told);
    assert_string_equal(told.text, warnings);
    assert_non_null(config);
    return config;
}

/* ------------------------------------------------------------------ texts */

#define AUTH   "local {\n auth = psk\n id = hub\n }\n remote {\n auth = psk\n }\n"
#define SECRET "secrets {\n ike {\n secret = x\n }\n }\n"

/* A connection with one more line, which is line 2. */
#define CONNECTION(line) "connections { office {\n" line "\n" AUTH "} }\n" SECRET

/* A child with one more line, which is line 2. */
#define CHILD(line) "connections { office { children { net {\n" line "\n} }\n" AUTH "} }\n" SECRET

/* A section ikehub with one more line, which is line 2. */
#define IKEHUB(line) "ikehub {\n" line "\n}\n"

struct error_case {
    const char *text;
    const char *errors;
};

static inline void run(const struct error_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_errors(cases[i].text, cases[i].errors);
}

#define RUN(cases) run(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
