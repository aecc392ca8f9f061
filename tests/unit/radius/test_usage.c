/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/usage.h"

#include "shard/state.h"
#include "tests/unit/shard/counting_kernel.h"

enum { SHARD, CONTROL, MEMBERS };

struct fixture {
    struct counting_kernel kernel;
    struct ring_mail *mail;
    struct shard shard;
    struct shard_post control;
    struct shard_usage *usage;

    /* The last record that came. */
    int records;
    struct radius_writer record;
};

static struct fixture fixture;

static void on_record(void *member, struct shard_letter *letter)
{
    struct fixture *f = member;
    struct radius_question *question = x4m_container(letter, struct radius_question, letter);
    const x4s_chunk attributes = question->request.attributes;
    f->records++;
    radius_write(&f->record);
    memcpy(f->record.data, attributes.data, attributes.len);
    f->record.len = attributes.len;
    radius_question_free(question);
}

static void set_up(struct fixture *f)
{
    *f = (struct fixture){0};
    counting_open(&f->kernel);
    f->mail = ring_mail_new(MEMBERS);
    assert_non_null(f->mail);
    assert_true(shard_post_init(&f->shard.post, f->mail, SHARD, MEMBERS));
    assert_true(shard_post_init(&f->control, f->mail, CONTROL, MEMBERS));
    f->shard.kernel = &f->kernel.head;
    f->shard.radius = on_record;
    f->usage = shard_usage_new(&f->shard);
    assert_non_null(f->usage);
}

static void tear_down(struct fixture *f)
{
    shard_usage_free(f->usage);
    assert_int_equal(f->kernel.count, 0);
    shard_post_fini(&f->shard.post);
    shard_post_fini(&f->control);
    ring_mail_free(f->mail, NULL);
}

/* How many records have come. */
static int came(struct fixture *f)
{
    shard_post_serve(&f->control, f);
    return f->records;
}

static void send_record(const struct fixture *f)
{
    struct radius_writer writer;
    radius_write(&writer);
    radius_put_number(&writer, RADIUS_ACCT_STATUS_TYPE, 3);
    shard_usage_send(f->usage, &writer, true);
}

/* A number in the last record, or -1. */
static int64_t told(const struct fixture *f, uint8_t type)
{
    for (size_t at = 0; at + 6 <= f->record.len; at += f->record.data[at + 1]) {
        const uint8_t *value = &f->record.data[at + 2];
        if (f->record.data[at] == type)
            return (int64_t)value[0] << 24 | value[1] << 16 | value[2] << 8 | value[3];
    }
    return -1;
}

static void test_sums_up(void **state)
{
    (void)state;
    struct fixture *f = &fixture;
    set_up(f);
    shard_usage_begin(f->usage, 0x1111, true);
    shard_usage_begin(f->usage, 0x2222, true);
    shard_usage_ask(f->usage);
    send_record(f);
    counting_answer(&f->kernel, 100, 1, 0);
    assert_int_equal(came(f), 0);
    assert_true(shard_usage_is_waiting(f->usage));
    counting_answer(&f->kernel, 200, 2, 0);
    assert_int_equal(came(f), 1);
    assert_false(shard_usage_is_waiting(f->usage));
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_OCTETS), 300);
    assert_int_equal(told(f, RADIUS_ACCT_OUTPUT_OCTETS), 600);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_PACKETS), 3);
    assert_int_equal(told(f, RADIUS_ACCT_OUTPUT_PACKETS), 6);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_GIGAWORDS), -1);

    /* One of them is replaced by a third. */
    shard_usage_begin(f->usage, 0x3333, true);
    shard_usage_end(f->usage, 0x1111);
    counting_answer(&f->kernel, 150, 3, 0);
    shard_usage_ask(f->usage);
    send_record(f);
    counting_answer(&f->kernel, 200, 2, 0);
    counting_answer(&f->kernel, 5, 1, 0);
    assert_int_equal(came(f), 2);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_OCTETS), 355);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_PACKETS), 6);
    tear_down(f);
}

/* The session is over before the kernel has answered. */
static void test_the_last_record(void **state)
{
    (void)state;
    struct fixture *f = &fixture;
    set_up(f);
    shard_usage_begin(f->usage, 0x1111, true);
    shard_usage_end(f->usage, 0x1111);
    shard_usage_end(f->usage, 0x1111);
    send_record(f);
    struct shard_usage *usage = f->usage;
    f->usage = shard_usage_new(&f->shard);
    shard_usage_free(usage);
    assert_int_equal(came(f), 0);
    counting_answer(&f->kernel, UINT64_C(0x300000010), 1, 0);
    assert_int_equal(came(f), 1);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_OCTETS), 0x10);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_GIGAWORDS), 3);
    assert_int_equal(told(f, RADIUS_ACCT_OUTPUT_GIGAWORDS), 6);
    tear_down(f);
}

/* What a child has carried before is another session's. */
static void test_a_child_of_another_session(void **state)
{
    (void)state;
    struct fixture *f = &fixture;
    set_up(f);
    shard_usage_begin(f->usage, 0x1111, false);
    shard_usage_ask(f->usage);
    send_record(f);
    counting_answer(&f->kernel, 1000, 10, 0);
    counting_answer(&f->kernel, 1100, 11, 0);
    assert_int_equal(came(f), 1);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_OCTETS), 100);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_PACKETS), 1);
    tear_down(f);
}

/* It carries no less for that. */
static void test_an_sa_that_is_gone(void **state)
{
    (void)state;
    struct fixture *f = &fixture;
    set_up(f);
    shard_usage_begin(f->usage, 0x1111, true);
    shard_usage_ask(f->usage);
    counting_answer(&f->kernel, 1000, 10, 0);
    shard_usage_ask(f->usage);
    send_record(f);
    counting_answer(&f->kernel, 0, 0, ESRCH);
    assert_int_equal(came(f), 1);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_OCTETS), 1000);
    tear_down(f);
}

static void test_a_kernel_that_does_not_count(void **state)
{
    (void)state;
    struct fixture *f = &fixture;
    set_up(f);
    f->kernel.backend.carries = false;
    shard_usage_begin(f->usage, 0x1111, true);
    shard_usage_ask(f->usage);
    send_record(f);
    assert_int_equal(came(f), 1);
    assert_int_equal(told(f, RADIUS_ACCT_STATUS_TYPE), 3);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_OCTETS), -1);
    tear_down(f);
}

/* It begins with nothing. */
static void test_the_first_record(void **state)
{
    (void)state;
    struct fixture *f = &fixture;
    struct radius_writer writer;
    set_up(f);
    shard_usage_begin(f->usage, 0x1111, true);
    radius_write(&writer);
    shard_usage_send(f->usage, &writer, false);
    assert_int_equal(came(f), 1);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_OCTETS), -1);
    tear_down(f);
}

static void test_a_kernel_without_memory(void **state)
{
    (void)state;
    struct fixture *f = &fixture;
    set_up(f);
    shard_usage_begin(f->usage, 0x1111, true);
    f->kernel.no_memory = true;
    shard_usage_ask(f->usage);
    send_record(f);
    assert_int_equal(came(f), 1);
    assert_int_equal(told(f, RADIUS_ACCT_INPUT_OCTETS), 0);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_up),
        cmocka_unit_test(test_the_last_record),
        cmocka_unit_test(test_a_child_of_another_session),
        cmocka_unit_test(test_an_sa_that_is_gone),
        cmocka_unit_test(test_a_kernel_that_does_not_count),
        cmocka_unit_test(test_the_first_record),
        cmocka_unit_test(test_a_kernel_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
