/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/work.h"

#include <string.h>

bval x4_work_new(x4s_ike_xchg *xchg, x4e_group group)
{
    size_t public = x4_dh_public_size(group);
    size_t shared = x4_dh_shared_size(group);
    size_t size = sizeof(x4s_ike_work) + 2 * public + shared;
    x4s_ike_work *work = x4_alloc(xchg->charon->allocator, size);
    if (!work)
        return bfalse;
    x4_work_free(xchg);
    work->owner = xchg;
    work->size = size;
    work->job = (x4s_dh_job){
        .group = group,
        .own = work->bytes,
        .peer = work->bytes + public,
        .shared = work->bytes + 2 * public,
    };
    xchg->work = work;
    return btrue;
}

x4e_ike_reason x4_work_peer(x4s_ike_xchg *xchg, x4s_chunk value) /* req 2408-5.7-2 */
{
    x4s_ike_work *work = xchg->work;
    if (!x4_dh_public_valid(xchg->charon->crypto, work->job.group, value))
        return x4c_ike_bad_ke;
    memcpy(work->bytes + x4_dh_public_size(work->job.group), value.data, value.len);
    return x4c_ike_none;
}

static bval is_new(const x4s_ike_xchg *xchg)
{
    return xchg->kind->of_strangers && xchg->role == x4c_ike_responder;
}

static x4s_ike_work *oldest(const x4s_charon *charon)
{
    return x4m_container(charon->new_work.next, x4s_ike_work, link);
}

static void leave_queue(x4s_ike_work *work)
{
    if (x4_list_linked(&work->link) && is_new(work->owner))
        work->owner->charon->stats->jobs_waiting--;
    x4_list_remove(&work->link);
}

static void queue_new(x4s_ike_xchg *xchg)
{
    x4s_charon *charon = xchg->charon;
    xchg->work->queued_at = charon->now;
    x4_list_append(&charon->new_work, &xchg->work->link);
    if (++charon->stats->jobs_waiting > charon->config.limits.jobs_waiting)
        x4_xchg_dispose(oldest(charon)->owner, x4c_ike_overloaded, bfalse);
}

void x4_work_queue(x4s_ike_xchg *xchg, x4e_dh_work what)
{
    if (what == x4c_dh_generate) { /* the step may come again, with a new key */
        x4_dh_key_free(xchg->work->job.key);
        xchg->work->job.key = NULL;
    }
    xchg->work->job.work = what;
    xchg->work->job.done = bfalse;
    if (is_new(xchg))
        queue_new(xchg);
    else
        x4_list_append(&xchg->charon->work, &xchg->work->link);
}

void x4_work_free(x4s_ike_xchg *xchg)
{
    x4s_ike_work *work = xchg->work;
    if (!work)
        return;
    leave_queue(work);
    x4_dh_key_free(work->job.key);
    x4_free(xchg->charon->allocator, work, work->size);
    xchg->work = NULL;
}

/* Owners are told after the batch; what one of them disposes of must not be looked at then. */
static size_t run_batch(x4s_charon *charon, const x4s_list *queue, size_t max)
{
    x4s_ike_work *batch[x4c_limit_batch];
    x4s_dh_job *jobs[x4c_limit_batch] = {NULL};
    size_t count = 0;
    while (count < x4m_min(max, (size_t)x4c_limit_batch) && !x4_list_empty(queue)) {
        batch[count] = x4m_container(queue->next, x4s_ike_work, link);
        leave_queue(batch[count]);
        jobs[count] = &batch[count]->job;
        count++;
    }
    x4_dh_run(charon->crypto, jobs, count);
    charon->stats->dh_batches++;
    charon->stats->dh_jobs += count;

    x4s_ike_xchg *owners[x4c_limit_batch];
    bval done[x4c_limit_batch];
    for (size_t i = 0; i < count; i++) {
        owners[i] = batch[i]->owner;
        done[i] = jobs[i]->done;
        charon->stats->dh_vector += jobs[i]->vector;
    }
    for (size_t i = 0; i < count; i++)
        x4_xchg_computed(owners[i], done[i]);
    return count;
}

void x4_work_run(x4s_charon *charon)
{
    while (!x4_list_empty(&charon->work))
        run_batch(charon, &charon->work, x4c_limit_batch);
}

static void end_late(x4s_charon *charon)
{
    while (!x4_list_empty(&charon->new_work) &&
           charon->now - oldest(charon)->queued_at > charon->config.timing.job_ms)
        x4_xchg_dispose(oldest(charon)->owner, x4c_ike_overloaded, bfalse);
}

void x4_work_run_new(x4s_charon *charon)
{
    size_t left = charon->config.limits.jobs_a_tick;
    end_late(charon);
    while (left > 0 && !x4_list_empty(&charon->new_work))
        left -= run_batch(charon, &charon->new_work, left);
}

x4s_chunk x4_work_own(const x4s_ike_xchg *xchg)
{
    const x4s_dh_job *job = &xchg->work->job;
    return (x4s_chunk){job->own, x4_dh_public_size(job->group)};
}

x4s_chunk x4_work_their(const x4s_ike_xchg *xchg)
{
    const x4s_dh_job *job = &xchg->work->job;
    return (x4s_chunk){job->peer, x4_dh_public_size(job->group)};
}

x4s_chunk x4_work_shared(const x4s_ike_xchg *xchg)
{
    const x4s_dh_job *job = &xchg->work->job;
    return (x4s_chunk){job->shared, x4_dh_shared_size(job->group)};
}
