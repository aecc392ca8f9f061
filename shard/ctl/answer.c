/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/answer.h"

#include <stdio.h>
#include <string.h>

enum ctl_status ctl_answer_status(enum ctl_outcome outcome, const char *command)
{
    switch (outcome) {
    case CTL_ANSWERED:
        return CTL_DONE;
    case CTL_UNKNOWN:
        fprintf(stderr, "ikehubctl: the daemon does not know %s\n", command);
        return CTL_REFUSED;
    case CTL_SILENT:
        fprintf(stderr, "ikehubctl: %s: no answer in time\n", command);
        return CTL_TIMED_OUT;
    case CTL_BROKEN:
        break;
    }
    fprintf(stderr, "ikehubctl: %s: the daemon hung up\n", command);
    return CTL_NO_DAEMON;
}

enum ctl_status ctl_answer_success(const json_t *response)
{
    if (strcmp(ctl_tree_text(response, "success"), "no") != 0)
        return CTL_DONE;
    fprintf(stderr, "ikehubctl: %s\n", ctl_tree_text(response, "errmsg"));
    return CTL_REFUSED;
}

void ctl_answer_keep(void *user, x4s_chunk message)
{
    *(json_t **)user = ctl_tree(message);
}

enum ctl_status ctl_answer_get(struct ctl_client *client, const char *command, json_t **response)
{
    *response = NULL;
    struct vici_writer request = ctl_client_begin(client, command);
    const enum ctl_outcome outcome =
        ctl_client_ask(client, &request, NULL, ctl_answer_keep, response);
    return ctl_answer_status(outcome, command);
}
