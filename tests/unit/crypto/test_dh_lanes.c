/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/dh_lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/dh_key.h"
#include "x4/crypto/internal.h"

enum { JOBS = 40, VALUE = x4c_dh_public_max };

static x4s_modp *modp;

/* The vector unit's, and OpenSSL's. */
static x4s_crypto *vector;
static x4s_crypto *openssl;

static const x4e_group vector_groups[] = {x4c_group_modp1024, x4c_group_modp1536,
                                          x4c_group_modp2048, x4c_group_modp3072,
                                          x4c_group_modp4096};

static int setup(void **state)
{
    const char *why;
    (void)state;
    modp = x4_modp_new(NULL, &why);
    vector = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    openssl = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    return vector && openssl && (!modp || x4_crypto_use_modp(vector, modp)) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_crypto_free(vector);
    x4_crypto_free(openssl);
    x4_modp_free(modp);
    return 0;
}

/* One end of several agreements. */
typedef struct end {
    x4s_dh_job jobs[JOBS];
    x4s_dh_job *pointers[JOBS];
    uint8_t own[JOBS][VALUE];
    uint8_t shared[JOBS][VALUE];
} end;

static void init_end(end *mine, const x4e_group *groups, size_t count, x4e_dh_work work,
                     const end *peer)
{
    for (size_t i = 0; i < count; i++) {
        mine->jobs[i] = (x4s_dh_job){.group = groups[i],
                                     .work = work,
                                     .own = mine->own[i],
                                     .peer = peer ? peer->own[i] : NULL,
                                     .shared = mine->shared[i]};
        mine->pointers[i] = &mine->jobs[i];
    }
}

static void free_keys(end *mine, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x4_dh_key_free(mine->jobs[i].key);
}

/* a generates, b does both, a derives: they agree. */
static void agree(x4s_crypto *a, x4s_crypto *b, const x4e_group *groups, size_t count)
{
    static end first, second;
    init_end(&first, groups, count, x4c_dh_generate, NULL);
    x4_dh_run(a, first.pointers, count);
    init_end(&second, groups, count, x4c_dh_both, &first);
    for (size_t i = 0; i < count; i++) {
        const x4s_chunk own = {first.own[i], x4_dh_public_size(groups[i])};
        assert_true(first.jobs[i].done);
        assert_true(x4_dh_public_valid(openssl, groups[i], own));
    }
    x4_dh_run(b, second.pointers, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(second.jobs[i].done);
        assert_null(second.jobs[i].key);
        first.jobs[i].work = x4c_dh_derive;
        first.jobs[i].peer = second.own[i];
    }
    x4_dh_run(a, first.pointers, count);
    for (size_t i = 0; i < count; i++) {
        const size_t size = x4_dh_shared_size(groups[i]);
        assert_true(first.jobs[i].done);
        assert_memory_equal(first.shared[i], second.shared[i], size);
        assert_int_equal(first.jobs[i].vector, a == vector && a->groups[groups[i]].field);
        assert_int_equal(second.jobs[i].vector, b == vector && b->groups[groups[i]].field);
    }
    free_keys(&first, count);
}

/* Every size of a batch, with OpenSSL at the other end. */
static void test_sizes(void **state)
{
    (void)state;
    for (size_t g = 0; g < x4m_countof(vector_groups); g++)
        for (size_t count = 1; count <= 17; count++) {
            x4e_group groups[17];
            for (size_t i = 0; i < count; i++)
                groups[i] = vector_groups[g];
            agree(vector, openssl, groups, count);
            agree(openssl, vector, groups, count);
        }
}

/* Groups of the vector unit and of OpenSSL in turns. */
static void test_mixed(void **state)
{
    (void)state;
    static const x4e_group all[] = {x4c_group_modp2048, x4c_group_ecp256,   x4c_group_modp768,
                                    x4c_group_modp1024, x4c_group_modp4096, x4c_group_modp2048s256,
                                    x4c_group_modp3072, x4c_group_modp1536};
    x4e_group groups[JOBS];
    for (size_t i = 0; i < JOBS; i++)
        groups[i] = all[i * i % x4m_countof(all)];
    agree(vector, openssl, groups, JOBS);
    agree(vector, vector, groups, JOBS);
}

static void test_no_jobs(void **state)
{
    (void)state;
    x4_dh_run(vector, NULL, 0);
}

static void test_unknown_group(void **state)
{
    (void)state;
    x4s_dh_job job = {.group = (x4e_group)99, .work = x4c_dh_generate, .done = btrue};
    x4s_dh_job *const jobs[] = {&job};
    x4_dh_run(vector, jobs, 1);
    assert_false(job.done);
    assert_false(x4_dh_lanes_has(vector, &job));
}

/* A key that OpenSSL made is OpenSSL's to use. */
static void test_key_of_openssl(void **state)
{
    (void)state;
    BIGNUM *number = BN_new();
    uint8_t peer[256] = {0}, shared[256], expected[256];
    BN_set_word(number, 12345);
    memset(peer + 1, 0x77, 255);
    x4s_dh_job job = {.group = x4c_group_modp2048,
                      .work = x4c_dh_derive,
                      .key = dh_key_of(vector, x4c_group_modp2048, number),
                      .peer = peer,
                      .shared = shared};
    x4s_dh_job *const jobs[] = {&job};
    x4_dh_run(vector, jobs, 1);
    assert_true(job.done);
    assert_false(job.vector);
    job.shared = expected;
    x4_dh_run(openssl, jobs, 1);
    assert_memory_equal(shared, expected, sizeof(expected));
    x4_dh_key_free(job.key);
    BN_free(number);
}

/* ------------------------------------------------------------------ keys made ahead */

/* Lanes that are left over make keys ahead, and as many as are wanted. */
static void test_idle_lanes(void **state)
{
    (void)state;
    if (!modp)
        skip();
    static end mine;
    const x4e_group groups[] = {x4c_group_modp2048, x4c_group_modp2048, x4c_group_modp2048,
                                x4c_group_modp2048, x4c_group_modp2048};
    const x4s_crypto_group *group = &vector->groups[x4c_group_modp2048];
    assert_int_equal(group->ahead_count, 0);
    x4_dh_ahead_set(vector, 2);
    (void)x4_dh_ahead_made(vector);
    init_end(&mine, groups, 5, x4c_dh_generate, NULL);
    x4_dh_run(vector, mine.pointers, 5);
    free_keys(&mine, 5);
    assert_int_equal(group->ahead_count, 2);
    assert_int_equal(x4_dh_ahead_made(vector), 2);

    x4_dh_ahead_set(vector, 32);
    init_end(&mine, groups, 5, x4c_dh_generate, NULL);
    x4_dh_run(vector, mine.pointers, 5); /* two from ahead, three and one in four lanes */
    free_keys(&mine, 5);
    assert_int_equal(group->ahead_count, 1);

    while (x4_dh_ahead_lacks(vector)) /* of all groups that were used */
        assert_true(x4_dh_ahead_make(vector));
    assert_int_equal(group->ahead_count, 32);
    agree(vector, openssl, groups, 5);
    x4_dh_ahead_set(vector, 0);
}

/* ------------------------------------------------------------------ without memory */

typedef struct purse {
    unsigned left;
} purse;

static void *purse_alloc(void *context, size_t size)
{
    purse *mine = context;
    return mine->left-- > 0 ? malloc(size) : NULL;
}

static void purse_free(void *context, void *pointer, size_t size)
{
    (void)context;
    (void)size;
    free(pointer);
}

/* The jobs for which there was memory are done, the others are not. */
static void test_no_memory(void **state)
{
    (void)state;
    if (!modp)
        skip();
    purse mine = {.left = 1000};
    const x4s_allocator allocator = {purse_alloc, purse_free, &mine};
    const char *why;
    x4s_crypto *crypto = x4_crypto_new(&allocator, NULL, NULL, &why);
    assert_non_null(crypto);
    mine.left = 0;
    assert_false(x4_crypto_use_modp(crypto, modp));
    assert_null(crypto->groups[x4c_group_modp2048].field);
    mine.left = 1;
    assert_true(x4_crypto_use_modp(crypto, modp));

    static end jobs;
    const x4e_group groups[] = {x4c_group_modp2048, x4c_group_modp2048, x4c_group_modp2048};
    init_end(&jobs, groups, 3, x4c_dh_generate, NULL);
    mine.left = 2;
    x4_dh_run(crypto, jobs.pointers, 3);
    assert_true(jobs.jobs[0].done && jobs.jobs[1].done);
    assert_false(jobs.jobs[2].done);
    free_keys(&jobs, 3);
    x4_crypto_free(crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),          cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_no_jobs),        cmocka_unit_test(test_unknown_group),
        cmocka_unit_test(test_key_of_openssl), cmocka_unit_test(test_idle_lanes),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
