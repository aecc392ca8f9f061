/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/news.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shard/initiate.h"
#include "shard/unique.h"
#include "tests/unit/shard/group.h"

static void test_a_newer_one_from_elsewhere_replaces(void **state)
{
    (void)state;
    struct group g = group_new(CONF("replace"));
    peer_child(up(&g, 0, HERE), 1);
    up(&g, 1, THERE);
    assert_int_equal(count_sas(&g, 0), 0);
    assert_int_equal(count_children(&g, 0), 0);
    assert_int_equal(count_sas(&g, 1), 1);
    assert_int_equal(count_children(&g, 1), 0);
    assert_non_null(strstr(fixture_log(g.members[0]), "reason=replaced"));
    end(&g);
}

static void test_without_a_policy_both_stay(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    peer_child(up(&g, 0, HERE), 1);
    up(&g, 1, THERE);
    assert_int_equal(count_sas(&g, 0), 1);
    assert_int_equal(count_children(&g, 0), 1);
    assert_int_equal(count_sas(&g, 1), 1);
    end(&g);
}

static void test_another_identity_is_another_peer(void **state)
{
    (void)state;
    struct group g = group_new(CONF("replace"));
    up(&g, 0, HERE);
    peer_up(g.members[1], THERE, "b.example.org");
    deliver(&g);
    assert_int_equal(count_sas(&g, 0), 1);
    assert_int_equal(count_sas(&g, 1), 1);
    end(&g);
}

/* Both are complete before either shard has heard of the other: both see the same one as newer. */
static void test_of_two_at_the_same_time_one_stays(void **state)
{
    (void)state;
    struct group g = group_new(CONF("replace"));
    g.members[0]->shard.now = g.members[2]->shard.now;
    peer_up(g.members[2], THERE, NAME);
    peer_up(g.members[0], HERE, NAME);
    deliver(&g);
    assert_int_equal(count_sas(&g, 0), 0);
    assert_int_equal(count_sas(&g, 2), 1);
    end(&g);
}

static void test_keep_refuses_the_newer_one(void **state)
{
    (void)state;
    struct group g = group_new(CONF("keep"));
    up(&g, 0, HERE);
    up(&g, 1, THERE);
    assert_int_equal(count_sas(&g, 0), 1);
    assert_int_equal(count_sas(&g, 1), 0);
    assert_non_null(strstr(fixture_log(g.members[1]), "event=refused reason=not_unique"));
    end(&g);
}

static void test_contact_ends_older_ones(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    peer_child(up(&g, 0, HERE), 1);
    struct shard_sa *sa = up(&g, 1, THERE);
    struct shard_sa *newer = up(&g, 2, THERE);
    shard_calls1.notified(sa, INITIAL_CONTACT, (x4s_chunk){0});
    deliver(&g);
    assert_int_equal(count_sas(&g, 0), 0);
    assert_int_equal(count_children(&g, 0), 0);
    assert_int_equal(count_sas(&g, 1), 1);
    assert_int_equal(count_sas(&g, 2), 1);
    assert_ptr_equal(newer->shard, &g.members[2]->shard);
    assert_int_equal(fake.told, 0); /* the peer has forgotten them */
    end(&g);
}

static void test_contact_before_completion(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    peer_child(up(&g, 0, HERE), 1);
    for (int i = 0; i < SHARDS; i++)
        g.members[i]->shard.now++;
    struct shard_sa *sa = peer_begins(g.members[1], HERE);
    assert_true(peer_says(sa, NAME));
    shard_calls1.notified(sa, INITIAL_CONTACT, (x4s_chunk){0});
    peer_is(sa, NAME);
    deliver(&g);
    assert_int_equal(count_sas(&g, 0), 0);
    assert_int_equal(count_children(&g, 0) + count_children(&g, 1), 0);
    assert_int_equal(count_sas(&g, 1), 1);
    end(&g);
}

/* It is told when the children are on their way already: they end where they arrive. */
static void test_contact_overtakes_children(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    peer_child(up(&g, 0, HERE), 1);
    for (int i = 0; i < SHARDS; i++)
        g.members[i]->shard.now++;
    struct shard_sa *sa = peer_up(g.members[1], HERE, NAME);
    shard_calls1.notified(sa, INITIAL_CONTACT, (x4s_chunk){0});
    deliver(&g);
    assert_int_equal(count_sas(&g, 0), 0);
    assert_int_equal(count_children(&g, 0) + count_children(&g, 1), 0);
    assert_int_equal(hub_kernel_pairs(g.members[1]->shard.kernel), 0);
    assert_int_equal(count_sas(&g, 1), 1);
    assert_non_null(strstr(fixture_log(g.members[1]), "event=ph2-down"));
    end(&g);
}

static void test_contact_ends_what_was_adopted(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    peer_child(up(&g, 0, HERE), 1);
    struct shard_sa *sa = up(&g, 1, HERE);
    peer_child(sa, 2);
    assert_int_equal(count_children(&g, 1), 2);
    shard_calls1.notified(sa, INITIAL_CONTACT, (x4s_chunk){0});
    deliver(&g);
    assert_int_equal(count_children(&g, 1), 1);
    end(&g);
}

static void test_never_keeps_all(void **state)
{
    (void)state;
    struct group g = group_new(CONF("never"));
    up(&g, 0, HERE);
    shard_calls1.notified(up(&g, 1, THERE), INITIAL_CONTACT, (x4s_chunk){0});
    deliver(&g);
    assert_int_equal(count_sas(&g, 0), 1);
    assert_int_equal(count_sas(&g, 1), 1);
    end(&g);
}

/* -------------------------------------------------------------------------- children */

static const struct shard_child *only_child(const struct shard_sa *sa)
{
    assert_int_equal(count_list(&sa->children), 1);
    return x4m_container_const(sa->children.next, struct shard_child, of_sa);
}

/* The same host begins again: what it has goes to the newer ISAKMP SA, with the time that is left.
 */
static void test_children_go_to_the_newer_one(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    const uint32_t spi_in = peer_child(up(&g, 0, HERE), 7)->spi_in;
    for (int i = 0; i < SHARDS; i++)
        fixture_pass(g.members[i], 600 * 1000);
    struct shard_sa *sa = up(&g, 1, HERE);
    assert_int_equal(count_children(&g, 0), 0);
    assert_int_equal(count_children(&g, 1), 1);
    const struct shard_child *child = only_child(sa);
    assert_int_equal(child->spi_in, spi_in);
    assert_int_equal(child->spi_out, 7);
    assert_int_equal(child->cpi_in, x4c_ike_cpi_first);
    assert_false(shard_cpi_take(&fake_cpis, x4c_ike_cpi_first));
    assert_ptr_equal(child->xchg, fake.xchg2);
    assert_non_null(fake.config2.resume);
    assert_int_equal(fake.config2.soft_sec, 3000);
    assert_int_equal(fake.told, 0);
    assert_int_equal(hub_kernel_pairs(g.members[0]->shard.kernel), 0);
    assert_int_equal(hub_kernel_pairs(g.members[1]->shard.kernel), 1);
    assert_null(strstr(fixture_log(g.members[0]), "event=ph2-down"));
    assert_int_equal(count_sas(&g, 0), 1);
    end(&g);
}

static void test_orphans_are_adopted(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    struct shard_sa *old = up(&g, 0, HERE);
    peer_child(old, 7);
    fake_dispose1(old->xchg, x4c_ike_expired);
    deliver(&g);
    assert_int_equal(count_children(&g, 0), 1);
    only_child(up(&g, 2, HERE));
    assert_int_equal(count_children(&g, 0), 0);
    assert_int_equal(g.members[0]->shard.peers.count, 0);
    end(&g);
}

/* A child that comes after the newer ISAKMP SA goes there when its own ends. */
static void test_an_heir_is_found_when_an_sa_ends(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    struct shard_sa *old = up(&g, 0, HERE);
    struct shard_sa *sa = up(&g, 1, HERE);
    peer_child(old, 7);
    fake_dispose1(old->xchg, x4c_ike_deleted);
    deliver(&g);
    only_child(sa);
    assert_int_equal(g.members[0]->shard.peers.count, 0);
    end(&g);
}

static void test_children_of_another_host_stay(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    peer_child(up(&g, 0, HERE), 7);
    up(&g, 1, THERE);
    assert_int_equal(count_children(&g, 0), 1);
    end(&g);
}

/* The newer ISAKMP SA is gone when they come: nothing is left of them, in the kernel neither. */
static void test_children_come_too_late(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    peer_child(up(&g, 0, HERE), 7);
    for (int i = 0; i < SHARDS; i++)
        g.members[i]->shard.now++;
    struct shard_sa *sa = peer_up(g.members[1], HERE, NAME);
    struct shard *first = &g.members[0]->shard;
    (void)shard_post_serve(&first->post, first);
    shard_post_awake(&first->post);
    fake_dispose1(sa->xchg, x4c_ike_deleted);
    deliver(&g);
    assert_int_equal(count_children(&g, 0) + count_children(&g, 1), 0);
    assert_int_equal(hub_kernel_pairs(g.members[1]->shard.kernel), 0);
    assert_non_null(strstr(fixture_log(g.members[1]), "event=ph2-lost"));
    assert_true(shard_cpi_take(&fake_cpis, x4c_ike_cpi_first));
    end(&g);
}

/* -------------------------------------------------------------------------- twins */

/* Both sides begin at once: our exchange is the first shard's, the peer's comes to another one. */
struct twins {
    struct shard_sa *ours;
    struct shard_sa *theirs;
};

static void completes(struct shard_sa *sa, uint8_t cookie)
{
    const x4s_ike_keys1 keys = {
        .cookie_i = {cookie},
        .role = (x4e_ike_role)sa->role,
        .link = sa->link,
        .suite = sa->connection->phase1.transforms[0],
        .local_id = sa->connection->phase1.id,
        .remote_id = a_name(NAME),
    };
    shard_calls1.completed(sa, &keys);
}

#define TWINS_CONF                                                                                 \
    "connections { hub { version = 1\n remote_addrs = " HERE "\n"                                  \
    "proposals = aes128-sha256-modp2048\n unique = replace\n"                                      \
    "local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"                    \
    "children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"                           \
    "esp_proposals = aes128-sha256\n start_action = start } } } }\n"                               \
    "secrets { ike { secret = abc\n } }\n"

static struct twins twins_up(struct group *g, uint8_t our_cookie, uint8_t their_cookie)
{
    struct twins twins;
    shard_initiate_all(&g->members[0]->shard, NULL);
    fixture_pass(g->members[0], 1);
    for (int i = 1; i < SHARDS; i++)
        fixture_pass(g->members[i], 1);
    twins.ours = fake.xchg1->user;
    twins.theirs = peer_begins(g->members[1], HERE);
    assert_true(peer_says(twins.theirs, NAME));
    completes(twins.ours, our_cookie);
    fake_dispose2(fake.xchg2, x4c_ike_timed_out); /* its child is not what this is about */
    completes(twins.theirs, their_cookie);
    deliver(g);
    return twins;
}

static void test_of_twins_ours_ends(void **state)
{
    (void)state;
    struct group g = group_new(TWINS_CONF);
    const struct twins twins = twins_up(&g, 1, 2);
    assert_true(twins.ours->replaced);
    assert_false(twins.theirs->replaced);
    fixture_pass(g.members[0], 60000);
    assert_int_equal(count_sas(&g, 0), 0);
    assert_int_equal(count_sas(&g, 1), 1);
    assert_non_null(strstr(fixture_log(g.members[0]), "reason=twin"));
    end(&g);
}

static void test_of_twins_theirs_ends(void **state)
{
    (void)state;
    struct group g = group_new(TWINS_CONF);
    const struct twins twins = twins_up(&g, 2, 1);
    assert_false(twins.ours->replaced);
    assert_true(twins.theirs->replaced);
    fixture_pass(g.members[1], 60000);
    assert_int_equal(count_sas(&g, 0), 1);
    assert_int_equal(count_sas(&g, 1), 0);
    end(&g);
}

/* The peer's SA and child are complete, then our SA, whose child is under way. The child's SPI. */
static uint32_t peer_is_first(struct group *g, uint8_t our_cookie, uint8_t their_cookie,
                              struct shard_sa **theirs)
{
    shard_initiate_all(&g->members[0]->shard, NULL);
    for (int i = 0; i < SHARDS; i++)
        fixture_pass(g->members[i], 1);
    struct shard_sa *ours = fake.xchg1->user;
    *theirs = peer_begins(g->members[1], HERE);
    assert_true(peer_says(*theirs, NAME));
    completes(*theirs, their_cookie);
    const uint32_t spi = peer_child(*theirs, 7)->spi_in;
    deliver(g);
    for (int i = 0; i < SHARDS; i++)
        fixture_pass(g->members[i], 5);
    completes(ours, our_cookie);
    return spi;
}

/* Each side began a child under its own SA. When they come together the one that came first ends.
 */
static void test_of_children_that_both_began_one_stays(void **state)
{
    (void)state;
    struct group g = group_new(TWINS_CONF);
    struct shard_sa *theirs;
    const uint32_t first = peer_is_first(&g, 1, 2, &theirs);
    child_completes(fake.xchg2->user, 8);
    deliver(&g);
    fake_dispose1(theirs->xchg, x4c_ike_deleted);
    deliver(&g);
    fixture_pass(g.members[0], 5000);
    fixture_pass(g.members[1], 5000);
    assert_int_equal(count_children(&g, 0), 1);
    assert_int_equal(count_children(&g, 1), 0);
    assert_null(shard_child_find(&g.members[0]->shard, first));
    end(&g);
}

/* What ours of the twins has made since is nothing that the peer could have forgotten. */
static void test_contact_spares_children_of_the_twin(void **state)
{
    (void)state;
    struct group g = group_new(TWINS_CONF);
    struct shard_sa *theirs;
    const uint32_t first = peer_is_first(&g, 1, 2, &theirs);
    shard_calls1.notified(theirs, INITIAL_CONTACT, (x4s_chunk){0});
    child_completes(fake.xchg2->user, 8);
    deliver(&g);
    fixture_pass(g.members[1], 5000);
    assert_int_equal(count_children(&g, 0), 0);
    assert_int_equal(only_child(theirs)->spi_out, 8);
    assert_null(shard_child_find(&g.members[1]->shard, first));
    end(&g);
}

/* The peer's comes to where ours is under way. */
static void test_a_child_comes_where_another_is_begun(void **state)
{
    (void)state;
    struct group g = group_new(TWINS_CONF);
    struct shard_sa *theirs;
    const uint32_t first = peer_is_first(&g, 2, 1, &theirs);
    struct shard_child *second = fake.xchg2->user;
    deliver(&g);
    assert_non_null(shard_child_find(&g.members[0]->shard, first));
    child_completes(second, 8);
    fixture_pass(g.members[0], 5000);
    assert_int_equal(count_children(&g, 0), 1);
    assert_null(shard_child_find(&g.members[0]->shard, first));
    end(&g);
}

/* The peer has another rule, and deletes the one that was to stay. */
static void test_a_twin_of_another_shard_stays(void **state)
{
    (void)state;
    struct group g = group_new(TWINS_CONF);
    const struct twins twins = twins_up(&g, 1, 2);
    fake_dispose1(twins.theirs->xchg, x4c_ike_deleted);
    deliver(&g);
    assert_false(twins.ours->replaced);
    fixture_pass(g.members[0], 60000);
    assert_int_equal(count_sas(&g, 0), 1);
    end(&g);
}

/* -------------------------------------------------------------------------- INITIAL-CONTACT of
 * ours */

static void test_an_sa_abroad_is_known_to_who_begins(void **state)
{
    (void)state;
    struct group g = group_new(CONF("replace"));
    const struct shard *beginner = &g.members[0]->shard;
    const struct hub_connection *connection = &g.members[0]->config->connections[0];
    assert_true(shard_unique_says_contact(beginner, connection));
    struct shard_sa *sa = up(&g, 1, HERE);
    assert_false(shard_unique_says_contact(beginner, connection));
    fake_dispose1(sa->xchg, x4c_ike_deleted);
    deliver(&g);
    assert_true(shard_unique_says_contact(beginner, connection));
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_newer_one_from_elsewhere_replaces),
        cmocka_unit_test(test_without_a_policy_both_stay),
        cmocka_unit_test(test_another_identity_is_another_peer),
        cmocka_unit_test(test_of_two_at_the_same_time_one_stays),
        cmocka_unit_test(test_keep_refuses_the_newer_one),
        cmocka_unit_test(test_contact_ends_older_ones),
        cmocka_unit_test(test_contact_before_completion),
        cmocka_unit_test(test_contact_overtakes_children),
        cmocka_unit_test(test_contact_ends_what_was_adopted),
        cmocka_unit_test(test_contact_spares_children_of_the_twin),
        cmocka_unit_test(test_never_keeps_all),
        cmocka_unit_test(test_children_go_to_the_newer_one),
        cmocka_unit_test(test_orphans_are_adopted),
        cmocka_unit_test(test_an_heir_is_found_when_an_sa_ends),
        cmocka_unit_test(test_children_of_another_host_stay),
        cmocka_unit_test(test_children_come_too_late),
        cmocka_unit_test(test_of_twins_ours_ends),
        cmocka_unit_test(test_of_twins_theirs_ends),
        cmocka_unit_test(test_of_children_that_both_began_one_stays),
        cmocka_unit_test(test_a_child_comes_where_another_is_begun),
        cmocka_unit_test(test_a_twin_of_another_shard_stays),
        cmocka_unit_test(test_an_sa_abroad_is_known_to_who_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
