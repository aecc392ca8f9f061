/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SETTINGS_TREE_H
#define SHARD_CONFIG_SETTINGS_TREE_H

/*
 * The parse tree of settings.h while it grows: sections and values are found by name in O(1), so
 * that merging costs no more than reading. Most sections are small, and their names are walked;
 * only those of sections with many names are in a table.
 */

#include "shard/config/settings.h"
#include "x4/misc/table.h"

enum tree_state {
    TREE_FRESH,     /* its references are not resolved yet */
    TREE_RESOLVING, /* they are being: to meet it again is a loop */
    TREE_RESOLVED,
};

struct tree_section {
    struct settings_section pub;
    const struct settings_value **values_end;
    const struct settings_section **sections_end;
    const struct settings_reference **references_end;
    size_t value_count;
    size_t section_count;
    enum tree_state state;
    x4s_table_link link;
};

struct tree_value {
    struct settings_value pub;
    const struct tree_section *owner;
    x4s_table_link link;
};

struct tree {
    struct hub_arena *arena;
    struct tree_section *root;
    x4s_table names; /* of sections that have many */
    size_t nodes;    /* sections and values */
};

/* False when out of memory; tree_fini is to be called in either case. */
bool tree_init(struct tree *tree, struct hub_arena *arena, struct settings_place place);

/* The sections and values stay in the arena. */
void tree_fini(struct tree *tree);

/* NULL: there is none. */
struct tree_section *tree_section_find(struct tree *tree, const struct tree_section *parent,
                                       const char *name);
struct tree_value *tree_value_find(struct tree *tree, const struct tree_section *owner,
                                   const char *name);

/* Names and texts have to be in the arena. NULL or false: out of memory. */
struct tree_section *tree_section_open(struct tree *tree, struct tree_section *parent,
                                       const char *name, struct settings_place place);
bool tree_value_set(struct tree *tree, struct tree_section *owner, const char *name,
                    const char *text, struct settings_place place);
bool tree_reference_add(struct tree *tree, struct tree_section *section, const char *name,
                        struct settings_place place);

/* The section that a public one is part of. */
struct tree_section *tree_section_of(const struct settings_section *section);

/* Resolves all references. False: error->text is set, or the arena is exhausted. */
bool tree_inherit(struct tree *tree, struct settings_error *error);

/* Sets the error's text; returns false. */
bool tree_fail(struct settings_error *error, struct settings_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
