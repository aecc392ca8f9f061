/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const headings[] = {"ID", "NAME", "LAST"};

static FILE *open_text(char **text)
{
    static size_t size;
    FILE *file = open_memstream(text, &size);
    assert_non_null(file);
    return file;
}

static void test_columns_are_aligned(void **state)
{
    (void)state;
    char *text;
    struct ctl_table table;
    FILE *file = open_text(&text);
    ctl_table_begin(&table, file, 3, headings);
    ctl_table_row(&table, (const char *const[]){"1", "a long name", "x"});
    ctl_table_row(&table, (const char *const[]){"100", "b", ""});
    ctl_table_end(&table);
    fclose(file);
    assert_string_equal(text, "ID   NAME         LAST\n"
                              "1    a long name  x\n"
                              "100  b            \n");
    free(text);
}

static void test_characters_count_not_bytes(void **state)
{
    (void)state;
    char *text;
    struct ctl_table table;
    FILE *file = open_text(&text);
    ctl_table_begin(&table, file, 3, headings);
    ctl_table_row(&table, (const char *const[]){"\xc3\xa4\xc3\xb6\xc3\xbc", "n", "x"});
    ctl_table_end(&table);
    fclose(file);
    assert_string_equal(text, "ID   NAME  LAST\n\xc3\xa4\xc3\xb6\xc3\xbc  n     x\n");
    free(text);
}

static void test_control_characters_reach_no_terminal(void **state)
{
    (void)state;
    char *text;
    struct ctl_table table;
    FILE *file = open_text(&text);
    ctl_table_begin(&table, file, 3, headings);
    ctl_table_row(&table, (const char *const[]){"1", "\033[2J\n", "x"});
    ctl_table_end(&table);
    fclose(file);
    assert_non_null(strstr(text, "1   \\x1b[2J\\x0a  x\n"));
    free(text);
}

static void test_long_tables_are_written_as_they_come(void **state)
{
    (void)state;
    char *text;
    struct ctl_table table;
    FILE *file = open_text(&text);
    ctl_table_begin(&table, file, 3, headings);
    for (int i = 1; i < CTL_ROWS_MEASURED - 1; i++)
        ctl_table_row(&table, (const char *const[]){"1", "n", "x"});
    fflush(file);
    assert_string_equal(text, "");
    ctl_table_row(&table, (const char *const[]){"1", "n", "x"});
    ctl_table_row(&table, (const char *const[]){"wider than before", "n", "last"});
    fflush(file);
    assert_non_null(strstr(text, "\n1   n     x\nwider than before  n     last\n"));
    ctl_table_end(&table);
    fclose(file);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_aligned),
        cmocka_unit_test(test_characters_count_not_bytes),
        cmocka_unit_test(test_control_characters_reach_no_terminal),
        cmocka_unit_test(test_long_tables_are_written_as_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
