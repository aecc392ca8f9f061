/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/settings_tree.h"

#include <string.h>

#include "x4/misc/siphash.h"

struct name_key {
    const struct tree_section *within;
    const char *name;
};

/* The names are the operator's own, so the hash needs no secret key. */
static uint64_t name_hash(const struct name_key *key, uint8_t kind)
{
    uint8_t seed[x4c_siphash_key] = {kind};
    memcpy(seed + 8, &key->within, sizeof(key->within));
    return x4_siphash(seed, key->name, strlen(key->name));
}

static bval section_matches(const x4s_table_link *link, const void *key)
{
    const struct name_key *wanted = key;
    const struct tree_section *section = x4m_container_const(link, struct tree_section, link);
    return section->pub.parent == &wanted->within->pub && !strcmp(section->pub.name, wanted->name);
}

static bval value_matches(const x4s_table_link *link, const void *key)
{
    const struct name_key *wanted = key;
    const struct tree_value *value = x4m_container_const(link, struct tree_value, link);
    return value->owner == wanted->within && !strcmp(value->pub.name, wanted->name);
}

#define HASH_SECTION 1
#define HASH_VALUE   2

/* A section that has more sections, or more values, than this has all of them in the table. */
#define WALK_MAX 16

static struct tree_section *section_new(struct tree *tree, const struct tree_section *parent,
                                        const char *name, struct settings_place place)
{
    struct tree_section *section = hub_arena_alloc(tree->arena, sizeof(*section));
    if (!section)
        return NULL;
    section->pub.name = name;
    section->pub.parent = parent ? &parent->pub : NULL;
    section->pub.place = place;
    section->values_end = &section->pub.values;
    section->sections_end = &section->pub.sections;
    section->references_end = &section->pub.references;
    tree->nodes++;
    return section;
}

bool tree_init(struct tree *tree, struct hub_arena *arena, struct settings_place place)
{
    *tree = (struct tree){.arena = arena};
    if (!x4_table_init(&tree->names, &x4_libc_allocator))
        return false;
    tree->root = section_new(tree, NULL, "", place);
    return tree->root != NULL;
}

void tree_fini(struct tree *tree)
{
    if (!tree->names.allocator)
        return;
    for (x4s_table_link *link; (link = x4_table_any(&tree->names));)
        x4_table_remove(&tree->names, link);
    x4_table_fini(&tree->names);
}

static struct tree_section *walk_sections(const struct tree_section *parent, const char *name)
{
    const struct settings_section *section = parent->pub.sections;
    while (section && strcmp(section->name, name) != 0)
        section = section->next;
    return section ? tree_section_of(section) : NULL;
}

static struct tree_value *value_of(const struct settings_value *value)
{
    return (struct tree_value *)(uintptr_t)x4m_container_const(value, struct tree_value, pub);
}

static struct tree_value *walk_values(const struct tree_section *owner, const char *name)
{
    const struct settings_value *value = owner->pub.values;
    while (value && strcmp(value->name, name) != 0)
        value = value->next;
    return value ? value_of(value) : NULL;
}

struct tree_section *tree_section_find(struct tree *tree, const struct tree_section *parent,
                                       const char *name)
{
    const struct name_key key = {parent, name};
    if (parent->section_count <= WALK_MAX)
        return walk_sections(parent, name);
    x4s_table_link *link =
        x4_table_find(&tree->names, name_hash(&key, HASH_SECTION), section_matches, &key);
    return link ? x4m_container(link, struct tree_section, link) : NULL;
}

struct tree_value *tree_value_find(struct tree *tree, const struct tree_section *owner,
                                   const char *name)
{
    const struct name_key key = {owner, name};
    if (owner->value_count <= WALK_MAX)
        return walk_values(owner, name);
    x4s_table_link *link =
        x4_table_find(&tree->names, name_hash(&key, HASH_VALUE), value_matches, &key);
    return link ? x4m_container(link, struct tree_value, link) : NULL;
}

static void enter_section(struct tree *tree, struct tree_section *section)
{
    const struct name_key key = {tree_section_of(section->pub.parent), section->pub.name};
    x4_table_insert(&tree->names, &section->link, name_hash(&key, HASH_SECTION));
}

static void enter_value(struct tree *tree, struct tree_value *value)
{
    const struct name_key key = {value->owner, value->pub.name};
    x4_table_insert(&tree->names, &value->link, name_hash(&key, HASH_VALUE));
}

/* The last one was appended just now: from WALK_MAX + 1 on all of them are in the table. */
static void note_section(struct tree *tree, struct tree_section *parent,
                         struct tree_section *section)
{
    if (++parent->section_count > WALK_MAX + 1)
        enter_section(tree, section);
    else if (parent->section_count == WALK_MAX + 1)
        for (const struct settings_section *it = parent->pub.sections; it; it = it->next)
            enter_section(tree, tree_section_of(it));
}

static void note_value(struct tree *tree, struct tree_section *owner, struct tree_value *value)
{
    if (++owner->value_count > WALK_MAX + 1)
        enter_value(tree, value);
    else if (owner->value_count == WALK_MAX + 1)
        for (const struct settings_value *it = owner->pub.values; it; it = it->next)
            enter_value(tree, value_of(it));
}

struct tree_section *tree_section_open(struct tree *tree, struct tree_section *parent,
                                       const char *name, struct settings_place place)
{
    struct tree_section *section = tree_section_find(tree, parent, name);
    if (section)
        return section;

    section = section_new(tree, parent, name, place);
    if (!section)
        return NULL;
    *parent->sections_end = &section->pub;
    parent->sections_end = &section->pub.next;
    note_section(tree, parent, section);
    return section;
}

bool tree_value_set(struct tree *tree, struct tree_section *owner, const char *name,
                    const char *text, struct settings_place place)
{
    struct tree_value *value = tree_value_find(tree, owner, name);
    if (value) {
        value->pub.text = text;
        value->pub.place = place;
        return true;
    }

    value = hub_arena_alloc(tree->arena, sizeof(*value));
    if (!value)
        return false;
    value->pub = (struct settings_value){.name = name, .text = text, .place = place};
    value->owner = owner;
    tree->nodes++;
    *owner->values_end = &value->pub;
    owner->values_end = &value->pub.next;
    note_value(tree, owner, value);
    return true;
}

bool tree_reference_add(struct tree *tree, struct tree_section *section, const char *name,
                        struct settings_place place)
{
    struct settings_reference *reference = hub_arena_alloc(tree->arena, sizeof(*reference));
    if (!reference)
        return false;
    *reference = (struct settings_reference){.name = name, .place = place};
    *section->references_end = reference;
    section->references_end = &reference->next;
    return true;
}

struct tree_section *tree_section_of(const struct settings_section *section)
{
    return (struct tree_section *)(uintptr_t)x4m_container_const(section, struct tree_section, pub);
}

bool tree_fail(struct settings_error *error, struct settings_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    settings_message(error->text, sizeof(error->text), place, format, arguments);
    va_end(arguments);
    return false;
}
