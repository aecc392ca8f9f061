/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/vici_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* key1 = value1, section1 { sub-section { key2 = value2 } list1 = [ item1, item2 ] } */
static const uint8_t tree[] = {
    3,   4,   'k', 'e', 'y', '1', 0,   6,   'v', 'a', 'l', 'u', 'e', '1', 1,   8,
    's', 'e', 'c', 't', 'i', 'o', 'n', '1', 1,   11,  's', 'u', 'b', '-', 's', 'e',
    'c', 't', 'i', 'o', 'n', 3,   4,   'k', 'e', 'y', '2', 0,   6,   'v', 'a', 'l',
    'u', 'e', '2', 2,   4,   5,   'l', 'i', 's', 't', '1', 5,   0,   5,   'i', 't',
    'e', 'm', '1', 5,   0,   5,   'i', 't', 'e', 'm', '2', 6,   2,
};

static x4s_chunk bytes(const void *data, size_t len)
{
    return (x4s_chunk){data, len};
}

#define VALID(...)                                                                                 \
    vici_message_valid(                                                                            \
        bytes((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})))

static void test_writes_the_tree(void **state)
{
    (void)state;
    uint8_t buffer[sizeof(tree)];
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    vici_text(&writer, "key1", "value1");
    vici_section(&writer, "section1");
    vici_section(&writer, "sub-section");
    vici_text(&writer, "key2", "value2");
    vici_section_end(&writer);
    vici_list(&writer, "list1");
    vici_item(&writer, "item1");
    vici_item(&writer, "item2");
    vici_list_end(&writer);
    vici_section_end(&writer);
    x4s_chunk message;
    assert_true(vici_writer_message(&writer, &message));
    assert_int_equal(message.len, sizeof(tree));
    assert_memory_equal(message.data, tree, sizeof(tree));
}

static void test_reads_the_tree(void **state)
{
    static const struct {
        enum vici_type type;
        const char *name;
        const char *value;
    } expected[] = {
        {VICI_KEY_VALUE, "key1", "value1"},
        {VICI_SECTION_START, "section1", ""},
        {VICI_SECTION_START, "sub-section", ""},
        {VICI_KEY_VALUE, "key2", "value2"},
        {VICI_SECTION_END, "", ""},
        {VICI_LIST_START, "list1", ""},
        {VICI_LIST_ITEM, "", "item1"},
        {VICI_LIST_ITEM, "", "item2"},
        {VICI_LIST_END, "", ""},
        {VICI_SECTION_END, "", ""},
    };
    (void)state;
    struct vici_reader reader = vici_reader(bytes(tree, sizeof(tree)));
    struct vici_element element;
    for (size_t i = 0; i < x4m_countof(expected); i++) {
        assert_false(vici_reader_done(&reader));
        assert_true(vici_read(&reader, &element));
        assert_int_equal(element.type, expected[i].type);
        assert_true(vici_is(element.name, expected[i].name));
        assert_true(vici_is(element.value, expected[i].value));
    }
    assert_false(vici_read(&reader, &element));
    assert_true(vici_reader_done(&reader));
}

static void test_no_beginning_of_it_is_valid(void **state)
{
    (void)state;
    assert_true(vici_message_valid(bytes(tree, sizeof(tree))));
    for (size_t len = 1; len < sizeof(tree); len++)
        assert_int_equal(vici_message_valid(bytes(tree, len)), len == 14);
}

static void test_finds_keys_of_the_root_only(void **state)
{
    (void)state;
    x4s_chunk value;
    assert_true(vici_find(bytes(tree, sizeof(tree)), "key1", &value));
    assert_true(vici_is(value, "value1"));
    assert_false(vici_find(bytes(tree, sizeof(tree)), "key2", &value));
    assert_false(vici_find(bytes(tree, sizeof(tree)), "key", &value));
    assert_false(vici_find(bytes(NULL, 0), "key1", &value));
}

static void test_empty_is_valid(void **state)
{
    (void)state;
    assert_true(vici_message_valid(bytes(NULL, 0)));
    assert_true(VALID(4, 1, 'l', 6));
    assert_true(VALID(3, 1, 'k', 0, 0));
}

static void test_refuses_what_is_not_balanced(void **state)
{
    (void)state;
    assert_false(VALID(2));
    assert_false(VALID(6));
    assert_false(VALID(5, 0, 0));
    assert_false(VALID(1, 1, 's'));
    assert_false(VALID(4, 1, 'l'));
    assert_false(VALID(1, 1, 's', 2, 2));
}

static void test_refuses_all_but_items_in_lists(void **state)
{
    (void)state;
    assert_false(VALID(4, 1, 'l', 4, 1, 'm', 6, 6));
    assert_false(VALID(4, 1, 'l', 3, 1, 'k', 0, 0, 6));
    assert_false(VALID(4, 1, 'l', 1, 1, 's', 2, 6));
    assert_false(VALID(1, 1, 's', 4, 1, 'l', 2, 6));
}

static void test_refuses_names_and_types(void **state)
{
    (void)state;
    assert_false(VALID(3, 0, 0, 0));
    assert_false(VALID(3, 1, '\n', 0, 0));
    assert_false(VALID(3, 1, 0x7f, 0, 0));
    assert_false(VALID(0));
    assert_false(VALID(7));
    assert_false(VALID(255));
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    uint8_t message[(VICI_DEPTH_MAX + 1) * 4];
    for (unsigned depth = VICI_DEPTH_MAX; depth <= VICI_DEPTH_MAX + 1; depth++) {
        x4s_writer writer = x4_writer(message, sizeof(message));
        for (unsigned i = 0; i < depth; i++)
            x4_writer_bytes(&writer, (const uint8_t[]){VICI_SECTION_START, 1, 's'}, 3);
        for (unsigned i = 0; i < depth; i++)
            x4_writer_u8(&writer, VICI_SECTION_END);
        assert_int_equal(vici_message_valid(bytes(message, x4_writer_len(&writer))),
                         depth == VICI_DEPTH_MAX);
    }
}

static void test_writer_without_room_fails(void **state)
{
    (void)state;
    uint8_t buffer[sizeof(tree)];
    x4s_chunk message;
    struct vici_writer writer = vici_writer(buffer, 4);
    vici_number(&writer, "n", 7);
    assert_false(vici_writer_message(&writer, &message));
    writer = vici_writer(buffer, 6);
    vici_number(&writer, "n", 7);
    assert_true(vici_writer_message(&writer, &message));
    assert_int_equal(message.len, 6);
}

static void test_writer_refuses_what_has_no_length(void **state)
{
    (void)state;
    static uint8_t buffer[2 * UINT16_MAX];
    static const uint8_t value[UINT16_MAX + 1];
    char name[VICI_NAME_MAX + 2] = "";
    x4s_chunk message;
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    vici_section(&writer, "");
    vici_section_end(&writer);
    assert_true(vici_writer_message(&writer, &message));
    assert_true(vici_message_valid(message));
    for (size_t i = 0; i <= VICI_NAME_MAX; i++)
        name[i] = 'n';
    writer = vici_writer(buffer, sizeof(buffer));
    vici_text(&writer, name, "value");
    assert_false(vici_writer_message(&writer, &message));
    writer = vici_writer(buffer, sizeof(buffer));
    vici_text(&writer, name + 1, "value");
    assert_true(vici_writer_message(&writer, &message));
    writer = vici_writer(buffer, sizeof(buffer));
    vici_bytes(&writer, "key", value, sizeof(value));
    assert_false(vici_writer_message(&writer, &message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_the_tree),
        cmocka_unit_test(test_reads_the_tree),
        cmocka_unit_test(test_no_beginning_of_it_is_valid),
        cmocka_unit_test(test_finds_keys_of_the_root_only),
        cmocka_unit_test(test_empty_is_valid),
        cmocka_unit_test(test_refuses_what_is_not_balanced),
        cmocka_unit_test(test_refuses_all_but_items_in_lists),
        cmocka_unit_test(test_refuses_names_and_types),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_writer_without_room_fails),
        cmocka_unit_test(test_writer_refuses_what_has_no_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
