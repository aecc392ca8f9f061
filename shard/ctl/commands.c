/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/commands.h"

#include <string.h>

#include "shard/ctl/show.h"
#include "shard/ctl/steer.h"

const struct ctl_command ctl_commands[] = {
    {"status", "what runs, since when, and how many SAs there are", 0, ctl_show_status},
    {"list-sas", "the SAs", CTL_IKE | CTL_IKE_ID, ctl_show_sas},
    {"stats", "all counters that are not zero", 0, ctl_show_stats},
    {"initiate", "begin an ISAKMP SA, a child, or both", CTL_IKE | CTL_CHILD | CTL_WAITS,
     ctl_steer},
    {"terminate", "end SAs", CTL_IKE | CTL_IKE_ID | CTL_CHILD | CTL_CHILD_ID, ctl_steer},
    {"reload", "load the configuration anew; SAs stay", 0, ctl_steer},
    {"drain", "begin no more SAs, and end the daemon when all are gone", CTL_NOW, ctl_steer},
    {"adopt", "take the estate of a node that is gone", CTL_ESTATE, ctl_steer},
    {"handover", "give an estate up, for another node to go on with", CTL_ESTATE, ctl_steer},
    {NULL, NULL, 0, NULL},
};

const struct ctl_command *ctl_command_find(const char *name)
{
    for (const struct ctl_command *command = ctl_commands; command->name; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}
