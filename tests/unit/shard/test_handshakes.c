/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/handshakes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { hub { version = 1\n proposals = aes128-sha256-modp2048\n"
    "local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n } } }\n"
    "secrets { ike { secret = abc\n } }\n";

static void test_methods(void **state)
{
    (void)state;
    assert_int_equal(shard_method_of(x4c_ike_auth_psk), SHARD_METHOD_PSK);
    assert_int_equal(shard_method_of(x4c_ike_auth_ecdsa384), SHARD_METHOD_ECDSA);
    assert_int_equal(shard_method_of(x4c_ike_auth_hybrid_resp_rsa), SHARD_METHOD_HYBRID);
    assert_string_equal(shard_method_name(shard_method_of(x4c_ike_auth_xauth_init_rsa)),
                        "xauth-rsa");
}

static void test_durations(void **state)
{
    (void)state;
    struct shard_durations durations = {0};
    shard_durations_add(&durations, 0);
    shard_durations_add(&durations, 1);
    shard_durations_add(&durations, 2);
    shard_durations_add(&durations, 60000);
    shard_durations_add(&durations, 60001);
    assert_int_equal(durations.buckets[0], 2);
    assert_int_equal(durations.buckets[1], 1);
    assert_int_equal(durations.buckets[SHARD_DURATION_BUCKETS - 2], 1);
    assert_int_equal(durations.buckets[SHARD_DURATION_BUCKETS - 1], 1);
    assert_int_equal(durations.sum_ms, 120004);
}

static uint64_t responders(const struct shard *shard, enum shard_result result)
{
    return shard->handshakes.phase1[SHARD_MODE_MAIN][SHARD_METHOD_PSK][x4c_ike_responder][result];
}

/* One that was up has not failed, whatever it ends for. */
static void test_a_handshake_has_one_result(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    assert_int_equal(responders(&f->shard, SHARD_COMPLETED), 1);
    assert_int_equal(f->shard.counters.connections_up, 1);
    shard_sa_end(sa, SHARD_END_on_request, false);
    assert_int_equal(responders(&f->shard, SHARD_COMPLETED), 1);
    assert_int_equal(responders(&f->shard, SHARD_FAILED), 0);
    assert_int_equal(f->shard.counters.connections_up, 0);
    fixture_free(f);
}

/* A connection is up once, however many of its peers are. */
static void test_connections_up(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *a = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_sa *b = peer_up(f, "198.51.100.2", "b.example.org");
    assert_int_equal(f->shard.counters.connections_up, 1);
    shard_sa_end(a, SHARD_END_on_request, false);
    assert_int_equal(f->shard.counters.connections_up, 1);
    shard_sa_end(b, SHARD_END_on_request, false);
    assert_int_equal(f->shard.counters.connections_up, 0);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_a_handshake_has_one_result),
        cmocka_unit_test(test_connections_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
