/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shard/config/numbers.h"
#include "shard/initiate.h"
#include "shard/lease.h"
#include "shard/pool.h"
#include "shard/rekey.h"
#include "tests/unit/shard/fake_libike.h"

/* Shards that go over from one snapshot to another, as the control thread has them do it. */

enum { SHARDS = 2 };

#define PEER "198.51.100.1"
#define NAME "a.example.org"

#define CHILD(name, options)                                                                       \
    name " { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n esp_proposals = aes128-sha256\n"    \
         "rekey_time = 1h\n life_time = 2h\n rand_time = 0s\n " options " }\n"

#define CONNECTION(name, options, children)                                                        \
    name " { version = 1\n local_addrs = 192.0.2.1\n remote_addrs = " PEER "\n"                    \
         "proposals = aes128-sha256-modp2048\n rekey_time = 4h\n rand_time = 0s\n " options        \
         "local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"               \
         "children { " children " } }\n"

#define CONF(connections, secret)                                                                  \
    "connections { " connections " }\nsecrets { ike { secret = " secret "\n } }\n"

#define PLAIN CONF(CONNECTION("hub", "", CHILD("net", "")), "abc")

struct scene {
    struct fixture *members[SHARDS];
    struct hub_numbers *numbers;
    struct hub_config *before; /* and after, if there is one */
    struct hub_config *after;
};

static struct scene scene_new(const char *conf)
{
    struct scene s = {.numbers = hub_numbers_new()};
    fixture_group(conf, s.members, SHARDS);
    s.before = s.members[0]->config;
    assert_true(hub_numbers_enter(s.numbers, s.before));
    return s;
}

static void deliver(struct scene *s)
{
    fixture_deliver(s->members, SHARDS);
}

static void load(struct scene *s, const char *conf)
{
    s->after = hub_config_parse("after", conf, strlen(conf), fake_told, NULL);
    assert_non_null(s->after);
    assert_true(hub_numbers_enter(s->numbers, s->after));
    s->after->slot = 1;
    for (int i = 0; i < SHARDS; i++)
        assert_true(shard_snapshot_prepare(&s->members[i]->shard, s->after));
}

static void adopt(struct scene *s, int shard)
{
    const struct shard_change change = {s->after, &s->after->daemon};
    shard_snapshot_adopt(&s->members[shard]->shard, &change);
}

static void reload(struct scene *s, const char *conf)
{
    load(s, conf);
    for (int i = 0; i < SHARDS; i++)
        adopt(s, i);
    deliver(s);
}

static uint64_t uses(const struct scene *s, const struct hub_config *config)
{
    uint64_t sum = 0;
    for (int i = 0; i < SHARDS; i++) {
        const struct shard_uses *uses = &s->members[i]->shard.uses[config->slot];
        sum += uses->taken - uses->dropped;
    }
    return sum;
}

/* All SAs end, and nothing of either snapshot is in use any more but by the shards themselves. */
static void finish(struct scene *s)
{
    deliver(s);
    for (int i = 0; i < SHARDS; i++) {
        fixture_end_all(s->members[i]);
        shard_initiate_fini(&s->members[i]->shard);
    }
    deliver(s);
    if (s->after)
        assert_int_equal(uses(s, s->before), 0);
    assert_int_equal(uses(s, s->after ? s->after : s->before), SHARDS);
    for (int i = 0; i < SHARDS; i++)
        assert_int_equal(s->members[i]->shard.uses[s->before->slot].sas, 0);
    hub_config_free(s->after);
    fixture_group_free(s->members, SHARDS);
    hub_numbers_free(s->numbers);
}

static struct shard_child *last_child(const struct shard_sa *sa)
{
    return x4m_container(sa->children.prev, struct shard_child, of_sa);
}

/* -------------------------------------------------------------------------- what there is */

static void test_what_is_up_stays(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *sa = peer_up(s.members[0], PEER, NAME);
    struct shard_child *child = peer_child(sa, 1);
    assert_int_equal(uses(&s, s.before), SHARDS + 2 + SHARDS - 1); /* and a letter */
    reload(&s, PLAIN);
    assert_int_equal(uses(&s, s.before), 2);
    assert_int_equal(uses(&s, s.after), SHARDS);
    assert_ptr_equal(sa->connection->config, s.before);
    assert_ptr_equal(child->config->connection->config, s.before);
    assert_int_equal(s.members[0]->shard.uses[0].sas, 1);
    finish(&s);
}

/* The peer's next ISAKMP SA takes the children over, and the old snapshot is not needed for it. */
static void test_the_next_is_of_the_newest(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *old = peer_up(s.members[0], PEER, NAME);
    struct shard_child *child = peer_child(old, 1);
    reload(&s, PLAIN);
    fake_dispose1(old->xchg, x4c_ike_expired);
    struct shard_sa *sa = peer_up(s.members[0], PEER, NAME);
    assert_ptr_equal(sa->connection->config, s.after);
    assert_ptr_equal(child->sa, sa);
    assert_ptr_equal(sa->peer->local_id, &sa->connection->phase1.id);
    shard_child_end(child, SHARD_END_shut_down, false);
    assert_int_equal(uses(&s, s.before), SHARDS); /* letters */
    deliver(&s);
    assert_int_equal(uses(&s, s.before), 0);
    finish(&s);
}

/* An identity of ours is not read from a snapshot that is gone, whichever SA ends first. */
static void test_our_identity_is_that_of_an_sa(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *old = peer_up(s.members[0], PEER, NAME);
    reload(&s, PLAIN);
    struct shard_sa *sa = peer_up(s.members[0], PEER, NAME);
    assert_ptr_equal(old->peer, sa->peer);
    shard_sa_end(sa, SHARD_END_shut_down, false);
    assert_ptr_equal(old->peer->local_id, &old->connection->phase1.id);
    finish(&s);
}

static void test_a_secret_is_of_the_snapshot(void **state)
{
    x4s_chunk psk;
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *old = peer_begins(s.members[0], PEER);
    reload(&s, CONF(CONNECTION("hub", "", CHILD("net", "")), "xyz"));
    struct shard_sa *sa = peer_begins(s.members[0], PEER);
    assert_true(shard_calls1.get_psk(old, &psk));
    assert_memory_equal(psk.data, "abc", 3);
    assert_true(shard_calls1.get_psk(sa, &psk));
    assert_memory_equal(psk.data, "xyz", 3);
    fake_dispose1(old->xchg, x4c_ike_timed_out);
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    finish(&s);
}

/* -------------------------------------------------------------------------- rekeying */

static void age(struct shard_child *child)
{
    child->role = x4c_ike_initiator;
    shard_calls2.aging(child);
}

static void test_a_child_is_rekeyed_by_the_newest(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *sa = peer_up(s.members[0], PEER, NAME);
    struct shard_child *old = peer_child(sa, 1);
    reload(&s, CONF(CONNECTION("hub", "", CHILD("net", "life_bytes = 9k\n")), "abc"));
    age(old);
    assert_int_equal(fake.begun2, 1);
    assert_int_equal(fake.config2.life_kb, 9);
    struct shard_child *child = last_child(sa);
    assert_ptr_equal(child->config->connection->config, s.after);
    child_completes(child, 2);
    assert_true(old->replaced);
    finish(&s);
}

#define OTHER_TRAFFIC                                                                              \
    "net { local_ts = 10.0.0.0/8\n remote_ts = 10.2.0.0/16\n esp_proposals = aes128-sha256\n }\n"

static void test_other_traffic(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *sa = peer_up(s.members[0], PEER, NAME);
    struct shard_child *old = peer_child(sa, 1);
    reload(&s, CONF(CONNECTION("hub", "", OTHER_TRAFFIC), "abc"));
    age(old);
    assert_int_equal(fake.config2.remote.from[1], 2);
    child_completes(last_child(sa), 2);
    assert_true(old->replaced);
    finish(&s);
}

static void test_a_child_that_is_gone_is_not_rekeyed(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_child *child = peer_child(peer_up(s.members[0], PEER, NAME), 1);
    reload(&s, CONF(CONNECTION("hub", "", CHILD("other", "")), "abc"));
    age(child);
    assert_int_equal(fake.begun2, 0);
    assert_false(x4_wheel_pending(&child->timer.timer));
    finish(&s);
}

/* Its children go on under it; we begin no other in its place, and nobody else may. */
static void test_a_connection_that_is_gone(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *sa = peer_up(s.members[0], PEER, NAME);
    struct shard_child *child = peer_child(sa, 1);
    reload(&s, CONF("", "abc"));
    age(child);
    assert_int_equal(fake.begun2, 1);
    child_completes(last_child(sa), 2);
    peer_child(sa, 3);
    sa->role = x4c_ike_initiator;
    shard_calls1.aging(sa);
    assert_int_equal(fake.begun1, 0);
    assert_null(peer_begins(s.members[0], PEER));
    fake_dispose1(sa->xchg, x4c_ike_expired);
    assert_int_equal(s.members[0]->shard.children.count, 3);
    age(last_child(sa));
    assert_int_equal(fake.begun1, 0);
    while (s.members[0]->shard.children.count)
        shard_child_end(last_child(sa), SHARD_END_shut_down, false);
    finish(&s);
}

static void test_an_isakmp_sa_is_rekeyed_by_the_newest(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *sa = peer_up(s.members[0], PEER, NAME);
    sa->role = x4c_ike_initiator;
    reload(&s, CONF(CONNECTION("hub", "dpd_delay = 7\n", CHILD("net", "")), "xyz"));
    shard_calls1.aging(sa);
    assert_int_equal(fake.begun1, 1);
    assert_int_equal(fake.config1.dpd_sec, 7);
    struct shard_sa *next = fake.xchg1->user;
    assert_true(peer_says(next, NAME));
    peer_is(next, NAME);
    assert_true(sa->replaced);
    finish(&s);
}

/* -------------------------------------------------------------------------- between shards */

/* A child goes over while only one of the two shards has begun to use the newest. */
static void test_amid_the_change(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_child *child = peer_child(peer_up(s.members[0], PEER, NAME), 1);
    const uint32_t spi = child->spi_in;
    deliver(&s);
    load(&s, CONF(CONNECTION("new", "", CHILD("net", "")) CONNECTION("hub", "", CHILD("net", "")),
                  "abc"));
    adopt(&s, 1);
    for (int i = 0; i < SHARDS; i++)
        s.members[i]->shard.now++;
    fake_dispose1(child->sa->xchg, x4c_ike_expired);
    struct shard_sa *sa =
        peer_offers(s.members[1], PEER, &s.after->connections[1].phase1.transforms[0]);
    sa->connection = &s.after->connections[1];
    assert_true(peer_says(sa, NAME));
    peer_is(sa, NAME);
    deliver(&s);
    assert_non_null(shard_child_find(&s.members[1]->shard, spi));
    adopt(&s, 0);
    assert_int_equal(uses(&s, s.before), 1); /* the child's */
    finish(&s);
}

/* -------------------------------------------------------------------------- pools */

#define POOLS(more, addrs)                                                                         \
    "connections { clients { version = 1\n pools = inside\n"                                       \
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"                 \
    "  children { net { local_ts = 10.0.0.0/8\n } } } }\n"                                         \
    "pools { " more " inside { addrs = " addrs "\n } }\n"                                          \
    "secrets { ike { secret = abc\n } }\n"

static const char *lease_of(struct scene *s, int shard, const char *ip, const char *name)
{
    static char text[x4c_net_addr_text];
    struct shard_sa *sa = peer_up(s->members[shard], ip, name);
    deliver(s); /* what it had before is known */
    if (shard_lease_ask(sa, x4c_net_ipv4) == SHARD_LEASE_NONE)
        return "none";
    deliver(s);
    if (shard_lease_ask(sa, x4c_net_ipv4) == SHARD_LEASE_NONE)
        return "none";
    return x4_net_addr_format(shard_sa_remote(sa, x4c_net_none), text);
}

/* It stays with its shard though another comes before it, and so do those who have addresses. */
static void test_a_pool_grows(void **state)
{
    (void)state;
    struct scene s = scene_new(POOLS("", "10.3.0.0/30"));
    assert_string_equal(lease_of(&s, 0, "198.51.100.1", "a"), "10.3.0.1");
    assert_string_equal(lease_of(&s, 1, "198.51.100.2", "b"), "10.3.0.2");
    assert_string_equal(lease_of(&s, 1, "198.51.100.3", "c"), "none");
    reload(&s, POOLS("other { addrs = 10.4.0.0/24\n }\n", "10.3.0.0/29"));
    assert_string_equal(lease_of(&s, 1, "198.51.100.4", "d"), "10.3.0.3");
    assert_string_equal(lease_of(&s, 1, "198.51.100.1", "a"), "10.3.0.1");
    assert_int_equal(s.members[0]->shard.pools[0]->online, 3);
    finish(&s);
}

/* Whoever was made by the old snapshot gives back what it had from it. */
static void test_a_pool_is_gone(void **state)
{
    (void)state;
    struct scene s = scene_new(POOLS("", "10.3.0.0/30"));
    assert_string_equal(lease_of(&s, 1, "198.51.100.2", "b"), "10.3.0.1");
    reload(&s, CONF("", "abc"));
    assert_int_equal(s.members[0]->shard.pools[0]->online, 1);
    fixture_end_all(s.members[1]);
    deliver(&s);
    assert_int_equal(s.members[0]->shard.pools[0]->online, 0);
    assert_int_equal(s.members[0]->shard.pools[0]->by_addr.count, 0);
    finish(&s);
}

/* -------------------------------------------------------------------------- what is begun */

#define START "start_action = start\n"

static void test_what_is_new_begins(void **state)
{
    (void)state;
    struct scene s = scene_new(PLAIN);
    struct shard_sa *sa = peer_up(s.members[0], PEER, NAME);
    peer_child(sa, 1);
    deliver(&s);
    reload(&s, CONF(CONNECTION("hub", "", CHILD("net", START) CHILD("more", START)), "abc"));
    for (int i = 0; i < SHARDS; i++)
        fixture_pass(s.members[i], 1);
    assert_int_equal(fake.begun1, 0);
    assert_int_equal(fake.begun2, 1);
    assert_string_equal(last_child(sa)->config->name, "more");
    fake_dispose2(fake.xchg2, x4c_ike_timed_out);
    finish(&s);
}

static void test_what_is_up_elsewhere_is_left_alone(void **state)
{
    (void)state;
    struct scene s = scene_new(CONF(CONNECTION("hub", "", CHILD("net", START)), "abc"));
    peer_child(peer_up(s.members[1], PEER, NAME), 1);
    deliver(&s);
    reload(&s, CONF(CONNECTION("hub", "", CHILD("net", START)), "abc"));
    for (int i = 0; i < SHARDS; i++)
        fixture_pass(s.members[i], 1);
    assert_int_equal(fake.begun1 + fake.begun2, 0);
    finish(&s);
}

/* More connections than one step looks at: each begins at its shard, once. */
static void test_many_begin(void **state)
{
    enum { MANY = 200 };
    static char conf[MANY * 400];
    size_t used = (size_t)sprintf(conf, "secrets { ike { secret = abc\n } }\nconnections {\n");
    (void)state;
    for (int i = 0; i < MANY; i++)
        used += (size_t)sprintf(conf + used, "c%d { version = 1\n", i) +
                (size_t)sprintf(conf + used + strlen(conf + used),
                                "local_addrs = 192.0.2.1\n remote_addrs = 198.51.100.%d\n"
                                "proposals = aes128-sha256-modp2048\n"
                                "local { auth = psk\n id = h\n }\n remote { auth = psk\n }\n"
                                "children { net { esp_proposals = aes128-sha256\n" START " } } }\n",
                                i + 1);
    sprintf(conf + used, "}\n");
    struct scene s = scene_new(PLAIN);
    fake.refuse = btrue; /* it is the attempts that count */
    reload(&s, conf);
    for (int i = 0; i < SHARDS; i++) {
        struct shard *shard = &s.members[i]->shard;
        for (int round = 0; shard->start && round < MANY; round++)
            fixture_pass(s.members[i], 1);
        assert_null(shard->start);
        fixture_pass(s.members[i], 1);
        assert_int_equal(shard->counters.attempts, MANY / SHARDS);
    }
    finish(&s);
}

static void test_an_attempt_follows(void **state)
{
    (void)state;
    struct scene s =
        scene_new(CONF(CONNECTION("hub", "keyingtries = 0\n", CHILD("net", START)), "abc"));
    shard_initiate_all(&s.members[0]->shard, NULL);
    fixture_pass(s.members[0], 1);
    assert_int_equal(fake.begun1, 1);
    reload(&s, CONF(CONNECTION("hub", "keyingtries = 0\n dpd_delay = 7\n", CHILD("net", START)),
                    "abc"));
    fixture_pass(s.members[0], 1);
    assert_int_equal(fake.begun1, 1);
    fake_dispose1(fake.xchg1, x4c_ike_timed_out);
    fixture_pass(s.members[0], 60000);
    assert_int_equal(fake.begun1, 2);
    assert_int_equal(fake.config1.dpd_sec, 7);
    assert_int_equal(uses(&s, s.before), 0);
    fake_dispose1(fake.xchg1, x4c_ike_peer_auth_failed);
    finish(&s);
}

static void test_an_attempt_for_what_is_gone_ends(void **state)
{
    (void)state;
    struct scene s =
        scene_new(CONF(CONNECTION("hub", "keyingtries = 0\n", CHILD("net", START)), "abc"));
    shard_initiate_all(&s.members[0]->shard, NULL);
    fixture_pass(s.members[0], 1);
    reload(&s, CONF("", "abc"));
    fake_dispose1(fake.xchg1, x4c_ike_timed_out);
    fixture_pass(s.members[0], 60000);
    assert_int_equal(fake.begun1, 1);
    assert_true(x4_list_empty(&s.members[0]->shard.attempts));
    finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_up_stays),
        cmocka_unit_test(test_the_next_is_of_the_newest),
        cmocka_unit_test(test_our_identity_is_that_of_an_sa),
        cmocka_unit_test(test_a_secret_is_of_the_snapshot),
        cmocka_unit_test(test_a_child_is_rekeyed_by_the_newest),
        cmocka_unit_test(test_other_traffic),
        cmocka_unit_test(test_a_child_that_is_gone_is_not_rekeyed),
        cmocka_unit_test(test_a_connection_that_is_gone),
        cmocka_unit_test(test_an_isakmp_sa_is_rekeyed_by_the_newest),
        cmocka_unit_test(test_amid_the_change),
        cmocka_unit_test(test_a_pool_grows),
        cmocka_unit_test(test_a_pool_is_gone),
        cmocka_unit_test(test_what_is_new_begins),
        cmocka_unit_test(test_what_is_up_elsewhere_is_left_alone),
        cmocka_unit_test(test_many_begin),
        cmocka_unit_test(test_an_attempt_follows),
        cmocka_unit_test(test_an_attempt_for_what_is_gone_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
