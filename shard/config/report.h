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
};

/* The text goes after "FILE:LINE: ". */
void hub_report_error(struct hub_report *report, struct settings_place place, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));
void hub_report_warning(struct hub_report *report, struct settings_place place, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/* A text that is complete already. */
void hub_report_text(struct hub_report *report, const char *text);

#endif
