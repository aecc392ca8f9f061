/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_END_H
#define SHARD_END_H

/*
 * Why a shard ends an SA by itself. To libike all of these are "terminated"; the log tells them
 * apart. Endings that libike decides about keep libike's reason.
 */

#include <stdint.h>

#include "x4/ike/reasons.h"

#define SHARD_ENDS(X)                                                                              \
    X(shut_down, "the daemon stops")                                                               \
    X(initial_contact, "the peer says that it knows no older SA")                                  \
    X(replaced, "a newer SA of the same identity is in its place")                                 \
    X(rekeyed, "a newer SA of ours is in its place")                                               \
    X(twin, "both sides began one at once")                                                        \
    X(not_unique, "the identity has an SA from elsewhere")                                         \
    X(id_refused, "no connection is for this identity and these algorithms")                       \
    X(kernel_failed, "the kernel refused the SA")                                                  \
    X(kernel_lost, "the kernel does not have the SA any more")                                     \
    X(volume_over, "it has carried all that it may")                                               \
    X(cert_refused, "the certificate is not believed")                                             \
    X(deleted_elsewhere, "deleted by the peer under an ISAKMP SA of another shard")                \
    X(dead_peer, "the peer does not answer dead peer detection")                                   \
    X(client_left, "the client has deleted its last ISAKMP SA")                                    \
    X(on_request, "somebody asked for it through the control socket")                              \
    X(handed_over, "another node goes on with it")                                                 \
    X(session_timeout, "the RADIUS server gave it so much time")                                   \
    X(disconnected, "a RADIUS server asked for it")                                                \
    X(no_address, "the peer has given us no address inside")                                       \
    X(not_kept, "the store did not have it in time")                                               \
    X(no_memory, "out of memory")

enum shard_end {
    SHARD_END_LIBIKE, /* none of the shard's */
#define X(name, text) SHARD_END_##name,
    SHARD_ENDS(X)
#undef X
};

/* "initial_contact" */
static inline const char *shard_end_name(uint8_t end, x4e_ike_reason reason)
{
    static const char *const names[] = {"",
#define X(name, text) #name,
                                        SHARD_ENDS(X)
#undef X
    };
    return end ? names[end] : x4_ike_reason_name(reason);
}

/* A phrase for people. */
static inline const char *shard_end_text(uint8_t end, x4e_ike_reason reason)
{
    static const char *const texts[] = {"",
#define X(name, text) text,
                                        SHARD_ENDS(X)
#undef X
    };
    return end ? texts[end] : x4_ike_reason_text(reason);
}

#endif
