/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keepalive.h"

#include <stdlib.h>

#include "shard/report.h"
#include "shard/transmit.h"

/* A headend is seldom behind a NAT itself: only those SAs that are have one. */
struct shard_keepalive {
    struct shard_timer timer;
    struct shard_sa *sa;
};

static void set(struct shard *shard, struct shard_keepalive *keepalive)
{
    shard_timer_set(shard, &keepalive->timer, (x4_msec)shard->daemon->keep_alive_sec * 1000);
}

/* The configuration may want none any more. */
static void keep_alive(struct shard *shard, struct shard_timer *timer) /* req 3948-4-2 */
{
    struct shard_keepalive *keepalive = x4m_container(timer, struct shard_keepalive, timer);
    if (!shard->daemon->keep_alive_sec) {
        shard_keepalive_stop(keepalive->sa);
        return;
    }
    shard->counters.keepalives++;
    shard_report_keepalive(keepalive->sa);
    shard_transmit_keepalive(shard, &keepalive->sa->link);
    set(shard, keepalive);
}

void shard_keepalive_start(struct shard_sa *sa)
{
    struct shard *shard = sa->shard;
    if (sa->keepalive || !shard->daemon->keep_alive_sec)
        return;
    sa->keepalive = calloc(1, sizeof(*sa->keepalive));
    if (!sa->keepalive) {
        shard->counters.no_memory++;
        return;
    }
    sa->keepalive->sa = sa;
    sa->keepalive->timer.fire = keep_alive;
    set(shard, sa->keepalive);
}

void shard_keepalive_stop(struct shard_sa *sa)
{
    if (!sa->keepalive)
        return;
    shard_timer_cancel(sa->shard, &sa->keepalive->timer);
    free(sa->keepalive);
    sa->keepalive = NULL;
}
