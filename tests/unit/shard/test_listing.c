/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/listing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections {\n"
    " a { version = 1\n remote_addrs = 198.51.100.0/24\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } }\n"
    " b : connections.a { remote_addrs = 203.0.113.0/24\n } }\n"
    "secrets { ike { secret = abc\n } }\n";

static void set_up_peers(struct fixture *f, const char *ip, int count)
{
    for (int i = 0; i < count; i++)
        peer_up(f, ip, "a.example.org");
}

/* A piece, as the control thread asks for it; returns how many SAs it tells. */
static int piece(struct fixture *f, struct shard_listing *listing)
{
    int count = 0;
    listing->records = NULL;
    listing->more = false;
    shard_listing_tell(&f->shard, listing);
    for (const struct shard_sa_record *record = listing->records; record; record = record->next)
        count++;
    shard_listing_free(listing->records);
    assert_int_equal(listing->more, listing->walk != NULL);
    return count;
}

static void test_pieces_are_bounded(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_listing listing = {0};
    set_up_peers(f, "198.51.100.1", 2 * SHARD_LISTING_TOLD + 1);
    assert_int_equal(piece(f, &listing), SHARD_LISTING_TOLD);
    assert_true(listing.more);
    assert_int_equal(piece(f, &listing), SHARD_LISTING_TOLD);
    assert_int_equal(piece(f, &listing), 1);
    assert_false(listing.more);
    fixture_free(f);
}

static void test_children_count(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_listing listing = {0};
    for (int i = 0; i < 3; i++) {
        struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
        for (uint32_t k = 0; k < SHARD_LISTING_TOLD - 2; k++)
            peer_child(sa, k + 1);
    }
    assert_int_equal(piece(f, &listing), 2);
    assert_int_equal(piece(f, &listing), 1);
    fixture_free(f);
}

static void test_sas_come_and_go_between_pieces(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_listing listing = {0};
    set_up_peers(f, "198.51.100.1", SHARD_LISTING_TOLD + 2);
    assert_int_equal(piece(f, &listing), SHARD_LISTING_TOLD);
    fixture_end_all(f);
    set_up_peers(f, "198.51.100.1", 1);
    assert_int_equal(piece(f, &listing), 1);
    assert_false(listing.more);
    fixture_free(f);
}

static void test_by_connection(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_listing listing = {.connection = "b"};
    set_up_peers(f, "198.51.100.1", SHARD_LISTING_LOOKED);
    set_up_peers(f, "203.0.113.1", 2);
    assert_int_equal(piece(f, &listing), 0);
    assert_true(listing.more);
    assert_int_equal(piece(f, &listing), 2);
    assert_false(listing.more);
    struct shard_listing none = {.connection = "c"};
    assert_int_equal(piece(f, &none), 0);
    assert_int_equal(piece(f, &none), 0);
    assert_false(none.more);
    fixture_free(f);
}

static void test_by_number(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_listing listing = {.number = 2};
    set_up_peers(f, "198.51.100.1", 3);
    assert_int_equal(piece(f, &listing), 1);
    listing.number = 4;
    assert_int_equal(piece(f, &listing), 0);
    struct shard_listing both = {.number = 2, .connection = "b"};
    assert_int_equal(piece(f, &both), 0);
    fixture_free(f);
}

static void test_may_be_ended(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_listing listing = {0};
    set_up_peers(f, "198.51.100.1", SHARD_LISTING_TOLD + 1);
    assert_int_equal(piece(f, &listing), SHARD_LISTING_TOLD);
    assert_int_equal(count_list(&f->shard.roll.entries), SHARD_LISTING_TOLD + 2);
    shard_roll_walk_free(listing.walk);
    assert_int_equal(count_list(&f->shard.roll.entries), SHARD_LISTING_TOLD + 1);
    fixture_free(f);
}

/* The sanitizers see whether anything is left. */
static void test_shard_ends_what_is_left(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_listing listings[2] = {0};
    set_up_peers(f, "198.51.100.1", SHARD_LISTING_TOLD + 1);
    piece(f, &listings[0]);
    piece(f, &listings[1]);
    assert_int_equal(count_list(&f->shard.roll.entries), SHARD_LISTING_TOLD + 3);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_bounded),
        cmocka_unit_test(test_children_count),
        cmocka_unit_test(test_sas_come_and_go_between_pieces),
        cmocka_unit_test(test_by_connection),
        cmocka_unit_test(test_by_number),
        cmocka_unit_test(test_may_be_ended),
        cmocka_unit_test(test_shard_ends_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
