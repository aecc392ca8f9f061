/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_COMMIT_H
#define SHARD_CONTROL_COMMIT_H

/*
 * What was loaded becomes a snapshot: all that comes within a while together, because to make one
 * costs as much as there is of connections. The while is several times what the last one took, so
 * that ten thousand connections that are loaded one by one are some ten snapshots, and not ten
 * thousand. Commands for which the configuration matters wait until what was loaded before is used.
 */

#include "shard/reload.h"

struct control;

struct control_commit {
    struct hub_timer timer;
    struct hub_reload_request request;
    bool busy;         /* a snapshot is being made */
    uint64_t changes;  /* so many there were */
    uint64_t included; /* in the snapshot that is being made */
    uint64_t done;     /* in the last that was made, or given up */
    x4_msec begun;
    x4_msec took;
    x4s_list waiting; /* control_settle.of_commit */
};

/* Somebody who waits. */
struct control_settle {
    x4s_list of_commit;
    uint64_t changes; /* that have to be done */
    void (*settled)(struct control_settle *settle);
};

void control_commit_init(struct control *control);
void control_commit_fini(struct control *control);

/* Something was loaded or unloaded. */
void control_commit_changed(struct control *control);

/* Calls back when all that was loaded until now is used. False: it is already, and nobody calls. */
bool control_commit_settle(struct control *control, struct control_settle *settle);
void control_commit_forget(struct control_settle *settle);

#endif
