/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/cert_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/crypto/trust_fixture.h"
#include "x4/crypto/dn.h"

static x4s_cert *take(x4s_cert_cache *cache, const x4s_cert *cert)
{
    const char *error;
    x4s_cert *taken = x4_cert_cache_take(cache, x4_cert_der(cert), &error);
    assert_non_null(taken);
    return taken;
}

/* The bytes need not be at the same place, and who has it needs the cache no more. */
static void the_same_bytes(void **state)
{
    (void)state;
    const char *error;
    x4s_cert_cache *cache = x4_cert_cache_new(crypto, 2);
    const x4s_chunk der = x4_cert_der(root_cert);
    uint8_t *copy = test_malloc(der.len);
    memcpy(copy, der.data, der.len);
    x4s_cert *first = take(cache, root_cert);
    x4s_cert *second = x4_cert_cache_take(cache, (x4s_chunk){copy, der.len}, &error);
    assert_ptr_equal(first, second);
    assert_ptr_not_equal(first, root_cert);
    copy[der.len - 1] ^= 1; /* the signature, which nobody has looked at */
    x4s_cert *other = x4_cert_cache_take(cache, (x4s_chunk){copy, der.len}, &error);
    assert_ptr_not_equal(other, first);
    assert_int_equal(x4_cert_cache_count(cache), 2);
    x4_cert_free(first);
    x4_cert_free(other);
    x4_cert_cache_free(cache);
    assert_true(x4_dn_equal(x4_cert_subject(second), x4_cert_subject(root_cert)));
    x4_cert_free(second);
    test_free(copy);
}

static void the_oldest_makes_way(void **state)
{
    (void)state;
    x4s_cert_cache *cache = x4_cert_cache_new(crypto, 2);
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    x4s_cert *roots = take(cache, root_cert);
    x4_cert_free(take(cache, middle_cert));
    x4_cert_free(take(cache, root_cert)); /* asked for: now the other one is older */
    x4_cert_free(take(cache, moon));
    assert_int_equal(x4_cert_cache_count(cache), 2);
    x4s_cert *again = take(cache, root_cert);
    assert_ptr_equal(again, roots);
    x4_cert_free(again);
    x4_cert_free(roots);
    x4_cert_free(moon);
    x4_cert_cache_free(cache);
}

static void what_is_none(void **state)
{
    (void)state;
    static const uint8_t long_one[x4c_cert_cache_der_max + 1] = {0x30};
    const char *error = NULL;
    x4s_cert_cache *cache = x4_cert_cache_new(crypto, 2);
    assert_null(x4_cert_cache_take(cache, (x4s_chunk){0}, &error));
    assert_string_equal(error, "not a certificate");
    assert_null(x4_cert_cache_take(cache, (x4s_chunk){long_one, 3}, &error));
    assert_null(x4_cert_cache_take(cache, (x4s_chunk){long_one, sizeof(long_one)}, &error));
    assert_int_equal(x4_cert_cache_count(cache), 0);
    x4_cert_cache_free(cache);
    x4_cert_cache_free(NULL);
}

/* A long one is read, but not kept. */
static void long_ones(void **state)
{
    (void)state;
    char names[2 * x4c_cert_cache_der_max + 16];
    size_t len = 0;
    while (len < 2 * (size_t)x4c_cert_cache_der_max)
        len +=
            (size_t)snprintf(names + len, sizeof(names) - len, "%sDNS:n%zu", len ? "," : "", len);
    x4s_cert *wide = make((fixture_cert){.issuer = root, .alt_name = names});
    x4s_cert_cache *cache = x4_cert_cache_new(crypto, 2);
    if (x4_cert_der(wide).len <= x4c_cert_cache_der_max)
        fail_msg("%zu bytes", x4_cert_der(wide).len);
    x4_cert_free(take(cache, wide));
    assert_int_equal(x4_cert_cache_count(cache), 0);
    x4_cert_free(wide);
    x4_cert_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes),
        cmocka_unit_test(the_oldest_makes_way),
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(long_ones),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
