/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { hub { version = 1\n remote_addrs = %any\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } } }\n"
    "secrets { ike { secret = abc\n } }\n";

static void test_identities_are_told_apart(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    const x4s_ike_id *local = &f->config->connections[0].phase1.id;
    struct shard_sa *a = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_sa *b = peer_up(f, "198.51.100.2", "b.example.org");
    struct shard_sa *again = peer_up(f, "198.51.100.3", "A.EXAMPLE.org");
    x4s_ike_id key_id = a_name("a.example.org");
    const x4s_ike_id name = a_name("a.example.org");
    const x4s_ike_id other_local = a_name("other.example.org");
    key_id.type = x4c_ike_id_key_id;
    assert_ptr_not_equal(a->peer, b->peer);
    assert_ptr_equal(a->peer, again->peer);
    assert_ptr_equal(shard_peer_find(&f->shard, 0, local, &name), a->peer);
    assert_null(shard_peer_find(&f->shard, 0, local, &key_id));
    assert_null(shard_peer_find(&f->shard, 0, &other_local, &name));
    fixture_free(f);
}

static void test_memory_goes_with_the_last_child(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *one = peer_child(sa, 1);
    struct shard_child *two = peer_child(sa, 2);
    fake_dispose1(sa->xchg, x4c_ike_expired);
    assert_null(sa->xchg);
    assert_int_equal(f->shard.peers.count, 1);
    fake_dispose2(one->xchg, x4c_ike_expired);
    assert_int_equal(f->shard.peers.count, 1);
    fake_dispose2(two->xchg, x4c_ike_expired);
    assert_int_equal(f->shard.peers.count, 0);
    fixture_free(f);
}

static void test_orphan_is_ended_with_its_children(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    peer_child(sa, 1);
    peer_child(sa, 2);
    fake_dispose1(sa->xchg, x4c_ike_expired);
    shard_sa_end(sa, SHARD_END_replaced, true);
    assert_int_equal(f->shard.peers.count, 0);
    assert_int_equal(f->shard.children.count, 0);
    assert_int_equal(fake.told, 2);
    fixture_free(f);
}

static void test_newer_child(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *one = peer_child(sa, 1);
    assert_false(shard_child_has_newer(one));
    struct shard_child *two = peer_child(sa, 2);
    assert_true(shard_child_has_newer(one));
    assert_false(shard_child_has_newer(two));
    two->remote.to[1]--; /* other traffic */
    assert_false(shard_child_has_newer(one));
    fixture_free(f);
}

#define MANY 5000

static void test_many_of_one_identity(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    uint32_t spis[MANY];
    for (uint32_t i = 0; i < MANY; i++)
        spis[i] = peer_child(peer_up(f, "198.51.100.1", "a.example.org"), i)->spi_in;
    assert_int_equal(f->shard.peers.count, 1);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(shard_child_find(&f->shard, spis[i])->spi_out, i);
    fixture_end_all(f);
    assert_int_equal(f->shard.peers.count, 0);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identities_are_told_apart),
        cmocka_unit_test(test_memory_goes_with_the_last_child),
        cmocka_unit_test(test_orphan_is_ended_with_its_children),
        cmocka_unit_test(test_newer_child),
        cmocka_unit_test(test_many_of_one_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
