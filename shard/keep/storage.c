/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/storage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shard/privilege/open.h"
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

bool hub_storage_open(const struct hub_store *store, struct hub_storage *storage,
                      struct store_error *error)
{
    const bool embedded = store->backend == HUB_STORE_EMBEDDED;
    *storage = (struct hub_storage){.ops = embedded ? &store_embedded_ops : &redis_store_ops};
    if (!hub_store_copy(&storage->copy, store)) {
        snprintf(error->text, sizeof(error->text), "out of memory");
        return false;
    }
    const struct hub_store *own = &storage->copy.store;
    storage->copy.store.redis.connect = hub_open_redis;
    storage->estate = own->estate;
    storage->options = (struct store_options){
        .path = own->directory, .node = own->node, .queue = own->queue, .redis = &own->redis};
    if (embedded && !make_directory(own->directory, error))
        return false;
    const bool exists = access(own->key_file, F_OK) == 0;
    return (exists || !embedded || store_key_file_make(own->key_file, error)) &&
           store_key_file_read(own->key_file, &storage->keys, error);
}

const char *hub_storage_estate(const struct hub_storage *storage, uint32_t number)
{
    const struct hub_store *store = &storage->copy.store;
    return store->estate_count ? store->estates[number].name : storage->estate;
}

void hub_storage_close(struct hub_storage *storage)
{
    hub_store_copy_fini(&storage->copy);
    x4_wipe(&storage->keys, sizeof(storage->keys));
}
