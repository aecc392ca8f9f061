/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/own_keys.h"

#include <string.h>

#include "shard/config/config.h"
#include "shard/config/credential_names.h"
#include "shard/config/key_files.h"
#include "shard/privilege/key_desk.h"
#include "shard/privilege/keys.h"

struct reading {
    struct hub_build *build;
    x4s_crypto *crypto;
    struct hub_own_key *keys;
};

/* What is told of a file whose key is good. */
static void warn_of_others(struct hub_build *build, const char *path)
{
    hub_credential_tell(build, false, path,
                        "others than its owner and group may read or write this private key: "
                        "expected mode 0640 or less");
}

/* False: its public half is none, and *why says it. */
static bool add(struct reading *reading, x4s_chunk der, x4s_chunk spki, const char **why)
{
    struct hub_own_key *key = hub_arena_alloc(reading->build->arena, sizeof(*key));
    *why = "out of memory";
    if (!key)
        return false;
    key->half = x4_public_key_new(reading->crypto, spki, why);
    if (!key->half)
        return false;
    key->der = der;
    key->next = reading->keys;
    reading->keys = key;
    return true;
}

/* -------------------------------------------------------------------------- here */

static void take_private(struct reading *reading, const struct hub_der *file)
{
    struct hub_build *build = reading->build;
    struct hub_private_key read =
        hub_private_key_read(build->arena, reading->crypto, build->passphrases, file);
    const bool good =
        read.key &&
        add(reading, read.der, x4_public_key_der(x4_private_key_public(read.key)), &read.why);
    if (!good)
        hub_credential_tell(build, true, file->path, read.why);
    else if (file->others)
        warn_of_others(build, file->path);
    x4_private_key_free(read.key);
}

static void read_here(struct reading *reading)
{
    struct hub_ders files;
    hub_ders_init(&files);
    for (size_t i = 0; i < HUB_KEY_FOLDERS; i++)
        hub_credential_folder(reading->build, hub_key_folders[i], HUB_KEY_LABEL, &files);
    hub_credential_loaded(reading->build, "key-", HUB_KEY_LABEL, &files);
    for (const struct hub_der *file = files.first; file; file = file->next)
        take_private(reading, file);
}

/* -------------------------------------------------------------------------- elsewhere */

static void mark_used(struct hub_build *build, const char *path)
{
    for (struct hub_passphrase *it = build->passphrases; it; it = it->next)
        it->used = it->used || strcmp(it->path, path) == 0;
}

static void on_found(void *context, const struct key_message *found)
{
    struct reading *reading = context;
    struct hub_build *build = reading->build;
    const char *why = NULL;
    const char *path =
        hub_arena_text(build->arena, (const char *)found->path.data, found->path.len);
    const char *text =
        hub_arena_text(build->arena, (const char *)found->text.data, found->text.len);
    const char *copy =
        hub_arena_text(build->arena, (const char *)found->data.data, found->data.len);
    const x4s_chunk spki = {(const uint8_t *)copy, found->data.len};
    if (!path || !text || !copy)
        return;
    if (found->flags & KEY_DECRYPTED)
        mark_used(build, path);
    if (found->text.len || !add(reading, spki, spki, &why))
        hub_credential_tell(build, true, path, found->text.len ? text : why);
    else if (found->flags & KEY_OTHERS)
        warn_of_others(build, path);
}

/* What was told by a process before its end is true all the same, and is told twice. */
static const char *ask(int desk, void *context)
{
    struct reading *reading = context;
    char problem[KEY_PROBLEM];
    const char *why = key_desk_load(desk, reading->build->passphrases, on_found, reading, problem);
    return why == problem ? NULL : why; /* what is wrong with files was told by file */
}

/* Clients load them there, and here their public halves. */
static void take_loaded(struct reading *reading)
{
    struct hub_ders loaded;
    const char *why;
    hub_ders_init(&loaded);
    hub_credential_loaded(reading->build, "key-", "PUBLIC KEY", &loaded);
    for (const struct hub_der *it = loaded.first; it; it = it->next) {
        if (!add(reading, it->der, it->der, &why))
            hub_credential_tell(reading->build, true, it->path, why);
    }
}

static void read_elsewhere(struct reading *reading)
{
    const char *why = hub_keys_ask(&reading->build->config->daemon, ask, reading);
    if (why)
        hub_credential_tell(reading->build, true, reading->build->config->path, why);
    reading->build->config->keys_elsewhere = true;
    reading->build->config->passphrases = reading->build->passphrases;
    take_loaded(reading);
}

/* -------------------------------------------------------------------------- both */

struct hub_own_key *hub_own_keys_read(struct hub_build *build, x4s_crypto *crypto)
{
    struct reading reading = {build, crypto, NULL};
    if (hub_keys_elsewhere(&build->config->daemon))
        read_elsewhere(&reading);
    else
        read_here(&reading);
    for (const struct hub_passphrase *it = build->passphrases; it; it = it->next)
        if (!it->used)
            hub_report_warning(&build->report, it->place,
                               "there is no encrypted private key in %s/%s", it->folder, it->file);
    return reading.keys;
}

const struct hub_own_key *hub_own_keys_find(const struct hub_own_key *keys,
                                            const x4s_public_key *half)
{
    while (keys && !x4_public_key_equal(keys->half, half))
        keys = keys->next;
    return keys;
}

void hub_own_keys_free(struct hub_own_key *keys)
{
    for (; keys; keys = keys->next)
        x4_public_key_free(keys->half);
}
