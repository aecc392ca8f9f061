/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/hold.h"

#include <stdlib.h>
#include <string.h>

#include "shard/keep/persist.h"
#include "shard/report.h"
#include "shard/transmit.h"

struct datagram {
    x4s_list of_hold;
    x4s_net_link link;
    size_t len;
    uint8_t data[];
};

struct hold {
    x4s_table_link by_owner;
    struct shard *shard;
    struct shard_sa *sa;
    struct shard_child *child; /* NULL: the owner is the SA */
    struct store_ticket ticket;
    struct shard_timer timer;
    struct store_name name; /* of a child's record */
    x4s_list datagrams;
    unsigned count;
    bool open;     /* the record is durable, what comes is sent */
    bool complete; /* the child is, or the owner is none */
};

struct shard_holds {
    x4s_table by_owner;
    uint64_t waiting;
};

bool shard_hold_open(struct shard *shard)
{
    struct shard_holds *holds = calloc(1, sizeof(*holds));
    if (!holds)
        return false;
    shard->holds = holds;
    return x4_table_init(&holds->by_owner, &x4_libc_allocator);
}

/* -------------------------------------------------------------------------- by owner */

static uint64_t hash_of(const struct shard *shard, const void *owner)
{
    return x4_siphash(shard->hash_key, &owner, sizeof(owner));
}

static const void *owner_of(const struct hold *hold)
{
    return hold->child ? (const void *)hold->child : (const void *)hold->sa;
}

static bval is_owner(const x4s_table_link *link, const void *key)
{
    return owner_of(x4m_container_const(link, struct hold, by_owner)) == key;
}

static struct hold *find(const struct shard *shard, const void *owner)
{
    const struct shard_holds *holds = shard->holds;
    if (!holds || holds->by_owner.count == 0)
        return NULL;
    x4s_table_link *link = x4_table_find(&holds->by_owner, hash_of(shard, owner), is_owner, owner);
    return link ? x4m_container(link, struct hold, by_owner) : NULL;
}

static void drop_datagrams(struct hold *hold)
{
    for (x4s_list *link; (link = x4_list_pop(&hold->datagrams));)
        free(x4m_container(link, struct datagram, of_hold));
    hold->count = 0;
}

static void stop_waiting(struct hold *hold)
{
    if (hold->open)
        return;
    hold->open = true;
    hold->shard->holds->waiting--;
    shard_timer_cancel(hold->shard, &hold->timer);
    store_ticket_cancel(&hold->ticket);
}

static void release(struct hold *hold)
{
    stop_waiting(hold);
    drop_datagrams(hold);
    x4_table_remove(&hold->shard->holds->by_owner, &hold->by_owner);
    free(hold);
}

void shard_hold_close(struct shard *shard)
{
    struct shard_holds *holds = shard->holds;
    x4s_table_link *link;
    if (!holds)
        return;
    while (holds->by_owner.buckets && (link = x4_table_any(&holds->by_owner)))
        release(x4m_container(link, struct hold, by_owner));
    if (holds->by_owner.buckets)
        x4_table_fini(&holds->by_owner);
    free(holds);
    shard->holds = NULL;
}

/* -------------------------------------------------------------------------- the end of waiting */

/* The owner's end releases the hold. */
static void fail(struct hold *hold)
{
    shard_persist_tally(hold->shard)->held_lost++;
    stop_waiting(hold);
    drop_datagrams(hold);
    hold->open = false; /* its last words are kept, too */
    hold->shard->holds->waiting++;
    if (hold->child)
        shard_child_end(hold->child, SHARD_END_not_kept, false);
    else
        shard_sa_end(hold->sa, SHARD_END_not_kept, false);
}

static void on_timer(struct shard *shard, struct shard_timer *timer)
{
    (void)shard;
    fail(x4m_container(timer, struct hold, timer));
}

static void send_all(struct hold *hold)
{
    for (x4s_list *link; (link = x4_list_pop(&hold->datagrams));) {
        struct datagram *datagram = x4m_container(link, struct datagram, of_hold);
        shard_transmit(hold->shard, &datagram->link, datagram->data, datagram->len);
        free(datagram);
    }
}

static void settle(struct hold *hold)
{
    if (hold->open && hold->complete)
        release(hold);
}

static void on_answer(struct store_ticket *ticket, enum store_result result)
{
    struct hold *hold = x4m_container(ticket, struct hold, ticket);
    if (result != STORE_DONE) {
        fail(hold);
        return;
    }
    stop_waiting(hold);
    send_all(hold);
    settle(hold);
}

/* -------------------------------------------------------------------------- the owner */

static bool end_at_once(struct shard *shard, struct shard_sa *sa, struct shard_child *child)
{
    shard_persist_tally(shard)->held_lost++;
    if (child)
        shard_child_end(child, SHARD_END_not_kept, false);
    else
        shard_sa_end(sa, SHARD_END_not_kept, false);
    return false;
}

bool shard_hold_begin(struct shard *shard, struct shard_sa *sa, struct shard_child *child)
{
    struct hold *hold = shard->holds->waiting < SHARD_HOLDS_MAX ? calloc(1, sizeof(*hold)) : NULL;
    if (!hold)
        return end_at_once(shard, sa, child);
    hold->shard = shard;
    hold->sa = sa;
    hold->child = child;
    hold->complete = !child;
    hold->ticket.answer = on_answer;
    hold->timer.fire = on_timer;
    x4_list_init(&hold->datagrams);
    x4_table_insert(&shard->holds->by_owner, &hold->by_owner, hash_of(shard, owner_of(hold)));
    shard->holds->waiting++;
    shard_timer_set(shard, &hold->timer, shard->daemon->store.ack_timeout_ms);
    return true;
}

struct store_ticket *shard_hold_ticket(struct shard *shard, const void *owner)
{
    struct hold *hold = find(shard, owner);
    return hold ? &hold->ticket : NULL;
}

void shard_hold_name(struct shard *shard, const void *owner, const struct store_name *name)
{
    struct hold *hold = find(shard, owner);
    if (hold)
        hold->name = *name;
}

bool shard_hold_named(const struct shard *shard, const void *owner, struct store_name *name)
{
    const struct hold *hold = find(shard, owner);
    if (!hold || !hold->name.len)
        return false;
    *name = hold->name;
    return true;
}

void shard_hold_completed(struct shard *shard, const struct shard_child *child)
{
    struct hold *hold = find(shard, child);
    if (!hold)
        return;
    hold->complete = true;
    settle(hold);
}

void shard_hold_fail(struct shard *shard, const void *owner)
{
    struct hold *hold = find(shard, owner);
    if (hold)
        fail(hold);
}

void shard_hold_end(struct shard *shard, const void *owner)
{
    struct hold *hold = find(shard, owner);
    if (hold)
        release(hold);
}

/* -------------------------------------------------------------------------- messages */

static bool is_kept(const struct hold *hold, const void *data, size_t len)
{
    x4m_list_each(link, &hold->datagrams)
    {
        const struct datagram *datagram = x4m_container_const(link, struct datagram, of_hold);
        if (datagram->len == len && memcmp(datagram->data, data, len) == 0)
            return true;
    }
    return false;
}

/* What finds no room is as good as lost. */
static void keep(struct hold *hold, const x4s_net_link *link, const void *data, size_t len)
{
    if (hold->count == SHARD_HOLD_DATAGRAMS || is_kept(hold, data, len))
        return;
    struct datagram *datagram = malloc(sizeof(*datagram) + len);
    if (!datagram)
        return;
    datagram->link = *link;
    datagram->len = len;
    memcpy(datagram->data, data, len);
    x4_list_append(&hold->datagrams, &datagram->of_hold);
    hold->count++;
    shard_persist_tally(hold->shard)->held++;
}

static struct hold *waiting_for(const struct shard *shard, const struct shard_sa *sa,
                                const struct shard_child *child)
{
    struct hold *hold = find(shard, sa);
    if ((!hold || hold->open) && child)
        hold = find(shard, child);
    return hold && !hold->open ? hold : NULL;
}

bool shard_hold_take(struct shard *shard, const struct shard_sa *sa,
                     const struct shard_child *child, const x4s_net_link *link, const void *data,
                     size_t len)
{
    struct hold *hold = waiting_for(shard, sa, child);
    if (hold)
        keep(hold, link, data, len);
    return hold != NULL;
}

uint64_t shard_hold_count(const struct shard *shard)
{
    return shard->holds ? shard->holds->waiting : 0;
}
