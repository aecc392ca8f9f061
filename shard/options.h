/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_OPTIONS_H
#define SHARD_OPTIONS_H

/*
 * The command line of ikehubd (docs/man/ikehubd.8). It overrides the section ikehub of the
 * configuration.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "shard/config/config.h"

#define HUB_OPTIONS_CONFIG     "/etc/ikehub/ikehub.conf"
#define HUB_OPTIONS_LISTEN_MAX 16

enum hub_action {
    HUB_ACTION_RUN,
    HUB_ACTION_CHECK,
    HUB_ACTION_VERSION,
    HUB_ACTION_HELP,
};

/* A value of the command line, if it was given. */
struct hub_override {
    bool given;
    int value;
};

struct hub_options {
    enum hub_action action;
    const char *config;
    x4s_net_addr listen[HUB_OPTIONS_LISTEN_MAX];
    size_t listen_count;
    struct hub_override port;
    struct hub_override port_nat_t;
    struct hub_override backend;    /* enum hub_backend */
    struct hub_override kernel;     /* enum hub_kernel_choice */
    struct hub_override privileges; /* enum hub_privileges */
    struct hub_override shards;     /* 0: automatic */
    struct hub_override log_level;  /* x4e_trace_level */
    struct hub_override log_format; /* enum hub_log_format */
    bool log_keys;
    const char *socket; /* "none"; NULL: not given */
};

#define HUB_OPTIONS_ERROR_MAX 256

/*
 * Reads the command line. Strings point into argv. False: `error` says what was found and what was
 * expected.
 */
bool hub_options_read(int argc, char **argv, struct hub_options *options,
                      char error[HUB_OPTIONS_ERROR_MAX]);

/*
 * The daemon's section with what the command line changes; it points into `options`. False: the
 * two do not go together.
 */
bool hub_options_apply(const struct hub_options *options, struct hub_daemon *daemon,
                       char error[HUB_OPTIONS_ERROR_MAX]);

void hub_options_usage(FILE *to);

#endif
