/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/revive.h"

#include <stdlib.h>
#include <string.h>

#include "shard/keep/resume.h"
#include "shard/receive.h"

/* Before a partition is read again, of which the store was away. */
#define AGAIN_MS 200

/* A record on its way to its shard, or one of a child that waits for its partition's end. */
struct moving_record {
    struct shard_letter letter;
    x4s_list of_partition;
    struct store_name name;
    uint8_t partition;
    uint32_t home;
    size_t len;
    uint8_t bytes[];
};

struct kept_datagram {
    x4s_list of_shard;
    struct ring_datagram *datagram;
};

struct shard_revival {
    char estate[STORE_ESTATE_MAX + 1];
    shard_deliver_fn done;
    unsigned partition;  /* that is being read */
    uint32_t missing;    /* shards that still read */
    uint32_t unanswered; /* SAs of which the pool has not said yet that they have their address */
    bool told;           /* the control thread was */
    x4s_list children;   /* moving_record.of_partition */
    x4s_list kept;       /* kept_datagram.of_shard */
    unsigned kept_count;
    struct shard_timer again; /* the store was away */
};

/* -------------------------------------------------------------------------- the end */

static uint64_t count_refused(const struct shard_store_tally *tally)
{
    uint64_t count = tally->no_connection + tally->no_parent + tally->not_resumed;
    for (int i = 0; i < STORE_REASON_COUNT; i++)
        count += tally->refused_records[i];
    return count;
}

/* Everything of this shard is there. */
static void tell_control(struct shard *shard)
{
    struct shard_revival *revival = shard->revival;
    if (revival->missing || revival->unanswered || revival->told)
        return;
    struct shard_revived *revived = calloc(1, sizeof(*revived));
    if (!revived) {
        shard->counters.no_memory++;
        return;
    }
    const struct shard_store_tally *tally = shard_persist_tally(shard);
    revival->told = true;
    revived->letter.deliver = revival->done;
    revived->isakmp_sas = tally->revived1;
    revived->children = tally->revived2;
    revived->refused = count_refused(tally);
    shard_post_send(&shard->post, shard_post_control(&shard->post), &revived->letter);
}

static void on_answered(struct shard *shard)
{
    if (!shard->revival)
        return;
    shard->revival->unanswered--;
    tell_control(shard);
}

static void on_read(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    free(letter);
    if (!shard->revival)
        return;
    shard->revival->missing--;
    tell_control(shard);
}

/* To all others, after all records. */
static void tell_shard(struct shard *shard, uint32_t other)
{
    struct shard_letter *letter = calloc(1, sizeof(*letter));
    if (!letter) {
        shard->counters.no_memory++;
        return;
    }
    letter->deliver = on_read;
    shard_post_send(&shard->post, other, letter);
}

static void tell_shards(struct shard *shard)
{
    for (uint32_t i = 0; i < shard->steer.count; i++)
        if (i != shard->steer.index)
            tell_shard(shard, i);
    shard->revival->missing--;
    tell_control(shard);
}

/* -------------------------------------------------------------------------- records */

static void record_free(struct moving_record *record)
{
    x4_free(&x4_libc_allocator, record, sizeof(*record) + record->len);
}

static void arrive(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct moving_record *record = x4m_container(letter, struct moving_record, letter);
    const x4s_chunk bytes = {record->bytes, record->len};
    if (shard->revival && record->name.bytes[0] == STORE_ISAKMP) {
        shard->revival->unanswered++;
        shard_resume_isakmp(shard, &record->name, record->partition, bytes, on_answered);
    } else if (shard->revival) {
        shard_resume_child(shard, &record->name, record->partition, bytes);
    }
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
static const uint8_t *cookie_of(struct shard *shard, const struct store_place *place,
                                x4s_chunk bytes, struct store_child *child)
{
    if (place->name.bytes[0] == STORE_ISAKMP)
        return place->name.bytes + 1;
    const enum store_reason reason = store_child_read(bytes, shard_wall_clock(), child);
    if (reason == STORE_none)
        return child->cookie_i;
    shard_persist_refuse(shard, &place->name, (uint8_t)place->partition, reason);
    return NULL;
}

static struct moving_record *pack(struct shard *shard, const struct store_place *place,
                                  x4s_chunk bytes)
{
    struct store_child child;
    const uint8_t *cookie = cookie_of(shard, place, bytes, &child);
    if (!cookie)
        return NULL;
    const uint32_t home = shard->steer.count > 1 ? ring_steer_cookie(&shard->steer, cookie) : 0;
    x4_wipe(&child, sizeof(child));
    struct moving_record *record = malloc(sizeof(*record) + bytes.len);
    if (!record) {
        shard->counters.no_memory++;
        return NULL;
    }
    *record = (struct moving_record){
        .name = place->name,
        .partition = (uint8_t)place->partition,
        .home = home,
        .len = bytes.len,
    };
    memcpy(record->bytes, bytes.data, bytes.len);
    return record;
}

void shard_revive_loaded(struct shard *shard, const struct store_place *place, x4s_chunk sealed)
{
    struct shard_revival *revival = shard->revival;
    uint8_t bytes[STORE_RECORD_MAX];
    size_t len = 0;
    if (!revival)
        return;
    const enum store_reason reason = shard_persist_unseal(shard, place, sealed, bytes, &len);
    if (reason != STORE_none) {
        shard_persist_refuse(shard, &place->name, (uint8_t)place->partition, reason);
        return;
    }
    struct moving_record *record = pack(shard, place, (x4s_chunk){bytes, len});
    x4_wipe(bytes, len);
    if (!record)
        return;
    if (place->name.bytes[0] == STORE_CHILD)
        x4_list_append(&revival->children, &record->of_partition);
    else
        route(shard, record);
}

/* -------------------------------------------------------------------------- partitions */

static void send_children(struct shard *shard)
{
    for (x4s_list *link; (link = x4_list_pop(&shard->revival->children));)
        route(shard, x4m_container(link, struct moving_record, of_partition));
}

/* A partition after the other: how many records wait is bounded by what one has. */
static void read_next(struct shard *shard)
{
    struct shard_revival *revival = shard->revival;
    if (revival->partition < STORE_PARTITIONS)
        store_load(shard_persist_store(shard), revival->estate, revival->partition);
    else
        tell_shards(shard);
}

static void on_again(struct shard *shard, struct shard_timer *timer)
{
    (void)timer;
    read_next(shard);
}

/* The store will not give it: what is in it is not gone on with. */
static void report_unread(struct shard *shard)
{
    if (!hub_log_begin(&shard->log, x4c_trace_error, "partition-unread"))
        return;
    hub_log_text(&shard->log, "estate", shard->revival->estate);
    hub_log_number(&shard->log, "partition", shard->revival->partition);
    hub_log_end(&shard->log);
}

void shard_revive_load_end(struct shard *shard, const char *estate, unsigned partition,
                           enum store_result result)
{
    struct shard_revival *revival = shard->revival;
    if (!revival || revival->partition != partition || strcmp(revival->estate, estate) != 0)
        return;
    send_children(shard);
    if (result == STORE_AWAY) {
        shard_timer_set(shard, &revival->again, AGAIN_MS);
        return;
    }
    if (result != STORE_DONE)
        report_unread(shard);
    revival->partition += shard->steer.count;
    read_next(shard);
}

bool shard_revive_open(struct shard *shard)
{
    struct shard_revival *revival = calloc(1, sizeof(*revival));
    if (!revival)
        return false;
    revival->partition = shard->steer.index;
    revival->missing = shard->steer.count;
    x4_list_init(&revival->children);
    x4_list_init(&revival->kept);
    revival->again.fire = on_again;
    shard->revival = revival;
    return true;
}

void shard_revive_begin(struct shard *shard, const char *estate, shard_deliver_fn done)
{
    struct shard_revival *revival = shard->revival;
    memcpy(revival->estate, estate, strnlen(estate, STORE_ESTATE_MAX));
    revival->done = done;
    read_next(shard);
}

/* -------------------------------------------------------------------------- datagrams */

bool shard_revive_keep(struct shard *shard, const struct ring_datagram *datagram)
{
    struct shard_revival *revival = shard->revival;
    if (!revival)
        return false;
    struct kept_datagram *kept =
        revival->kept_count < SHARD_REVIVE_KEPT_MAX ? calloc(1, sizeof(*kept)) : NULL;
    if (!kept)
        return true;
    kept->datagram = shard_datagram_copy(datagram);
    if (!kept->datagram) {
        free(kept);
        return true;
    }
    x4_list_append(&revival->kept, &kept->of_shard);
    revival->kept_count++;
    shard_persist_tally(shard)->kept_waiting++;
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
    for (x4s_list *link; (link = x4_list_pop(&revival->children));)
        record_free(x4m_container(link, struct moving_record, of_partition));
    for (x4s_list *link; (link = x4_list_pop(&revival->kept));)
        drop(x4m_container(link, struct kept_datagram, of_shard));
    free(revival);
}

void shard_revive_end(struct shard *shard)
{
    struct shard_revival *revival = shard->revival;
    if (!revival)
        return;
    shard->revival = NULL;
    for (x4s_list *link; (link = x4_list_pop(&revival->kept));) {
        struct kept_datagram *kept = x4m_container(link, struct kept_datagram, of_shard);
        shard_receive(shard, kept->datagram);
        drop(kept);
    }
    forget(shard, revival);
}

void shard_revive_stop(struct shard *shard)
{
    if (shard->revival)
        forget(shard, shard->revival);
    shard->revival = NULL;
}
