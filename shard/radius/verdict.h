/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_VERDICT_H
#define SHARD_RADIUS_VERDICT_H

/*
 * What an answer to an Access-Request says, without the packet.
 */

#include "shard/radius/packet.h"
#include "x4/net/addr.h"

#define RADIUS_CLASSES_MAX 512 /* bytes of all Class attributes with their headers */

enum radius_decision {
    RADIUS_SILENT, /* nobody answered */
    RADIUS_ACCEPT,
    RADIUS_REJECT,
    RADIUS_CHALLENGE,
};

struct radius_verdict {
    enum radius_decision decision;
    x4s_net_addr framed;  /* no family: none */
    uint8_t netmask[4];   /* all zero: none */
    uint32_t timeout_sec; /* Session-Timeout; 0: none */
    uint32_t interim_sec; /* Acct-Interim-Interval; 0: none */
    uint8_t classes[RADIUS_CLASSES_MAX];
    size_t classes_len; /* what does not fit is left out */
    uint8_t state[RADIUS_VALUE_MAX];
    size_t state_len;
    uint8_t message[RADIUS_VALUE_MAX]; /* the first Reply-Message */
    size_t message_len;
};

/* `answer` is NULL: none came. */
void radius_verdict_read(struct radius_verdict *verdict, const struct radius_packet *answer);

/* Whether one of the classes is this text. */
bool radius_verdict_has_class(const struct radius_verdict *verdict, const char *group);

#endif
