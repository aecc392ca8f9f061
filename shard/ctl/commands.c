/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/commands.h"

#include <string.h>

#include "shard/ctl/lists.h"
#include "shard/ctl/show.h"
#include "shard/ctl/steer.h"
#include "shard/ctl/top.h"
#include "shard/ctl/watch.h"

static const struct ctl_operand an_estate = {"ESTATE", "the name of an estate"};
static const struct ctl_operand a_peer = {"PEER", "the address or the identity of a peer"};

const struct ctl_command ctl_commands[] = {
    {"status", "what runs, since when, and how many SAs there are", 0, ctl_show_status, NULL},
    {"list-sas", "the SAs", CTL_IKE | CTL_IKE_ID, ctl_show_sas, NULL},
    {"list-conns", "the connections, of the file and loaded", CTL_IKE, ctl_list, NULL},
    {"list-certs", "certificates, authorities and revocation lists", 0, ctl_list, NULL},
    {"list-authorities", "the certification authorities with names", 0, ctl_list, NULL},
    {"list-pools", "the address pools, and how much of them is in use", CTL_LEASES, ctl_list, NULL},
    {"counters", "what was counted since the last reset", CTL_RESET, ctl_counters, NULL},
    {"top", "rates, SAs and shards, again and again", CTL_VIEW, ctl_top, NULL},
    {"monitor", "SAs that come, go, are replaced or move, as it happens", 0, ctl_watch, NULL},
    {"log", "lines of the log as they come", 0, ctl_watch, NULL},
    {"trace", "all that the log can say of one peer, as it happens", 0, ctl_watch, &a_peer},
    {"stats", "all counters that are not zero", 0, ctl_show_stats, NULL},
    {"initiate", "begin an ISAKMP SA, a child, or both", CTL_IKE | CTL_CHILD | CTL_WAITS, ctl_steer,
     NULL},
    {"rekey", "make SAs anew before their time", CTL_IKE | CTL_IKE_ID | CTL_CHILD | CTL_CHILD_ID,
     ctl_steer, NULL},
    {"terminate", "end SAs", CTL_IKE | CTL_IKE_ID | CTL_CHILD | CTL_CHILD_ID, ctl_steer, NULL},
    {"reload", "load the configuration anew; SAs stay", 0, ctl_steer, NULL},
    {"drain", "begin no more SAs, and end the daemon when all are gone", CTL_NOW, ctl_steer, NULL},
    {"adopt", "take the estate of a node that is gone", 0, ctl_steer, &an_estate},
    {"handover", "give an estate up, for another node to go on with", 0, ctl_steer, &an_estate},
    {NULL, NULL, 0, NULL, NULL},
};

const struct ctl_command *ctl_command_find(const char *name)
{
    for (const struct ctl_command *command = ctl_commands; command->name; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}
