/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikehubctl: see docs/man/ikehubctl.8.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shard/ctl/commands.h"

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "ikehubctl: %s%s%s\n", what, *why ? ": " : "", why);
    return CTL_USAGE;
}

static int run(const struct ctl_options *options)
{
    struct ctl_client client;
    enum ctl_status status = CTL_NO_DAEMON;
    if (ctl_client_open(&client, options->socket, (int)options->timeout_ms))
        status = options->command->run(&client, options);
    else
        complain(options->socket, strerror(errno));
    ctl_client_close(&client);
    return (int)status;
}

int main(int argc, char **argv)
{
    char error[CTL_ERROR_MAX];
    struct ctl_options options;
    if (!ctl_options_read(argc, argv, &options, error))
        return complain(error, "");
    if (options.help)
        ctl_options_usage(stdout);
    else if (options.version)
        puts("ikehubctl " IKEHUB_VERSION);
    else
        return run(&options);
    return CTL_DONE;
}
