/* SPDX-License-Identifier: BSD-2-Clause */

#include "tests/sim/open_dh.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/check.h"

struct x4s_dh_key {
    uint8_t own[x4c_dh_public_max];
};

void __wrap_x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count);
bval __wrap_x4_dh_public_valid(x4s_crypto *crypto, x4e_group group, x4s_chunk value);
void __wrap_x4_dh_key_free(x4s_dh_key *key);

void sim_open_dh_shared(x4e_group group, const uint8_t *a, const uint8_t *b, uint8_t *shared)
{
    for (size_t i = 0; i < x4_dh_shared_size(group); i++)
        shared[i] = a[i] ^ b[i];
}

static void run(x4s_crypto *crypto, x4s_dh_job *job)
{
    size_t size = x4_dh_public_size(job->group);
    if (job->work & x4c_dh_generate) {
        job->done = x4_crypto_random(crypto, job->own, size);
        job->own[0] |= 1; /* never zero */
        job->key = malloc(sizeof(*job->key));
        sim_check(job->key, "out of memory");
        memcpy(job->key->own, job->own, size);
    }
    if (job->work & x4c_dh_derive) {
        sim_open_dh_shared(job->group, job->key->own, job->peer, job->shared);
        job->done = btrue;
    }
    if (job->work == x4c_dh_both) {
        free(job->key);
        job->key = NULL;
    }
}

void __wrap_x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        run(crypto, jobs[i]);
}

/* As strict as the real one in what can be told without a group: the length, and not zero. */
bval __wrap_x4_dh_public_valid(x4s_crypto *crypto, x4e_group group, x4s_chunk value)
{
    static const uint8_t zero[x4c_dh_public_max];
    (void)crypto;
    return value.len == x4_dh_public_size(group) && memcmp(value.data, zero, value.len) != 0;
}

void __wrap_x4_dh_key_free(x4s_dh_key *key)
{
    free(key);
}
