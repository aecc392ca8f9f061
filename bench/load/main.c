/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdio.h>

#include "bench/load/options.h"
#include "bench/load/run.h"
#include "bench/load/weak_dh.h"

#define STATUS_USAGE 2

/* Signals are read from a descriptor in the loop; a report that nobody reads is no reason to die.
 */
static void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
    struct load_options options;
    struct load_error error;
    switch (load_options_parse(argc, argv, &options, &error)) {
    case LOAD_HELP:
        load_options_usage(stdout);
        return 0;
    case LOAD_VERSION:
        puts("ikeload " IKELOAD_VERSION);
        return 0;
    case LOAD_BAD:
        fprintf(stderr, "ikeload: %s\nikeload --help shows the options\n", error.text);
        return STATUS_USAGE;
    case LOAD_GO:
        break;
    }
    if (!options.strong && !load_weak_dh_use()) {
        fputs("ikeload: OpenSSL fails\n", stderr);
        return 1;
    }
    block_signals();
    return load_run(&options);
}
