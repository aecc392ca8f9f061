/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_H
#define STORE_REDIS_H

/*
 * The store in Redis (6.2 or newer): standalone, behind Sentinels, or a Redis Cluster.
 *
 * TLS is not spoken: hiredis 0.14 of Debian 12 does not have it. Where the way to the server is not
 * trusted a local proxy (stunnel) carries it; records are sealed in any case.
 */

#include "store/backend.h"
#include "store/redis_address.h"
#include "store/redis_socket.h"

enum redis_mode {
    REDIS_STANDALONE,
    REDIS_SENTINEL,
    REDIS_CLUSTER,
};

enum {
    REDIS_ADDRESSES_MAX = 16,

    /* Defaults, milliseconds. */
    REDIS_CONNECT_MS = 1000,
    REDIS_ANSWER_MS = 1000,
    REDIS_IDLE_MS = 1000,
    REDIS_LOOK_MS = 1000,
    REDIS_GIVE_UP_MS = 2000,
    REDIS_LEASE_MS = 10000,

    /* store_backend_ops.close() brings to an end what is under way, for this long. */
    REDIS_CLOSE_MS = 1000,
};

/* Texts outlive the store. A time of 0 is its default. */
struct redis_options {
    enum redis_mode mode;
    /* Of the server; of all Sentinels; of some nodes of the cluster, which names the others. */
    struct redis_address addresses[REDIS_ADDRESSES_MAX];
    size_t address_count;
    const char *user;     /* of the servers; NULL: `default` */
    const char *password; /* NULL: none is asked for */
    uint32_t database;    /* 0 with a cluster, which has no other */
    const char *master;   /* the Sentinels' name of it */
    const char *sentinel_user;
    const char *sentinel_password;
    uint32_t connect_ms;      /* until a connection is to be used */
    uint32_t answer_ms;       /* without an answer while one is due: the connection is given up */
    uint32_t idle_ms;         /* a server that has nothing to do is asked whether it is there */
    uint32_t look_ms;         /* Sentinels and nodes are asked who is in charge */
    uint32_t give_up_ms;      /* what was not answered until then is STORE_AWAY */
    uint32_t lease_ms;        /* an estate is lost that was not renewed for so long */
    redis_connect_fn connect; /* NULL: redis_socket_connect() */
    uint32_t replicas;        /* have to have a claim or a renewal before it counts; 0: none */
};

/* True: they make sense, and times of 0 have become defaults; else *error says why. */
bool redis_options_check(struct redis_options *options, struct store_error *error);

/* The back end; store_options.redis has the options. */
extern const struct store_backend_ops redis_store_ops;

#endif
