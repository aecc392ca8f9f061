/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/numbers.h"

#include "tests/unit/config/config_text.h"

#define C(name)           name " { " AUTH " }\n"
#define CONNECTIONS(list) "connections {\n" list "}\n" SECRET
#define POOLS(list)       "pools {\n" list "}\n"
#define P(name)           name " { addrs = 10.0.0.0/24\n }\n"

static uint32_t number(const struct hub_config *config, size_t index)
{
    const struct hub_connection *connection = &config->connections[index];
    const uint32_t number = hub_connection_number(connection);
    assert_ptr_equal(hub_connection_numbered(config, number), connection);
    return number;
}

static struct hub_config *enter(struct hub_numbers *numbers, const char *text)
{
    struct hub_config *config = assert_config(text, "");
    assert_true(hub_numbers_enter(numbers, config));
    return config;
}

static uint32_t gone[4];
static size_t gone_count;

static void note(void *user, uint32_t pool)
{
    assert_ptr_equal(user, gone);
    gone[gone_count++] = pool;
}

static void leave(struct hub_numbers *numbers, struct hub_config *config)
{
    gone_count = 0;
    hub_numbers_leave(numbers, config, note, gone);
    hub_config_free(config);
}

static void test_alone(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(CONNECTIONS(C("a") C("b")) POOLS(P("p") P("q")), "");
    assert_int_equal(number(config, 0), 0);
    assert_int_equal(number(config, 1), 1);
    assert_null(hub_connection_numbered(config, 2));
    assert_int_equal(hub_pool_number(&config->pools[1]), 1);
    assert_ptr_equal(hub_pool_numbered(config, 1), &config->pools[1]);
    assert_null(hub_pool_numbered(config, 2));
    hub_config_free(config);
}

/* The same name has the same number, wherever it stands. */
static void test_by_name(void **state)
{
    (void)state;
    struct hub_numbers *numbers = hub_numbers_new();
    struct hub_config *first = enter(numbers, CONNECTIONS(C("a") C("b")) POOLS(P("p")));
    struct hub_config *second = enter(numbers, CONNECTIONS(C("c") C("b")) POOLS(P("q") P("p")));
    assert_int_equal(number(second, 1), number(first, 1));
    assert_int_equal(number(second, 0), 2);
    assert_null(hub_connection_numbered(second, number(first, 0)));
    assert_null(hub_connection_numbered(first, number(second, 0)));
    assert_int_equal(hub_pool_number(&second->pools[1]), hub_pool_number(&first->pools[0]));
    assert_int_equal(hub_pool_home(&second->pools[1], 3), hub_pool_home(&first->pools[0], 3));
    assert_int_equal(hub_connection_home(&second->connections[0], 2), 0);
    leave(numbers, first);
    assert_int_equal(gone_count, 0);
    leave(numbers, second);
    assert_int_equal(gone_count, 2);
    hub_numbers_free(numbers);
}

/* A number is given again when the last snapshot with its name has left, and not before. */
static void test_given_again(void **state)
{
    (void)state;
    struct hub_numbers *numbers = hub_numbers_new();
    struct hub_config *first = enter(numbers, CONNECTIONS(C("a") C("b")) POOLS(P("p")));
    struct hub_config *second = enter(numbers, CONNECTIONS(C("b") C("c")));
    assert_int_equal(number(second, 1), 2);
    leave(numbers, first);
    assert_int_equal(gone_count, 1);
    assert_int_equal(gone[0], 0);
    struct hub_config *third = enter(numbers, CONNECTIONS(C("d") C("e") C("b")) POOLS(P("r")));
    assert_int_equal(number(third, 0), 0);
    assert_int_equal(number(third, 1), 3);
    assert_int_equal(number(third, 2), 1);
    assert_int_equal(hub_pool_number(&third->pools[0]), 0);
    leave(numbers, second);
    leave(numbers, third);
    hub_numbers_free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_given_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
