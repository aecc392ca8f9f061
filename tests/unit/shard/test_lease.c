/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/lease.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shard/pool.h"
#include "shard/receive.h"
#include "tests/unit/shard/fake_libike.h"

/* Two shards, of which the first keeps the pool. */

enum { SHARDS = 2 };

static const char conf[] =
    "connections { clients { version = 1\n pools = inside\n"
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n } } } }\n"
    "pools { inside { addrs = 10.3.0.0/30\n } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

static int setup(void **state)
{
    struct fixture **members = calloc(SHARDS, sizeof(struct fixture *));
    fixture_group(conf, members, SHARDS);
    *state = members;
    return 0;
}

static int teardown(void **state)
{
    struct fixture **members = *state;
    fixture_deliver(members, SHARDS);
    fixture_group_free(members, SHARDS);
    free(members);
    return 0;
}

static uint32_t online(struct fixture **members)
{
    fixture_deliver(members, SHARDS);
    return members[0]->shard.pools[0]->online;
}

static enum shard_lease_state ask(struct fixture **members, struct shard_sa *sa)
{
    fixture_deliver(members, SHARDS); /* what it had before is known */
    const enum shard_lease_state state = shard_lease_ask(sa, x4c_net_ipv4);
    fixture_deliver(members, SHARDS);
    return state;
}

static void assert_lease(const struct shard_sa *sa, const char *text)
{
    char shown[x4c_net_addr_text];
    assert_non_null(sa->lease);
    assert_int_equal(sa->lease->state, SHARD_LEASE_GIVEN);
    assert_string_equal(x4_net_addr_format(shard_sa_remote(sa, x4c_net_none), shown), text);
}

static void test_at_home_it_is_given_at_once(void **state)
{
    struct fixture **members = *state;
    struct shard_sa *sa = peer_up(members[0], "198.51.100.1", "a.example.org");
    assert_int_equal(ask(members, sa), SHARD_LEASE_GIVEN);
    assert_lease(sa, "10.3.0.1");
    assert_int_equal(online(members), 1);
    fake_dispose1(sa->xchg, x4c_ike_deleted);
    assert_int_equal(online(members), 0);
}

static void test_abroad_it_is_asked_for(void **state)
{
    struct fixture **members = *state;
    struct shard_sa *first = peer_up(members[0], "198.51.100.1", "a.example.org");
    struct shard_sa *sa = peer_up(members[1], "198.51.100.2", "b.example.org");
    assert_int_equal(ask(members, first), SHARD_LEASE_GIVEN);
    assert_int_equal(ask(members, sa), SHARD_LEASE_ASKED);
    assert_lease(sa, "10.3.0.2");
    assert_int_equal(ask(members, sa), SHARD_LEASE_GIVEN);
    assert_int_equal(online(members), 2);
    fake_dispose1(sa->xchg, x4c_ike_deleted);
    assert_int_equal(online(members), 1);
}

/* Until then its traffic is that of its host. */
static void test_what_is_asked_for_is_not_used(void **state)
{
    struct fixture **members = *state;
    struct shard_sa *sa = peer_up(members[1], "198.51.100.2", "b.example.org");
    fixture_deliver(members, SHARDS);
    assert_int_equal(shard_lease_ask(sa, x4c_net_ipv4), SHARD_LEASE_ASKED);
    assert_ptr_equal(shard_sa_remote(sa, x4c_net_none), &sa->link.remote);
}

/* The client is steered to another shard when it makes its ISAKMP SA anew. */
static void test_a_client_keeps_it(void **state)
{
    struct fixture **members = *state;
    struct shard_sa *old = peer_up(members[0], "198.51.100.1", "a.example.org");
    struct shard_sa *new = peer_up(members[1], "198.51.100.1", "a.example.org");
    (void)ask(members, old);
    (void)ask(members, new);
    assert_lease(new, "10.3.0.1");
    fake_dispose1(old->xchg, x4c_ike_deleted);
    assert_int_equal(online(members), 1);
    fake_dispose1(new->xchg, x4c_ike_deleted);
    assert_int_equal(online(members), 0);
}

static void test_exhausted(void **state)
{
    struct fixture **members = *state;
    (void)ask(members, peer_up(members[0], "198.51.100.1", "a.example.org"));
    struct shard_sa *second = peer_up(members[1], "198.51.100.2", "b.example.org");
    struct shard_sa *third = peer_up(members[1], "198.51.100.3", "c.example.org");
    (void)ask(members, second);
    assert_int_equal(ask(members, third), SHARD_LEASE_ASKED);
    assert_int_equal(ask(members, third), SHARD_LEASE_NONE);
    assert_int_equal(ask(members, third), SHARD_LEASE_NONE);
    shard_lease_drop(third, x4c_net_ipv4);
    assert_null(third->lease);
    fake_dispose1(second->xchg, x4c_ike_deleted);
    assert_int_equal(ask(members, third), SHARD_LEASE_ASKED);
    assert_lease(third, "10.3.0.2");
}

/* Who has gone when the answer comes has not leased it. */
static void test_gone_meanwhile(void **state)
{
    struct fixture **members = *state;
    struct shard_sa *sa = peer_up(members[1], "198.51.100.2", "b.example.org");
    fixture_deliver(members, SHARDS);
    assert_int_equal(shard_lease_ask(sa, x4c_net_ipv4), SHARD_LEASE_ASKED);
    fake_dispose1(sa->xchg, x4c_ike_deleted);
    assert_int_equal(online(members), 0);
    (void)ask(members, peer_up(members[0], "198.51.100.1", "a.example.org"));
    assert_int_equal(online(members), 1);
}

/* The question that had to wait is received once more. */
static void test_the_question_is_received_again(void **state)
{
    struct fixture **members = *state;
    uint8_t data[] = {1, 2, 3};
    const struct ring_datagram question = {.data = data, .size = sizeof(data)};
    struct shard_sa *sa = peer_up(members[1], "198.51.100.2", "b.example.org");
    fixture_deliver(members, SHARDS);
    assert_int_equal(shard_lease_ask(sa, x4c_net_ipv4), SHARD_LEASE_ASKED);
    fake.reason = x4c_ike_config_later;
    shard_receive(&members[1]->shard, &question);
    assert_int_equal(fake.received, 1);
    data[2] = 0; /* it is the ring's again */
    fake.reason = x4c_ike_none;
    fixture_deliver(members, SHARDS);
    assert_int_equal(fake.received, 2);
    assert_int_equal(fake.last_byte, 3);
    assert_lease(sa, "10.3.0.1");
}

/* The client comes back, to either shard, and begins quick mode for its address without a question.
 */
static void test_who_comes_back_has_it_again(void **state)
{
    struct fixture **members = *state;
    for (int i = 0; i < SHARDS; i++) {
        struct shard_sa *sa = peer_up(members[i], "198.51.100.1", "a.example.org");
        fixture_deliver(members, SHARDS);
        if (i == 0) {
            assert_null(sa->lease); /* it never had one */
            (void)ask(members, sa);
        }
        assert_lease(sa, "10.3.0.1");
        x4s_ike_offer2 offer = {.selectors = btrue};
        hub_child_selectors(&sa->connection->children[0], &sa->link.local,
                            shard_sa_remote(sa, x4c_net_none), &offer.local, &offer.remote);
        assert_non_null(shard_calls2.policy(sa, &offer));
        fake_dispose1(sa->xchg, x4c_ike_deleted);
        assert_int_equal(online(members), 0);
    }
    struct shard_sa *other = peer_up(members[1], "198.51.100.1", "b.example.org");
    fixture_deliver(members, SHARDS);
    assert_null(other->lease);
}

/* Somebody has it meanwhile: nobody is given another one unasked. */
static void test_what_was_given_away_does_not_come_back(void **state)
{
    struct fixture **members = *state;
    struct shard_sa *sa = peer_up(members[0], "198.51.100.1", "a.example.org");
    (void)ask(members, sa);
    fake_dispose1(sa->xchg, x4c_ike_deleted);
    (void)ask(members, peer_up(members[0], "198.51.100.2", "b.example.org"));
    (void)ask(members, peer_up(members[0], "198.51.100.3", "c.example.org"));
    sa = peer_up(members[1], "198.51.100.1", "a.example.org");
    fixture_deliver(members, SHARDS);
    assert_null(sa->lease);
}

/* The ISAKMP SA that asked for it ends; the one that has its children now holds the address. */
static void test_it_is_held_for_adopted_children(void **state)
{
    struct fixture **members = *state;
    struct shard_sa *old = peer_up(members[0], "198.51.100.1", "a.example.org");
    (void)ask(members, old);
    struct shard_child *child = peer_child(old, 7);
    assert_true(child->up);
    struct shard_sa *new = peer_up(members[1], "198.51.100.1", "a.example.org");
    fixture_deliver(members, SHARDS);
    fake_dispose1(old->xchg, x4c_ike_deleted);
    assert_int_equal(online(members), 1);
    assert_int_equal(count_list(&new->children), 1);
    assert_lease(new, "10.3.0.1");
}

/* A question that comes while it is not known yet what the client had. */
static void test_a_question_before_the_recall_is_answered(void **state)
{
    struct fixture **members = *state;
    uint8_t data[] = {7};
    const struct ring_datagram question = {.data = data, .size = sizeof(data)};
    struct shard_sa *sa = peer_up(members[1], "198.51.100.2", "b.example.org");
    assert_int_equal(shard_lease_ask(sa, x4c_net_ipv4), SHARD_LEASE_ASKED);
    fake.reason = x4c_ike_config_later;
    shard_receive(&members[1]->shard, &question);
    fake.reason = x4c_ike_none;
    fixture_deliver(members, SHARDS);
    assert_null(sa->lease); /* it had none: the question comes again, and asks for one */
    assert_int_equal(fake.received, 2);
    assert_int_equal(ask(members, sa), SHARD_LEASE_ASKED);
    assert_lease(sa, "10.3.0.1");
}

/* Who keeps no pool pushes when the answers are there: what the client had, and else a new one. */
static void test_pushed_from_abroad(void **state)
{
    (void)state;
    static const char pushing[] =
        "connections { clients { version = 1\n pools = inside\n pull = no\n"
        "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
        "  children { net { local_ts = 10.0.0.0/8\n } } } }\n"
        "pools { inside { addrs = 10.3.0.1-10.3.0.1\n } }\n"
        "secrets { ike { secret = \"for all\"\n } }\n";
    struct fixture *members[SHARDS];
    fixture_group(pushing, members, SHARDS);
    struct shard_sa *sa = peer_up(members[1], "198.51.100.1", "a.example.org");
    assert_int_equal(fake.pushed, 0);
    fixture_deliver(members, SHARDS);
    assert_int_equal(fake.pushed, 1);
    assert_lease(sa, "10.3.0.1");
    const x4s_ike_cfg_item *item = fake.push.attributes.items;
    assert_int_equal(item->type, x4c_ike_cfg_ip4_address);
    assert_memory_equal(item->value.data, "\x0a\x03\x00\x01", 4);

    struct shard_sa *late = peer_up(members[1], "198.51.100.2", "b.example.org");
    fixture_deliver(members, SHARDS);
    assert_null(late->lease); /* there is no other */
    assert_int_equal(fake.pushed, 1);

    struct shard_sa *gone = peer_up(members[1], "198.51.100.3", "c.example.org");
    fake_dispose1(gone->xchg, x4c_ike_deleted);
    fake_dispose1(sa->xchg, x4c_ike_deleted);
    (void)peer_up(members[1], "198.51.100.1", "a.example.org");
    fixture_deliver(members, SHARDS);
    assert_int_equal(fake.pushed, 2); /* it has its address again, and is told */
    fixture_deliver(members, SHARDS);
    fixture_group_free(members, SHARDS);
}

/* -------------------------------------------------------------------------- two addresses */

static const char both[] =
    "connections { clients { version = 1\n pools = four, six\n"
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n } } }\n"
    "pools { four { addrs = 10.3.0.0/30\n } six { addrs = fd03::1-fd03::2\n } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

static uint32_t resumptions;

static void on_resumed(struct shard *shard, uint32_t estate)
{
    (void)shard;
    (void)estate;
    resumptions++;
}

static void assert_has(const struct shard_sa *sa, uint8_t family, const char *text)
{
    char shown[x4c_net_addr_text];
    const x4s_net_addr *addr = shard_lease_addr(sa, family);
    assert_non_null(addr);
    assert_string_equal(x4_net_addr_format(addr, shown), text);
    assert_ptr_equal(shard_sa_remote(sa, family), addr);
}

/* Of two pools that two shards keep; they come back together, and are gone together. */
static void test_one_of_each_kind(void **state)
{
    (void)state;
    struct fixture *members[SHARDS];
    fixture_group(both, members, SHARDS);
    struct shard_sa *sa = peer_up(members[0], "198.51.100.1", "a.example.org");
    fixture_deliver(members, SHARDS); /* it had none before */
    for (int i = 0; i < 2; i++) {
        const uint8_t family = i == 0 ? x4c_net_ipv4 : x4c_net_ipv6;
        assert_true(shard_lease_offered(sa, family));
        (void)shard_lease_ask(sa, family);
    }
    fixture_deliver(members, SHARDS);
    assert_has(sa, x4c_net_ipv4, "10.3.0.1");
    assert_has(sa, x4c_net_ipv6, "fd03::1");
    shard_sa_end(sa, SHARD_END_on_request, true);
    fixture_deliver(members, SHARDS);

    struct shard_sa *again = peer_up(members[1], "198.51.100.1", "a.example.org");
    fixture_deliver(members, SHARDS);
    assert_has(again, x4c_net_ipv4, "10.3.0.1");
    assert_has(again, x4c_net_ipv6, "fd03::1");
    fixture_group_free(members, SHARDS);
}

/* The answer comes once, when both pools know; what somebody else has is not the SA's. */
static void test_both_are_resumed(void **state)
{
    (void)state;
    struct fixture *members[SHARDS];
    fixture_group(both, members, SHARDS);
    const x4s_net_addr addrs[HUB_INSIDES] = {an_addr("10.3.0.2", 0), an_addr("fd03::2", 0)};
    struct shard_sa *sa = peer_up(members[0], "198.51.100.1", "a.example.org");
    struct shard_sa *thief = peer_up(members[1], "198.51.100.2", "b.example.org");
    fixture_deliver(members, SHARDS);
    resumptions = 0;
    shard_lease_resume(sa, addrs, on_resumed);
    assert_int_equal(resumptions, 0);
    fixture_deliver(members, SHARDS);
    assert_int_equal(resumptions, 1);
    assert_has(sa, x4c_net_ipv4, "10.3.0.2");
    assert_has(sa, x4c_net_ipv6, "fd03::2");
    shard_lease_resume(thief, addrs, on_resumed);
    fixture_deliver(members, SHARDS);
    assert_int_equal(resumptions, 2);
    assert_null(thief->lease);
    fixture_group_free(members, SHARDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_at_home_it_is_given_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abroad_it_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_asked_for_is_not_used, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_client_keeps_it, setup, teardown),
        cmocka_unit_test(test_one_of_each_kind),
        cmocka_unit_test(test_both_are_resumed),
        cmocka_unit_test_setup_teardown(test_exhausted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gone_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_question_is_received_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_comes_back_has_it_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_was_given_away_does_not_come_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_it_is_held_for_adopted_children, setup, teardown),
        cmocka_unit_test(test_pushed_from_abroad),
        cmocka_unit_test_setup_teardown(test_a_question_before_the_recall_is_answered, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
