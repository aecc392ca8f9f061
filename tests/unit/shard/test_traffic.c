/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/traffic.h"

#include "shard/state.h"
#include "tests/unit/shard/counting_kernel.h"

struct fixture {
    struct counting_kernel kernel;
    struct shard shard;
    struct shard_sa_record *records;
    int told;
};

static struct shard_sa_record *record_of(uint32_t children, struct shard_sa_record *next)
{
    struct shard_sa_record *record =
        calloc(1, sizeof(*record) + children * sizeof(record->children[0]));
    assert_non_null(record);
    record->child_count = children;
    record->next = next;
    for (uint32_t i = 0; i < children; i++)
        record->children[i] = (struct shard_child_record){.spi_in = 0x1000 + i, .installed = true};
    return record;
}

/* An SA with two children, one without, and one with a third. */
static void set_up(struct fixture *f)
{
    *f = (struct fixture){0};
    counting_open(&f->kernel);
    f->shard.kernel = &f->kernel.head;
    f->records = record_of(2, record_of(0, record_of(1, NULL)));
}

static void tear_down(struct fixture *f)
{
    while (f->records) {
        struct shard_sa_record *next = f->records->next;
        free(f->records);
        f->records = next;
    }
}

static void on_told(struct shard *shard, void *user)
{
    struct fixture *f = user;
    assert_ptr_equal(shard, &f->shard);
    f->told++;
}

static bool ask(struct fixture *f)
{
    return shard_traffic_ask(&f->shard, f->records, on_told, f);
}

static void test_waits_for_all(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    assert_true(ask(&f));
    assert_int_equal(f.kernel.count, 3);
    counting_answer(&f.kernel, 840, 10, 0);
    counting_answer(&f.kernel, 0, 0, ESRCH);
    assert_int_equal(f.told, 0);
    counting_answer(&f.kernel, UINT64_C(1) << 40, 7, 0);
    assert_int_equal(f.told, 1);
    const struct shard_child_record *child = &f.records->children[0];
    assert_true(child->counted);
    assert_int_equal(child->in.bytes, 840);
    assert_false(child->in.used);
    assert_int_equal(child->out.packets, 20);
    assert_true(child->out.used);
    assert_true(child->out.unused_sec > 0);
    assert_false(f.records->children[1].counted);
    assert_true(f.records->next->next->children[0].in.bytes == UINT64_C(1) << 40);
    tear_down(&f);
}

/* Then there is nothing to wait for. */
static void test_answers_at_once(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.kernel.at_once = true;
    assert_false(ask(&f));
    assert_int_equal(f.told, 0);
    assert_true(f.records->children[1].counted);
    assert_int_equal(f.records->children[1].in.bytes, 100);
    tear_down(&f);
}

static void test_what_is_recorded_carries_nothing(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.kernel.backend.carries = false;
    assert_false(ask(&f));
    assert_true(f.records->children[0].counted);
    assert_int_equal(f.records->children[0].in.bytes, 0);
    tear_down(&f);
}

static void test_children_that_are_not_installed(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.records->children[0].installed = false;
    f.records->children[1].installed = false;
    f.records->next->next->children[0].installed = false;
    assert_false(ask(&f));
    assert_false(f.records->children[0].counted);
    tear_down(&f);
}

static void test_a_kernel_without_memory(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    f.kernel.no_memory = true;
    assert_false(ask(&f));
    assert_false(f.records->children[0].counted);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_for_all),
        cmocka_unit_test(test_answers_at_once),
        cmocka_unit_test(test_what_is_recorded_carries_nothing),
        cmocka_unit_test(test_children_that_are_not_installed),
        cmocka_unit_test(test_a_kernel_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
