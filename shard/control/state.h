/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_STATE_H
#define SHARD_CONTROL_STATE_H

/*
 * What the control socket consists of. Only its own modules include this; control.h is for others.
 */

#include <time.h>

#include "shard/control/commit.h"
#include "shard/control/control.h"
#include "shard/control/loaded.h"
#include "shard/control/vici_packet.h"
#include "shard/state.h"
#include "shard/statistics.h"
#include "x4/crypto/crypto.h"
#include "x4/misc/list.h"

struct control {
    struct hub *hub;
    struct hub_watch listener;
    char path[HUB_SOCKET_MAX + 1];
    x4s_list clients;
    uint32_t client_count;
    x4s_list commands; /* control_command.of_control */
    uint64_t orders;   /* that were given */
    uint32_t watched;  /* kinds of events that the shards tell: bits of enum shard_event_kind */
    bool telling;      /* a line of ours */
    struct shard_trace traces[SHARD_TRACES_MAX];
    bool closing;
    struct control_loaded loaded;
    struct control_commit commit;
    struct shard_tally base; /* of all shards, when the counters were reset */
    x4s_crypto *crypto;      /* NULL: nobody has needed it */
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

/* The library's, for what clients load and list; made when it is needed first. NULL: no memory. */
x4s_crypto *control_crypto(struct control *control);

#endif
