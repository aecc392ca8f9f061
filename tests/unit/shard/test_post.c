/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/post.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MEMBERS = 3 };

/* What a member has read. */
struct reader {
    uint32_t count;
    uint32_t next; /* number of the letter that has to come now */
};

struct numbered {
    struct shard_letter letter;
    uint32_t number;
};

struct group {
    struct ring_mail *mail;
    struct shard_post posts[MEMBERS];
    struct reader readers[MEMBERS];
};

static int setup(void **state)
{
    struct group *group = calloc(1, sizeof(*group));
    group->mail = ring_mail_new(MEMBERS);
    for (uint32_t i = 0; i < MEMBERS; i++)
        assert_true(shard_post_init(&group->posts[i], group->mail, i, MEMBERS));
    *state = group;
    return 0;
}

static int teardown(void **state)
{
    struct group *group = *state;
    for (uint32_t i = 0; i < MEMBERS; i++)
        shard_post_fini(&group->posts[i]);
    ring_mail_free(group->mail, free);
    free(group);
    return 0;
}

static void read_numbered(void *member, struct shard_letter *letter)
{
    struct reader *reader = member;
    struct numbered *numbered = x4m_container(letter, struct numbered, letter);
    assert_int_equal(letter->from, 0);
    assert_int_equal(numbered->number, reader->next++);
    reader->count++;
    free(numbered);
}

static struct numbered *write_numbered(uint32_t number)
{
    struct numbered *numbered = calloc(1, sizeof(*numbered));
    numbered->letter.deliver = read_numbered;
    numbered->number = number;
    return numbered;
}

static x4_msec serve(struct group *group, uint32_t member)
{
    const x4_msec wait = shard_post_serve(&group->posts[member], &group->readers[member]);
    shard_post_awake(&group->posts[member]);
    return wait;
}

static void test_a_letter_is_delivered_to_its_reader(void **state)
{
    struct group *group = *state;
    assert_true(serve(group, 1) == x4c_never);
    shard_post_send(&group->posts[0], 1, &write_numbered(0)->letter);
    assert_true(serve(group, 2) == x4c_never);
    assert_int_equal(group->readers[1].count, 0);
    assert_true(serve(group, 1) == x4c_never);
    assert_int_equal(group->readers[1].count, 1);
    assert_int_equal(shard_post_control(&group->posts[1]), MEMBERS - 1);
}

/* Four times what a queue holds: all arrive, in their order, a round at a time. */
static void test_letters_wait_for_a_reader_that_is_behind(void **state)
{
    struct group *group = *state;
    const uint32_t count = 4 * RING_MAIL_QUEUE;
    for (uint32_t i = 0; i < count; i++)
        shard_post_send(&group->posts[0], 1, &write_numbered(i)->letter);
    assert_true(serve(group, 0) == 1);
    while (group->readers[1].count < count) {
        const uint32_t before = group->readers[1].count;
        (void)serve(group, 1);
        assert_true(group->readers[1].count > before);
        assert_true(group->readers[1].count - before <= 64);
        (void)serve(group, 0);
    }
    assert_true(serve(group, 0) == x4c_never);
}

static void test_an_offer_is_refused_where_the_reader_is_behind(void **state)
{
    struct group *group = *state;
    struct numbered *last = NULL;
    for (uint32_t i = 0; i <= RING_MAIL_QUEUE; i++) {
        last = write_numbered(i);
        assert_int_equal(shard_post_offer(&group->posts[0], 1, &last->letter), i < RING_MAIL_QUEUE);
    }
    /* It does not overtake what waits. */
    shard_post_send(&group->posts[0], 1, &last->letter);
    (void)serve(group, 1);
    struct numbered *more = write_numbered(0);
    assert_false(shard_post_offer(&group->posts[0], 1, &more->letter));
    free(more);
}

static bool is_woken(const struct group *group, uint32_t member)
{
    struct pollfd fd = {.fd = shard_post_fd(&group->posts[member]), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

/* A reader that sleeps is left to sleep, and woken in the end. */
static void test_a_letter_that_has_time(void **state)
{
    struct group *group = *state;
    struct shard_post *post = &group->posts[0];
    assert_true(ring_mail_sleep(group->mail, 1));
    assert_true(ring_mail_sleep(group->mail, 2));
    assert_true(shard_post_wake(post, 1000) == x4c_never);
    shard_post_leave(post, 1, &write_numbered(0)->letter);
    shard_post_leave(post, 1, &write_numbered(1)->letter);
    assert_true(shard_post_wake(post, 1000) == SHARD_POST_LEFT_MS);
    assert_true(shard_post_wake(post, 1001) == SHARD_POST_LEFT_MS - 1);
    assert_false(is_woken(group, 1));
    assert_true(shard_post_wake(post, 1000 + SHARD_POST_LEFT_MS) == x4c_never);
    assert_true(is_woken(group, 1));
    assert_false(is_woken(group, 2));
    shard_post_drain(&group->posts[1]);
    assert_false(is_woken(group, 1));
    assert_true(serve(group, 1) == x4c_never);
    assert_int_equal(group->readers[1].count, 2);
}

/* What is read before the time needs nobody to be woken; what is in haste takes all along. */
static void test_a_letter_that_is_read_in_time(void **state)
{
    struct group *group = *state;
    struct shard_post *post = &group->posts[0];
    shard_post_leave(post, 1, &write_numbered(0)->letter);
    assert_true(shard_post_wake(post, 1000) == SHARD_POST_LEFT_MS);
    (void)serve(group, 1);
    assert_int_equal(group->readers[1].count, 1);
    assert_true(ring_mail_sleep(group->mail, 1));
    assert_true(shard_post_wake(post, 2000) == x4c_never);
    assert_false(is_woken(group, 1));

    shard_post_leave(post, 1, &write_numbered(1)->letter);
    shard_post_send(post, 1, &write_numbered(2)->letter);
    assert_true(is_woken(group, 1));
    (void)serve(group, 1);
    assert_int_equal(group->readers[1].count, 3);
}

/* Beyond what a queue holds they wait here, as others do. */
static void test_letters_that_have_time_and_no_room(void **state)
{
    struct group *group = *state;
    const uint32_t count = 2 * RING_MAIL_QUEUE;
    for (uint32_t i = 0; i < count; i++)
        shard_post_leave(&group->posts[0], 1, &write_numbered(i)->letter);
    while (group->readers[1].count < count) {
        (void)serve(group, 1);
        (void)serve(group, 0);
    }
}

static void test_letters_that_nobody_reads_are_released(void **state)
{
    struct group *group = *state;
    for (uint32_t i = 0; i < 2 * RING_MAIL_QUEUE; i++)
        shard_post_send(&group->posts[0], 2, &write_numbered(i)->letter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_letter_is_delivered_to_its_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(test_letters_wait_for_a_reader_that_is_behind, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_an_offer_is_refused_where_the_reader_is_behind, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_letter_that_has_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_letter_that_is_read_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_letters_that_have_time_and_no_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_letters_that_nobody_reads_are_released, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
