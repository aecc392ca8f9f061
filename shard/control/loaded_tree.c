/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/loaded_tree.h"

#include <stdlib.h>
#include <string.h>

#include "x4/core/memory.h"

static const char *const roots[] = {
    [CONTROL_CONNECTION] = "connections",
    [CONTROL_POOL] = "pools",
    [CONTROL_AUTHORITY] = "authorities",
    [CONTROL_SECRET] = "secrets",
    [CONTROL_KEY] = "loaded",
    [CONTROL_CERT] = "loaded",
};

_Static_assert(x4m_countof(roots) == CONTROL_KIND_COUNT, "a section for each");

/* Options whose values are bytes. */
static bool is_bytes(x4s_chunk key)
{
    static const char *const keys[] = {"certs", "cacerts", "pubkeys", "cacert", "data", "secret"};
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        if (vici_is(key, keys[i]))
            return true;
    }
    return false;
}

static bool is_text(x4s_chunk value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < ' ' || value.data[i] == 0x7f)
            return false;
    }
    return true;
}

bool control_loaded_readable(x4s_chunk message, x4s_chunk *key)
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    x4s_chunk list = {NULL, 0};
    while (vici_read(&reader, &element)) {
        if (element.type == VICI_LIST_START)
            list = element.name;
        *key = element.type == VICI_LIST_ITEM ? list : element.name;
        if ((element.type == VICI_LIST_ITEM || element.type == VICI_KEY_VALUE) && !is_bytes(*key) &&
            !is_text(element.value))
            return false;
    }
    return true;
}

/* -------------------------------------------------------------------------- planting */

struct planting {
    struct tree *tree;
    struct tree_section *sections[VICI_DEPTH_MAX + 3]; /* that are open */
    size_t depth;
    x4s_chunk key; /* of the list that is open */
    char *text;    /* has room for the value of any list of the message */
    size_t used;
    bool failed;
};

static const struct settings_place *place_of(const struct planting *planting)
{
    return &planting->tree->root->pub.place;
}

static void put_hex(struct planting *planting, x4s_chunk value)
{
    static const char digits[] = "0123456789abcdef";
    planting->text[planting->used++] = '0';
    planting->text[planting->used++] = 'x';
    for (size_t i = 0; i < value.len; i++) {
        planting->text[planting->used++] = digits[value.data[i] >> 4];
        planting->text[planting->used++] = digits[value.data[i] & 15];
    }
}

/* What is empty is as if it were not there. */
static void put_value(struct planting *planting, x4s_chunk value)
{
    if (!value.len)
        return;
    if (planting->used)
        planting->text[planting->used++] = ',';
    if (is_bytes(planting->key)) {
        put_hex(planting, value);
        return;
    }
    memcpy(planting->text + planting->used, value.data, value.len);
    planting->used += value.len;
}

static void set_value(struct planting *planting)
{
    struct hub_arena *arena = planting->tree->arena;
    const char *key = hub_arena_text(arena, (const char *)planting->key.data, planting->key.len);
    const char *text = hub_arena_text(arena, planting->text, planting->used);
    planting->failed = planting->failed || !key || !text ||
                       !tree_value_set(planting->tree, planting->sections[planting->depth], key,
                                       text, *place_of(planting));
}

static void open_section(struct planting *planting, x4s_chunk name)
{
    struct tree_section *around = planting->sections[planting->depth];
    const char *copy = hub_arena_text(planting->tree->arena, (const char *)name.data, name.len);
    struct tree_section *section =
        copy ? tree_section_open(planting->tree, around, copy, *place_of(planting)) : NULL;
    planting->failed = planting->failed || !section;
    planting->sections[++planting->depth] = section ? section : around;
}

static void begin_value(struct planting *planting, x4s_chunk key)
{
    planting->key = key;
    planting->used = 0;
}

static void take(struct planting *planting, const struct vici_element *element)
{
    switch (element->type) {
    case VICI_SECTION_START:
        open_section(planting, element->name);
        return;
    case VICI_SECTION_END:
        planting->depth--;
        return;
    case VICI_KEY_VALUE:
        begin_value(planting, element->name);
        put_value(planting, element->value);
        set_value(planting);
        return;
    case VICI_LIST_START:
        begin_value(planting, element->name);
        return;
    case VICI_LIST_ITEM:
        put_value(planting, element->value);
        return;
    case VICI_LIST_END:
        set_value(planting);
        return;
    }
}

/* An element takes three bytes and its value; as digits that is twice the value, 0x and a comma. */
static size_t room_for(x4s_chunk message)
{
    return 2 * message.len + 3;
}

static void plant(struct planting *planting, x4s_chunk message)
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    while (!planting->failed && vici_read(&reader, &element))
        take(planting, &element);
}

static x4s_chunk chunk_of(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, strlen(text)};
}

bool control_loaded_plant(struct tree *tree, const struct control_wanted *wanted)
{
    struct planting planting = {.tree = tree, .sections = {tree->root}};
    if (!wanted->section)
        return true;
    planting.text = malloc(room_for(wanted->message));
    if (!planting.text)
        return false;
    open_section(&planting, chunk_of(roots[wanted->kind]));
    open_section(&planting, chunk_of(wanted->section));
    plant(&planting, wanted->message);
    x4_wipe(planting.text, room_for(wanted->message));
    free(planting.text);
    return !planting.failed;
}
