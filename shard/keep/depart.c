/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/depart.h"

#include <stdlib.h>

#include "shard/keep/persist.h"
#include "shard/peer.h"
#include "shard/snapshot.h"

/* Before it is looked again whether all is written. */
#define WRITTEN_MS 5

/* SAs of one piece: as many are looked at, as many are ended. */
#define LOOKED_A_PIECE 512
#define ENDED_A_PIECE  64

struct shard_departure {
    uint32_t estate;
    uint32_t round;
    shard_deliver_fn done;
    struct shard_timer timer;
    struct shard_roll_walk *walk; /* NULL: all is to be written first */
};

static struct shard_departure *departure_of(const struct shard *shard, uint32_t estate)
{
    return shard->estates.of[estate].departure;
}

static void tell_control(struct shard *shard, const struct shard_departure *departure)
{
    struct shard_departed *departed = calloc(1, sizeof(*departed));
    if (!departed) {
        shard->counters.no_memory++;
        return;
    }
    departed->letter.deliver = departure->done;
    departed->estate = departure->estate;
    departed->round = departure->round;
    shard_post_send(&shard->post, shard_post_control(&shard->post), &departed->letter);
}

void shard_depart_stop(struct shard *shard, uint32_t estate)
{
    struct shard_departure *departure = departure_of(shard, estate);
    if (!departure)
        return;
    shard->estates.of[estate].departure = NULL;
    shard_timer_cancel(shard, &departure->timer);
    if (departure->walk)
        shard_roll_walk_free(departure->walk);
    free(departure);
}

static struct shard_departure *departure_new(struct shard *shard, uint32_t estate, uint32_t round,
                                             shard_deliver_fn done)
{
    shard_depart_stop(shard, estate);
    struct shard_departure *departure = calloc(1, sizeof(*departure));
    if (!departure) {
        shard->counters.no_memory++;
        return NULL;
    }
    departure->estate = estate;
    departure->round = round;
    departure->done = done;
    shard->estates.of[estate].departure = departure;
    return departure;
}

/* -------------------------------------------------------------------------- all is written */

static void look(struct shard *shard, struct shard_timer *timer)
{
    const struct shard_departure *departure = x4m_container(timer, struct shard_departure, timer);
    if (shard_persist_is_written(shard, departure->estate))
        tell_control(shard, departure);
    else
        shard_timer_set(shard, timer, WRITTEN_MS);
}

void shard_depart_begin(struct shard *shard, uint32_t estate, uint32_t round, shard_deliver_fn done)
{
    shard->estates.of[estate].state = SHARD_ESTATE_AWAY;
    struct shard_departure *departure = departure_new(shard, estate, round, done);
    if (!departure)
        return;
    departure->timer.fire = look;
    look(shard, &departure->timer);
}

void shard_depart_cancel(struct shard *shard, uint32_t estate)
{
    shard_depart_stop(shard, estate);
    shard->estates.of[estate].state = SHARD_ESTATE_SERVED;
}

/* -------------------------------------------------------------------------- the SAs go */

/* Whether it was one of that estate. */
static bool end_sa(struct shard_sa *sa, uint32_t estate)
{
    if (sa->estate != estate)
        return false;
    shard_sa_end(sa, SHARD_END_handed_over, false);
    return true;
}

/* False: there are none any more. */
static bool end_piece(struct shard *shard, const struct shard_departure *departure)
{
    int ended = 0;
    for (int looked = 0; looked < LOOKED_A_PIECE && ended < ENDED_A_PIECE; looked++) {
        struct shard_roll_entry *entry = shard_roll_walk_next(&shard->roll, departure->walk);
        if (!entry)
            return false;
        ended += end_sa(x4m_container(entry, struct shard_sa, enrolled), departure->estate);
    }
    return true;
}

static void end_some(struct shard *shard, struct shard_timer *timer)
{
    const struct shard_departure *departure = x4m_container(timer, struct shard_departure, timer);
    if (end_piece(shard, departure)) {
        shard_timer_set(shard, timer, 0);
        return;
    }
    shard_snapshot_clear_pools(shard, departure->estate);
    tell_control(shard, departure);
    shard_depart_stop(shard, departure->estate);
}

void shard_depart_end(struct shard *shard, uint32_t estate, uint32_t round, bool forgotten,
                      shard_deliver_fn done)
{
    shard->estates.of[estate].state = SHARD_ESTATE_AWAY;
    shard_persist_disown(shard, estate, forgotten);
    struct shard_departure *departure = departure_new(shard, estate, round, done);
    if (!departure)
        return;
    departure->timer.fire = end_some;
    departure->walk = shard_roll_walk_new(&shard->roll);
    if (departure->walk)
        end_some(shard, &departure->timer);
    else
        shard->counters.no_memory++;
}
