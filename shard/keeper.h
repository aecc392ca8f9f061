/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEPER_H
#define SHARD_KEEPER_H

/*
 * The process that has the private keys (shard/privilege/key_process.h), as the control thread sees
 * it: it is told to read them when it begins, for it knows no passphrases, and it is noticed when
 * it ends. Keys that clients loaded are gone then. Does nothing where there is no such process.
 */

#include "shard/hub.h"

struct hub_keeper {
    struct hub_watch watch;
    struct hub_timer again;
    bool connected;
    bool heard;     /* it has said something */
    uint64_t found; /* keys, since it was told to read them */
    void (*lost)(void *context);
    void *context;
};

void hub_keeper_open(struct hub *hub);
void hub_keeper_close(struct hub *hub);

/* The configuration is another one: what it does without shall not sign any more. */
void hub_keeper_commit(struct hub *hub);

/* Who is called when a process has ended; NULL: nobody. */
void hub_keeper_tell(struct hub *hub, void (*lost)(void *context), void *context);

#endif
