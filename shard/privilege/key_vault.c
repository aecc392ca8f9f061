/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_vault.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/config/key_files.h"
#include "shard/config/overlay.h"
#include "x4/crypto/hash.h"
#include "x4/misc/list.h"
#include "x4/misc/table.h"

struct key_entry {
    x4s_table_link by_name;
    x4s_list of_vault;
    uint8_t name[KEY_NAME];
    uint8_t *der;
    size_t der_len;
    uint64_t found; /* the last load whose files had it */
    bool added;
    bool gone; /* forgotten while somebody signs with it */
    unsigned users;
    x4s_private_key *ready[]; /* of each thread, NULL: not used by it yet */
};

struct key_vault {
    char *config;
    unsigned threads;
    pthread_mutex_t loading; /* files are read by one thread at a time */
    pthread_mutex_t lock;    /* of all below, but for a thread's own crypto and ready keys */
    pthread_cond_t loaded;
    bool has_loaded;
    uint64_t loads;    /* that began */
    uint64_t complete; /* the last one that read all */
    x4s_table by_name;
    x4s_list entries;
    x4s_crypto *crypto[]; /* of each thread, NULL: not used by it yet */
};

/* -------------------------------------------------------------------------- entries */

static bval has_name(const x4s_table_link *link, const void *name)
{
    return memcmp(x4m_container_const(link, struct key_entry, by_name)->name, name, KEY_NAME) == 0;
}

/* A digest is as good as a hash of it. */
static uint64_t hash_of(const uint8_t name[KEY_NAME])
{
    uint64_t hash;
    memcpy(&hash, name, sizeof(hash));
    return hash;
}

static struct key_entry *find(const struct key_vault *vault, const uint8_t name[KEY_NAME])
{
    x4s_table_link *link = x4_table_find(&vault->by_name, hash_of(name), has_name, name);
    return link ? x4m_container(link, struct key_entry, by_name) : NULL;
}

static size_t entry_size(const struct key_vault *vault)
{
    return sizeof(struct key_entry) + vault->threads * sizeof(x4s_private_key *);
}

static void entry_free(const struct key_vault *vault, struct key_entry *entry)
{
    for (unsigned i = 0; i < vault->threads; i++)
        x4_private_key_free(entry->ready[i]);
    x4_free(&x4_libc_allocator, entry->der, entry->der_len);
    x4_free(&x4_libc_allocator, entry, entry_size(vault));
}

static struct key_entry *entry_new(const struct key_vault *vault, const uint8_t name[KEY_NAME],
                                   x4s_chunk der)
{
    struct key_entry *entry = x4_alloc(&x4_libc_allocator, entry_size(vault));
    if (!entry)
        return NULL;
    memcpy(entry->name, name, KEY_NAME);
    entry->der = x4_copy(&x4_libc_allocator, der.data, der.len);
    entry->der_len = der.len;
    if (entry->der)
        return entry;
    entry_free(vault, entry);
    return NULL;
}

/* The last who uses it releases it. */
static void forget(struct key_vault *vault, struct key_entry *entry)
{
    x4_table_remove(&vault->by_name, &entry->by_name);
    x4_list_remove(&entry->of_vault);
    entry->gone = true;
    if (entry->users == 0)
        entry_free(vault, entry);
}

/* Under the lock. NULL: no memory. */
static struct key_entry *enter(struct key_vault *vault, const uint8_t name[KEY_NAME], x4s_chunk der)
{
    struct key_entry *entry = find(vault, name);
    if (entry)
        return entry;
    entry = entry_new(vault, name, der);
    if (!entry)
        return NULL;
    x4_table_insert(&vault->by_name, &entry->by_name, hash_of(name));
    x4_list_append(&vault->entries, &entry->of_vault);
    return entry;
}

/* -------------------------------------------------------------------------- the vault */

struct key_vault *key_vault_new(const char *config, unsigned threads)
{
    struct key_vault *vault = calloc(1, sizeof(*vault) + threads * sizeof(vault->crypto[0]));
    if (!vault)
        return NULL;
    pthread_condattr_t monotonic;
    vault->threads = threads;
    pthread_mutex_init(&vault->loading, NULL);
    pthread_mutex_init(&vault->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&vault->loaded, &monotonic);
    pthread_condattr_destroy(&monotonic);
    x4_list_init(&vault->entries);
    vault->config = strdup(config);
    if (vault->config && x4_table_init(&vault->by_name, &x4_libc_allocator))
        return vault;
    key_vault_free(vault);
    return NULL;
}

void key_vault_free(struct key_vault *vault)
{
    if (!vault)
        return;
    x4m_list_each(link, &vault->entries)
        forget(vault, x4m_container(link, struct key_entry, of_vault));
    for (unsigned i = 0; i < vault->threads; i++)
        x4_crypto_free(vault->crypto[i]);
    if (vault->by_name.allocator)
        x4_table_fini(&vault->by_name);
    pthread_cond_destroy(&vault->loaded);
    pthread_mutex_destroy(&vault->lock);
    pthread_mutex_destroy(&vault->loading);
    free(vault->config);
    free(vault);
}

size_t key_vault_count(struct key_vault *vault)
{
    pthread_mutex_lock(&vault->lock);
    const size_t count = vault->by_name.count;
    pthread_mutex_unlock(&vault->lock);
    return count;
}

/* NULL: no memory, or OpenSSL does not work. */
static x4s_crypto *crypto_of(struct key_vault *vault, unsigned thread)
{
    const char *error;
    x4s_crypto **crypto = &vault->crypto[thread];
    if (!*crypto)
        *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    return *crypto;
}

/* -------------------------------------------------------------------------- what is taken */

struct loading {
    struct key_vault *vault;
    x4s_crypto *crypto;
    struct hub_arena *arena;
    struct hub_passphrase *passphrases;
    key_vault_told told;
    void *context;
    uint64_t number; /* 0: no file's, but added */
    const char *why;
};

static bool keep(const struct loading *loading, const uint8_t name[KEY_NAME], x4s_chunk der)
{
    struct key_vault *vault = loading->vault;
    pthread_mutex_lock(&vault->lock);
    struct key_entry *entry = enter(vault, name, der);
    if (entry && loading->number)
        entry->found = loading->number;
    else if (entry)
        entry->added = true;
    pthread_mutex_unlock(&vault->lock);
    return entry != NULL;
}

/* A file with a key that cannot be used is told, and the others are read all the same. */
static void take(struct loading *loading, const struct hub_der *file)
{
    uint8_t name[x4c_hash_size_max];
    struct hub_private_key read =
        hub_private_key_read(loading->arena, loading->crypto, loading->passphrases, file);
    struct key_message found = {.type = KEY_FOUND, .path = key_message_text(file->path)};
    if (read.key) {
        found.data = x4_public_key_der(x4_private_key_public(read.key));
        if (!x4_hash(loading->crypto, x4c_hash_sha256, &found.data, 1, name) ||
            !keep(loading, name, read.der))
            read.why = "out of memory";
        else
            read.why = NULL;
    }
    if (read.why) {
        found.text = key_message_text(read.why);
        found.data = (x4s_chunk){0};
        loading->why = read.why;
    }
    found.flags = (uint8_t)((file->others ? KEY_OTHERS : 0) | (read.decrypted ? KEY_DECRYPTED : 0) |
                            (loading->number ? 0 : KEY_ADDED));
    loading->told(loading->context, &found);
    x4_private_key_free(read.key);
}

static void take_folder(struct loading *loading, const char *folder)
{
    struct hub_ders ders;
    const char *path = NULL;
    const char *where = hub_beside(loading->arena, loading->vault->config, folder, "");
    const char *why = "out of memory";
    hub_ders_init(&ders);
    if (where)
        why = hub_ders_add_folder(loading->arena, where, HUB_KEY_LABEL, &ders, &path);
    for (const struct hub_der *file = ders.first; file; file = file->next)
        take(loading, file);
    if (!why)
        return;
    loading->why = why;
    loading->told(loading->context, &(struct key_message){
                                        .type = KEY_FOUND,
                                        .path = key_message_text(path ? path : folder),
                                        .text = key_message_text(why),
                                    });
}

static uint64_t begin_load(struct key_vault *vault)
{
    pthread_mutex_lock(&vault->lock);
    const uint64_t number = ++vault->loads;
    pthread_mutex_unlock(&vault->lock);
    return number;
}

static void end_load(struct key_vault *vault, uint64_t number, bool complete)
{
    pthread_mutex_lock(&vault->lock);
    if (complete)
        vault->complete = number;
    vault->has_loaded = true;
    pthread_cond_broadcast(&vault->loaded);
    pthread_mutex_unlock(&vault->lock);
}

const char *key_vault_load(struct key_vault *vault, unsigned thread,
                           struct hub_passphrase *passphrases, key_vault_told told, void *context)
{
    struct loading loading = {
        .vault = vault,
        .crypto = crypto_of(vault, thread),
        .arena = hub_arena_new(),
        .passphrases = passphrases,
        .told = told,
        .context = context,
    };
    if (!loading.arena || !loading.crypto) {
        hub_arena_free(loading.arena);
        return "out of memory";
    }
    pthread_mutex_lock(&vault->loading);
    loading.number = begin_load(vault);
    for (size_t i = 0; i < HUB_KEY_FOLDERS; i++)
        take_folder(&loading, hub_key_folders[i]);
    pthread_mutex_unlock(&vault->loading);
    hub_arena_free(loading.arena);
    end_load(vault, loading.number, !loading.why);
    return loading.why;
}

const char *key_vault_add(struct key_vault *vault, unsigned thread, x4s_chunk der,
                          key_vault_told told, void *context)
{
    struct loading loading = {
        .vault = vault,
        .crypto = crypto_of(vault, thread),
        .arena = hub_arena_new(),
        .told = told,
        .context = context,
    };
    if (!loading.arena || !loading.crypto) {
        hub_arena_free(loading.arena);
        return "out of memory";
    }
    take(&loading, &(struct hub_der){.path = HUB_OVERLAY_NAME, .der = der});
    hub_arena_free(loading.arena);
    return loading.why;
}

/* -------------------------------------------------------------------------- what goes */

void key_vault_commit(struct key_vault *vault)
{
    pthread_mutex_lock(&vault->lock);
    x4m_list_each(link, &vault->entries)
    {
        struct key_entry *entry = x4m_container(link, struct key_entry, of_vault);
        if (!entry->added && entry->found < vault->complete)
            forget(vault, entry);
    }
    pthread_mutex_unlock(&vault->lock);
}

bool key_vault_remove(struct key_vault *vault, const uint8_t name[KEY_NAME])
{
    pthread_mutex_lock(&vault->lock);
    struct key_entry *entry = find(vault, name);
    const bool added = entry && entry->added;
    if (added)
        entry->added = false;
    if (added && (!entry->found || entry->found < vault->complete))
        forget(vault, entry);
    pthread_mutex_unlock(&vault->lock);
    return added;
}

/* -------------------------------------------------------------------------- signing */

static void await_load(struct key_vault *vault, unsigned patience_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += patience_ms / 1000;
    until.tv_nsec += (long)(patience_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    int error = 0;
    while (!vault->has_loaded && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&vault->loaded, &vault->lock, &until);
}

/* One that was added is there already. */
static struct key_entry *borrow(struct key_vault *vault, const uint8_t name[KEY_NAME],
                                unsigned patience_ms)
{
    pthread_mutex_lock(&vault->lock);
    if (!vault->has_loaded && !find(vault, name))
        await_load(vault, patience_ms);
    struct key_entry *entry = find(vault, name);
    if (entry)
        entry->users++;
    pthread_mutex_unlock(&vault->lock);
    return entry;
}

static void give_back(struct key_vault *vault, struct key_entry *entry)
{
    pthread_mutex_lock(&vault->lock);
    if (--entry->users == 0 && entry->gone)
        entry_free(vault, entry);
    pthread_mutex_unlock(&vault->lock);
}

static enum key_status sign(struct key_vault *vault, unsigned thread, struct key_entry *entry,
                            x4s_chunk hash, uint8_t *signature, size_t *len)
{
    const char *error;
    x4s_crypto *crypto = crypto_of(vault, thread);
    x4s_private_key **ready = &entry->ready[thread];
    if (!*ready && crypto)
        *ready = x4_private_key_new(crypto, (x4s_chunk){entry->der, entry->der_len}, &error);
    if (!*ready)
        return KEY_FAILED;
    x4s_sign_job job = {.key = *ready, .hash_len = (uint8_t)hash.len, .signature = signature};
    memcpy(job.hash, hash.data, hash.len);
    x4_sign_run(crypto, &(x4s_sign_job *){&job}, 1);
    *len = job.signature_size;
    return job.state == x4c_sign_done ? KEY_DONE_WELL : KEY_REFUSED;
}

enum key_status key_vault_sign(struct key_vault *vault, unsigned thread,
                               const uint8_t name[KEY_NAME], x4s_chunk hash,
                               uint8_t signature[x4c_signature_max], size_t *len,
                               unsigned patience_ms)
{
    if (!hash.len || hash.len > x4c_hash_size_max)
        return KEY_REFUSED;
    struct key_entry *entry = borrow(vault, name, patience_ms);
    if (!entry)
        return KEY_UNKNOWN;
    const enum key_status status = sign(vault, thread, entry, hash, signature, len);
    give_back(vault, entry);
    return status;
}
