/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_REPORT_H
#define SHARD_CONFIG_REPORT_H

/*
 * Telling what is wrong with a configuration, and counting it.
 */

#include "shard/config/config.h"
#include "shard/config/settings_place.h"

struct hub_report {
    hub_config_told told;
    void *context;
    unsigned errors;
    bool strict;       /* errors in what lies over the file count like others */
    unsigned left_out; /* errors in it that do not: what has them is left out */
};

/*
 * The text goes after "FILE:LINE: ". In what lies over the file an error is told as a warning, and
 * whoever reads the section leaves it out.
 */
void hub_report_error(struct hub_report *report, struct settings_place place, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));
void hub_report_warning(struct hub_report *report, struct settings_place place, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/* A text that is complete already. */
void hub_report_text(struct hub_report *report, const char *text);

#endif
