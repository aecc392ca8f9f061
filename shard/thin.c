/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/thin.h"

#include <string.h>
#include <time.h>

#include "shard/state.h"

#define TELL_MS 60000

#define RESPONDER_COOKIE_AT 8 /* RFC 2408 3.1 */

static bool step_down(struct shard_thin *thin, uint64_t now_ns)
{
    if (thin->permille == 1)
        return false;
    thin->permille = thin->permille > 4 ? thin->permille * 3 / 4 : thin->permille - 1;
    thin->changed_ns = now_ns;
    thin->late_ns = now_ns;
    return true;
}

/* As many steps as time has passed for: nobody may have sent anything meanwhile. */
static bool step_up(struct shard_thin *thin, uint64_t now_ns)
{
    uint64_t steps =
        now_ns > thin->changed_ns ? (now_ns - thin->changed_ns) / SHARD_THIN_STEP_NS : 0;
    if (thin->permille == SHARD_THIN_ALL || steps == 0)
        return false;
    for (; steps > 0 && thin->permille < SHARD_THIN_ALL; steps--)
        thin->permille += thin->permille / 4 + 1;
    if (thin->permille > SHARD_THIN_ALL)
        thin->permille = SHARD_THIN_ALL;
    thin->changed_ns = now_ns;
    return true;
}

bool shard_thin_judge(struct shard_thin *thin, uint64_t arrived_ns, uint64_t now_ns)
{
    if (arrived_ns == 0 || arrived_ns > now_ns)
        return false;
    if (now_ns - arrived_ns <= SHARD_THIN_LATE_NS) {
        thin->late_ns = 0;
        return step_up(thin, now_ns);
    }
    if (thin->late_ns == 0)
        thin->late_ns = now_ns;
    if (now_ns - thin->late_ns < SHARD_THIN_WAIT_NS || arrived_ns <= thin->changed_ns)
        return false;
    return step_down(thin, now_ns);
}

static void tell(struct shard *shard)
{
    if (shard->thin_told_at != 0 && shard->now - shard->thin_told_at < TELL_MS)
        return;
    shard->thin_told_at = shard->now;
    if (!hub_log_begin(&shard->log, x4c_trace_notice, "thinned"))
        return;
    hub_log_number(&shard->log, "permille", shard->thin.permille);
    hub_log_end(&shard->log);
}

void shard_thin_batch(struct shard *shard, const struct ring_datagram *first)
{
    struct timespec now;
    const uint32_t before = shard->thin.permille;
    clock_gettime(CLOCK_REALTIME, &now);
    shard->thin.now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    if (!shard_thin_judge(&shard->thin, first->arrived_ns, shard->thin.now_ns))
        return;
    (void)ring_thin(shard->ring, shard->thin.permille);
    if (shard->thin.permille > before)
        return;
    shard->counters.thinned++;
    tell(shard);
}

bool shard_thin_stale(struct shard *shard, const struct ring_datagram *datagram)
{
    static const uint8_t zero[8];
    if (datagram->arrived_ns == 0 ||
        datagram->arrived_ns + SHARD_THIN_STALE_NS >= shard->thin.now_ns ||
        memcmp(datagram->data + RESPONDER_COOKIE_AT, zero, sizeof(zero)) != 0)
        return false;
    shard->counters.stale++;
    return true;
}
