/* SPDX-License-Identifier: BSD-2-Clause */
/* Records to the server, and back. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/redis_store.h"
#include "x4/core/memory.h"

enum {
    SCAN_COUNT = 128, /* fields that the server looks at for a reply */
    RESCANS_MAX = 16, /* from the beginning */
    PAUSE_MS = 20,    /* while partitions get their fences */
};

/* ---------------------------------------------------------------------------------- writing */

struct write_call {
    struct redis_call call;
    struct redis_store *store;
    struct redis_flight *flight;
    const struct store_estate *estate;
    uint8_t partition;
};

static bool is_of(const struct write_call *call, const struct store_write *write)
{
    return write->partition == call->partition &&
           (write->estate == call->estate || strcmp(write->estate->name, call->estate->name) == 0);
}

static uint64_t life(uint64_t expires_sec, uint64_t now_sec)
{
    const uint64_t left = expires_sec > now_sec ? expires_sec - now_sec : 0;
    return x4m_max(x4m_min(left, (uint64_t)REDIS_LIFE_MAX), (uint64_t)REDIS_LIFE_MIN);
}

static void append_records(struct write_call *call)
{
    const struct store_batch *batch = call->flight->batch;
    struct redis_request *tail = &call->call.tail;

    for (size_t i = 0; i < batch->count; i++) {
        const struct store_write *write = &batch->writes[i];
        if (!write->data || !is_of(call, write))
            continue;
        redis_request_bytes(tail, write->name.bytes, write->name.len);
        redis_request_bytes(tail, write->data, write->len);
    }
}

static void append_names(struct write_call *call)
{
    const struct store_batch *batch = call->flight->batch;

    for (size_t i = 0; i < batch->count; i++) {
        const struct store_write *write = &batch->writes[i];
        if (!write->data && is_of(call, write))
            redis_request_bytes(&call->call.tail, write->name.bytes, write->name.len);
    }
}

static void set_result(const struct write_call *call, enum store_result result)
{
    const struct store_batch *batch = call->flight->batch;

    for (size_t i = 0; i < batch->count; i++)
        if (is_of(call, &batch->writes[i]))
            batch->writes[i].result = (uint8_t)result;
}

static void complete(struct redis_store *store, struct redis_flight *flight)
{
    if (--flight->calls == 0)
        x4_list_append(&store->complete, &flight->of_store);
}

static void written(struct redis_call *base, enum store_result result, const redisReply *reply)
{
    struct write_call *call = x4m_container(base, struct write_call, call);
    struct redis_store *store = call->store;
    bool lost = false;

    if (result == STORE_DONE)
        result = redis_word(reply, &lost);
    if (lost) {
        redis_rebuild(store, call->estate->name, call->estate->token);
        redis_client_repeat(&store->client, base, PAUSE_MS);
        return;
    }
    if (result == STORE_DONE)
        redis_witness(store, base->slot, base->server);
    redis_answered(store, result);
    set_result(call, result);
    complete(store, call->flight);
    redis_call_free(base);
}

/* All writes of the batch for one partition. */
static struct write_call *make_write(struct redis_store *store, struct redis_flight *flight,
                                     const struct store_write *like)
{
    char key[sizeof(((struct redis_call *)0)->key)];
    const uint64_t now = (uint64_t)time(NULL);
    uint64_t records = 0;
    uint64_t longest = 0;

    redis_partition_key(like->estate->name, like->partition, key, sizeof(key));
    struct write_call *call =
        (struct write_call *)(void *)redis_call_new(sizeof(*call), REDIS_SCRIPT_WRITE, key);
    call->call.done = written;
    call->store = store;
    call->flight = flight;
    call->estate = like->estate;
    call->partition = like->partition;
    for (size_t i = 0; i < flight->batch->count; i++) {
        const struct store_write *write = &flight->batch->writes[i];
        if (!write->data || !is_of(call, write))
            continue;
        records++;
        longest = x4m_max(longest, write->expires_sec);
    }
    redis_request_number(&call->call.tail, like->estate->token);
    redis_request_number(&call->call.tail, life(longest, now));
    redis_request_number(&call->call.tail, records);
    append_records(call);
    append_names(call);
    return call;
}

/* The first write of its partition in the batch makes the call for all of them. */
static bool is_first(const struct store_batch *batch, size_t index)
{
    const struct store_write *write = &batch->writes[index];

    for (size_t i = 0; i < index; i++)
        if (batch->writes[i].partition == write->partition &&
            strcmp(batch->writes[i].estate->name, write->estate->name) == 0)
            return false;
    return true;
}

static void submit_write(struct redis_store *store, struct redis_flight *flight,
                         const struct store_write *like)
{
    struct write_call *call = make_write(store, flight, like);

    flight->calls++;
    redis_client_submit(&store->client, &call->call);
}

void redis_write(struct store_backend *backend, struct store_batch *batch)
{
    struct redis_store *store = (struct redis_store *)(void *)backend;
    struct redis_flight *flight = redis_alloc(sizeof(*flight));

    flight->batch = batch;
    flight->calls = 1;
    for (size_t i = 0; i < batch->count; i++)
        if (is_first(batch, i))
            submit_write(store, flight, &batch->writes[i]);
    complete(store, flight);
    redis_client_pump(&store->client);
}

void redis_tell(struct redis_store *store)
{
    x4s_list *link;

    while ((link = x4_list_pop(&store->complete)) != NULL) {
        struct redis_flight *flight = x4m_container(link, struct redis_flight, of_store);
        struct store_batch *batch = flight->batch;
        x4_free(&x4_libc_allocator, flight, sizeof(*flight));
        if (!store->closed)
            store->host->wrote(store->host->context, batch);
    }
}

/* ---------------------------------------------------------------------------------- reading */

struct load_call {
    struct redis_call call;
    struct redis_store *store;
    char estate[STORE_ESTATE_MAX + 1];
    unsigned partition;
    unsigned rescans;
    uint64_t server; /* that gave the cursor */
};

static void load_end(struct load_call *call, enum store_result result)
{
    const struct store_host *host = call->store->host;

    if (!call->store->closed)
        host->load_end(host->context, call->estate, call->partition, result);
    redis_call_free(&call->call);
}

static void scan_from(struct load_call *call, const char *cursor)
{
    redis_request_free(&call->call.tail);
    redis_request_text(&call->call.tail, cursor);
    redis_request_text(&call->call.tail, "COUNT");
    redis_request_number(&call->call.tail, SCAN_COUNT);
    redis_client_submit(&call->store->client, &call->call);
}

static bool is_string(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING;
}

static bool is_page(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
           is_string(reply->element[0]) && reply->element[1]->type == REDIS_REPLY_ARRAY &&
           reply->element[1]->elements % 2 == 0;
}

/* The fence is a field as well; its name is none of a record. */
static void hand_over(const struct load_call *call, const redisReply *name, const redisReply *data)
{
    const struct store_host *host = call->store->host;
    struct store_name read;

    if (is_string(name) && is_string(data) &&
        store_name_read((x4s_chunk){(const uint8_t *)name->str, name->len}, &read))
        host->loaded(host->context, call->estate, call->partition, &read,
                     (const uint8_t *)data->str, data->len);
}

static void scanned(struct redis_call *base, enum store_result result, const redisReply *reply)
{
    struct load_call *call = x4m_container(base, struct load_call, call);

    redis_answered(call->store, result);
    if (result != STORE_DONE) {
        load_end(call, result);
        return;
    }
    if (!is_page(reply)) {
        load_end(call, STORE_REFUSED);
        return;
    }
    const redisReply *fields = reply->element[1];
    for (size_t i = 0; i < fields->elements; i += 2)
        hand_over(call, fields->element[i], fields->element[i + 1]);
    /* A cursor means nothing to another server. */
    const bool other = call->server && call->server != base->server;
    call->server = base->server;
    if (other && ++call->rescans > RESCANS_MAX)
        load_end(call, STORE_AWAY);
    else if (other)
        scan_from(call, "0");
    else if (strcmp(reply->element[0]->str, "0") == 0)
        load_end(call, STORE_DONE);
    else
        scan_from(call, reply->element[0]->str);
}

void redis_load(struct store_backend *backend, const char *estate, unsigned partition)
{
    struct redis_store *store = (struct redis_store *)(void *)backend;
    char key[sizeof(((struct redis_call *)0)->key)];

    redis_partition_key(estate, partition, key, sizeof(key));
    struct load_call *call = (struct load_call *)(void *)redis_call_new(sizeof(*call), -1, key);
    call->call.word = "HSCAN";
    call->call.done = scanned;
    call->store = store;
    call->partition = partition;
    snprintf(call->estate, sizeof(call->estate), "%s", estate);
    scan_from(call, "0");
}
