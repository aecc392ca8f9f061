/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/revive.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/endpoint.h"
#include "shard/keep/resume.h"
#include "shard/receive.h"

/* Before a partition is read again, of which the store was away. */
#define AGAIN_MS 200

/*
 * Partitions that a shard reads at a time: so many that the store always has something to do, and
 * so few that what waits of them is bounded (children wait for the end of their partition).
 */
#define READINGS_MAX 4

/* Children that go on their way in one round: others are served meanwhile. */
#define CHILDREN_A_ROUND 64

/* Before it is looked again whether all of the estate is written. */
#define WRITTEN_MS 10

/* A record on its way to its shard, or one of a child that waits for its partition's end. */
struct moving_record {
    struct shard_letter letter;
    x4s_list of_partition;
    struct shard_record record;
    uint32_t home;
    size_t len;
    uint8_t bytes[];
};

struct kept_datagram {
    x4s_list of_shard;
    struct ring_datagram *datagram;
};

/* A partition that is being read. */
struct reading {
    bool busy;
    bool away; /* the store was: to be read again */
    bool read; /* its children are to be sent */
    unsigned partition;
    x4s_list children; /* moving_record.of_partition */
};

struct shard_revival {
    uint32_t estate;
    shard_deliver_fn done;
    unsigned partition; /* the next one to be read */
    struct reading readings[READINGS_MAX];
    uint32_t missing;    /* shards that still read */
    uint32_t unanswered; /* records of which the pool has not said yet that they have an address */
    bool told;           /* the control thread was */
    x4s_list kept;       /* kept_datagram.of_shard */
    unsigned kept_count;
    struct shard_timer again;        /* to begin, or the store was away */
    struct shard_timer send;         /* children of what is read */
    struct shard_store_tally before; /* counters when it began */
    uint64_t begun_ns;
    uint64_t open_ns;
    uint64_t resume_ns;
};

static struct shard_revival *revival_of(const struct shard *shard, uint32_t estate)
{
    return shard->estates.of[estate].revival;
}

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* -------------------------------------------------------------------------- the end */

static uint64_t count_refused(const struct shard_store_tally *tally)
{
    uint64_t count = tally->no_connection + tally->not_resumed;
    for (int i = 0; i < STORE_REASON_COUNT; i++)
        count += tally->refused_records[i];
    return count;
}

static void fill_in(const struct shard *shard, const struct shard_revival *revival,
                    struct shard_revived *revived)
{
    const struct shard_store_tally *tally = shard_persist_tally(shard);
    const uint64_t all_ns = clock_ns() - revival->begun_ns;
    revived->estate = revival->estate;
    revived->isakmp_sas = tally->revived1 - revival->before.revived1;
    revived->children = tally->revived2 - revival->before.revived2;
    revived->refused = count_refused(tally) - count_refused(&revival->before);
    revived->open_us = revival->open_ns / 1000;
    revived->resume_us = revival->resume_ns / 1000;
    revived->read_us = all_ns / 1000 - revived->open_us - revived->resume_us;
}

/* Everything of this shard is there. */
static void tell_control(struct shard *shard, struct shard_revival *revival)
{
    if (revival->missing || revival->unanswered || revival->told)
        return;
    struct shard_revived *revived = calloc(1, sizeof(*revived));
    if (!revived) {
        shard->counters.no_memory++;
        return;
    }
    revival->told = true;
    revived->letter.deliver = revival->done;
    fill_in(shard, revival, revived);
    shard_post_send(&shard->post, shard_post_control(&shard->post), &revived->letter);
}

static void on_answered(struct shard *shard, uint32_t estate)
{
    struct shard_revival *revival = revival_of(shard, estate);
    if (!revival)
        return;
    revival->unanswered--;
    tell_control(shard, revival);
}

/* Another shard has read its share. */
struct read_letter {
    struct shard_letter letter;
    uint32_t estate;
};

static void on_read(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    const uint32_t estate = x4m_container(letter, struct read_letter, letter)->estate;
    free(letter);
    if (!shard_revive_open(shard, estate))
        return;
    revival_of(shard, estate)->missing--;
    tell_control(shard, revival_of(shard, estate));
}

/* To all others, after all records. */
static void tell_shard(struct shard *shard, uint32_t other, uint32_t estate)
{
    struct read_letter *read = calloc(1, sizeof(*read));
    if (!read) {
        shard->counters.no_memory++;
        return;
    }
    read->letter.deliver = on_read;
    read->estate = estate;
    shard_post_send(&shard->post, other, &read->letter);
}

static void tell_shards(struct shard *shard, struct shard_revival *revival)
{
    for (uint32_t i = 0; i < shard->steer.count; i++)
        if (i != shard->steer.index)
            tell_shard(shard, i, revival->estate);
    revival->missing--;
    tell_control(shard, revival);
}

/* -------------------------------------------------------------------------- records */

static void record_free(struct moving_record *record)
{
    x4_free(&x4_libc_allocator, record, sizeof(*record) + record->len);
}

static void resume(struct shard *shard, const struct moving_record *record)
{
    const x4s_chunk bytes = {record->bytes, record->len};
    struct shard_revival *revival = revival_of(shard, record->record.estate);
    const uint64_t begun_ns = clock_ns();
    revival->unanswered++;
    if (record->record.name.bytes[0] == STORE_ISAKMP)
        shard_resume_isakmp(shard, &record->record, bytes, on_answered);
    else
        shard_resume_child(shard, &record->record, bytes, on_answered);
    revival->resume_ns += clock_ns() - begun_ns;
}

static void arrive(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct moving_record *record = x4m_container(letter, struct moving_record, letter);
    if (shard_revive_open(shard, record->record.estate))
        resume(shard, record);
    record_free(record);
}

static void route(struct shard *shard, struct moving_record *record)
{
    record->letter.deliver = arrive;
    if (record->home == shard->steer.index)
        arrive(shard, &record->letter);
    else
        shard_post_send(&shard->post, record->home, &record->letter);
}

/* What the SA, or the one that the child hangs on, is steered by. NULL: it is refused. */
static const uint8_t *cookie_of(struct shard *shard, const struct shard_record *record,
                                x4s_chunk bytes, struct store_child *child)
{
    if (record->name.bytes[0] == STORE_ISAKMP)
        return record->name.bytes + 1;
    const enum store_reason reason = store_child_read(bytes, shard_wall_clock(), child);
    if (reason == STORE_none)
        return child->cookie_i;
    shard_persist_refuse(shard, record, reason);
    return NULL;
}

static struct moving_record *pack(struct shard *shard, const struct shard_record *record,
                                  x4s_chunk bytes)
{
    struct store_child child;
    const uint8_t *cookie = cookie_of(shard, record, bytes, &child);
    if (!cookie)
        return NULL;
    const uint32_t home = shard->steer.count > 1 ? ring_steer_cookie(&shard->steer, cookie) : 0;
    x4_wipe(&child, sizeof(child));
    struct moving_record *moving = malloc(sizeof(*moving) + bytes.len);
    if (!moving) {
        shard->counters.no_memory++;
        return NULL;
    }
    *moving = (struct moving_record){.record = *record, .home = home, .len = bytes.len};
    memcpy(moving->bytes, bytes.data, bytes.len);
    return moving;
}

static struct moving_record *open_record(struct shard *shard, const struct shard_record *record,
                                         x4s_chunk sealed)
{
    uint8_t bytes[STORE_RECORD_MAX];
    size_t len = 0;
    const enum store_reason reason = shard_persist_unseal(shard, record, sealed, bytes, &len);
    if (reason != STORE_none) {
        shard_persist_refuse(shard, record, reason);
        return NULL;
    }
    struct moving_record *moving = pack(shard, record, (x4s_chunk){bytes, len});
    x4_wipe(bytes, len);
    return moving;
}

static struct reading *reading_of(struct shard *shard, uint32_t estate, unsigned partition)
{
    struct shard_revival *revival = revival_of(shard, estate);
    for (int i = 0; revival && i < READINGS_MAX; i++)
        if (revival->readings[i].busy && revival->readings[i].partition == partition)
            return &revival->readings[i];
    return NULL;
}

void shard_revive_loaded(struct shard *shard, const struct shard_record *record, x4s_chunk sealed)
{
    struct shard_revival *revival = revival_of(shard, record->estate);
    struct reading *reading = reading_of(shard, record->estate, record->partition);
    if (!reading)
        return;
    const uint64_t begun_ns = clock_ns();
    struct moving_record *moving = open_record(shard, record, sealed);
    revival->open_ns += clock_ns() - begun_ns;
    if (!moving)
        return;
    if (record->name.bytes[0] == STORE_CHILD)
        x4_list_append(&reading->children, &moving->of_partition);
    else
        route(shard, moving);
}

/* -------------------------------------------------------------------------- partitions */

/* Up to `most`; how many there were. */
static int send_children(struct shard *shard, struct reading *reading, int most)
{
    x4s_list *link = NULL;
    int sent = 0;
    while (sent < most && (link = x4_list_pop(&reading->children))) {
        route(shard, x4m_container(link, struct moving_record, of_partition));
        sent++;
    }
    return sent;
}

static void load(struct shard *shard, const struct shard_revival *revival,
                 const struct reading *reading)
{
    store_load(shard_persist_store(shard), shard_persist_estate(shard, revival->estate),
               reading->partition);
}

static bool is_reading(const struct shard_revival *revival)
{
    for (int i = 0; i < READINGS_MAX; i++)
        if (revival->readings[i].busy)
            return true;
    return false;
}

static void read_next(struct shard *shard, struct shard_revival *revival, struct reading *reading)
{
    reading->busy = revival->partition < STORE_PARTITIONS;
    reading->partition = revival->partition;
    if (reading->busy) {
        revival->partition += shard->steer.count;
        load(shard, revival, reading);
    } else if (!is_reading(revival)) {
        tell_shards(shard, revival);
    }
}

static void on_send(struct shard *shard, struct shard_timer *timer)
{
    struct shard_revival *revival = x4m_container(timer, struct shard_revival, send);
    int left = CHILDREN_A_ROUND;
    for (int i = 0; i < READINGS_MAX; i++) {
        struct reading *reading = &revival->readings[i];
        if (!reading->read)
            continue;
        left -= send_children(shard, reading, left);
        if (left == 0) {
            shard_timer_set(shard, timer, 0);
            return;
        }
        reading->read = false;
        read_next(shard, revival, reading);
    }
}

static void on_again(struct shard *shard, struct shard_timer *timer)
{
    struct shard_revival *revival = x4m_container(timer, struct shard_revival, again);
    for (int i = 0; i < READINGS_MAX; i++) {
        struct reading *reading = &revival->readings[i];
        if (reading->away)
            load(shard, revival, reading);
        reading->away = false;
    }
}

/* Where there are fewer partitions than readings, the last one that begins none must not tell. */
static void read_first(struct shard *shard, struct shard_revival *revival)
{
    for (int i = 0; i < READINGS_MAX; i++) {
        struct reading *reading = &revival->readings[i];
        if (i == 0 || revival->partition < STORE_PARTITIONS)
            read_next(shard, revival, reading);
    }
}

/* What this shard has written of it before is read as it was written last. */
static void on_begin(struct shard *shard, struct shard_timer *timer)
{
    struct shard_revival *revival = x4m_container(timer, struct shard_revival, again);
    if (!shard_persist_is_written(shard, revival->estate)) {
        shard_timer_set(shard, timer, WRITTEN_MS);
        return;
    }
    timer->fire = on_again;
    revival->begun_ns = clock_ns();
    read_first(shard, revival);
}

/* The store will not give it: what is in it is not gone on with. */
static void report_unread(struct shard *shard, uint32_t estate, unsigned partition)
{
    if (!hub_log_begin(&shard->log, x4c_trace_error, "partition-unread"))
        return;
    hub_log_text(&shard->log, "estate", shard_persist_estate(shard, estate));
    hub_log_number(&shard->log, "partition", partition);
    hub_log_end(&shard->log);
}

void shard_revive_load_end(struct shard *shard, uint32_t estate, unsigned partition,
                           enum store_result result)
{
    struct shard_revival *revival = revival_of(shard, estate);
    struct reading *reading = reading_of(shard, estate, partition);
    if (!reading)
        return;
    if (result == STORE_AWAY) {
        reading->away = true;
        shard_timer_set(shard, &revival->again, AGAIN_MS);
        return;
    }
    if (result != STORE_DONE)
        report_unread(shard, estate, partition);
    reading->read = true;
    shard_timer_set(shard, &revival->send, 0);
}

bool shard_revive_open(struct shard *shard, uint32_t estate)
{
    struct shard_estate *mine = &shard->estates.of[estate];
    if (mine->revival)
        return true;
    struct shard_revival *revival = calloc(1, sizeof(*revival));
    if (!revival) {
        shard->counters.no_memory++;
        return false;
    }
    revival->estate = estate;
    revival->partition = shard->steer.index;
    revival->missing = shard->steer.count;
    revival->before = *shard_persist_tally(shard);
    for (int i = 0; i < READINGS_MAX; i++)
        x4_list_init(&revival->readings[i].children);
    x4_list_init(&revival->kept);
    revival->again.fire = on_begin;
    revival->send.fire = on_send;
    mine->revival = revival;
    mine->state = SHARD_ESTATE_READ;
    return true;
}

void shard_revive_begin(struct shard *shard, uint32_t estate, uint64_t token, shard_deliver_fn done)
{
    if (!shard_revive_open(shard, estate))
        return;
    struct shard_revival *revival = revival_of(shard, estate);
    revival->done = done;
    if (shard->estates.count)
        shard_persist_own(shard, estate, token);
    on_begin(shard, &revival->again);
}

/* -------------------------------------------------------------------------- datagrams */

static void keep(struct shard *shard, struct shard_revival *revival,
                 const struct ring_datagram *datagram)
{
    struct kept_datagram *kept =
        revival->kept_count < SHARD_REVIVE_KEPT_MAX ? calloc(1, sizeof(*kept)) : NULL;
    if (!kept)
        return;
    kept->datagram = shard_datagram_copy(datagram);
    if (!kept->datagram) {
        free(kept);
        return;
    }
    x4_list_append(&revival->kept, &kept->of_shard);
    revival->kept_count++;
    shard_persist_tally(shard)->kept_waiting++;
}

bool shard_revive_keep(struct shard *shard, const struct ring_datagram *datagram)
{
    const x4s_net_addr local = shard_addr_from_ring(&datagram->local);
    const struct shard_estate *estate =
        &shard->estates.of[shard_estates_at(&shard->estates, &local)];
    if (estate->state == SHARD_ESTATE_SERVED)
        return false;
    if (estate->state == SHARD_ESTATE_READ)
        keep(shard, estate->revival, datagram);
    else
        shard_persist_tally(shard)->foreign++;
    return true;
}

static void drop(struct kept_datagram *kept)
{
    free(kept->datagram);
    free(kept);
}

static void forget(struct shard *shard, struct shard_revival *revival)
{
    shard_timer_cancel(shard, &revival->again);
    shard_timer_cancel(shard, &revival->send);
    for (int i = 0; i < READINGS_MAX; i++)
        for (x4s_list *link; (link = x4_list_pop(&revival->readings[i].children));)
            record_free(x4m_container(link, struct moving_record, of_partition));
    for (x4s_list *link; (link = x4_list_pop(&revival->kept));)
        drop(x4m_container(link, struct kept_datagram, of_shard));
    free(revival);
}

void shard_revive_end(struct shard *shard, uint32_t estate)
{
    struct shard_revival *revival = revival_of(shard, estate);
    if (!revival)
        return;
    shard->estates.of[estate].revival = NULL;
    shard->estates.of[estate].state = SHARD_ESTATE_SERVED;
    for (x4s_list *link; (link = x4_list_pop(&revival->kept));) {
        struct kept_datagram *kept = x4m_container(link, struct kept_datagram, of_shard);
        shard_receive(shard, kept->datagram);
        drop(kept);
    }
    forget(shard, revival);
}

void shard_revive_stop(struct shard *shard, uint32_t estate)
{
    if (revival_of(shard, estate))
        forget(shard, revival_of(shard, estate));
    shard->estates.of[estate].revival = NULL;
}
