/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_words(void **state)
{
    static const struct {
        const char *error;
        enum redis_refusal refusal;
    } cases[] = {
        {"NOSCRIPT No matching script. Please use EVAL.", REDIS_REFUSAL_NO_SCRIPT},
        {"MOVED 1 127.0.0.1:7000", REDIS_REFUSAL_MOVED},
        {"ASK 1 127.0.0.1:7000", REDIS_REFUSAL_ASK},
        {"TRYAGAIN Multiple keys request during rehashing of slot", REDIS_REFUSAL_LATER},
        {"CLUSTERDOWN The cluster is down", REDIS_REFUSAL_LATER},
        {"LOADING Redis is loading the dataset in memory", REDIS_REFUSAL_LATER},
        {"MASTERDOWN Link with MASTER is down", REDIS_REFUSAL_LATER},
        {"READONLY You can't write against a read only replica.", REDIS_REFUSAL_LATER},
        {"NOAUTH Authentication required.", REDIS_REFUSAL_OTHER},
        {"WRONGPASS invalid username-password pair", REDIS_REFUSAL_OTHER},
        {"NOPERM this user has no permissions", REDIS_REFUSAL_OTHER},
        {"OOM command not allowed when used memory > 'maxmemory'.", REDIS_REFUSAL_OTHER},
        {"MISCONF Redis is configured to save RDB snapshots", REDIS_REFUSAL_OTHER},
        {"NOREPLICAS Not enough good replicas to write.", REDIS_REFUSAL_OTHER},
        {"ERR unknown command", REDIS_REFUSAL_OTHER},
        {"OO", REDIS_REFUSAL_OTHER},
        {"", REDIS_REFUSAL_OTHER},
        {"OOMs", REDIS_REFUSAL_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(redis_refusal(cases[i].error), cases[i].refusal);
}

static void check(const char *error, uint16_t slot, const char *host, uint16_t port)
{
    struct redis_redirect redirect;

    assert_true(redis_redirect(error, &redirect));
    assert_int_equal(redirect.slot, slot);
    assert_string_equal(redirect.to.host, host);
    assert_int_equal(redirect.to.port, port);
}

static void test_redirections(void **state)
{
    (void)state;
    check("MOVED 3999 127.0.0.1:6381", 3999, "127.0.0.1", 6381);
    check("ASK 0 ::1:7000", 0, "::1", 7000);
    check("MOVED 16383 :7000", 16383, "", 7000);
}

static void test_bad_redirections(void **state)
{
    static const char *const errors[] = {
        "MOVED",
        "MOVED ",
        "MOVED 1",
        "MOVED 1 ",
        "MOVED 16384 127.0.0.1:6381",
        "MOVED -1 127.0.0.1:6381",
        "MOVED 1 127.0.0.1",
        "MOVED 1 127.0.0.1:",
        "MOVED 1 127.0.0.1:65536",
        "MOVED 1 :65536",
        "MOVED 1 node.example.org:6381",
        "ERR 1 127.0.0.1:6381",
    };
    struct redis_redirect redirect;

    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        assert_false(redis_redirect(errors[i], &redirect));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_redirections),
        cmocka_unit_test(test_bad_redirections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
