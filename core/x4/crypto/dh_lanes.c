/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/dh_lanes.h"

#include <string.h>

#include "x4/crypto/internal.h"

enum { WIDTH = x4c_modp_lanes_max };

/* Up to WIDTH jobs of a group, and the key of each; NULL where none could be made. */
typedef struct job_batch {
    x4e_group group;
    const x4s_modp_field *field;
    unsigned count;
    x4s_dh_job *jobs[WIDTH];
    x4s_dh_key *keys[WIDTH];
} job_batch;

/* -------------------------------------------------------------------------- key pairs */

static x4s_dh_key *new_key(x4s_crypto *crypto, const x4s_modp_field *field)
{
    x4s_dh_key *key = x4_alloc(crypto->allocator, sizeof(*key) + field->bytes);
    if (!key)
        return NULL;
    key->allocator = crypto->allocator;
    key->size = field->bytes;
    if (x4_modp_exponent(field, key->exponent))
        return key;
    x4_dh_key_free(key);
    return NULL;
}

unsigned x4_dh_lanes_make(x4s_crypto *crypto, x4e_group group, x4s_dh_key **keys, unsigned count)
{
    const x4s_modp_field *field = crypto->groups[group].field;
    x4s_modp_power powers[WIDTH];
    unsigned made = 0;
    while (made < count && (keys[made] = new_key(crypto, field)) != NULL) {
        powers[made] = (x4s_modp_power){keys[made]->exponent, NULL, keys[made]->own};
        made++;
    }
    x4_modp_run(field, crypto->modp_work, powers, made);
    return made;
}

/* Lanes that are left over make keys ahead, if those are wanted and lacking. */
static void find_keys(x4s_crypto *crypto, job_batch *batch)
{
    x4s_crypto_group *group = &crypto->groups[batch->group];
    x4s_dh_key *fresh[WIDTH];
    unsigned lacking = 0;
    for (unsigned i = 0; i < batch->count; i++) {
        const bval own = batch->jobs[i]->work == x4c_dh_derive;
        batch->keys[i] = own ? batch->jobs[i]->key : x4_dh_ahead_take(group);
        group->in_use = group->in_use || !own;
        lacking += !batch->keys[i];
    }
    const size_t idle = x4_modp_idle(batch->field, lacking);
    const size_t spare = x4m_min(idle, (size_t)x4_dh_ahead_lacking(crypto, group));
    const unsigned made = x4_dh_lanes_make(crypto, batch->group, fresh, lacking + (unsigned)spare);
    unsigned next = 0;
    for (unsigned i = 0; i < batch->count && next < made; i++)
        if (!batch->keys[i])
            batch->keys[i] = fresh[next++];
    while (next < made)
        x4_dh_ahead_put(crypto, group, fresh[next++]);
}

/* -------------------------------------------------------------------------- shared values */

static void derive(x4s_crypto *crypto, const job_batch *batch)
{
    x4s_modp_power powers[WIDTH];
    unsigned count = 0;
    for (unsigned i = 0; i < batch->count; i++) {
        const x4s_dh_job *job = batch->jobs[i];
        if (job->work != x4c_dh_generate && batch->keys[i])
            powers[count++] = (x4s_modp_power){batch->keys[i]->exponent, job->peer, job->shared};
    }
    x4_modp_run(batch->field, crypto->modp_work, powers, count);
}

/* -------------------------------------------------------------------------- jobs */

static void finish(x4s_dh_job *job, x4s_dh_key *key)
{
    job->done = key != NULL;
    job->vector = btrue;
    if (job->work == x4c_dh_derive)
        return;
    if (key)
        memcpy(job->own, key->own, key->size);
    if (job->work == x4c_dh_generate)
        job->key = key;
    else
        x4_dh_key_free(key);
}

static void run(x4s_crypto *crypto, job_batch *batch)
{
    find_keys(crypto, batch);
    derive(crypto, batch);
    for (unsigned i = 0; i < batch->count; i++)
        finish(batch->jobs[i], batch->keys[i]);
    batch->count = 0;
}

bval x4_dh_lanes_has(const x4s_crypto *crypto, const x4s_dh_job *job)
{
    return x4_crypto_has_group(crypto, job->group) && crypto->groups[job->group].field &&
           !(job->work == x4c_dh_derive && job->key->pkey);
}

static void run_group(x4s_crypto *crypto, x4e_group group, x4s_dh_job *const *jobs, size_t count)
{
    job_batch batch = {.group = group, .field = crypto->groups[group].field};
    for (size_t i = 0; i < count; i++) {
        if (jobs[i]->group != group || !x4_dh_lanes_has(crypto, jobs[i]))
            continue;
        batch.jobs[batch.count++] = jobs[i];
        if (batch.count == WIDTH)
            run(crypto, &batch);
    }
    if (batch.count > 0)
        run(crypto, &batch);
}

void x4_dh_lanes_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count)
{
    for (unsigned i = 0; crypto->modp_work && i < x4c_crypto_groups; i++)
        if (crypto->groups[i].field)
            run_group(crypto, (x4e_group)i, jobs, count);
}
