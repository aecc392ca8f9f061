/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <poll.h>
#include <pthread.h>

#include "ioring/mail.h"

enum {
    WRITERS = 3,
    LETTERS = 20000, /* of each writer */
};

static uint64_t numbers[RING_MAIL_QUEUE + 1];
static size_t dropped;

static void drop(void *letter)
{
    (void)letter;
    dropped++;
}

static bool is_readable(const struct ring_mail *mail, uint32_t me)
{
    struct pollfd fd = {.fd = ring_mail_fd(mail, me), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

static void test_order_and_sender(void **state)
{
    struct ring_mail *mail = ring_mail_new(3);
    uint32_t from;

    (void)state;
    assert_null(ring_mail_next(mail, 0, &from));
    assert_true(ring_mail_send(mail, 2, 0, &numbers[0]));
    assert_true(ring_mail_send(mail, 2, 0, &numbers[1]));
    assert_ptr_equal(ring_mail_next(mail, 0, &from), &numbers[0]);
    assert_int_equal(from, 2);
    assert_true(ring_mail_send(mail, 0, 0, &numbers[2])); /* to oneself, too */
    assert_ptr_equal(ring_mail_next(mail, 0, &from), &numbers[1]);
    assert_ptr_equal(ring_mail_next(mail, 0, &from), &numbers[2]);
    assert_int_equal(from, 0);
    assert_null(ring_mail_next(mail, 0, &from));
    ring_mail_free(mail, drop);
}

static void test_full(void **state)
{
    struct ring_mail *mail = ring_mail_new(RING_MAIL_MEMBERS_MAX);
    uint32_t from;

    (void)state;
    for (size_t i = 0; i < RING_MAIL_QUEUE; i++)
        assert_true(ring_mail_send(mail, 127, 1, &numbers[i]));
    assert_false(ring_mail_send(mail, 127, 1, &numbers[RING_MAIL_QUEUE]));
    assert_true(ring_mail_send(mail, 126, 1, &numbers[0])); /* another pair's is not full */
    assert_non_null(ring_mail_next(mail, 1, &from));
    assert_non_null(ring_mail_next(mail, 1, &from));
    assert_true(ring_mail_send(mail, 127, 1, &numbers[RING_MAIL_QUEUE]));
    dropped = 0;
    ring_mail_free(mail, drop);
    assert_int_equal(dropped, RING_MAIL_QUEUE);
}

static void test_sleep(void **state)
{
    struct ring_mail *mail = ring_mail_new(2);
    uint32_t from;

    (void)state;
    assert_true(ring_mail_send(mail, 1, 0, &numbers[0])); /* awake: no system call */
    assert_false(is_readable(mail, 0));
    assert_false(ring_mail_sleep(mail, 0)); /* there is something to read */
    assert_non_null(ring_mail_next(mail, 0, &from));
    assert_null(ring_mail_next(mail, 0, &from));

    assert_true(ring_mail_sleep(mail, 0));
    assert_false(is_readable(mail, 0));
    assert_true(ring_mail_send(mail, 1, 0, &numbers[1]));
    assert_true(ring_mail_send(mail, 1, 0, &numbers[2]));
    assert_true(is_readable(mail, 0));
    ring_mail_drain(mail, 0);
    ring_mail_awake(mail, 0);
    assert_false(is_readable(mail, 0));
    assert_ptr_equal(ring_mail_next(mail, 0, &from), &numbers[1]);
    ring_mail_free(mail, drop);
}

struct writer {
    struct ring_mail *mail;
    uint32_t me;
    pthread_t thread;
};

/* Letters are numbers: those of a writer come in their order. */
static void *write_letters(void *user)
{
    const struct writer *writer = user;

    for (uintptr_t i = 1; i <= LETTERS; i++)
        while (!ring_mail_send(writer->mail, writer->me, 0, (void *)i))
            sched_yield();
    return NULL;
}

static void wait_for_letters(struct ring_mail *mail)
{
    struct pollfd fd = {.fd = ring_mail_fd(mail, 0), .events = POLLIN};

    if (ring_mail_sleep(mail, 0)) {
        assert_int_equal(poll(&fd, 1, 10000), 1);
        ring_mail_drain(mail, 0);
    }
    ring_mail_awake(mail, 0);
}

static void test_threads(void **state)
{
    struct ring_mail *mail = ring_mail_new(1 + WRITERS);
    struct writer writers[WRITERS];
    uintptr_t last[1 + WRITERS] = {0};

    (void)state;
    for (uint32_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.mail = mail, .me = 1 + i};
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_letters, &writers[i]), 0);
    }
    for (size_t count = 0; count < WRITERS * LETTERS;) {
        uint32_t from;
        void *letter = ring_mail_next(mail, 0, &from);
        if (letter == NULL) {
            wait_for_letters(mail);
            continue;
        }
        assert_int_equal((uintptr_t)letter, last[from] + 1);
        last[from]++;
        count++;
    }
    for (uint32_t i = 0; i < WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
    ring_mail_free(mail, drop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_sender),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_sleep),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
