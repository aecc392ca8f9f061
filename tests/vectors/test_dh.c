/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/dh_key.h"
#include "tests/vectors/vector_file.h"

/* The published agreements of the groups that are no safe primes and not of RFC 5903. */

static x4s_crypto *crypto;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_crypto_free(crypto);
    return 0;
}

static x4e_group group_of(const vector_file *file, const char *field)
{
    for (unsigned n = 1; n < x4c_crypto_groups; n++) {
        const char *name = x4_dh_group_name((x4e_group)n);
        if (name && !strcmp(name, field))
            return (x4e_group)n;
    }
    vector_fail(file, "unknown group");
}

static void check_side(const vector_file *file, x4e_group group, const char *number,
                       const vector_bytes *peer, const vector_bytes *shared)
{
    uint8_t result[x4c_dh_shared_max];
    BIGNUM *private = NULL;
    if (!BN_hex2bn(&private, number) || shared->len != x4_dh_shared_size(group))
        vector_fail(file, "not a case of this group");
    if (!x4_dh_public_valid(crypto, group, vector_chunk(peer)))
        vector_fail(file, "a public value is refused");

    x4s_dh_key *key = dh_key_of(crypto, group, private);
    x4s_dh_job job = {
        .group = group, .work = x4c_dh_derive, .key = key, .peer = peer->data, .shared = result};
    x4s_dh_job *const jobs[] = {&job};
    x4_dh_run(crypto, jobs, 1);
    if (!job.done || memcmp(result, shared->data, shared->len))
        vector_fail(file, "another shared value");
    x4_dh_key_free(key);
    BN_clear_free(private);
}

static void test_agreements(void **state)
{
    (void)state;
    enum { GROUP, PRIVATE_A, PUBLIC_A, PRIVATE_B, PUBLIC_B, SHARED, FIELDS };
    vector_file file;
    char *fields[FIELDS];
    unsigned seen = 0;
    assert_true(vector_open(&file, "tests/vectors/data/dh.txt"));
    while (vector_case(&file, fields, FIELDS)) {
        x4e_group group = group_of(&file, fields[GROUP]);
        vector_bytes a, b, shared;
        vector_hex(&file, fields[PUBLIC_A], &a);
        vector_hex(&file, fields[PUBLIC_B], &b);
        vector_hex(&file, fields[SHARED], &shared);
        check_side(&file, group, fields[PRIVATE_A], &b, &shared);
        check_side(&file, group, fields[PRIVATE_B], &a, &shared);
        seen |= 1u << group;
    }
    vector_close(&file);
    for (unsigned group = x4c_group_modp1024s160; group <= x4c_group_ecp512bp; group++)
        assert_true(seen & 1u << group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_agreements)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
