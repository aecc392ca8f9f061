/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_OWNERSHIP_H
#define SHARD_KEEP_OWNERSHIP_H

/*
 * Whose the records are: a store of the control thread, in which leases are held.
 *
 * Of several daemons with one estate the one that owns it serves; the others
 * wait, with nothing open but their connection to the store, until the owner has let go of it or
 * did not renew its lease. The owner that finds that another has it falls silent at once and ends:
 * what it would still write is refused by the store, and its peers talk to the other by now.
 *
 * Where nodes have an estate each all serve, and estates come and go (shard/keep/possession.h).
 *
 * All functions belong to the control thread.
 */

#include "shard/hub.h"
#include "shard/keep/possession.h"
#include "shard/notify.h"

struct hub_ownership;

/* NULL: *error says why. All parameters outlive it. */
struct hub_ownership *hub_ownership_open(const struct hub_storage *storage, uint32_t lease_ms,
                                         struct hub_log *log, struct store_error *error);

/*
 * Claims the estate, if it is one that nodes share, and waits until it is ours; *token is then what
 * writes carry. False: the descriptor `stop` has become readable before. Meanwhile `notify` gets
 * signs of life.
 */
bool hub_ownership_await(struct hub_ownership *ownership, int stop, struct hub_notify *notify,
                         uint64_t *token);

/* From now on the lease is renewed in the hub's loop. False: errno. */
bool hub_ownership_attach(struct hub_ownership *ownership, struct hub *hub);

/* After something was asked of a possession: what follows is due in the next round. */
void hub_ownership_go_on(struct hub *hub);

/* One of several estates, by number or by name; NULL: there is none. */
struct possession *hub_ownership_possession(struct hub *hub, uint32_t number);
struct possession *hub_ownership_named(struct hub *hub, const char *estate);

/* A letter from a shard: what it wrote was refused, the estate is another's. */
void hub_ownership_fenced(void *member, struct shard_letter *letter);

/* The shards have ended, and written all: another may have it at once. NULL is ignored. */
void hub_ownership_close(struct hub_ownership *ownership);

#endif
