/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/twin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shard/initiate.h"
#include "shard/rekey.h"
#include "tests/unit/shard/fake_libike.h"

#define CONF(more)                                                                                 \
    "connections { hub { version = 1\n local_addrs = 192.0.2.1\n remote_addrs = 198.51.100.1\n"    \
    "proposals = aes128-sha256-modp2048\n" more "local { auth = psk\n id = hub.example.org\n }\n"  \
    "remote { auth = psk\n id = a.example.org\n }\n"                                               \
    "children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n start_action = start\n"    \
    "esp_proposals = aes128-sha256\n } } } }\n"                                                    \
    "secrets { ike { secret = abc\n } }\n"

enum {
    PEERS_TURN_MS = 10000,
    SA_OVERLAP_MS = 20000,
    CHILD_OVERLAP_MS = 1000,
};

/* An ISAKMP SA is complete, its initiator cookie being made of this byte. */
static void complete(struct shard_sa *sa, uint8_t cookie)
{
    x4s_ike_keys1 keys = {
        .role = (x4e_ike_role)sa->role,
        .link = sa->link,
        .suite = sa->connection->phase1.transforms[0],
        .local_id = sa->connection->phase1.id,
        .remote_id = a_name("a.example.org"),
    };
    memset(keys.cookie_i, cookie, sizeof(keys.cookie_i));
    assert_true(peer_says(sa, "a.example.org"));
    shard_calls1.completed(sa, &keys);
}

static struct shard_sa *ours_begins(struct fixture *f)
{
    shard_initiate_all(&f->shard, NULL);
    fixture_pass(f, 1);
    assert_int_equal(fake.begun1, 1);
    return fake.xchg1->user;
}

/* Whichever is complete first, the one with the lesser cookie goes, and what it has stays. */
static void test_both_begin(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const bool ours_first = i & 1;
        const bool ours_wins = i & 2;
        struct fixture *f = fixture_new(CONF(""));
        struct shard_sa *ours = ours_begins(f);
        struct shard_sa *peers = peer_begins(f, "198.51.100.1");
        fixture_pass(f, 100);
        complete(ours_first ? ours : peers, ours_first == ours_wins ? 2 : 1);
        complete(ours_first ? peers : ours, ours_first == ours_wins ? 1 : 2);
        struct shard_sa *winner = ours_wins ? ours : peers;
        struct shard_sa *loser = ours_wins ? peers : ours;
        assert_true(loser->replaced);
        assert_false(winner->replaced);
        assert_int_equal(fake.begun2, 1); /* the child to start, once */
        assert_int_equal(count_list(&winner->children), 1);
        assert_int_equal(count_list(&loser->children), 0);
        child_completes(fake.xchg2->user, 0x1000);
        fixture_pass(f, SA_OVERLAP_MS + (ours_wins ? PEERS_TURN_MS : 0) - 100);
        assert_int_equal(count_list(&winner->peer->sas), 2);
        fixture_pass(f, 200);
        assert_int_equal(count_list(&winner->peer->sas), 1);
        assert_int_equal(count_list(&winner->children), 1);
        assert_int_equal(fake.told, 1);
        assert_int_equal(f->shard.counters.twins1, 1);
        assert_non_null(strstr(fixture_log(f), "reason=twin"));
        fixture_free(f);
    }
}

/* What a policy of uniqueness would end, and INITIAL-CONTACT, is left to the rule. */
static void test_with_uniqueness(void **state)
{
    (void)state;
    static const char *const confs[] = {CONF("unique = replace\n"), CONF("unique = no\n")};
    for (unsigned i = 0; i < 4; i++) {
        struct fixture *f = fixture_new(confs[i % 2]);
        struct shard_sa *ours = ours_begins(f);
        struct shard_sa *peers = peer_begins(f, "198.51.100.1");
        complete(ours, i < 2 ? 2 : 1);
        complete(peers, i < 2 ? 1 : 2);
        shard_calls1.notified(peers, 24578, (x4s_chunk){0});
        fixture_pass(f, SA_OVERLAP_MS + PEERS_TURN_MS + 1000);
        struct shard_sa *winner = i < 2 ? ours : peers;
        assert_int_equal(count_list(&winner->peer->sas), 1);
        assert_false(winner->replaced);
        fake_dispose2(fake.xchg2, x4c_ike_timed_out);
        fixture_free(f);
    }
}

/* The peer has another rule, and ends what we would have kept. */
static void test_peer_sees_it_otherwise(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("unique = no\n"));
    struct shard_sa *ours = ours_begins(f);
    struct shard_sa *peers = peer_begins(f, "198.51.100.1");
    complete(ours, 2);
    complete(peers, 1);
    child_completes(fake.xchg2->user, 0x1000);
    assert_true(peers->replaced);
    fixture_pass(f, 10000);
    fake_dispose1(ours->xchg, x4c_ike_deleted);
    assert_false(peers->replaced);
    assert_int_equal(count_list(&peers->children), 1);
    fixture_pass(f, 60000);
    assert_int_equal(count_list(&peers->peer->sas), 1);
    struct shard_child *old = x4m_container(peers->children.next, struct shard_child, of_sa);
    assert_true(shard_initiate_replacement(old, old->config));
    struct shard_child *mine = fake.xchg2->user;
    struct shard_child *its = peer_child_begins(peers);
    child_completes(mine, UINT32_MAX);
    child_completes(its, 0x2000);
    assert_true(its->replaced);
    fake_dispose2(mine->xchg, x4c_ike_deleted);
    assert_false(its->replaced);
    fixture_pass(f, 60000);
    assert_int_equal(count_list(&peers->children), 1);
    fixture_free(f);
}

/* Who comes when ours is complete has a reason, and so has who says INITIAL-CONTACT then. */
static void test_one_after_the_other(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("unique = no\n"));
    struct shard_sa *ours = ours_begins(f);
    complete(ours, 1);
    fixture_pass(f, 2000);
    struct shard_sa *peers = peer_begins(f, "198.51.100.1");
    complete(peers, 2);
    assert_false(ours->replaced);
    assert_false(peers->replaced);
    shard_calls1.notified(peers, 24578, (x4s_chunk){0});
    assert_int_equal(count_list(&peers->peer->sas), 1);
    fixture_free(f);
}

static void test_never(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("unique = never\n"));
    struct shard_sa *ours = ours_begins(f);
    struct shard_sa *peers = peer_begins(f, "198.51.100.1");
    complete(ours, 1);
    complete(peers, 2);
    fixture_pass(f, SA_OVERLAP_MS + PEERS_TURN_MS + 1000);
    assert_int_equal(count_list(&peers->peer->sas), 2);
    fake_dispose2(fake.xchg2, x4c_ike_timed_out);
    fixture_free(f);
}

/* Both make the ISAKMP SA anew at once: the children end up under the one that stays. */
static void test_both_reauthenticate(void **state)
{
    (void)state;
    for (unsigned ours_wins = 0; ours_wins < 2; ours_wins++) {
        struct fixture *f = fixture_new(CONF(""));
        struct shard_sa *old = peer_begins(f, "198.51.100.1");
        complete(old, 9);
        struct shard_child *child = peer_child(old, 0x1000);
        fixture_pass(f, 60000);
        shard_initiate_successor(old);
        struct shard_sa *ours = fake.xchg1->user;
        struct shard_sa *peers = peer_begins(f, "198.51.100.1");
        complete(peers, 2);
        complete(ours, ours_wins ? 3 : 1);
        struct shard_sa *winner = ours_wins ? ours : peers;
        assert_ptr_equal(child->sa, winner);
        fixture_pass(f, SA_OVERLAP_MS + PEERS_TURN_MS + 1000);
        assert_int_equal(count_list(&winner->peer->sas), 1);
        assert_ptr_equal(child->sa, winner);
        assert_true(child->up);
        fixture_free(f);
    }
}

/* Both rekey a child at once: the one with the lesser SPIs goes, when the other is there. */
static void test_both_rekey(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const bool ours_first = i & 1;
        const bool ours_wins = i & 2;
        struct fixture *f = fixture_new(CONF(""));
        struct shard_sa *sa = peer_begins(f, "198.51.100.1");
        complete(sa, 1);
        struct shard_child *old = peer_child(sa, 0x1000);
        fixture_pass(f, 60000);
        assert_true(shard_initiate_replacement(old, old->config));
        struct shard_child *ours = fake.xchg2->user;
        struct shard_child *peers = peer_child_begins(sa);
        fixture_pass(f, 100);
        const uint32_t spis[] = {ours_wins ? UINT32_MAX : 0x1001, ours_wins ? 0x1002 : UINT32_MAX};
        child_completes(ours_first ? ours : peers, spis[!ours_first]);
        child_completes(ours_first ? peers : ours, spis[ours_first]);
        assert_true((ours_wins ? peers : ours)->replaced);
        assert_false((ours_wins ? ours : peers)->replaced);
        assert_true(old->replaced);
        fixture_pass(f, CHILD_OVERLAP_MS + 100);
        assert_int_equal(count_list(&sa->children), ours_wins ? 2 : 1);
        fixture_pass(f, PEERS_TURN_MS);
        assert_int_equal(count_list(&sa->children), 1);
        assert_int_equal(hub_kernel_pairs(f->shard.kernel), 1);
        assert_int_equal(f->shard.counters.twins2, 1);
        fixture_free(f);
    }
}

/* A peer that rekeys what we have begun does not make a twin. */
static void test_rekeyed_soon(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF(""));
    struct shard_sa *ours = ours_begins(f);
    complete(ours, 1);
    child_completes(fake.xchg2->user, 0x1000);
    fixture_pass(f, 100);
    struct shard_child *next = peer_child(ours, 0x2000);
    assert_false(next->replaced);
    assert_int_equal(f->shard.counters.twins2, 0);
    fixture_pass(f, 60000);
    assert_int_equal(count_list(&ours->children), 2);
    fixture_free(f);
}

/* Somebody wants the peer's ISAKMP SA replaced right after it came up: ours is its successor. */
static void test_replaced_soon(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF(""));
    struct shard_sa *peers = peer_begins(f, "198.51.100.1");
    complete(peers, 2);
    fixture_pass(f, 100);
    shard_rekey_now1(peers);
    fixture_pass(f, 1);
    struct shard_sa *ours = fake.xchg1->user;
    assert_ptr_equal(ours->predecessor, peers);
    complete(ours, 1);
    assert_false(ours->replaced);
    assert_true(peers->replaced);
    assert_int_equal(f->shard.counters.twins1, 0);
    fixture_pass(f, 60000);
    assert_int_equal(count_list(&ours->peer->sas), 1);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_begin),
        cmocka_unit_test(test_with_uniqueness),
        cmocka_unit_test(test_peer_sees_it_otherwise),
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_never),
        cmocka_unit_test(test_both_reauthenticate),
        cmocka_unit_test(test_both_rekey),
        cmocka_unit_test(test_rekeyed_soon),
        cmocka_unit_test(test_replaced_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
