/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

/*
 * What a RADIUS server was told of an ISAKMP SA, so that whoever goes on with the SA goes on with
 * the accounting: under the same Acct-Session-Id, without another beginning.
 */

#include "store/field.h"

enum {
    STORE_SESSION_USER_MAX = 253,    /* bytes of a User-Name */
    STORE_SESSION_CLASSES_MAX = 512, /* bytes of all Class attributes with their headers */
};

/* Times as in store/record.h. */
struct store_session {
    uint64_t began_at; /* 0: there is none, and nothing else is set */
    uint64_t ends_at;  /* Session-Timeout; 0: nobody said */
    uint32_t salt;     /* both numbers of the Acct-Session-Id */
    uint32_t number;
    uint32_t interim_sec;
    bool started;         /* the beginning was told */
    x4s_net_addr framed;  /* the address that the server said; no family: none */
    x4s_net_addr netmask; /* likewise */
    x4s_chunk user;       /* 1 to STORE_SESSION_USER_MAX bytes */
    x4s_chunk classes;    /* whole attributes, one behind the other */
};

extern const struct store_codec store_session;

bool store_session_can_be(const struct store_session *session);

#endif
