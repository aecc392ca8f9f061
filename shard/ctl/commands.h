/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_COMMANDS_H
#define SHARD_CTL_COMMANDS_H

/*
 * ikehubctl's commands.
 */

#include "shard/ctl/client.h"
#include "shard/ctl/options.h"

/* Exit statuses. */
enum ctl_status {
    CTL_DONE = 0,
    CTL_REFUSED = 1, /* the daemon says why */
    CTL_USAGE = 2,
    CTL_NO_DAEMON = 3, /* nobody serves the socket, or hung up */
    CTL_TIMED_OUT = 4,
};

struct ctl_operand {
    const char *name; /* for the list of commands */
    const char *what; /* follows "expected " */
};

struct ctl_command {
    const char *name;
    const char *help;
    uint32_t options; /* enum ctl_option: those that it has */
    enum ctl_status (*run)(struct ctl_client *client, const struct ctl_options *options);
    const struct ctl_operand *operand; /* what follows the command; NULL: nothing */
};

/* Ends with a NULL. */
extern const struct ctl_command ctl_commands[];

/* NULL: there is none of that name. */
const struct ctl_command *ctl_command_find(const char *name);

#endif
