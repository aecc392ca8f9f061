/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/storage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/embedded.h"
#include "store/redis.h"

/* The last folder of the path only: the ones above are the operator's. */
static bool make_directory(const char *path, struct store_error *error)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    snprintf(error->text, sizeof(error->text), "%s: %s", path, strerror(errno));
    return false;
}

/* One allocation for all of them. */
static bool copy_texts(struct hub_storage *storage)
{
    struct redis_options *redis = &storage->redis;
    const char **texts[] = {
        &storage->options.path, &storage->options.node,    &storage->estate,
        &redis->user,           &redis->password,          &redis->master,
        &redis->sentinel_user,  &redis->sentinel_password,
    };
    size_t size = 0;
    for (size_t i = 0; i < x4m_countof(texts); i++)
        size += *texts[i] ? strlen(*texts[i]) + 1 : 0;
    char *at = storage->texts = malloc(size);
    for (size_t i = 0; at && i < x4m_countof(texts); i++) {
        if (!*texts[i])
            continue;
        const size_t len = strlen(*texts[i]) + 1;
        *texts[i] = memcpy(at, *texts[i], len);
        at += len;
    }
    return at != NULL;
}

bool hub_storage_open(const struct hub_store *store, struct hub_storage *storage,
                      struct store_error *error)
{
    const bool embedded = store->backend == HUB_STORE_EMBEDDED;
    *storage = (struct hub_storage){
        .ops = embedded ? &store_embedded_ops : &redis_store_ops,
        .options = {.path = store->directory, .node = store->node, .queue = store->queue},
        .estate = store->estate,
        .redis = store->redis,
    };
    storage->options.redis = &storage->redis;
    if (!copy_texts(storage)) {
        snprintf(error->text, sizeof(error->text), "out of memory");
        return false;
    }
    if (embedded && !make_directory(store->directory, error))
        return false;
    const bool exists = access(store->key_file, F_OK) == 0;
    return (exists || !embedded || store_key_file_make(store->key_file, error)) &&
           store_key_file_read(store->key_file, &storage->keys, error);
}

void hub_storage_close(struct hub_storage *storage)
{
    free(storage->texts);
    x4_wipe(&storage->keys, sizeof(storage->keys));
}
