/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/unique.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

#define INITIAL_CONTACT 24578

#define CONF(unique)                                                                               \
    "connections { hub { version = 1\n remote_addrs = %any\n proposals = aes128-sha256-modp2048\n" \
    "unique = " unique "\n local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n " \
    "}\n"                                                                                          \
    "children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"                           \
    "esp_proposals = aes128-sha256\n } } } }\n"                                                    \
    "secrets { ike { secret = abc\n } }\n"

static void contact(struct shard_sa *sa)
{
    shard_calls1.notified(sa, INITIAL_CONTACT, (x4s_chunk){0});
}

static void test_contact_ends_older_ones(void **state) /* req 3947-6-1 3947-6-2 3947-6-3 */
{
    (void)state;
    struct fixture *f = fixture_new(CONF("no"));
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    peer_child(old, 1);
    struct shard_sa *other = peer_up(f, "198.51.100.2", "b.example.org");
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    assert_int_equal(count_list(&sa->peer->sas), 2);
    contact(sa);
    assert_int_equal(count_list(&sa->peer->sas), 1);
    assert_int_equal(count_list(&other->peer->sas), 1);
    assert_int_equal(f->shard.children.count, 0);
    assert_int_equal(fake.told, 0); /* the peer has forgotten them */
    assert_non_null(strstr(fixture_log(f), "event=ph1-down connection=hub peer=198.51.100.1:500 "
                                           "remote_id=a.example.org reason=initial_contact"));
    assert_non_null(strstr(f->text, "event=ph2-down"));
    fixture_free(f);
}

/* It may come with the message that completes phase 1. */
static void test_contact_before_completion(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("no"));
    peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_sa *sa = peer_begins(f, "198.51.100.1");
    assert_true(peer_says(sa, "a.example.org"));
    contact(sa);
    peer_is(sa, "a.example.org");
    assert_int_equal(count_list(&sa->peer->sas), 1);
    fixture_free(f);
}

static void test_contact_ends_orphans(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("no"));
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    peer_child(old, 1);
    fake_dispose1(old->xchg, x4c_ike_expired);
    struct shard_sa *sa = peer_begins(f, "198.51.100.9");
    assert_true(peer_says(sa, "A.example.ORG"));
    contact(sa);
    peer_is(sa, "a.example.org");
    assert_true(x4_list_empty(&sa->peer->orphans));
    assert_int_equal(f->shard.children.count, 0);
    fixture_free(f);
}

/* It may come when the new one has adopted what the old one left. */
static void test_contact_ends_what_was_adopted(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("no"));
    struct shard_sa *old = peer_up(f, "198.51.100.1", "a.example.org");
    peer_child(old, 1);
    fake_dispose1(old->xchg, x4c_ike_expired);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    assert_int_equal(count_list(&sa->children), 1);
    peer_child(sa, 2);
    contact(sa);
    assert_int_equal(count_list(&sa->children), 1);
    assert_int_equal(f->shard.children.count, 1);
    fixture_free(f);
}

static void test_never_keeps_all(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("never"));
    peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_sa *sa = peer_up(f, "198.51.100.2", "a.example.org");
    contact(sa);
    assert_int_equal(count_list(&sa->peer->sas), 2);
    fixture_free(f);
}

static void test_replace_from_elsewhere(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("replace"));
    peer_child(peer_up(f, "198.51.100.1", "a.example.org"), 1);
    struct shard_sa *sa = peer_up(f, "198.51.100.2", "a.example.org");
    assert_int_equal(count_list(&sa->peer->sas), 1);
    assert_int_equal(fake.told, 2);
    assert_non_null(strstr(fixture_log(f), "reason=replaced"));
    fixture_free(f);
}

/* The same host reauthenticates: its children stay, the old ISAKMP SA a while. */
static void test_replace_of_the_same_host(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("replace"));
    peer_child(peer_up(f, "198.51.100.1", "a.example.org"), 1);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    assert_int_equal(count_list(&sa->peer->sas), 2);
    fixture_pass(f, 10000);
    assert_int_equal(count_list(&sa->peer->sas), 1);
    assert_int_equal(count_list(&sa->children), 1);
    assert_int_equal(fake.told, 1);
    fixture_free(f);
}

static void test_keep_refuses_another_host(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("keep"));
    struct shard_sa *first = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_sa *sa = peer_begins(f, "198.51.100.2");
    assert_false(peer_says(sa, "a.example.org"));
    assert_non_null(strstr(fixture_log(f), "event=refused reason=not_unique"));
    assert_true(peer_says(sa, "b.example.org"));
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    peer_up(f, "198.51.100.1", "a.example.org");
    assert_int_equal(count_list(&first->peer->sas), 2);
    fixture_free(f);
}

/* Two that were both admitted when they said who they are. */
static void test_keep_of_two_at_once(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("keep"));
    struct shard_sa *a = peer_begins(f, "198.51.100.1");
    struct shard_sa *b = peer_begins(f, "198.51.100.2");
    assert_true(peer_says(a, "a.example.org") && peer_says(b, "a.example.org"));
    peer_is(a, "a.example.org");
    peer_is(b, "a.example.org");
    assert_int_equal(count_list(&a->peer->sas), 1);
    assert_non_null(strstr(fixture_log(f), "reason=not_unique"));
    fixture_free(f);
}

static void test_who_says_contact(void **state)
{
    (void)state;
    static const char *const confs[] = {CONF("no"), CONF("never"), CONF("keep"), CONF("replace")};
    for (size_t i = 0; i < 4; i++) {
        struct fixture *f = fixture_new(confs[i]);
        const struct hub_connection *connection = &f->config->connections[0];
        assert_int_equal(shard_unique_says_contact(&f->shard, connection), i >= 2);
        peer_up(f, "198.51.100.1", "a.example.org");
        assert_false(shard_unique_says_contact(&f->shard, connection));
        fixture_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contact_ends_older_ones),
        cmocka_unit_test(test_contact_before_completion),
        cmocka_unit_test(test_contact_ends_orphans),
        cmocka_unit_test(test_contact_ends_what_was_adopted),
        cmocka_unit_test(test_never_keeps_all),
        cmocka_unit_test(test_replace_from_elsewhere),
        cmocka_unit_test(test_replace_of_the_same_host),
        cmocka_unit_test(test_keep_refuses_another_host),
        cmocka_unit_test(test_keep_of_two_at_once),
        cmocka_unit_test(test_who_says_contact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
