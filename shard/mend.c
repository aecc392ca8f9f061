/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/mend.h"

#include <string.h>
#include <time.h>

#define TRIES          5
#define TRIES_AGAIN_MS 60000
#define PAUSE_MS       50U /* before the second try; twice as long before each that follows */

static void tell(struct shard *shard, x4e_trace_level level, const char *event, const char *text)
{
    if (!hub_log_begin(&shard->log, level, event))
        return;
    hub_log_text(&shard->log, "text", text);
    hub_log_end(&shard->log);
}

/* Which of the minute's tries this is, from 1 on; 0: there were enough. */
static unsigned next_try(struct shard *shard)
{
    const x4_msec now = shard_clock();
    if (now - shard->mended_at > TRIES_AGAIN_MS) {
        shard->mended_at = now;
        shard->mended = 0;
    }
    return shard->mended < TRIES ? ++shard->mended : 0;
}

static void pause_before(unsigned number)
{
    const unsigned ms = number > 1 ? (unsigned)PAUSE_MS << (number - 2) : 0;
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

bool shard_mend_ring(struct shard *shard, int code)
{
    struct ring_error error;
    unsigned number;
    tell(shard, x4c_trace_error, "ring-broken", strerror(-code));
    while ((number = next_try(shard)) > 0) {
        pause_before(number);
        if (ring_reopen(shard->ring, &error)) {
            shard->counters.ring_reopened++;
            tell(shard, x4c_trace_notice, "ring-reopened", ring_backend_name(shard->ring));
            return true;
        }
        tell(shard, x4c_trace_error, "ring-not-reopened", error.text);
    }
    return false;
}
