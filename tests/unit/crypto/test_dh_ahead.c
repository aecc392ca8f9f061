/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/dh_ahead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "x4/crypto/dh.h"
#include "x4/crypto/internal.h"

#define GROUP x4c_group_ecp256
#define OTHER x4c_group_modp1024

enum { SIZE = 64, OTHER_SIZE = 128 };

static x4s_crypto *new_crypto(void)
{
    const char *error;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    assert_non_null(crypto);
    return crypto;
}

/* Makes a key pair as an exchange would; frees it, and leaves its public value. */
static void use(x4s_crypto *crypto, x4e_group group, uint8_t *value)
{
    x4s_dh_job job = {.group = group, .work = x4c_dh_generate, .own = value};
    x4s_dh_job *const jobs[] = {&job};
    x4_dh_run(crypto, jobs, 1);
    assert_true(job.done);
    x4_dh_key_free(job.key);
}

static unsigned fill(x4s_crypto *crypto, uint32_t max)
{
    unsigned calls = 0;
    x4_dh_ahead_set(crypto, max);
    while (x4_dh_ahead_lacks(crypto)) {
        assert_true(x4_dh_ahead_make(crypto));
        calls++;
    }
    assert_false(x4_dh_ahead_make(crypto));
    assert_int_equal(x4_dh_ahead_made(crypto), calls);
    assert_int_equal(x4_dh_ahead_made(crypto), 0);
    return calls;
}

static void test_of_groups_in_use(void **state)
{
    (void)state;
    x4s_crypto *crypto = new_crypto();
    uint8_t value[OTHER_SIZE];
    assert_int_equal(fill(crypto, 3), 0);
    use(crypto, GROUP, value);
    assert_int_equal(fill(crypto, 0), 0);
    assert_int_equal(fill(crypto, 3), 3);
    assert_int_equal(fill(crypto, 2), 0);
    use(crypto, OTHER, value);
    assert_int_equal(fill(crypto, 3), 3);
    assert_int_equal(crypto->groups[GROUP].ahead_count, 3);
    assert_int_equal(crypto->groups[OTHER].ahead_count, 3);
    assert_int_equal(fill(crypto, 1000), 2 * (x4c_dh_ahead_max - 3));
    x4_crypto_free(crypto);
}

/* What was made ahead is what is used, and each pair once. */
static void test_used_once(void **state)
{
    (void)state;
    enum { COUNT = 8 };
    x4s_crypto *crypto = new_crypto();
    uint8_t values[2 * COUNT + 1][SIZE];
    use(crypto, GROUP, values[2 * COUNT]);
    fill(crypto, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        use(crypto, GROUP, values[i]);
        assert_int_equal(crypto->groups[GROUP].ahead_count, COUNT - 1 - i);
    }
    for (unsigned i = COUNT; i < 2 * COUNT; i++)
        use(crypto, GROUP, values[i]);
    for (unsigned i = 0; i <= 2 * COUNT; i++)
        for (unsigned k = 0; k < i; k++)
            assert_memory_not_equal(values[i], values[k], SIZE);
    x4_crypto_free(crypto);
}

/* Both ends agree on keys that were made ahead. */
static void test_agreement(void **state)
{
    (void)state;
    x4s_crypto *crypto = new_crypto();
    uint8_t a[OTHER_SIZE], b[OTHER_SIZE], ab[OTHER_SIZE], ba[OTHER_SIZE];
    use(crypto, OTHER, a);
    fill(crypto, 2);
    x4s_dh_job first = {.group = OTHER, .work = x4c_dh_generate, .own = a, .shared = ab};
    x4s_dh_job both = {.group = OTHER, .work = x4c_dh_both, .own = b, .peer = a, .shared = ba};
    x4s_dh_job *const jobs[] = {&first, &both};
    x4_dh_run(crypto, jobs, 2);
    assert_int_equal(crypto->groups[OTHER].ahead_count, 0);
    first.work = x4c_dh_derive;
    first.peer = b;
    x4_dh_run(crypto, jobs, 1);
    assert_true(first.done && both.done);
    assert_memory_equal(ab, ba, sizeof(ab));
    x4_dh_key_free(first.key);
    x4_crypto_free(crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_groups_in_use),
        cmocka_unit_test(test_used_once),
        cmocka_unit_test(test_agreement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
