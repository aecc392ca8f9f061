/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/rekey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

/* A second replaces an SA, an eighth of 800 or 80 seconds is the responder's patience. */
#define OVERLAP_MS   1000
#define PATIENCE1_MS 10000
#define PATIENCE2_MS 10000
#define AGAIN_MS     5000

static const char conf[] =
    "connections { hub { version = 1\n local_addrs = 192.0.2.1\n remote_addrs = 198.51.100.1\n"
    "  proposals = aes128-sha256-modp2048\n reauth_time = 3000\n over_time = 800\n rand_time = 0\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   rekey_time = 1000\n life_time = 1080\n rand_time = 0\n"
    "   esp_proposals = aes128-sha256\n start_action = start\n } } } }\n"
    "secrets { ike { secret = abc\n } }\n";

static struct shard_child *last_child(const struct shard_sa *sa)
{
    return x4m_container(sa->children.prev, struct shard_child, of_sa);
}

static struct shard_sa *last_sa(const struct shard_sa *sa)
{
    return x4m_container(sa->peer->sas.prev, struct shard_sa, of_peer);
}

/* -------------------------------------------------------------------------- children */

static void test_initiator_rekeys_at_once(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *old = peer_child(sa, 1);
    old->role = x4c_ike_initiator;
    shard_calls2.aging(old);
    assert_int_equal(fake.begun2, 1);
    assert_true(x4_net_selector_equal(&fake.config2.remote, &old->remote));
    child_completes(last_child(sa), 2);
    assert_int_equal(count_list(&sa->children), 2);
    assert_int_equal(fake.told, 0);
    fixture_pass(f, OVERLAP_MS);
    assert_int_equal(count_list(&sa->children), 1);
    assert_int_equal(last_child(sa)->spi_out, 2);
    assert_int_equal(fake.told, 1);
    assert_non_null(strstr(fixture_log(f), "spi_out=00000001 reason=rekeyed"));
    fixture_free(f);
}

static void test_responder_waits_and_then_rekeys(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    shard_calls2.aging(peer_child(sa, 1));
    fixture_pass(f, PATIENCE2_MS - 1);
    assert_int_equal(fake.begun2, 0);
    fixture_pass(f, 1);
    assert_int_equal(fake.begun2, 1);
    fake_dispose2(fake.xchg2, x4c_ike_timed_out);
    fixture_free(f);
}

static void test_responder_leaves_it_to_the_peer(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    shard_calls2.aging(peer_child(sa, 1));
    peer_child(sa, 2);
    fixture_pass(f, PATIENCE2_MS);
    assert_int_equal(fake.begun2, 0);
    assert_int_equal(count_list(&sa->children), 2); /* the peer deletes it */
    fixture_free(f);
}

static void test_failed_rekeying_is_tried_again(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *old = peer_child(sa, 1);
    old->role = x4c_ike_initiator;
    shard_calls2.aging(old);
    fake_dispose2(fake.xchg2, x4c_ike_timed_out);
    fixture_pass(f, AGAIN_MS);
    assert_int_equal(fake.begun2, 2);
    child_completes(last_child(sa), 2);
    fixture_pass(f, OVERLAP_MS);
    assert_int_equal(count_list(&sa->children), 1);
    fixture_free(f);
}

static void test_old_child_ends_before_the_new_is_there(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *old = peer_child(sa, 1);
    old->role = x4c_ike_initiator;
    shard_calls2.aging(old);
    fake_dispose2(old->xchg, x4c_ike_deleted);
    child_completes(last_child(sa), 2);
    fixture_pass(f, OVERLAP_MS);
    assert_int_equal(count_list(&sa->children), 1);
    fixture_free(f);
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

static void test_reauthentication_moves_the_children(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(old, 1);
    old->role = x4c_ike_initiator;
    shard_calls1.aging(old);
    assert_int_equal(fake.begun1, 1);
    assert_true(x4_net_addr_equal(&fake.config1.link.remote, &old->link.remote));
    struct shard_sa *sa = fake.xchg1->user;
    assert_ptr_equal(old->successor, sa);
    peer_is(sa, "a.example.org");
    assert_ptr_equal(child->sa, sa);
    assert_int_equal(fake.begun2, 0); /* the child is there */
    fixture_pass(f, OVERLAP_MS);
    assert_int_equal(count_list(&sa->peer->sas), 1);
    assert_int_equal(fake.told, 1);
    assert_non_null(strstr(fixture_log(f), "reason=rekeyed"));
    fixture_free(f);
}

static void test_responder_waits_for_reauthentication(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    shard_calls1.aging(old);
    peer_up(f, "198.51.100.1", "a.example.org");
    fixture_pass(f, PATIENCE1_MS);
    assert_int_equal(fake.begun1, 0);
    fixture_free(f);
}

static void test_failed_reauthentication_is_tried_again(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    old->role = x4c_ike_initiator;
    shard_calls1.aging(old);
    fake_dispose1(fake.xchg1, x4c_ike_timed_out);
    assert_null(old->successor);
    fixture_pass(f, AGAIN_MS);
    assert_int_equal(fake.begun1, 2);
    fake_dispose1(fake.xchg1, x4c_ike_timed_out);
    fixture_free(f);
}

static void test_children_find_an_heir(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(old, 1);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    fake_dispose1(old->xchg, x4c_ike_deleted);
    assert_ptr_equal(child->sa, sa);
    assert_ptr_equal(last_sa(sa), sa);
    fixture_free(f);
}

static void test_orphans_are_adopted(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(old, 1);
    fake_dispose1(old->xchg, x4c_ike_expired);
    assert_int_equal(count_list(&child->sa->peer->orphans), 1);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    assert_ptr_equal(child->sa, sa);
    assert_true(x4_list_empty(&sa->peer->orphans));
    fixture_free(f);
}

/* Rekeying an orphan needs an ISAKMP SA first. */
static void test_orphan_is_rekeyed(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(old, 1);
    fake_dispose1(old->xchg, x4c_ike_expired);
    child->role = x4c_ike_initiator;
    shard_calls2.aging(child);
    assert_int_equal(fake.begun1, 1);
    struct shard_sa *sa = fake.xchg1->user;
    peer_is(sa, "a.example.org");
    assert_ptr_equal(child->sa, sa);
    assert_int_equal(fake.begun2, 1);
    child_completes(last_child(sa), 2);
    fixture_pass(f, AGAIN_MS);
    assert_int_equal(fake.begun2, 1);
    assert_int_equal(count_list(&sa->children), 1);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_initiator_rekeys_at_once),
        cmocka_unit_test(test_responder_waits_and_then_rekeys),
        cmocka_unit_test(test_responder_leaves_it_to_the_peer),
        cmocka_unit_test(test_failed_rekeying_is_tried_again),
        cmocka_unit_test(test_old_child_ends_before_the_new_is_there),
        cmocka_unit_test(test_reauthentication_moves_the_children),
        cmocka_unit_test(test_responder_waits_for_reauthentication),
        cmocka_unit_test(test_failed_reauthentication_is_tried_again),
        cmocka_unit_test(test_children_find_an_heir),
        cmocka_unit_test(test_orphans_are_adopted),
        cmocka_unit_test(test_orphan_is_rekeyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
