/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_CLIENT_H
#define STORE_REDIS_CLIENT_H

/*
 * Commands and their answers, whatever happens to servers meanwhile.
 *
 * A call is sent to the server that has its key. If the connection breaks before it is answered it
 * is sent again, perhaps to another server: all that is asked here may be done twice. It follows
 * redirections, sends a script in full to a server that does not have it, and waits where a server
 * wants to be asked later. What has not been sent successfully within give_up_ms is answered with
 * STORE_AWAY; what is on its way is not, because it may still be done.
 *
 * A connection that broke is the server's to forget before the next one is used: so nothing that is
 * left in it is done after what comes later.
 */

#include "store/redis_refusal.h"
#include "store/redis_request.h"
#include "store/redis_route.h"
#include "store/redis_script.h"

struct redis_client;

struct redis_call {
    x4s_list of_client;
    struct redis_wait wait;
    struct redis_client *client;
    void (*done)(struct redis_call *call, enum store_result result,
                 const struct redisReply *reply); /* NULL unless STORE_DONE; frees the call */
    struct redis_request tail;                    /* the arguments behind the key */
    const char *word; /* in front of it, where it is no script: "HSCAN" */
    size_t size;      /* of the memory that begins with this */
    int script;       /* enum redis_script, or -1 */
    char key[STORE_ESTATE_MAX + 24];
    uint16_t slot;
    bool whole;            /* the server does not have the script */
    bool asking;           /* the next time at `ask` only */
    unsigned redirections; /* since it was heard of last */
    struct redis_address ask;
    x4_msec deadline_ms; /* 0: from the next tick on */
    x4_msec later_ms;    /* not before */
    uint64_t server;     /* that answered, see struct redis_link */
};

struct redis_client_stats {
    uint64_t calls;
    uint64_t sent; /* of them, and again */
    uint64_t redirected;
    uint64_t given_up;
};

struct redis_client {
    const struct redis_options *options;
    struct redis_poll poll;
    struct redis_route *route;
    struct redis_scripts scripts;
    struct redis_backoff backoff;
    x4s_list waiting; /* redis_call.of_client, oldest first */
    x4s_list flying;
    bool urgent; /* to be called at once */
    struct redis_client_stats stats;
    void *user;
    void (*changed)(void *user, struct redis_link *link); /* as in struct redis_route_events */
    char error[REDIS_LINK_ERROR]; /* that a server answered last, or empty */
};

/* False: no descriptor, or no SHA-1. Parameters outlive the client. */
bool redis_client_open(struct redis_client *client, const struct redis_options *options, void *user,
                       void (*changed)(void *user, struct redis_link *link));

/* Calls that are under way are answered with STORE_AWAY. */
void redis_client_close(struct redis_client *client);

/*
 * `size` of a struct that begins with a call. `script` -1: the word in front of the
 * key is the caller's to set.
 */
struct redis_call *redis_call_new(size_t size, int script, const char *key);

void redis_call_free(struct redis_call *call);

/* Takes the call; `done` frees it, or submits it once more. Does not call back. */
void redis_client_submit(struct redis_client *client, struct redis_call *call);

/* The same from within `done`, after a pause; it is given up when it would have been. */
void redis_client_repeat(struct redis_client *client, struct redis_call *call, x4_msec pause);

bool redis_client_idle(const struct redis_client *client);

/* Sends what waits, where it can. */
void redis_client_pump(struct redis_client *client);

/* Serves what is ready. */
void redis_client_ready(struct redis_client *client);

/* Milliseconds until it wants to be called again. */
x4_msec redis_client_tick(struct redis_client *client, x4_msec now);

#endif
