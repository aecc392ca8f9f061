/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_STATE_H
#define SHARD_CONTROL_STATE_H

/*
 * What the control socket consists of. Only its own modules include this; control.h is for others.
 */

#include <sys/un.h>
#include <time.h>

#include "shard/control/control.h"
#include "shard/control/vici_packet.h"
#include "x4/misc/list.h"

struct control {
    struct hub *hub;
    struct hub_watch listener;
    struct sockaddr_un address;
    bool bound; /* the file is ours to remove */
    x4s_list clients;
    uint32_t client_count;
    x4s_list commands; /* control_command.of_control */
    uint64_t orders;   /* that were given */
    struct {
        bool begun;
        uint32_t missing; /* answers */
        size_t left;      /* ISAKMP SAs of those that answered */
        struct hub_timer look;
    } drain;
    time_t since;                                        /* by the clock on the wall */
    x4_msec begun;                                       /* by the one that never steps back */
    uint8_t packet[VICI_LENGTH_SIZE + VICI_SEGMENT_MAX]; /* that is being written */
};

#endif
