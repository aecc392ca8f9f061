/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SHARD_GROUP_H
#define TESTS_UNIT_SHARD_GROUP_H

#include "tests/unit/shard/fake_libike.h"

/* Three shards; a peer's ISAKMP SAs come to different ones of them. */

enum { SHARDS = 3 };

#define INITIAL_CONTACT 24578

#define HERE  "198.51.100.1"
#define THERE "198.51.100.2"
#define NAME  "a.example.org"

#define CONF(unique)                                                                               \
    "connections { hub { version = 1\n remote_addrs = " HERE ", %any\n"                            \
    "proposals = aes128-sha256-modp2048\n unique = " unique "\n"                                   \
    "local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"                    \
    "children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"                           \
    "esp_proposals = aes128-sha256\n ipcomp = yes\n rekey_time = 1h\n life_time = 2h\n rand_time " \
    "= 0s } } } }\n"                                                                               \
    "secrets { ike { secret = abc\n } }\n"

struct group {
    struct fixture *members[SHARDS];
};

static inline struct group group_new(const char *conf)
{
    struct group g;
    fixture_group(conf, g.members, SHARDS);
    return g;
}

static inline void deliver(struct group *g)
{
    fixture_deliver(g->members, SHARDS);
}

static inline void end(struct group *g)
{
    deliver(g);
    fixture_group_free(g->members, SHARDS);
}

/* Of the peer, in a shard. */
static inline size_t count_sas(const struct group *g, int shard)
{
    return count_list(&shard_connection_numbered(&g->members[shard]->shard, 0)->sas);
}

static inline size_t count_children(const struct group *g, int shard)
{
    return g->members[shard]->shard.children.count;
}

/* An ISAKMP SA that is complete a moment after all before. */
static inline struct shard_sa *up(struct group *g, int shard, const char *ip)
{
    for (int i = 0; i < SHARDS; i++)
        g->members[i]->shard.now++;
    struct shard_sa *sa = peer_up(g->members[shard], ip, NAME);
    deliver(g);
    return sa;
}

#endif
