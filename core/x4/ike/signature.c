/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/signature.h"

#include <string.h>

static size_t size_with(const x4s_ike_key *key)
{
    const x4s_public_key *public_key = x4_private_key_public(key->key);
    return sizeof(x4s_ike_signature) + x4_public_key_signature_size(public_key);
}

/* The holder of an opaque key has ended the job, outside of any call: the next tick goes on. */
static void ended(x4s_sign_job *job)
{
    x4s_ike_signature *signature = job->owner;
    if (!x4_list_linked(&signature->link))
        x4_list_append(&signature->owner->charon->signing, &signature->link);
}

bval x4_signature_new(x4s_ike_xchg *xchg, x4s_ike_key *key, x4s_chunk hash)
{
    x4s_ike_signature *signature = x4_alloc(xchg->charon->allocator, size_with(key));
    if (!signature) {
        x4_keyring_release(xchg->charon, key);
        return bfalse;
    }
    signature->owner = xchg;
    signature->key = key;
    signature->job = (x4s_sign_job){
        .key = key->key,
        .hash_len = (uint8_t)hash.len,
        .signature = signature->bytes,
        .completed = ended,
        .owner = signature,
    };
    memcpy(signature->job.hash, hash.data, hash.len);
    xchg->signature = signature;
    return btrue;
}

void x4_signature_queue(x4s_ike_xchg *xchg)
{
    x4_list_append(&xchg->charon->signing, &xchg->signature->link);
}

x4s_chunk x4_signature_value(const x4s_ike_xchg *xchg)
{
    const x4s_sign_job *job = &xchg->signature->job;
    return (x4s_chunk){job->signature, job->signature_size};
}

void x4_signature_free(x4s_ike_xchg *xchg)
{
    x4s_ike_signature *signature = xchg->signature;
    if (!signature)
        return;
    x4_sign_cancel(&signature->job);
    x4_list_remove(&signature->link);
    size_t size = size_with(signature->key);
    x4_keyring_release(xchg->charon, signature->key);
    x4_free(xchg->charon->allocator, signature, size);
    xchg->signature = NULL;
}

/* Owners are told after the batch; what one of them disposes of must not be looked at then. */
static void run_batch(x4s_charon *charon)
{
    x4s_ike_signature *batch[x4c_limit_batch];
    x4s_sign_job *jobs[x4c_limit_batch];
    size_t count = 0;
    size_t job_count = 0;
    while (count < x4c_limit_batch && !x4_list_empty(&charon->signing)) {
        batch[count] = x4m_container(x4_list_pop(&charon->signing), x4s_ike_signature, link);
        if (batch[count]->job.state == x4c_sign_idle)
            jobs[job_count++] = &batch[count]->job;
        count++;
    }
    x4_sign_run(charon->crypto, jobs, job_count);
    charon->stats->signatures += job_count;

    x4s_ike_xchg *owners[x4c_limit_batch];
    bval made[x4c_limit_batch];
    size_t owner_count = 0;
    for (size_t i = 0; i < count; i++) {
        x4e_sign_state state = batch[i]->job.state;
        if (state == x4c_sign_pending)
            continue;
        made[owner_count] = state == x4c_sign_done;
        owners[owner_count++] = batch[i]->owner;
    }
    for (size_t i = 0; i < owner_count; i++)
        x4_xchg_signed(owners[i], made[i]);
}

void x4_signature_run(x4s_charon *charon)
{
    while (!x4_list_empty(&charon->signing))
        run_batch(charon);
}
