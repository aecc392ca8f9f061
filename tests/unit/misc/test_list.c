/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x4/misc/list.h"

typedef struct item {
    int number;
    x4s_list link;
} item;

static int number_of(x4s_list *link)
{
    return x4m_container(link, item, link)->number;
}

static void fill(x4s_list *head, item *items, int count)
{
    x4_list_init(head);
    for (int i = 0; i < count; i++) {
        items[i] = (item){.number = i};
        x4_list_append(head, &items[i].link);
    }
}

static void test_empty(void **state)
{
    (void)state;
    x4s_list head;
    x4_list_init(&head);
    assert_true(x4_list_empty(&head));
    assert_null(x4_list_pop(&head));
    x4m_list_each(link, &head) fail();
}

static void test_append_keeps_the_order(void **state)
{
    (void)state;
    x4s_list head;
    item items[5];
    fill(&head, items, 5);

    int expected = 0;
    x4m_list_each(link, &head) assert_int_equal(number_of(link), expected++);
    assert_int_equal(expected, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(number_of(x4_list_pop(&head)), i);
    assert_true(x4_list_empty(&head));
}

/* Of each number of links before and of those that come. */
static void test_splice(void **state)
{
    (void)state;
    for (int before = 0; before < 3; before++) {
        for (int come = 0; come < 3; come++) {
            x4s_list head, from;
            item first[3], then[3];
            int expected = 0;
            fill(&head, first, before);
            fill(&from, then, come);
            x4_list_splice(&head, &from);
            assert_true(x4_list_empty(&from));
            for (x4s_list *link; (link = x4_list_pop(&head)); expected++)
                assert_int_equal(number_of(link), expected < before ? expected : expected - before);
            assert_int_equal(expected, before + come);
        }
    }
}

static void test_linked(void **state)
{
    (void)state;
    x4s_list head;
    item one = {0};
    x4_list_init(&head);
    assert_false(x4_list_linked(&one.link));
    x4_list_append(&head, &one.link);
    assert_true(x4_list_linked(&one.link));
    x4_list_remove(&one.link);
    assert_false(x4_list_linked(&one.link));
    assert_true(x4_list_empty(&head));
    x4_list_remove(&one.link);
    assert_true(x4_list_empty(&head));
}

static void test_remove_at_every_place(void **state)
{
    (void)state;
    for (int gone = 0; gone < 4; gone++) {
        x4s_list head;
        item items[4];
        fill(&head, items, 4);
        x4_list_remove(&items[gone].link);
        int seen = 0;
        x4m_list_each(link, &head)
        {
            assert_int_not_equal(number_of(link), gone);
            seen++;
        }
        assert_int_equal(seen, 3);
    }
}

static void test_remove_while_walking(void **state)
{
    (void)state;
    x4s_list head;
    item items[6];
    fill(&head, items, 6);
    x4m_list_each(link, &head)
    {
        if (number_of(link) % 2)
            x4_list_remove(link);
    }
    assert_int_equal(number_of(x4_list_pop(&head)), 0);
    assert_int_equal(number_of(x4_list_pop(&head)), 2);
    assert_int_equal(number_of(x4_list_pop(&head)), 4);
    assert_true(x4_list_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_append_keeps_the_order),
        cmocka_unit_test(test_splice),
        cmocka_unit_test(test_linked),
        cmocka_unit_test(test_remove_at_every_place),
        cmocka_unit_test(test_remove_while_walking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
