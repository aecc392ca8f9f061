/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/queue.h"

#include <stdlib.h>

/* A version of a record. */
struct version {
    uint8_t *data;
    uint32_t len;
    uint64_t expires_sec;
    x4_msec since;    /* when the oldest version was put that is not durable */
    x4s_list tickets; /* store_ticket.waiting */
};

struct item {
    x4s_table_link by_name;
    x4s_list order; /* in store_queue.waiting, or unlinked */
    const struct store_estate *estate;
    struct store_name name;
    uint8_t partition;
    bool flying;
    bool forgotten;      /* what flies does not come back */
    struct version next; /* while linked */
    struct version gone; /* while flying */
};

/* A batch with what it is made of. */
struct flight {
    struct store_batch batch;
    struct item **items;
};

struct key {
    const struct store_estate *estate;
    const struct store_name *name;
    unsigned partition;
};

static uint64_t hash_of(const struct store_queue *queue, const struct store_name *name)
{
    return x4_siphash(queue->hash_key, name->bytes, sizeof(name->bytes));
}

static bval matches(const x4s_table_link *link, const void *key)
{
    const struct item *item = x4m_container_const(link, struct item, by_name);
    const struct key *wanted = key;
    return item->estate == wanted->estate && item->partition == wanted->partition &&
           store_name_is(&item->name, wanted->name);
}

static struct item *find(const struct store_queue *queue, const struct store_put *put)
{
    const struct key key = {put->estate, &put->name, put->partition};
    x4s_table_link *link =
        x4_table_find(&queue->by_name, hash_of(queue, &put->name), matches, &key);
    return link ? x4m_container(link, struct item, by_name) : NULL;
}

static struct item *item_of(x4s_list *order)
{
    return x4m_container(order, struct item, order);
}

static struct flight *flight_of(x4s_list *link)
{
    return x4m_container(x4m_container(link, struct store_batch, of_queue), struct flight, batch);
}

bool store_queue_init(struct store_queue *queue, size_t items_max,
                      const uint8_t hash_key[x4c_siphash_key])
{
    *queue = (struct store_queue){.items_max = items_max};
    memcpy(queue->hash_key, hash_key, x4c_siphash_key);
    x4_list_init(&queue->waiting);
    x4_list_init(&queue->flying);
    return x4_table_init(&queue->by_name, &x4_libc_allocator);
}

static void release_data(struct version *version)
{
    x4_free(&x4_libc_allocator, version->data, version->len);
    version->data = NULL;
}

static void forget_tickets(struct version *version)
{
    while (x4_list_pop(&version->tickets))
        continue;
}

/* Neither waits nor flies: nobody needs it. */
static void settle(struct store_queue *queue, struct item *item)
{
    if (item->flying || x4_list_linked(&item->order))
        return;
    x4_table_remove(&queue->by_name, &item->by_name);
    free(item);
}

void store_queue_fini(struct store_queue *queue)
{
    x4s_table_link *link;
    while ((link = x4_table_any(&queue->by_name))) {
        struct item *item = x4m_container(link, struct item, by_name);
        forget_tickets(&item->next);
        forget_tickets(&item->gone);
        release_data(&item->next);
        release_data(&item->gone);
        x4_table_remove(&queue->by_name, link);
        free(item);
    }
    x4m_list_each(batch, &queue->flying) free(flight_of(batch));
    x4_table_fini(&queue->by_name);
}

/* -------------------------------------------------------------------------------- putting */

static bool has_room(const struct store_queue *queue, const struct store_put *put)
{
    const size_t max = put->data ? queue->items_max : 2 * queue->items_max;
    return store_queue_length(queue) < max;
}

static struct item *add(struct store_queue *queue, const struct store_put *put)
{
    struct item *item = calloc(1, sizeof(*item));
    if (!item)
        return NULL;
    item->estate = put->estate;
    item->name = put->name;
    item->partition = put->partition;
    x4_list_init(&item->next.tickets);
    x4_list_init(&item->gone.tickets);
    x4_table_insert(&queue->by_name, &item->by_name, hash_of(queue, &put->name));
    return item;
}

/* The newest version is this one. */
static void place(struct store_queue *queue, struct item *item, const struct store_put *put,
                  uint8_t *data, x4_msec now)
{
    if (x4_list_linked(&item->order)) {
        queue->stats.coalesced++;
        release_data(&item->next);
    } else {
        item->next.since = now;
        x4_list_append(&queue->waiting, &item->order);
        queue->length++;
    }
    item->next.data = data;
    item->next.len = put->len;
    item->next.expires_sec = put->expires_sec;
    if (put->ticket)
        x4_list_append(&item->next.tickets, &put->ticket->waiting);
    queue->stats.puts++;
}

static bool is_full(struct store_queue *queue)
{
    queue->stats.full++;
    return false;
}

bool store_queue_put(struct store_queue *queue, const struct store_put *put, x4_msec now)
{
    struct item *item = find(queue, put);
    const bool waits = item && x4_list_linked(&item->order);
    if (!waits && !has_room(queue, put))
        return is_full(queue);
    uint8_t *data = put->data ? x4_copy(&x4_libc_allocator, put->data, put->len) : NULL;
    if (put->data && !data)
        return is_full(queue);
    if (!item)
        item = add(queue, put);
    if (!item) {
        x4_free(&x4_libc_allocator, data, put->len);
        return is_full(queue);
    }
    place(queue, item, put, data, now);
    return true;
}

void store_ticket_cancel(struct store_ticket *ticket)
{
    x4_list_remove(&ticket->waiting);
}

/* -------------------------------------------------------------------------------- to the back end
 */

static struct flight *new_flight(size_t count)
{
    struct flight *flight =
        calloc(1, sizeof(*flight) + count * (sizeof(struct store_write) + sizeof(struct item *)));
    if (!flight)
        return NULL;
    flight->batch.count = count;
    flight->batch.writes = (struct store_write *)(void *)(flight + 1);
    flight->items = (struct item **)(void *)(flight->batch.writes + count);
    return flight;
}

static void move_version(struct version *to, struct version *from)
{
    to->data = from->data;
    to->len = from->len;
    to->expires_sec = from->expires_sec;
    to->since = from->since;
    from->data = NULL;
    for (x4s_list *ticket; (ticket = x4_list_pop(&from->tickets));)
        x4_list_append(&to->tickets, ticket);
}

static void board(struct store_queue *queue, struct item *item, struct store_write *write)
{
    x4_list_remove(&item->order);
    queue->length--;
    queue->in_flight++;
    item->flying = true;
    move_version(&item->gone, &item->next);
    *write = (struct store_write){
        .estate = item->estate,
        .name = item->name,
        .partition = item->partition,
        .result = STORE_AWAY,
        .len = item->gone.len,
        .data = item->gone.data,
        .expires_sec = item->gone.expires_sec,
    };
}

/* Those that wait and are not under way in an older version; no more than `max` are counted. */
static size_t ready_count(const struct store_queue *queue, size_t max)
{
    size_t count = 0;
    x4m_list_each(order, &queue->waiting)
    {
        if (count == max)
            return count;
        count += !item_of(order)->flying;
    }
    return count;
}

struct store_batch *store_queue_take(struct store_queue *queue, size_t max)
{
    const size_t count = ready_count(queue, max);
    struct flight *flight = count ? new_flight(count) : NULL;
    if (!flight)
        return NULL;
    size_t filled = 0;
    x4m_list_each(order, &queue->waiting)
    {
        if (filled == count)
            break;
        struct item *item = item_of(order);
        if (item->flying)
            continue;
        flight->items[filled] = item;
        board(queue, item, &flight->batch.writes[filled++]);
    }
    x4_list_append(&queue->flying, &flight->batch.of_queue);
    return &flight->batch;
}

/* -------------------------------------------------------------------------------- answers */

static void answer(x4s_list *tickets, enum store_result result)
{
    for (x4s_list *link; (link = x4_list_pop(tickets));) {
        struct store_ticket *ticket = x4m_container(link, struct store_ticket, waiting);
        ticket->answer(ticket, result);
    }
}

static void take_tickets(x4s_list *tickets, struct version *version)
{
    for (x4s_list *ticket; (ticket = x4_list_pop(&version->tickets));)
        x4_list_append(tickets, ticket);
}

/* To the head. A newer version that waits by now is as good, and as old. */
static void put_back(struct store_queue *queue, struct item *item)
{
    queue->stats.retries++;
    if (x4_list_linked(&item->order)) {
        take_tickets(&item->next.tickets, &item->gone);
        item->next.since = item->gone.since;
        release_data(&item->gone);
        x4_list_remove(&item->order);
    } else {
        move_version(&item->next, &item->gone);
        queue->length++;
    }
    x4_list_append(queue->waiting.next, &item->order);
}

static void count_result(struct store_queue *queue, const struct item *item,
                         enum store_result result)
{
    if (result != STORE_DONE)
        queue->stats.refused[result]++;
    else if (item->gone.data)
        queue->stats.writes++;
    else
        queue->stats.erases++;
}

static void land(struct store_queue *queue, struct item *item, enum store_result result)
{
    if (result == STORE_AWAY && item->forgotten)
        result = STORE_FENCED;
    item->flying = item->forgotten = false;
    queue->in_flight--;
    if (result == STORE_AWAY) {
        put_back(queue, item);
        return;
    }
    count_result(queue, item, result);
    x4s_list tickets;
    x4_list_init(&tickets);
    take_tickets(&tickets, &item->gone);
    release_data(&item->gone);
    settle(queue, item);
    answer(&tickets, result);
}

/* From the last one on, so that what returns to the head is in its order again. */
void store_queue_answered(struct store_queue *queue, struct store_batch *batch)
{
    struct flight *flight = x4m_container(batch, struct flight, batch);
    x4_list_remove(&batch->of_queue);
    for (size_t i = batch->count; i--;)
        land(queue, flight->items[i], batch->writes[i].result);
    free(flight);
}

static void forget_flying(struct store_queue *queue, const struct store_estate *estate)
{
    x4m_list_each(link, &queue->flying)
    {
        const struct flight *flight = flight_of(link);
        for (size_t i = 0; i < flight->batch.count; i++)
            flight->items[i]->forgotten |= flight->items[i]->estate == estate;
    }
}

void store_queue_forget(struct store_queue *queue, const struct store_estate *estate)
{
    x4s_list tickets;
    x4_list_init(&tickets);
    forget_flying(queue, estate);
    x4m_list_each(order, &queue->waiting)
    {
        struct item *item = item_of(order);
        if (item->estate != estate)
            continue;
        x4_list_remove(order);
        queue->length--;
        queue->stats.refused[STORE_FENCED]++;
        take_tickets(&tickets, &item->next);
        release_data(&item->next);
        settle(queue, item);
    }
    answer(&tickets, STORE_FENCED);
}

static bool flies(const struct store_queue *queue, const struct store_estate *estate)
{
    x4m_list_each(link, &queue->flying)
    {
        const struct store_batch *batch = &flight_of(link)->batch;
        for (size_t i = 0; i < batch->count; i++)
            if (batch->writes[i].estate == estate)
                return true;
    }
    return false;
}

bool store_queue_has(const struct store_queue *queue, const struct store_estate *estate)
{
    x4m_list_each(order, &queue->waiting)
    {
        if (item_of(order)->estate == estate)
            return true;
    }
    return flies(queue, estate);
}

x4_msec store_queue_age(const struct store_queue *queue, x4_msec now)
{
    return x4_list_empty(&queue->waiting) ? 0 : now - item_of(queue->waiting.next)->next.since;
}

/* The first flight has the oldest of what is under way. */
x4_msec store_queue_lag(const struct store_queue *queue, x4_msec now)
{
    x4_msec since = now;
    if (!x4_list_empty(&queue->waiting))
        since = item_of(queue->waiting.next)->next.since;
    if (!x4_list_empty(&queue->flying))
        since = x4m_min(since, flight_of(queue->flying.next)->items[0]->gone.since);
    return now - since;
}
