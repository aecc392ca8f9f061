/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/core/memory.h"

/* An allocator that fills what it gives, remembers what it gave, and looks at what comes back. */
typedef struct probe {
    size_t live;
    bval wiped;
    bval refuse;
} probe;

static void *probe_alloc(void *context, size_t size)
{
    probe *p = context;
    if (p->refuse)
        return NULL;
    void *pointer = malloc(size);
    assert_non_null(pointer);
    memset(pointer, 0xa5, size);
    p->live += size;
    return pointer;
}

static void probe_free(void *context, void *pointer, size_t size)
{
    probe *p = context;
    const uint8_t *bytes = pointer;
    assert_non_null(pointer);
    p->wiped = btrue;
    for (size_t i = 0; i < size; i++)
        p->wiped = p->wiped && !bytes[i];
    p->live -= size;
    free(pointer);
}

static x4s_allocator probe_allocator(probe *p)
{
    return (x4s_allocator){.alloc = probe_alloc, .free = probe_free, .context = p};
}

static void test_alloc_is_zeroed(void **state)
{
    (void)state;
    probe p = {0};
    x4s_allocator allocator = probe_allocator(&p);
    uint8_t *bytes = x4_alloc(&allocator, 100);

    assert_non_null(bytes);
    assert_int_equal(p.live, 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(bytes[i], 0);
    x4_free(&allocator, bytes, 100);
    assert_int_equal(p.live, 0);
}

static void test_copy_is_the_same(void **state)
{
    (void)state;
    probe p = {0};
    x4s_allocator allocator = probe_allocator(&p);
    char *copy = x4_copy(&allocator, "secret", 7);

    assert_non_null(copy);
    assert_string_equal(copy, "secret");
    x4_free(&allocator, copy, 7);
    assert_int_equal(p.live, 0);
}

static void test_free_wipes(void **state)
{
    (void)state;
    probe p = {0};
    x4s_allocator allocator = probe_allocator(&p);
    uint8_t *bytes = x4_alloc(&allocator, 33);

    assert_non_null(bytes);
    memset(bytes, 0x5a, 33);
    x4_free(&allocator, bytes, 33);
    assert_true(p.wiped);
}

static void test_free_ignores_null(void **state)
{
    (void)state;
    probe p = {0};
    x4s_allocator allocator = probe_allocator(&p);
    x4_free(&allocator, NULL, 8);
    assert_int_equal(p.live, 0);
}

static void test_refusal_is_null(void **state)
{
    (void)state;
    probe p = {.refuse = btrue};
    x4s_allocator allocator = probe_allocator(&p);
    assert_null(x4_alloc(&allocator, 8));
    assert_null(x4_copy(&allocator, "x", 1));
}

static void test_libc_allocator(void **state)
{
    (void)state;
    uint64_t *numbers = x4_alloc(&x4_libc_allocator, 64 * sizeof(*numbers));
    assert_non_null(numbers);
    for (size_t i = 0; i < 64; i++)
        assert_true(numbers[i] == 0);
    x4_free(&x4_libc_allocator, numbers, 64 * sizeof(*numbers));
}

static void test_wipe(void **state)
{
    (void)state;
    x4s_secret secret = {.len = 20};
    memset(secret.data, 0x77, sizeof(secret.data));
    x4_wipe(&secret, sizeof(secret));
    assert_int_equal(secret.len, 0);
    for (size_t i = 0; i < sizeof(secret.data); i++)
        assert_int_equal(secret.data[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_is_zeroed),
        cmocka_unit_test(test_copy_is_the_same),
        cmocka_unit_test(test_free_wipes),
        cmocka_unit_test(test_free_ignores_null),
        cmocka_unit_test(test_refusal_is_null),
        cmocka_unit_test(test_libc_allocator),
        cmocka_unit_test(test_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
