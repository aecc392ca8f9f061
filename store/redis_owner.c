/* SPDX-License-Identifier: BSD-2-Clause */
/* Who owns an estate, and the fences that say so in its partitions. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/redis_store.h"
#include "store/store.h"
#include "x4/core/memory.h"

enum {
    KEY_SIZE = sizeof(((struct redis_call *)0)->key),
};

/* ----------------------------------------------------------------------------------- fences */

/* All partitions of an estate get the fence of a new owner, or get it again. */
struct fencing {
    struct redis_store *store;
    char estate[STORE_ESTATE_MAX + 1];
    uint64_t token;
    bool rebuild;
    size_t calls;
    enum store_result result; /* the worst */
};

struct fence_call {
    struct redis_call call;
    struct fencing *fencing;
};

static void tell_owned(struct redis_store *store, const char *estate, uint64_t token,
                       const char *holder, enum store_result result)
{
    if (!store->closed)
        store->host->owned(store->host->context, estate, token, holder, result);
}

/* ------------------------------------------------------------------------------- replicas */

/* The primary is asked how many of its replicas have heard of what was done. */
struct wait_call {
    struct redis_call call;
    struct redis_store *store;
    char estate[STORE_ESTATE_MAX + 1];
    uint64_t token;
};

static void waited(struct redis_call *base, enum store_result result, const redisReply *reply)
{
    struct wait_call *call = x4m_container(base, struct wait_call, call);
    struct redis_store *store = call->store;
    const bool heard = result == STORE_DONE && reply->type == REDIS_REPLY_INTEGER &&
                       reply->integer >= (long long)store->options.replicas;

    if (result == STORE_DONE && !heard)
        snprintf(store->client.error, sizeof(store->client.error),
                 "too few replicas have heard of the lease");
    result = heard ? STORE_DONE : STORE_AWAY;
    redis_answered(store, result);
    tell_owned(store, call->estate, heard ? call->token : 0, "", result);
    redis_call_free(base);
}

/* WAIT REPLICAS MILLISECONDS; the estate's key says which server. */
static void tell_when_heard(struct redis_store *store, const char *estate, uint64_t token)
{
    char key[KEY_SIZE];

    if (!store->options.replicas) {
        tell_owned(store, estate, token, "", STORE_DONE);
        return;
    }
    redis_estate_key(estate, key, sizeof(key));
    struct wait_call *call = (struct wait_call *)(void *)redis_call_new(sizeof(*call), -1, key);
    snprintf(call->call.key, sizeof(call->call.key), "%u", store->options.replicas);
    call->call.word = "WAIT";
    call->call.done = waited;
    call->store = store;
    call->token = token;
    snprintf(call->estate, sizeof(call->estate), "%s", estate);
    redis_request_number(&call->call.tail, store->options.answer_ms / 2);
    redis_client_submit(&store->client, &call->call);
    redis_client_pump(&store->client);
}

static void tell_claimed(struct redis_store *store, const struct fencing *fencing)
{
    if (fencing->result == STORE_DONE)
        tell_when_heard(store, fencing->estate, fencing->token);
    else
        tell_owned(store, fencing->estate, 0, "", fencing->result);
}

/* ---------------------------------------------------------------------------- all fences */

static void fenced_all(struct fencing *fencing)
{
    struct redis_store *store = fencing->store;

    if (fencing->rebuild) {
        store->rebuilding = false;
        store->doubted |= fencing->result == STORE_DONE;
    } else {
        tell_claimed(store, fencing);
    }
    x4_free(&x4_libc_allocator, fencing, sizeof(*fencing));
}

static void fenced_one(struct redis_call *base, enum store_result result, const redisReply *reply)
{
    struct fencing *fencing = x4m_container(base, struct fence_call, call)->fencing;
    bool lost;

    if (result == STORE_DONE)
        result = redis_word(reply, &lost);
    fencing->result = x4m_max(fencing->result, result);
    redis_call_free(base);
    if (--fencing->calls == 0)
        fenced_all(fencing);
}

static void fence(struct fencing *fencing, unsigned partition)
{
    char key[KEY_SIZE];

    redis_partition_key(fencing->estate, partition, key, sizeof(key));
    struct fence_call *call = (struct fence_call *)(void *)redis_call_new(
        sizeof(*call), fencing->rebuild ? REDIS_SCRIPT_REBUILD : REDIS_SCRIPT_FENCE, key);
    call->call.done = fenced_one;
    call->fencing = fencing;
    redis_request_number(&call->call.tail, fencing->token);
    redis_request_number(&call->call.tail, REDIS_LIFE_MIN);
    redis_client_submit(&fencing->store->client, &call->call);
}

static void fence_all(struct redis_store *store, const char *estate, uint64_t token, bool rebuild)
{
    struct fencing *fencing = redis_alloc(sizeof(*fencing));

    *fencing = (struct fencing){
        .store = store, .token = token, .rebuild = rebuild, .calls = STORE_PARTITIONS};
    snprintf(fencing->estate, sizeof(fencing->estate), "%s", estate);
    for (unsigned i = 0; i < STORE_PARTITIONS; i++)
        fence(fencing, i);
}

void redis_rebuild(struct redis_store *store, const char *estate, uint64_t token)
{
    if (store->rebuilding)
        return;
    store->rebuilding = true;
    fence_all(store, estate, token, true);
}

/* -------------------------------------------------------------------------------- ownership */

enum wish {
    WISH_CLAIM,
    WISH_RENEW,
    WISH_RELEASE,
};

struct owner_call {
    struct redis_call call;
    struct redis_store *store;
    enum wish wish;
    char estate[STORE_ESTATE_MAX + 1];
};

/* {word, holder, token} */
static bool is_answer(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
        return false;
    for (size_t i = 0; i < reply->elements; i++)
        if (reply->element[i]->type != REDIS_REPLY_STRING)
            return false;
    return true;
}

static void owner_answered(const struct owner_call *call, const redisReply *reply)
{
    const char *holder = reply->element[1]->str;
    const uint64_t token = strtoull(reply->element[2]->str, NULL, 10);
    bool lost = false;
    enum store_result result = redis_word(reply->element[0], &lost);

    if (lost)
        redis_rebuild(call->store, call->estate, token);
    if (lost)
        result = STORE_DONE;
    if (result == STORE_DONE && call->wish == WISH_CLAIM)
        fence_all(call->store, call->estate, token, false);
    else if (result == STORE_DONE && call->wish == WISH_RENEW)
        tell_when_heard(call->store, call->estate, token);
    else
        tell_owned(call->store, call->estate, result == STORE_DONE ? token : 0,
                   result == STORE_DONE ? "" : holder, result);
}

static void answered(struct redis_call *base, enum store_result result, const redisReply *reply)
{
    struct owner_call *call = x4m_container(base, struct owner_call, call);

    redis_answered(call->store, result);
    if (result != STORE_DONE)
        tell_owned(call->store, call->estate, 0, "", result);
    else if (!is_answer(reply))
        tell_owned(call->store, call->estate, 0, "", STORE_REFUSED);
    else
        owner_answered(call, reply);
    redis_call_free(base);
}

static struct redis_request *make_wish(struct store_backend *backend, enum wish wish,
                                       const char *estate, struct owner_call **made)
{
    static const enum redis_script scripts[] = {
        [WISH_CLAIM] = REDIS_SCRIPT_CLAIM,
        [WISH_RENEW] = REDIS_SCRIPT_RENEW,
        [WISH_RELEASE] = REDIS_SCRIPT_RELEASE,
    };
    char key[KEY_SIZE];

    redis_estate_key(estate, key, sizeof(key));
    struct owner_call *call =
        (struct owner_call *)(void *)redis_call_new(sizeof(*call), (int)scripts[wish], key);
    call->call.done = answered;
    call->store = (struct redis_store *)(void *)backend;
    call->wish = wish;
    snprintf(call->estate, sizeof(call->estate), "%s", estate);
    redis_request_text(&call->call.tail, call->store->store_options->node);
    *made = call;
    return &call->call.tail;
}

static void submit(struct owner_call *call)
{
    redis_client_submit(&call->store->client, &call->call);
    redis_client_pump(&call->store->client);
}

void redis_claim(struct store_backend *backend, const char *estate, uint64_t at_least, bool force)
{
    struct owner_call *call;
    struct redis_request *tail = make_wish(backend, WISH_CLAIM, estate, &call);

    redis_request_number(tail, call->store->options.lease_ms);
    redis_request_number(tail, at_least);
    redis_request_text(tail, force ? "1" : "0");
    submit(call);
}

void redis_renew(struct store_backend *backend, const struct store_estate *estate)
{
    struct owner_call *call;
    struct redis_request *tail = make_wish(backend, WISH_RENEW, estate->name, &call);

    redis_request_number(tail, call->store->options.lease_ms);
    redis_request_number(tail, estate->token);
    submit(call);
}

void redis_release(struct store_backend *backend, const struct store_estate *estate)
{
    struct owner_call *call;
    struct redis_request *tail = make_wish(backend, WISH_RELEASE, estate->name, &call);

    redis_request_number(tail, estate->token);
    submit(call);
}
