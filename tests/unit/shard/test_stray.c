/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/stray.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/group.h"

enum { ISAKMP = 1, ESP = 3, SPI = 7 };

static void deletes(struct shard_sa *sa, uint32_t spi)
{
    const uint8_t bytes[4] = {(uint8_t)(spi >> 24), (uint8_t)(spi >> 16), (uint8_t)(spi >> 8),
                              (uint8_t)spi};
    shard_calls1.missed(sa, ESP, (x4s_chunk){bytes, sizeof(bytes)});
}

static size_t children_of_all(const struct group *g)
{
    size_t count = 0;
    for (int i = 0; i < SHARDS; i++)
        count += count_children(g, i);
    return count;
}

static void test_follows_the_child(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    struct shard_sa *sa = up(&g, 0, HERE);
    peer_child(sa, SPI);
    up(&g, 1, HERE);
    assert_int_equal(count_children(&g, 1), 1);
    deletes(sa, SPI);
    deliver(&g);
    assert_int_equal(children_of_all(&g), 0);
    assert_non_null(strstr(fixture_log(g.members[1]), "reason=deleted_elsewhere"));
    assert_int_equal(g.members[0]->shard.counters.strays, 1);
    assert_int_equal(g.members[1]->shard.counters.strays_found, 1);
    assert_int_equal(fake.told, 0);
    end(&g);
}

static void test_follows_it_on(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    struct shard_sa *sa = up(&g, 0, HERE);
    peer_child(sa, SPI);
    up(&g, 1, HERE);
    up(&g, 2, HERE);
    assert_int_equal(count_children(&g, 2), 1);
    for (int i = 0; i < SHARDS; i++)
        g.members[i]->shard.now += 3600 * 1000; /* nobody would be asked any more */
    deletes(sa, SPI);
    deliver(&g);
    assert_int_equal(children_of_all(&g), 0);
    end(&g);
}

/* Back where it was: an old trail leads nobody away from there. */
static void test_finds_what_came_back(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    struct shard_sa *sa = up(&g, 0, HERE);
    peer_child(sa, SPI);
    struct shard_sa *second = up(&g, 1, HERE);
    up(&g, 0, HERE);
    assert_int_equal(count_children(&g, 0), 1);
    deletes(second, SPI);
    deliver(&g);
    assert_int_equal(children_of_all(&g), 0);
    end(&g);
}

/* The peer deletes under its newest ISAKMP SA before the child has come to that. */
static void test_is_not_faster_than_the_child(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    peer_child(up(&g, 0, HERE), SPI);
    for (int i = 0; i < SHARDS; i++)
        g.members[i]->shard.now++;
    struct shard_sa *sa = peer_up(g.members[1], HERE, NAME);
    deletes(sa, SPI);
    deliver(&g);
    assert_int_equal(children_of_all(&g), 0);
    end(&g);
}

static void test_others_are_not_concerned(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    struct shard_sa *sa = up(&g, 0, THERE);
    peer_child(up(&g, 1, HERE), SPI);
    deletes(sa, SPI);
    deletes(sa, SPI + 1);
    deliver(&g);
    assert_int_equal(children_of_all(&g), 1);
    end(&g);
}

static void test_nobody_is_asked_in_vain(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    struct shard_sa *sa = up(&g, 0, HERE);
    g.members[0]->shard.now += 3600 * 1000;
    deletes(sa, SPI);
    assert_int_equal(g.members[0]->shard.counters.strays, 0);
    end(&g);
}

/* Some peers delete an older ISAKMP SA under a newer one. */
static void test_isakmp_sa_under_another(void **state)
{
    (void)state;
    struct group g = group_new(CONF("no"));
    struct shard_sa *old = up(&g, 0, HERE);
    while (ring_steer_cookie(&g.members[1]->shard.steer, old->cookie_i) != 0)
        old->cookie_i[7]++;
    struct shard_sa *sa = up(&g, 1, HERE);
    uint8_t cookies[16];
    memcpy(cookies, old->cookie_i, 8);
    memcpy(cookies + 8, old->cookie_r, 8);
    cookies[15] ^= 1;
    shard_calls1.missed(sa, ISAKMP, (x4s_chunk){cookies, sizeof(cookies)});
    deliver(&g);
    assert_int_equal(count_sas(&g, 0), 1);
    cookies[15] ^= 1;
    shard_calls1.missed(sa, ISAKMP, (x4s_chunk){cookies, sizeof(cookies)});
    deliver(&g);
    assert_int_equal(count_sas(&g, 0), 0);
    assert_int_equal(count_sas(&g, 1), 1);
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follows_the_child),
        cmocka_unit_test(test_follows_it_on),
        cmocka_unit_test(test_finds_what_came_back),
        cmocka_unit_test(test_is_not_faster_than_the_child),
        cmocka_unit_test(test_others_are_not_concerned),
        cmocka_unit_test(test_nobody_is_asked_in_vain),
        cmocka_unit_test(test_isakmp_sa_under_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
