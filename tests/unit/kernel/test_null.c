/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/kernel.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct seen {
    int count;
    enum hub_kernel_op op;
    uint32_t spi_in;
    int error;
};

static void on_done(void *user, enum hub_kernel_op op, uint32_t spi_in, int error)
{
    struct seen *seen = user;
    *seen = (struct seen){seen->count + 1, op, spi_in, error};
}

static struct hub_kernel *open_null(struct seen *seen)
{
    const struct hub_kernel_user user = {.user = seen, .done = on_done};
    return hub_kernel_null.open(&hub_kernel_null, &user);
}

static void submit(struct hub_kernel *kernel, enum hub_kernel_op op, uint32_t in, uint32_t out)
{
    const struct hub_kernel_request request = {.op = op, .spi_in = in, .spi_out = out};
    assert_true(hub_kernel_submit(kernel, &request));
}

static void expect(struct hub_kernel *kernel, struct seen *seen, int count, int error)
{
    hub_kernel_poll(kernel);
    assert_int_equal(seen->count, count);
    assert_int_equal(seen->error, error);
}

static void test_records_pairs(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct hub_kernel *kernel = open_null(&seen);
    submit(kernel, HUB_KERNEL_ADD, 1000, 2000);
    assert_int_equal(seen.count, 0); /* not before a poll */
    expect(kernel, &seen, 1, 0);
    assert_int_equal(seen.spi_in, 1000);
    assert_int_equal(hub_kernel_pairs(kernel), 1);
    submit(kernel, HUB_KERNEL_DELETE, 1000, 2000);
    expect(kernel, &seen, 2, 0);
    assert_int_equal(seen.op, HUB_KERNEL_DELETE);
    assert_int_equal(hub_kernel_pairs(kernel), 0);
    hub_kernel_close(kernel, true);
}

static void test_refuses_as_a_kernel_would(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct hub_kernel *kernel = open_null(&seen);
    submit(kernel, HUB_KERNEL_ADD, 1000, 2000);
    expect(kernel, &seen, 1, 0);
    submit(kernel, HUB_KERNEL_ADD, 1000, 3000);
    expect(kernel, &seen, 2, EEXIST);
    submit(kernel, HUB_KERNEL_DELETE, 1000, 3000);
    expect(kernel, &seen, 3, ESRCH);
    submit(kernel, HUB_KERNEL_DELETE, 1001, 2000);
    expect(kernel, &seen, 4, ESRCH);
    assert_int_equal(hub_kernel_pairs(kernel), 1);
    hub_kernel_close(kernel, true);
}

static void test_many(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct hub_kernel *kernel = open_null(&seen);
    for (uint32_t i = 0; i < 10000; i++)
        submit(kernel, HUB_KERNEL_ADD, 256 + i, i);
    expect(kernel, &seen, 10000, 0);
    for (uint32_t i = 0; i < 5000; i++)
        submit(kernel, HUB_KERNEL_DELETE, 256 + 2 * i, 2 * i);
    assert_int_equal(hub_kernel_pairs(kernel), 5000);
    hub_kernel_close(kernel, true); /* with completions that nobody waits for */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_pairs),
        cmocka_unit_test(test_refuses_as_a_kernel_would),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
