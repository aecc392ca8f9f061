/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/weak_dh.h"
#include "x4/crypto/crypto.h"
#include "x4/crypto/dh.h"

/* As if the wrap were not there: the other side does real work. */
void __real_x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count);
void __real_x4_dh_key_free(x4s_dh_key *key);

static x4s_crypto *crypto;

static int make(void **state)
{
    const char *error;
    (void)state;
    assert_true(load_weak_dh_use());
    assert_true(load_weak_dh_use());
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    return crypto ? 0 : -1;
}

static int unmake(void **state)
{
    (void)state;
    x4_crypto_free(crypto);
    return 0;
}

struct side {
    uint8_t own[x4c_dh_public_max];
    uint8_t shared[x4c_dh_shared_max];
    x4s_dh_job job;
};

static void work(struct side *side, x4e_group group, x4e_dh_work what, const uint8_t *peer,
                 bool weak)
{
    x4s_dh_job *job = &side->job;
    side->job.group = group;
    side->job.work = what;
    side->job.own = side->own;
    side->job.peer = peer;
    side->job.shared = side->shared;
    (weak ? x4_dh_run : __real_x4_dh_run)(crypto, &job, 1);
    assert_true(job->done);
}

/* A weak side and a real one agree, and what the weak one sends is a public value like any. */
static void agree(x4e_group group)
{
    static struct side weak;
    static struct side real;
    weak = real = (struct side){0};
    work(&weak, group, x4c_dh_generate, NULL, true);
    work(&real, group, x4c_dh_both, weak.own, false);
    assert_true(x4_dh_public_valid(crypto, group, (x4s_chunk){weak.own, x4_dh_public_size(group)}));
    work(&weak, group, x4c_dh_derive, real.own, true);
    assert_memory_equal(weak.shared, real.shared, x4_dh_shared_size(group));
    x4_dh_key_free(weak.job.key);
    x4_dh_key_free(NULL);
}

static void test_every_group_agrees(void **state)
{
    (void)state;
    for (unsigned group = 1; group < 32; group++)
        if (x4_crypto_has_group(crypto, (x4e_group)group))
            agree((x4e_group)group);
}

/* A short number would be faster to compute with for who gets it. */
static void test_public_values_are_long(void **state)
{
    static struct side weak;
    (void)state;
    weak = (struct side){0};
    work(&weak, x4c_group_modp2048, x4c_dh_generate, NULL, true);
    unsigned zeros = 0;
    while (weak.own[zeros] == 0)
        zeros++;
    assert_true(zeros < 4);
    x4_dh_key_free(weak.job.key);
}

static void test_responder(void **state)
{
    static struct side weak;
    static struct side real;
    (void)state;
    weak = real = (struct side){0};
    work(&real, x4c_group_ecp256, x4c_dh_generate, NULL, false);
    work(&weak, x4c_group_ecp256, x4c_dh_both, real.own, true);
    assert_null(weak.job.key);
    work(&real, x4c_group_ecp256, x4c_dh_derive, weak.own, false);
    assert_memory_equal(weak.shared, real.shared, x4_dh_shared_size(x4c_group_ecp256));
    __real_x4_dh_key_free(real.job.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_group_agrees),
        cmocka_unit_test(test_public_values_are_long),
        cmocka_unit_test(test_responder),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
