/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/loaded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/control/loaded_tree.h"
#include "x4/core/memory.h"
#include "x4/misc/siphash.h"

/* -------------------------------------------------------------------------- names */

struct name_key {
    enum control_kind kind;
    const char *name;
};

/* Who can load may do everything: the hash needs no secret key. */
static uint64_t hash_of(const struct name_key *key)
{
    const uint8_t seed[x4c_siphash_key] = {(uint8_t)key->kind};
    return x4_siphash(seed, key->name, strlen(key->name));
}

static struct control_item *item_of(x4s_list *link)
{
    return x4m_container(link, struct control_item, of_kind);
}

static bval matches(const x4s_table_link *link, const void *key)
{
    const struct control_item *item = x4m_container_const(link, struct control_item, by_name);
    const struct name_key *wanted = key;
    return item->as.kind == wanted->kind && strcmp(item->as.name, wanted->name) == 0;
}

static struct control_item *find(const struct control_loaded *loaded, const struct name_key *key)
{
    x4s_table_link *link = x4_table_find(&loaded->by_name, hash_of(key), matches, key);
    return link ? x4m_container(link, struct control_item, by_name) : NULL;
}

/* -------------------------------------------------------------------------- items */

static size_t size_of(const struct control_wanted *wanted)
{
    return sizeof(struct control_item) + strlen(wanted->name) + 1 +
           (wanted->section ? strlen(wanted->section) + 1 : 0) + wanted->message.len;
}

/* One allocation with its strings and its message behind it. */
static struct control_item *item_new(const struct control_wanted *wanted)
{
    struct control_item *item = malloc(size_of(wanted));
    if (!item)
        return NULL;
    char *at = (char *)(item + 1);
    *item = (struct control_item){.as = *wanted, .users = 1};
    item->as.name = strcpy(at, wanted->name);
    at += strlen(at) + 1;
    if (wanted->section) {
        item->as.section = strcpy(at, wanted->section);
        at += strlen(at) + 1;
    }
    if (wanted->message.len)
        memcpy(at, wanted->message.data, wanted->message.len);
    item->as.message.data = (const uint8_t *)at;
    return item;
}

/* It may hold secrets. */
static void let_go(struct control_item *item)
{
    if (--item->users)
        return;
    const size_t size = size_of(&item->as);
    x4_wipe(item, size);
    free(item);
}

static void remove_item(struct control_loaded *loaded, struct control_item *item)
{
    x4_table_remove(&loaded->by_name, &item->by_name);
    x4_list_remove(&item->of_kind);
    loaded->count--;
    let_go(item);
}

static bool is_same(const struct control_item *item, const struct control_wanted *wanted)
{
    const char *section = item->as.section ? item->as.section : "";
    return item->as.message.len == wanted->message.len &&
           memcmp(item->as.message.data, wanted->message.data, wanted->message.len) == 0 &&
           strcmp(section, wanted->section ? wanted->section : "") == 0;
}

enum control_put control_loaded_put(struct control_loaded *loaded,
                                    const struct control_wanted *wanted)
{
    const struct name_key key = {wanted->kind, wanted->name};
    struct control_item *old = find(loaded, &key);
    if (old && is_same(old, wanted))
        return CONTROL_PUT_SAME;
    struct control_item *item = item_new(wanted);
    if (!item)
        return CONTROL_PUT_NO_MEMORY;
    x4_list_append(old ? &old->of_kind : &loaded->kinds[wanted->kind], &item->of_kind);
    if (old)
        remove_item(loaded, old);
    x4_table_insert(&loaded->by_name, &item->by_name, hash_of(&key));
    loaded->count++;
    return CONTROL_PUT_NEW;
}

bool control_loaded_has(const struct control_loaded *loaded, enum control_kind kind,
                        const char *name)
{
    const struct name_key key = {kind, name};
    return find(loaded, &key) != NULL;
}

bool control_loaded_remove(struct control_loaded *loaded, enum control_kind kind, const char *name)
{
    const struct name_key key = {kind, name};
    struct control_item *item = find(loaded, &key);
    if (item)
        remove_item(loaded, item);
    return item != NULL;
}

size_t control_loaded_clear(struct control_loaded *loaded, enum control_kind kind)
{
    const size_t before = loaded->count;
    x4m_list_each(link, &loaded->kinds[kind]) remove_item(loaded, item_of(link));
    return before - loaded->count;
}

bool control_loaded_init(struct control_loaded *loaded)
{
    *loaded = (struct control_loaded){0};
    for (size_t i = 0; i < CONTROL_KIND_COUNT; i++)
        x4_list_init(&loaded->kinds[i]);
    return x4_table_init(&loaded->by_name, &x4_libc_allocator);
}

void control_loaded_fini(struct control_loaded *loaded)
{
    for (size_t i = 0; i < CONTROL_KIND_COUNT; i++)
        control_loaded_clear(loaded, (enum control_kind)i);
    if (loaded->by_name.allocator)
        x4_table_fini(&loaded->by_name);
}

/* -------------------------------------------------------------------------- the overlay */

struct overlay {
    struct hub_overlay overlay;
    size_t count;
    struct control_item *items[];
};

static bool plant_items(const struct hub_overlay *overlay, struct tree *tree)
{
    const struct overlay *mine = x4m_container_const(overlay, struct overlay, overlay);
    for (size_t i = 0; i < mine->count; i++) {
        if (!control_loaded_plant(tree, &mine->items[i]->as))
            return false;
    }
    return true;
}

/* In the control thread, as all that counts users. */
static void release(struct hub_overlay *overlay)
{
    struct overlay *mine = x4m_container(overlay, struct overlay, overlay);
    for (size_t i = 0; i < mine->count; i++)
        let_go(mine->items[i]);
    free(mine);
}

struct hub_overlay *control_loaded_overlay(struct control_loaded *loaded)
{
    struct overlay *overlay = NULL;
    if (loaded->count)
        overlay = malloc(sizeof(*overlay) + loaded->count * sizeof(overlay->items[0]));
    if (!overlay)
        return NULL;
    *overlay = (struct overlay){.overlay = {plant_items, release}};
    for (size_t i = 0; i < CONTROL_KIND_COUNT; i++) {
        x4m_list_each(link, &loaded->kinds[i])
        {
            item_of(link)->users++;
            overlay->items[overlay->count++] = item_of(link);
        }
    }
    return &overlay->overlay;
}

/* -------------------------------------------------------------------------- one by itself */

struct single {
    struct hub_overlay overlay;
    const struct control_wanted *wanted;
};

static bool plant_single(const struct hub_overlay *overlay, struct tree *tree)
{
    return control_loaded_plant(tree, x4m_container_const(overlay, struct single, overlay)->wanted);
}

/* The first one. */
static void keep_problem(void *context, enum hub_severity severity, const char *text)
{
    char *problem = context;
    if (severity != HUB_ERROR || *problem)
        return;
    const size_t prefix = hub_overlay_told(text) ? strlen(HUB_OVERLAY_NAME ": ") : 0;
    snprintf(problem, CONTROL_PROBLEM, "%s", text + prefix);
}

const char *control_loaded_check(const struct hub_config *config,
                                 const struct control_wanted *wanted, char problem[CONTROL_PROBLEM])
{
    const struct single single = {{plant_single, NULL}, wanted};
    *problem = '\0';
    return hub_overlay_check(config, &single.overlay, keep_problem, problem) ? NULL : problem;
}
