/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* What a message is as JSON. */
static void is(struct vici_writer *writer, const char *expected)
{
    x4s_chunk message;
    assert_true(vici_writer_message(writer, &message));
    json_t *tree = ctl_tree(message);
    assert_non_null(tree);
    char *text = json_dumps(tree, JSON_COMPACT);
    assert_string_equal(text, expected);
    free(text);
    json_decref(tree);
}

static void test_sections_and_lists(void **state)
{
    (void)state;
    uint8_t buffer[256];
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    vici_text(&writer, "a", "1 & 2");
    vici_section(&writer, "s");
    vici_section(&writer, "inner");
    vici_text(&writer, "k", "v");
    vici_section_end(&writer);
    vici_list(&writer, "l");
    vici_item(&writer, "x");
    vici_item(&writer, "");
    vici_list_end(&writer);
    vici_section_end(&writer);
    vici_list(&writer, "none");
    vici_list_end(&writer);
    is(&writer, "{\"a\":\"1 & 2\",\"s\":{\"inner\":{\"k\":\"v\"},\"l\":[\"x\",\"\"]},\"none\":[]}");
}

static void test_empty(void **state)
{
    (void)state;
    uint8_t buffer[1];
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    is(&writer, "{}");
}

static void test_numbers_by_their_key(void **state)
{
    (void)state;
    uint8_t buffer[256];
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    vici_text(&writer, "uniqueid", "4294967295");
    vici_text(&writer, "spi-in", "12345678");
    vici_text(&writer, "local-port", "any");
    vici_text(&writer, "established", "1234567890123456");
    is(&writer, "{\"uniqueid\":4294967295,\"spi-in\":\"12345678\",\"local-port\":\"any\","
                "\"established\":\"1234567890123456\"}");
}

static void test_counters_are_numbers(void **state)
{
    (void)state;
    uint8_t buffer[256];
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    vici_section(&writer, "ikehub");
    vici_section(&writer, "shards");
    vici_number(&writer, "some_counter", 7);
    vici_section_end(&writer);
    vici_number(&writer, "another", 8);
    vici_section_end(&writer);
    vici_number(&writer, "another", 9);
    is(&writer, "{\"ikehub\":{\"shards\":{\"some_counter\":7},\"another\":8},\"another\":\"9\"}");
}

static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    uint8_t buffer[64];
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    vici_bytes(&writer, "k", "a\xff\n", 3);
    vici_text(&writer, "u", "\xc3\xa4");
    is(&writer, "{\"k\":\"a\\\\xff\\\\x0a\",\"u\":\"\xc3\xa4\"}");
}

static void test_lookups(void **state)
{
    (void)state;
    json_t *tree = json_pack("{s:s, s:i, s:{s:{s:s}}}", "t", "text", "n", 5, "a", "b", "c", "deep");
    assert_string_equal(ctl_tree_text(tree, "t"), "text");
    assert_string_equal(ctl_tree_text(tree, "n"), "");
    assert_string_equal(ctl_tree_text(tree, "x"), "");
    assert_int_equal(ctl_tree_number(tree, "n"), 5);
    assert_int_equal(ctl_tree_number(tree, "t"), 0);
    json_decref(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections_and_lists),     cmocka_unit_test(test_empty),
        cmocka_unit_test(test_numbers_by_their_key),   cmocka_unit_test(test_counters_are_numbers),
        cmocka_unit_test(test_bytes_that_are_no_text), cmocka_unit_test(test_lookups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
