/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/initiate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

#define AGAIN_MS 1000

#define CONF(options)                                                                              \
    "connections { hub { version = 1\n local_addrs = 192.0.2.1\n remote_addrs = 198.51.100.1\n"    \
    "proposals = aes128-sha256-modp2048\n remote_port = 1500\n" options "\n"                       \
    "local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n id = a.example.org\n "  \
    "}\n"                                                                                          \
    "children { one { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"                           \
    "esp_proposals = aes128-sha256\n start_action = start\n }\n"                                   \
    "two { local_ts = 10.0.0.0/8\n remote_ts = 10.2.0.0/16\n"                                      \
    "esp_proposals = aes128-sha256\n start_action = start\n }\n"                                   \
    "three { local_ts = 10.0.0.0/8\n remote_ts = 10.3.0.0/16\n"                                    \
    "esp_proposals = aes128-sha256\n } } } }\n"                                                    \
    "secrets { ike { secret = abc\n } }\n"

static struct shard_sa *begun(void)
{
    return fake.xchg1->user;
}

static void finish(struct fixture *f)
{
    shard_initiate_fini(&f->shard);
    fixture_free(f);
}

static void test_start(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF(""));
    shard_initiate_all(&f->shard, NULL);
    assert_int_equal(fake.begun1, 0); /* the loop does it */
    fixture_pass(f, 0);
    assert_int_equal(fake.begun1, 1);
    assert_int_equal(fake.config1.link.remote.port, 1500);
    assert_true(fake.config1.link.local.ip[0] == 192);
    assert_int_equal(fake.begun2, 0);
    peer_is(begun(), "a.example.org");
    assert_int_equal(fake.begun2, 2);
    assert_int_equal(count_list(&begun()->children), 2);
    assert_true(x4_list_empty(&f->shard.attempts));
    finish(f);
}

static void test_existing_isakmp_sa_is_used(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF(""));
    shard_initiate_all(&f->shard, NULL);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    peer_child(sa, 1);
    fixture_pass(f, 0);
    assert_int_equal(fake.begun1, 0);
    assert_int_equal(fake.begun2, 1); /* the first is there already */
    finish(f);
}

/* The limits in kilobytes go to libike, the soft one less a random part. */
static void test_volumes(void **state)
{
    (void)state;
    unsigned different = 0;
    for (unsigned i = 0; i < 8; i++) {
        struct fixture *f =
            fixture_new("connections { hub { version = 1\n local_addrs = 192.0.2.1\n"
                        "remote_addrs = 198.51.100.1\n proposals = aes128-sha256-modp2048\n"
                        "local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
                        "children { one { esp_proposals = aes128-sha256\n start_action = start\n"
                        "rekey_bytes = 500k\n rand_bytes = 100k\n life_bytes = 600k\n } } } }\n"
                        "secrets { ike { secret = abc\n } }\n");
        shard_initiate_all(&f->shard, NULL);
        fixture_pass(f, 0);
        peer_is(begun(), "a.example.org");
        assert_int_equal(fake.config2.life_kb, 600);
        assert_int_equal(fake.config2.transforms[0].life_kb, 600);
        assert_in_range(fake.config2.soft_kb, 400, 500);
        different += fake.config2.soft_kb != 500;
        finish(f);
    }
    assert_true(different > 0);
}

static int tries_of(const char *conf, x4e_ike_reason reason, int rounds)
{
    struct fixture *f = fixture_new(conf);
    shard_initiate_all(&f->shard, NULL);
    fixture_pass(f, 0);
    for (int i = 0; i < rounds && fake.xchg1; i++) {
        x4s_ike_xchg1 *xchg = fake.xchg1;
        fake.xchg1 = NULL;
        fake_dispose1(xchg, reason);
        fixture_pass(f, AGAIN_MS);
    }
    if (fake.xchg1)
        fake_dispose1(fake.xchg1, x4c_ike_shut_down);
    int tries = fake.begun1;
    finish(f);
    return tries;
}

static void test_keyingtries(void **state)
{
    (void)state;
    assert_int_equal(tries_of(CONF("keyingtries = 1"), x4c_ike_timed_out, 10), 1);
    assert_int_equal(tries_of(CONF("keyingtries = 3"), x4c_ike_timed_out, 10), 3);
    assert_int_equal(tries_of(CONF("keyingtries = 0"), x4c_ike_timed_out, 10), 11);
}

static void test_refusal_is_final(void **state)
{
    (void)state;
    assert_int_equal(tries_of(CONF("keyingtries = 0"), x4c_ike_peer_no_proposal, 10), 1);
    assert_int_equal(tries_of(CONF("keyingtries = 0"), x4c_ike_peer_auth_failed, 10), 1);
}

static void test_not_after_the_end(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("keyingtries = 0"));
    shard_initiate_all(&f->shard, NULL);
    fixture_pass(f, 0);
    f->shard.stopping = true;
    fake_dispose1(fake.xchg1, x4c_ike_timed_out);
    assert_true(x4_list_empty(&f->shard.attempts));
    finish(f);
}

static void test_libike_refuses(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF(""));
    fake.refuse = btrue;
    shard_initiate_all(&f->shard, NULL);
    fixture_pass(f, 0);
    assert_true(x4_list_empty(&f->shard.attempts));
    assert_non_null(strstr(fixture_log(f), "event=not-initiated connection=hub"));
    finish(f);
}

static void test_quick_mode_is_refused_by_libike(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF(""));
    shard_initiate_all(&f->shard, NULL);
    fixture_pass(f, 0);
    fake.refuse = btrue;
    peer_is(begun(), "a.example.org");
    assert_true(x4_list_empty(&begun()->children));
    assert_non_null(strstr(fixture_log(f), "event=not-initiated connection=hub child=two"));
    finish(f);
}

/* The identity is checked of a peer that we call, too. */
static void test_wrong_peer(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF(""));
    shard_initiate_all(&f->shard, NULL);
    fixture_pass(f, 0);
    assert_false(peer_says(begun(), "b.example.org"));
    assert_true(peer_says(begun(), "a.example.org"));
    fake_dispose1(fake.xchg1, x4c_ike_peer_error);
    finish(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_existing_isakmp_sa_is_used),
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_keyingtries),
        cmocka_unit_test(test_refusal_is_final),
        cmocka_unit_test(test_not_after_the_end),
        cmocka_unit_test(test_libike_refuses),
        cmocka_unit_test(test_quick_mode_is_refused_by_libike),
        cmocka_unit_test(test_wrong_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
