/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static x4s_chunk chunk(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, strlen(text)};
}

static void test_whole_command(void **state)
{
    static const char wanted[] =
        "*5\r\n$5\r\nHSCAN\r\n$1\r\nk\r\n$0\r\n\r\n$2\r\n42\r\n$3\r\na\0b\r\n";
    const x4s_chunk words[] = {chunk("HSCAN"), chunk("k")};
    struct redis_request tail = {0};
    struct redis_request request;

    (void)state;
    redis_request_text(&tail, "");
    redis_request_number(&tail, 42);
    redis_request_bytes(&tail, "a\0b", 3);
    redis_request_join(&request, words, 2, &tail);
    assert_int_equal(request.len, sizeof(wanted) - 1);
    assert_memory_equal(request.data, wanted, sizeof(wanted)); /* and a NUL, for hiredis */
    redis_request_free(&request);
    redis_request_free(&tail);
}

static void test_command_of_one_word(void **state)
{
    const x4s_chunk word = chunk("PING");
    const struct redis_request none = {0};
    struct redis_request request;

    (void)state;
    redis_request_join(&request, &word, 1, &none);
    assert_string_equal((const char *)request.data, "*1\r\n$4\r\nPING\r\n");
    redis_request_free(&request);
}

static void test_grows(void **state)
{
    struct redis_request request = {0};
    char big[3000];

    (void)state;
    memset(big, 'x', sizeof(big));
    for (int i = 0; i < 50; i++)
        redis_request_bytes(&request, big, sizeof(big));
    assert_int_equal(request.words, 50);
    assert_int_equal(request.len, 50 * (sizeof(big) + strlen("$3000\r\n") + 2));
    assert_int_equal(request.data[request.len], 0);
    redis_request_free(&request);
    assert_null(request.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_command),
        cmocka_unit_test(test_command_of_one_word),
        cmocka_unit_test(test_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
