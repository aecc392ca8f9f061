/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_OPTION_RULE_H
#define BENCH_LOAD_OPTION_RULE_H

/*
 * One option of the command line as data, and the readers of values that options share.
 */

#include "bench/load/options.h"

struct load_rule;

/*
 * Reads a value into the options. False with what is wrong or was expected in *problem. `value` is
 * NULL only for an option without argument.
 */
typedef bool (*load_reader)(const struct load_rule *rule, const char *value,
                            struct load_options *options, struct load_error *problem);

/* `offset`, `min` and `max` are for the readers of numbers, flags and patterns. */
struct load_rule {
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *preset;   /* the default, read as if it were given; NULL: none */
    const char *help;
    load_reader read;
    size_t offset; /* of the field in struct load_options */
    uint32_t min;
    uint32_t max;
    bool argument_optional;
};

/* Sets the text; always false. */
bool load_problem(struct load_error *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Into the field at `offset`: a uint32_t, a bool, a struct load_pattern, a text, millionths. */
bool load_read_number(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem);
bool load_read_flag(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem);
bool load_read_pattern(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *problem);
bool load_read_text(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem);
bool load_read_percent(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *problem);

/* Into the field of the same name. */
bool load_read_target(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem);
bool load_read_source(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem);
bool load_read_backend(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *problem);
bool load_read_crypto(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem);
bool load_read_arrival(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *problem);
bool load_read_auth(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem);
bool load_read_psk(const struct load_rule *rule, const char *value, struct load_options *options,
                   struct load_error *problem);
bool load_read_id_prefix(const struct load_rule *rule, const char *value,
                         struct load_options *options, struct load_error *problem);
bool load_read_remote_id(const struct load_rule *rule, const char *value,
                         struct load_options *options, struct load_error *problem);
bool load_read_proposal(const struct load_rule *rule, const char *value,
                        struct load_options *options, struct load_error *problem);
bool load_read_esp(const struct load_rule *rule, const char *value, struct load_options *options,
                   struct load_error *problem);
bool load_read_attack(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem);
bool load_read_hold(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem);
bool load_read_seed(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem);

#endif
