/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_OPTIONS_H
#define SHARD_CTL_OPTIONS_H

/*
 * ikehubctl's command line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CTL_ERROR_MAX 256

struct ctl_command;

struct ctl_options {
    const struct ctl_command *command; /* NULL: help or version */
    bool version;
    bool help;
    const char *socket;
    uint32_t timeout_ms; /* without a sign of life of the daemon */
    bool json;

    /* Of single commands; NULL and false: not given. */
    const char *ike;
    const char *ike_id;
    const char *child;
    char child_id[16]; /* in decimal digits; empty: not given */
    bool now;
    bool reset;
    bool leases;
    uint32_t interval_sec;
    uint32_t count;      /* 0: without end */
    const char *operand; /* of commands that have one */
};

/* A bit for each option that only some commands have. */
enum ctl_option {
    CTL_IKE = 1 << 0,
    CTL_IKE_ID = 1 << 1,
    CTL_CHILD = 1 << 2,
    CTL_CHILD_ID = 1 << 3,
    CTL_NOW = 1 << 4,
    CTL_WAITS = 1 << 5, /* no option: the daemon is told how long to wait */
    CTL_RESET = 1 << 6,
    CTL_VIEW = 1 << 7,
    CTL_LEASES = 1 << 8,
};

/* False: `error` says what is wrong, without a newline. */
bool ctl_options_read(int argc, char **argv, struct ctl_options *options,
                      char error[CTL_ERROR_MAX]);

void ctl_options_usage(FILE *to);

#endif
