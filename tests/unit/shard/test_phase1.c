/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/phase1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

/* Two connections: a branch at an address, and whoever is named below example.org. */
static const char conf[] =
    "connections {\n"
    " branch { version = 1\n remote_addrs = 198.51.100.1\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n"
    "  remote { auth = psk\n id = branch.example.org\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } }\n"
    " any { version = 1\n remote_addrs = 198.51.100.0/24\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n"
    "  remote { auth = psk\n id = *.example.org\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.2.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

static void test_policy_is_by_address(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *branch = peer_begins(f, "198.51.100.1");
    struct shard_sa *other = peer_begins(f, "198.51.100.2");
    assert_string_equal(branch->connection->name, "branch");
    assert_string_equal(other->connection->name, "any");
    assert_null(peer_begins(f, "203.0.113.1"));
    fake_dispose1(branch->xchg, x4c_ike_timed_out);
    fake_dispose1(other->xchg, x4c_ike_timed_out);
    fixture_free(f);
}

static void test_identity_has_to_match(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_begins(f, "198.51.100.2");
    assert_false(peer_says(sa, "stranger.example.net"));
    const char *line = strstr(fixture_log(f), "event=refused reason=id_refused");
    assert_non_null(line);
    assert_non_null(strstr(line, "connection=any peer=198.51.100.2:500 "
                                 "remote_id=stranger.example.net"));
    assert_true(peer_says(sa, "x.example.org"));
    peer_is(sa, "x.example.org");
    assert_true(sa->up);
    fixture_free(f);
}

/* What the address alone made us begin with is not what the identity says. */
static void test_identity_settles_the_connection(void **state) /* req 2407-4.6.2-1 */
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_begins(f, "198.51.100.1");
    assert_string_equal(sa->connection->name, "branch");
    assert_true(peer_says(sa, "guest.example.org"));
    peer_is(sa, "guest.example.org");
    assert_string_equal(sa->connection->name, "any");
    fixture_free(f);
}

static void test_suite_of_another_connection_is_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_begins(f, "198.51.100.2");
    assert_true(peer_says(sa, "x.example.org"));
    const x4s_ike_keys1 keys = {
        .role = x4c_ike_responder,
        .link = sa->link,
        .suite = {.cipher = x4c_cipher_3des, .hash = x4c_hash_md5, .group = x4c_group_modp768},
        .local_id = sa->connection->phase1.id,
        .remote_id = a_name("x.example.org"),
    };
    shard_calls1.completed(sa, &keys);
    assert_non_null(strstr(fixture_log(f), "event=refused reason=id_refused"));
    assert_null(strstr(f->text, "event=ph1-up"));
    assert_int_equal(f->shard.peers.count, 0);
    fixture_free(f);
}

/* Two methods at one address: each peer gets the connection of its own, and stays with it. */
static void test_methods_share_an_address(void **state)
{
    (void)state;
    static const char both[] =
        "connections {\n"
        " branch { proposals = aes128-sha256-modp2048\n local { auth = psk\n id = hub\n }\n"
        "  remote { auth = psk\n } }\n"
        " users { proposals = aes128-sha256-modp2048\n local { auth = psk\n id = hub\n }\n"
        "  remote { auth = psk\n }\n remote-user { auth = xauth\n } } }\n"
        "secrets { ike { secret = \"for all\"\n } }\n";
    struct fixture *f = fixture_new(both);
    for (size_t i = 0; i < 2; i++) {
        const struct hub_connection *wanted = &f->config->connections[i];
        struct shard_sa *sa = peer_offers(f, "198.51.100.2", &wanted->phase1.transforms[0]);
        assert_ptr_equal(sa->connection, wanted);
        assert_true(peer_says(sa, "x"));
        peer_is(sa, "x");
        assert_ptr_equal(sa->connection, wanted);
    }
    fixture_free(f);
}

static void test_malformed_identities(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_begins(f, "198.51.100.2");
    uint8_t body[4 + HUB_IDENTITY_MAX + 1] = {x4c_ike_id_fqdn};
    x4s_chunk psk;
    memset(body + 4, 'a', sizeof(body) - 4);
    assert_true(shard_calls1.get_psk(sa, &psk));
    for (size_t len = 0; len <= 4; len++)
        assert_false(shard_calls1.validate(sa, (x4s_chunk){body, len}, 5));
    assert_false(shard_calls1.validate(sa, (x4s_chunk){body, sizeof(body)}, 5));
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    fixture_free(f);
}

static void test_up_and_down_are_told(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.2", "x.example.org");
    fake_dispose1(sa->xchg, x4c_ike_deleted);
    assert_non_null(
        strstr(fixture_log(f),
               "event=ph1-up connection=any peer=198.51.100.2:500 local=192.0.2.1:500 "
               "remote_id=x.example.org local_id=hub.example.org role=responder "
               "suite=aes128-sha256-modp2048 cookie_i=0100000000000000 cookie_r=0000000000000000"));
    assert_non_null(strstr(f->text, "event=ph1-down connection=any peer=198.51.100.2:500 "
                                    "remote_id=x.example.org reason=deleted"));
    assert_int_equal(f->shard.peers.count, 0);
    fixture_free(f);
}

/* What is listed and handed on is what is in force: the seconds before it are over. */
static void test_shortened_by_responder(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.2", "x.example.org");
    f->shard.now += 90 * 1000;
    shard_calls1.shortened(sa, 600, 4000);
    assert_int_equal(sa->life_sec, 690);
    assert_non_null(strstr(fixture_log(f), "event=ph1-shortened connection=any "
                                           "peer=198.51.100.2:500 life_s=600 life_kb=4000"));
    shard_calls1.shortened(sa, 0, 3000);
    assert_int_equal(sa->life_sec, 0);
    fixture_free(f);
}

/* Peers that begin and go no further cannot fill the log. */
static void test_strangers_are_told_of_sparingly(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    for (int i = 0; i < 100; i++)
        fake_dispose1(peer_begins(f, "198.51.100.2")->xchg, x4c_ike_timed_out);
    int begun = 0, ended = 0;
    for (const char *at = fixture_log(f); (at = strstr(at, "event=ph1-responded")); at++)
        begun++;
    for (const char *at = f->text; (at = strstr(at, "event=ph1-down")); at++)
        ended++;
    assert_int_equal(begun, HUB_LIMITER_LINES);
    assert_int_equal(ended, HUB_LIMITER_LINES);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_is_by_address),
        cmocka_unit_test(test_identity_has_to_match),
        cmocka_unit_test(test_identity_settles_the_connection),
        cmocka_unit_test(test_suite_of_another_connection_is_refused),
        cmocka_unit_test(test_methods_share_an_address),
        cmocka_unit_test(test_malformed_identities),
        cmocka_unit_test(test_up_and_down_are_told),
        cmocka_unit_test(test_shortened_by_responder),
        cmocka_unit_test(test_strangers_are_told_of_sparingly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
