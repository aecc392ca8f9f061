/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_ASK_H
#define SHARD_PRIVILEGE_ASK_H

/*
 * What is said between the packet process and the supervisor. Every question brings the descriptor
 * on which its answer is wanted, so that threads can ask at the same time. Where there is more than
 * one name there are as many answers, and the end of that descriptor's messages ends them.
 */

#include <limits.h>

#include "shard/privilege/open.h"

enum hub_ask_kind {
    HUB_ASK_FILE,
    HUB_ASK_PATTERN,
    HUB_ASK_FOLDER,
    HUB_ASK_HOST,
    HUB_ASK_BOUND,
    HUB_ASK_CONNECTED,
    HUB_ASK_SOURCE,
    HUB_ASK_REDIS,
    HUB_ASK_RING_SOCKET,
    HUB_ASK_CONTROL,
    HUB_ASK_NO_CONTROL, /* the file is removed */
    HUB_ASK_HELPER,     /* the descriptor is for the helper */
    HUB_ASKS,
};

struct hub_ask_ring_socket {
    struct ring_socket spec;
    uint32_t receive_queue;
    bool grouped;
    struct ring_steer steer;
};

struct hub_ask_helper {
    uint32_t helper;
    uint32_t what;
};

struct hub_ask {
    uint32_t kind;
    union {
        char text[PATH_MAX]; /* ends with a 0 */
        struct ring_addr addr;
        struct redis_address server;
        struct hub_ask_ring_socket socket;
        struct hub_ask_helper helper;
    };
};

struct hub_answer {
    int32_t error; /* an errno; 0: none */
    union {
        char text[PATH_MAX];
        struct ring_addr addr;
        struct ring_udp udp;
        struct ring_error reason; /* of sockets of a ring, or of the control interface */
    };
};

#endif
