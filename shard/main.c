/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikehubd: see docs/man/ikehubd.8.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shard/config/config.h"
#include "shard/log_sink.h"
#include "shard/options.h"
#include "shard/privilege/keys.h"
#include "shard/service.h"

#define STATUS_USAGE 2 /* the command line or the configuration is not usable */

static void on_told(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    if (severity == HUB_WARNING)
        hub_log_sink_say(x4c_trace_notice, "warning: ", text);
    else
        hub_log_sink_say(x4c_trace_error, "", text);
}

static int complain(const char *error)
{
    hub_log_sink_say(x4c_trace_error, "ikehubd: ", error);
    return STATUS_USAGE;
}

static int check(struct hub_config *config)
{
    printf("%s: ok, %zu connections\n", config->path, config->connection_count);
    hub_config_free(config);
    return 0;
}

static bool apply(const void *context, struct hub_daemon *daemon, char *error)
{
    return hub_options_apply(context, daemon, error);
}

/* The configuration becomes the service's. */
static int run(struct hub_config *config, const struct hub_daemon *daemon,
               const struct hub_adaptation *adapt)
{
    const int log_fd = hub_log_sink_dup(STDERR_FILENO);
    if (log_fd < 0) {
        hub_config_free(config);
        return complain(strerror(errno));
    }
    const int status = hub_service_run(config, daemon, adapt, log_fd);
    close(log_fd);
    return status;
}

/* Before any is read. */
static void decide_on_keys(const struct hub_options *options)
{
    const struct hub_override *privileges = &options->privileges;
    if (options->action == HUB_ACTION_CHECK)
        return;
    if (!privileges->given)
        hub_keys_are(HUB_KEYS_AS_CONFIGURED);
    else if (privileges->value == HUB_PRIVILEGES_SEPARATE)
        hub_keys_are(HUB_KEYS_APART);
}

static int with_config(const struct hub_options *options)
{
    char error[HUB_OPTIONS_ERROR_MAX];
    const struct hub_adaptation adapt = {apply, options};
    decide_on_keys(options);
    struct hub_config *config = hub_config_load(options->config, on_told, NULL);
    if (!config)
        return STATUS_USAGE;
    struct hub_daemon daemon = config->daemon;
    if (!hub_options_apply(options, &daemon, error)) {
        hub_config_free(config);
        return complain(error);
    }
    if (options->action == HUB_ACTION_CHECK)
        return check(config);
    return run(config, &daemon, &adapt);
}

int main(int argc, char **argv)
{
    char error[HUB_OPTIONS_ERROR_MAX];
    struct hub_options options;
    hub_log_sink_fill_standard();
    if (!hub_options_read(argc, argv, &options, error))
        return complain(error);
    switch (options.action) {
    case HUB_ACTION_HELP:
        hub_options_usage(stdout);
        return 0;
    case HUB_ACTION_VERSION:
        puts("ikehubd " IKEHUB_VERSION);
        return 0;
    case HUB_ACTION_CHECK:
    case HUB_ACTION_RUN:
        break;
    }
    return with_config(&options);
}
