/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_LOADED_H
#define SHARD_CONTROL_LOADED_H

/*
 * What clients have loaded: connections, pools, authorities, secrets, keys and certificates, as the
 * messages that they came in. Together they lie over the file (shard/config/overlay.h); they stay
 * until they are unloaded, or the daemon ends.
 *
 * For the control thread; an overlay is a copy that leads to items which do not change.
 */

#include "shard/config/overlay.h"
#include "shard/control/vici_message.h"
#include "x4/misc/list.h"
#include "x4/misc/table.h"

enum control_kind {
    CONTROL_CONNECTION,
    CONTROL_POOL,
    CONTROL_AUTHORITY,
    CONTROL_SECRET,
    CONTROL_KEY,
    CONTROL_CERT,
    CONTROL_KIND_COUNT,
};

/* Names of CONTROL_CERT that are keys begin so. */
#define CONTROL_PUBLIC_KEY "pubkey-"

/* One that is to be loaded. The strings and the message are copied. */
struct control_wanted {
    enum control_kind kind;
    const char *name;    /* by which clients know it */
    const char *section; /* its name in the tree; NULL: it is not in the tree */
    x4s_chunk message;   /* what is in the section: valid, its texts are texts */
    bool hidden;         /* it is not told by name */
};

struct control_item {
    struct control_wanted as;
    uint32_t users; /* the list, and overlays */
    x4s_table_link by_name;
    x4s_list of_kind; /* in the order of loading */
};

struct control_loaded {
    x4s_table by_name;
    x4s_list kinds[CONTROL_KIND_COUNT];
    size_t count;
};

/* False: no memory; call fini then too. */
bool control_loaded_init(struct control_loaded *loaded);
void control_loaded_fini(struct control_loaded *loaded);

enum control_put {
    CONTROL_PUT_NEW,  /* it is there now, in the place of one of that name, if there was one */
    CONTROL_PUT_SAME, /* it was there already */
    CONTROL_PUT_NO_MEMORY,
};

enum control_put control_loaded_put(struct control_loaded *loaded,
                                    const struct control_wanted *wanted);

bool control_loaded_has(const struct control_loaded *loaded, enum control_kind kind,
                        const char *name);

/* False: there is none. */
bool control_loaded_remove(struct control_loaded *loaded, enum control_kind kind, const char *name);

/* Returns how many there were. */
size_t control_loaded_clear(struct control_loaded *loaded, enum control_kind kind);

/* All of them, as they are now. NULL: there are none, or no memory. */
struct hub_overlay *control_loaded_overlay(struct control_loaded *loaded);

/*
 * Whether one can be read, by itself. NULL, or a text in `problem` that says why not.
 */
#define CONTROL_PROBLEM 512
const char *control_loaded_check(const struct hub_config *config,
                                 const struct control_wanted *wanted,
                                 char problem[CONTROL_PROBLEM]);

#endif
