/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A back end for tests: it keeps records in memory and does as it is told: answers late, or not
 * at all, is away, refuses, fences, forgets. There is one of it, `memory_store`, and several
 * instances may be open.
 */
#ifndef TESTS_MEMORY_STORE_H
#define TESTS_MEMORY_STORE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/backend.h"

enum { MEMORY_RECORDS = 8192, MEMORY_BYTES = 2048, MEMORY_BATCHES = 64, MEMORY_LOADS = 256 };

struct memory_record {
    char estate[STORE_ESTATE_MAX + 1];
    struct store_name name;
    unsigned partition;
    uint32_t len; /* 0: unused */
    uint8_t data[MEMORY_BYTES];
};

struct memory_load {
    char estate[STORE_ESTATE_MAX + 1];
    unsigned partition;
};

struct store_backend {
    const struct store_host *host;
    struct store_batch *batches[MEMORY_BATCHES];
    size_t batch_count;
    struct memory_load loads[MEMORY_LOADS];
    size_t load_count;
    struct {
        bool due;
        char estate[STORE_ESTATE_MAX + 1];
        uint64_t token;
        enum store_result result;
    } owned; /* the answer to the last claim, renew or release */
};

static struct {
    struct memory_record records[MEMORY_RECORDS];
    uint64_t token;           /* writes with a lower one are fenced */
    enum store_result result; /* of every write and load; STORE_DONE: they are done */
    bool late;                /* batches wait until this is over */
    bool unusable;            /* it cannot be opened */
    bool forgot;              /* to tell that something may be lost */
    uint64_t batches;         /* that were given */
    uint64_t most;            /* writes in one of them */
} memory_store;

static void memory_store_reset(void)
{
    memset(&memory_store, 0, sizeof(memory_store));
}

static struct memory_record *memory_find(const char *estate, unsigned partition,
                                         const struct store_name *name)
{
    for (size_t i = 0; i < MEMORY_RECORDS; i++) {
        struct memory_record *record = &memory_store.records[i];
        if (record->len && record->partition == partition && !strcmp(record->estate, estate) &&
            store_name_is(&record->name, name))
            return record;
    }
    return NULL;
}

static inline size_t memory_store_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < MEMORY_RECORDS; i++)
        count += memory_store.records[i].len != 0;
    return count;
}

static struct memory_record *memory_unused(void)
{
    for (size_t i = 0; i < MEMORY_RECORDS; i++)
        if (!memory_store.records[i].len)
            return &memory_store.records[i];
    return NULL;
}

static enum store_result memory_apply(const struct store_write *write)
{
    if (memory_store.result != STORE_DONE)
        return memory_store.result;
    if (write->estate->token < memory_store.token)
        return STORE_FENCED;
    struct memory_record *record = memory_find(write->estate->name, write->partition, &write->name);
    if (!write->data) {
        if (record)
            record->len = 0;
        return STORE_DONE;
    }
    record = record ? record : memory_unused();
    if (!record || write->len > MEMORY_BYTES)
        return STORE_REFUSED;
    record->name = write->name;
    record->partition = write->partition;
    record->len = write->len;
    memcpy(record->estate, write->estate->name, sizeof(record->estate));
    memcpy(record->data, write->data, write->len);
    return STORE_DONE;
}

static struct store_backend *memory_open(const struct store_options *options,
                                         const struct store_host *host, struct store_error *error)
{
    (void)options;
    if (memory_store.unusable) {
        snprintf(error->text, sizeof(error->text), "not today");
        return NULL;
    }
    struct store_backend *backend = calloc(1, sizeof(*backend));
    backend->host = host;
    return backend;
}

static void memory_do_batches(struct store_backend *backend)
{
    struct store_batch *batches[MEMORY_BATCHES];
    const size_t count = backend->batch_count;
    memcpy(batches, backend->batches, sizeof(batches));
    backend->batch_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct store_batch *batch = batches[i];
        for (size_t w = 0; w < batch->count; w++)
            batch->writes[w].result = (uint8_t)memory_apply(&batch->writes[w]);
        backend->host->wrote(backend->host->context, batch);
    }
}

static void memory_do_load(struct store_backend *backend, const struct memory_load *load)
{
    const struct store_host *host = backend->host;
    for (size_t i = 0; i < MEMORY_RECORDS; i++) {
        const struct memory_record *record = &memory_store.records[i];
        if (record->len && record->partition == load->partition &&
            !strcmp(record->estate, load->estate))
            host->loaded(host->context, record->estate, record->partition, &record->name,
                         record->data, record->len);
    }
    host->load_end(host->context, load->estate, load->partition, memory_store.result);
}

static void memory_close(struct store_backend *backend)
{
    while (!memory_store.late && backend->batch_count)
        memory_do_batches(backend);
    free(backend);
}

static void memory_write(struct store_backend *backend, struct store_batch *batch)
{
    if (backend->batch_count == MEMORY_BATCHES)
        abort();
    backend->batches[backend->batch_count++] = batch;
    memory_store.batches++;
    memory_store.most = x4m_max(memory_store.most, batch->count);
}

static void memory_load(struct store_backend *backend, const char *estate, unsigned partition)
{
    if (backend->load_count == MEMORY_LOADS)
        abort();
    struct memory_load *load = &backend->loads[backend->load_count++];
    snprintf(load->estate, sizeof(load->estate), "%s", estate);
    load->partition = partition;
}

static void memory_answer(struct store_backend *backend, const char *estate, uint64_t token,
                          enum store_result result)
{
    snprintf(backend->owned.estate, sizeof(backend->owned.estate), "%s", estate);
    backend->owned.token = token;
    backend->owned.result = result;
    backend->owned.due = true;
}

static void memory_claim(struct store_backend *backend, const char *estate, uint64_t at_least,
                         bool force)
{
    (void)force;
    memory_store.token = x4m_max(memory_store.token, at_least) + 1;
    memory_answer(backend, estate, memory_store.token, STORE_DONE);
}

static void memory_renew(struct store_backend *backend, const struct store_estate *estate)
{
    const bool fenced = estate->token < memory_store.token;
    memory_answer(backend, estate->name, estate->token, fenced ? STORE_FENCED : STORE_DONE);
}

static void memory_release(struct store_backend *backend, const struct store_estate *estate)
{
    memory_answer(backend, estate->name, 0, STORE_DONE);
}

static void memory_ready(struct store_backend *backend, int fd)
{
    (void)backend;
    (void)fd;
}

static x4_msec memory_tick(struct store_backend *backend, x4_msec now)
{
    (void)now;
    if (!memory_store.late)
        memory_do_batches(backend);
    for (size_t i = 0; i < backend->load_count; i++)
        memory_do_load(backend, &backend->loads[i]);
    backend->load_count = 0;
    if (backend->owned.due)
        backend->host->owned(backend->host->context, backend->owned.estate, backend->owned.token,
                             "", backend->owned.result);
    backend->owned.due = false;
    if (memory_store.forgot) {
        backend->host->doubtful(backend->host->context);
        memory_store.forgot = false;
    }
    return backend->batch_count ? 1 : x4c_never;
}

static const struct store_backend_ops memory_store_ops = {
    .name = "memory",
    .open = memory_open,
    .close = memory_close,
    .write = memory_write,
    .load = memory_load,
    .claim = memory_claim,
    .renew = memory_renew,
    .release = memory_release,
    .ready = memory_ready,
    .tick = memory_tick,
};

#endif
