/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RELOAD_H
#define SHARD_RELOAD_H

/*
 * Loads the configuration anew while the daemon runs. For the control thread.
 *
 * A thread reads the files (shard/loader.h). Then all shards make room for what is new, and when
 * all have it all go over to the new snapshot (shard/snapshot.h): two rounds of letters, because
 * shards tell each other of connections. What fails before the second round leaves everything as it
 * was; the second cannot fail. The old snapshot stays as long as anybody uses it (shard/retire.h).
 */

#include <time.h>

#include "shard/hub.h"
#include "x4/misc/list.h"

struct hub_loader;
struct hub_overlay;
struct hub_snapshot;

/* Somebody who waits for a reload. The memory is the asker's until `done`. */
struct hub_reload_request {
    x4s_list of_reload;

    /* Something that the operator should know. */
    void (*told)(struct hub_reload_request *request, const char *text);

    /* It is over. `error` is NULL, or why everything is as it was. */
    void (*done)(struct hub_reload_request *request, const char *error);
};

#define HUB_RELOAD_ERROR_MAX 512

struct hub_reload {
    x4s_list asked;  /* hub_reload_request.of_reload: for the next one */
    x4s_list served; /* of the one under way */
    bool again;      /* when it is over another is to begin */
    bool read;       /* and the files are to be read for it, not the overlay alone */
    bool ending;     /* those who wait are being told */
    struct hub_timer begin;
    struct hub_loader *loader;
    struct hub_watch loaded;
    struct hub_snapshot *candidate; /* that shards prepare or adopt */
    uint32_t missing;               /* answers of shards */
    bool failed;                    /* a shard has no memory */
    uint64_t loads;                 /* that succeeded, the first with the daemon's start */
    uint64_t failures;
    time_t loaded_at;
    char error[HUB_RELOAD_ERROR_MAX]; /* the first that was found */

    /* Gives what lies over the file now, NULL where nothing does. NULL: nothing ever does. */
    struct hub_overlay *(*overlay)(void *context);
    void *overlay_context;
};

void hub_reload_init(struct hub *hub);
void hub_reload_fini(struct hub *hub);

/*
 * Begins, or has another begin after the one that is under way, since the files may have changed
 * meanwhile. `request` may be NULL: the log alone tells what came of it.
 */
void hub_reload(struct hub *hub, struct hub_reload_request *request);

/*
 * The same when what lies over the file has changed: the file's sections stay as they were read,
 * unless somebody else asks for the files meanwhile.
 */
void hub_reload_overlay(struct hub *hub, struct hub_reload_request *request);

/* Who knows what lies over the file, from now on. */
void hub_reload_lay_over(struct hub *hub, struct hub_overlay *(*overlay)(void *context),
                         void *context);

/* The asker waits no longer. */
void hub_reload_forget(struct hub_reload_request *request);

/* For people: when the newest configuration was loaded, and what there is of others. */
struct hub_reload_report {
    time_t loaded_at;
    uint64_t loads; /* that succeeded, with that at the daemon's start */
    uint64_t failures;
    uint32_t configurations; /* in memory */
    uint64_t old_sas;        /* ISAKMP SAs of others than the newest, at most a second ago */
};

struct hub_reload_report hub_reload_report(const struct hub *hub);

#endif
