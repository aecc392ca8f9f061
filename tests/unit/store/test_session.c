/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/store/records.h"

static void assert_chunk(x4s_chunk chunk, x4s_chunk expected)
{
    assert_int_equal(chunk.len, expected.len);
    assert_memory_equal(chunk.data, expected.data, expected.len);
}

static void assert_session(const struct store_session *a, const struct store_session *b)
{
    assert_true(a->began_at == b->began_at && a->ends_at == b->ends_at);
    assert_int_equal(a->salt, b->salt);
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->interim_sec, b->interim_sec);
    assert_true(a->started);
    assert_true(x4_net_addr_equal(&a->framed, &b->framed));
    assert_true(x4_net_addr_equal(&a->netmask, &b->netmask));
    assert_chunk(a->user, b->user);
    assert_chunk(a->classes, b->classes);
}

/* With its ISAKMP SA, and an address of each kind. */
static void test_comes_back(void **state)
{
    (void)state;
    const struct store_isakmp sa = records_session();
    uint8_t bytes[STORE_RECORD_MAX];
    struct store_isakmp read;
    const size_t len = store_isakmp_write(&sa, bytes);
    assert_true(len > 0);
    assert_int_equal(store_isakmp_read((x4s_chunk){bytes, len}, RECORDS_UP_AT, &read), STORE_none);
    assert_session(&read.session, &sa.session);
    assert_true(x4_net_addr_equal(&read.inner, &sa.inner));
    assert_true(x4_net_addr_equal(&read.inner6, &sa.inner6));
}

static void test_without_one_there_is_a_byte(void **state)
{
    (void)state;
    const struct store_session none = {0};
    uint8_t bytes[8];
    x4s_writer w = x4_writer(bytes, sizeof(bytes));
    store_session.put(&w, &none);
    assert_int_equal(x4_writer_len(&w), 1);
    assert_true(store_session_can_be(&none));
}

/* Said to be there, it has a beginning. */
static void test_without_beginning_it_is_none(void **state)
{
    (void)state;
    static const uint8_t bytes[64] = {1};
    struct store_source source = {.reader = x4_reader(bytes, sizeof(bytes))};
    struct store_session session = {0};
    store_session.get(&source, &session);
    assert_true(source.bad);
}

static void no_user(struct store_isakmp *sa)
{
    sa->session.user.len = 0;
}

static void long_user(struct store_isakmp *sa)
{
    static const uint8_t name[STORE_SESSION_USER_MAX + 1];
    sa->session.user = (x4s_chunk){name, sizeof(name)};
}

static void in_far_future(struct store_isakmp *sa)
{
    sa->session.ends_at = STORE_TIME_END;
}

static void half_a_class(struct store_isakmp *sa)
{
    sa->session.classes.len--;
}

static void many_classes(struct store_isakmp *sa)
{
    static uint8_t classes[STORE_SESSION_CLASSES_MAX + 2];
    for (size_t i = 0; i < sizeof(classes); i += 2)
        classes[i + 1] = 2;
    sa->session.classes = (x4s_chunk){classes, sizeof(classes)};
}

/* An IPv6 address is besides one of IPv4. */
static void second_address_alone(struct store_isakmp *sa)
{
    sa->inner = (x4s_net_addr){0};
}

static void test_impossible_ones_are_not_written(void **state)
{
    (void)state;
    static void (*const spoils[])(struct store_isakmp *) = {
        no_user, long_user, in_far_future, half_a_class, many_classes, second_address_alone,
    };
    uint8_t bytes[STORE_RECORD_MAX];
    for (size_t i = 0; i < x4m_countof(spoils); i++) {
        struct store_isakmp sa = records_session();
        spoils[i](&sa);
        assert_int_equal(store_isakmp_write(&sa, bytes), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_without_one_there_is_a_byte),
        cmocka_unit_test(test_without_beginning_it_is_none),
        cmocka_unit_test(test_impossible_ones_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
