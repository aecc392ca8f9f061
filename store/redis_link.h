/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_LINK_H
#define STORE_REDIS_LINK_H

/*
 * One connection to one Redis server or Sentinel, with hiredis for what is said: connected without
 * blocking, authenticated, connected anew with growing pauses whenever it breaks.
 *
 * All links of an instance share an epoll instance, whose descriptor is watched for readability;
 * that the socket of a link can be written to is an event of it like others. Nothing here blocks:
 * addresses are numbers (redis_address.h), sockets do not block, and what is not answered in time
 * ends by redis_link_tick().
 *
 * Before a connection is used the server is told to forget the one before: what it has not read of
 * that, because it was stopped perhaps, would otherwise be done after what is sent here.
 *
 * What the server may send is bounded: replies in bytes and elements, and there is no reply without
 * a command.
 *
 * hiredis' asynchronous API makes sockets by itself, and takes none. So what is used of it is its
 * reader and its buffers, and who waits for a reply is remembered here.
 */

#include "store/redis_address.h"
#include "store/redis_backoff.h"
#include "store/redis_socket.h"
#include "x4/core/types.h"

struct redisContext;
struct redisReply;
struct redisReplyObjectFunctions;
struct redis_link;

enum {
    REDIS_LINK_REPLY_MAX = 8 << 20,    /* bytes of a reply */
    REDIS_LINK_ELEMENTS_MAX = 1 << 18, /* of a reply, nested ones included */
    REDIS_LINK_UNSENT_MAX = 16 << 20,  /* bytes of commands that the socket did not take yet */
    REDIS_LINK_KEEP = 256 << 10,       /* bytes of a buffer that is kept when it is empty */
    REDIS_LINK_ERROR = 160,
    REDIS_POLL_EVENTS = 8, /* served by one redis_poll_turn() */
    REDIS_GREETINGS_MAX = 5,
    REDIS_GREETING_WORDS = 4,
};

/* Where the sockets of the links are watched. */
struct redis_poll {
    int fd;
    x4_msec now;    /* of the last tick */
    uint64_t turns; /* of redis_poll_turn(), and events that it served */
    uint64_t events;
};

/* False: errno says why. */
bool redis_poll_open(struct redis_poll *poll);
void redis_poll_close(struct redis_poll *poll);

/* Serves what is ready, at most REDIS_POLL_EVENTS; never waits. */
void redis_poll_turn(struct redis_poll *poll);

/* Of a link, the same from one connection to the next. Texts are the user's and outlive it. */
struct redis_link_options {
    const char *user;     /* NULL: the user `default` */
    const char *password; /* NULL: no AUTH */
    uint32_t database;
    bool sentinel;       /* it is a Sentinel, which has no run id to be asked for */
    bool primary;        /* a replica is as good as no answer */
    const char *channel; /* subscribes to it; or NULL */
    uint32_t connect_ms; /* until it is ready */
    uint32_t answer_ms;  /* without an answer while one is due */
    redis_connect_fn connect;
    uint32_t idle_ms; /* without a command, then it is asked whether it is there; 0: never */
};

/* What the user is told; from within redis_poll_turn() and redis_link_tick(). */
struct redis_link_events {
    void *user;
    void (*ready)(void *user, struct redis_link *link);
    /* It was ready, or did not get there. All commands were answered with NULL before. */
    void (*down)(void *user, struct redis_link *link);
    void (*message)(void *user, struct redis_link *link, const char *text); /* of the channel */
};

/* Embedded in what waits for the answer. `reply` is hiredis' and valid during the call. */
struct redis_wait {
    void (*answer)(struct redis_wait *wait, struct redis_link *link,
                   const struct redisReply *reply); /* NULL: the connection is gone */
};

/* Who waits for replies, in the order of the commands: a ring. NULL: nobody does. */
struct redis_waits {
    struct redis_wait **wait;
    size_t size; /* 0 or a power of two */
    size_t first;
    size_t count;
};

enum redis_link_state {
    REDIS_LINK_DOWN,
    REDIS_LINK_CONNECTING,
    REDIS_LINK_READY,
};

struct redis_link {
    struct redis_poll *poll;
    const struct redis_link_options *options;
    struct redis_link_events on;
    struct redis_address address; /* host "": none yet */
    struct redisContext *context;
    struct redis_waits waits;
    const struct redisReplyObjectFunctions *create; /* hiredis' own */
    enum redis_link_state state;
    bool connected;
    bool serving; /* its events */
    bool doomed;  /* to be ended when they are served */
    bool timed;   /* since_ms counts; else from the next tick on */
    uint32_t events;
    size_t expected; /* replies that are due */
    size_t elements; /* that the current reply may still have */
    x4_msec since_ms;
    x4_msec retry_ms;
    struct redis_backoff backoff;
    uint64_t server; /* stands for the run of the server; another after its restart; 0: none yet */
    uint64_t told;   /* the server's number for this connection */
    uint64_t client; /* the same once it is ready, and there may be commands in it */
    uint64_t left;   /* of the last such one, where the same run of the server may still read it */
    uint64_t connects;
    char error[REDIS_LINK_ERROR]; /* why it was down last */
    struct redis_wait greetings[REDIS_GREETINGS_MAX];
    struct redis_wait part;
    struct redis_wait ping;
};

/* Parameters outlive the link. `seed` makes its pauses differ from others'. */
void redis_link_init(struct redis_link *link, struct redis_poll *poll,
                     const struct redis_link_options *options,
                     const struct redis_link_events *events, uint64_t seed);

/* Where it shall connect to. If that is another address than before, the connection is ended. */
void redis_link_target(struct redis_link *link, const struct redis_address *address);

/* Ends the connection; commands are answered with NULL. A next one comes by tick. */
void redis_link_fail(struct redis_link *link, const char *why);

/* Ends it for good, or until the next redis_link_target(). */
void redis_link_stop(struct redis_link *link);

/*
 * Sends a command (redis_request.h) and waits for its reply. `wait` NULL: whatever it is. False:
 * not ready, or too much is unsent, or it listens to a channel; nothing was sent.
 */
bool redis_link_send(struct redis_link *link, const uint8_t *command, size_t len,
                     struct redis_wait *wait);

/* Connects, times out, pings; poll->now is the time. Returns when it wants to be called again. */
x4_msec redis_link_tick(struct redis_link *link);

#endif
