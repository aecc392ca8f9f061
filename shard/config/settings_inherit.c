/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "shard/config/settings_tree.h"

/* How far inheritance has come, and what it may still add. */
struct heir {
    struct tree *tree;
    struct settings_error *error;
    size_t nodes_max;
};

/* The section "a.b.c", all of which is marked as referred to; NULL: there is none. */
static struct tree_section *section_by_path(struct tree *tree, const char *path)
{
    struct tree_section *section = tree->root;
    while (section) {
        size_t len = strcspn(path, ".");
        char name[SETTINGS_NAME_MAX + 1];
        memcpy(name, path, len);
        name[len] = 0;
        section = tree_section_find(tree, section, name);
        if (!section || !path[len])
            break;
        section->pub.referred = true;
        path += len + 1;
    }
    if (section)
        section->pub.referred = true;
    return section;
}

static bool within_bounds(const struct heir *heir, const struct settings_section *to)
{
    if (heir->tree->nodes < heir->nodes_max)
        return true;
    return tree_fail(heir->error, to->place,
                     "section '%s': inheritance makes the configuration more than %d times larger",
                     to->name, SETTINGS_INHERIT_MAX);
}

static bool inherit_values(const struct heir *heir, struct tree_section *to,
                           const struct tree_section *from)
{
    for (const struct settings_value *value = from->pub.values; value; value = value->next) {
        if (tree_value_find(heir->tree, to, value->name))
            continue;
        if (!within_bounds(heir, &to->pub) ||
            !tree_value_set(heir->tree, to, value->name, value->text, value->place))
            return false;
    }
    return true;
}

static unsigned depth_of(const struct settings_section *section)
{
    unsigned depth = 0;
    while ((section = section->parent))
        depth++;
    return depth;
}

static bool inherit_all(const struct heir *heir, struct tree_section *to,
                        const struct tree_section *from, unsigned depth)
{
    if (depth > SETTINGS_DEPTH_MAX)
        return tree_fail(heir->error, to->pub.place,
                         "section '%s': inheritance makes sections nest deeper than %d",
                         to->pub.name, SETTINGS_DEPTH_MAX);
    if (!inherit_values(heir, to, from))
        return false;
    for (const struct settings_section *sub = from->pub.sections; sub; sub = sub->next) {
        if (!within_bounds(heir, &to->pub))
            return false;
        struct tree_section *mine = tree_section_open(heir->tree, to, sub->name, sub->place);
        if (!mine || !inherit_all(heir, mine, tree_section_of(sub), depth + 1))
            return false;
        mine->state = TREE_RESOLVED;
    }
    return true;
}

static bool resolve(const struct heir *heir, struct tree_section *section, unsigned depth);

static bool follow(const struct heir *heir, struct tree_section *section,
                   const struct settings_reference *reference, unsigned depth)
{
    struct tree_section *from = section_by_path(heir->tree, reference->name);
    if (!from)
        return tree_fail(heir->error, reference->place,
                         "section '%s' refers to '%s': expected the name of a section from the "
                         "root on, like connections.office",
                         section->pub.name, reference->name);
    if (from->state == TREE_RESOLVING)
        return tree_fail(heir->error, reference->place,
                         "section '%s' refers to '%s', which refers to it or contains it",
                         section->pub.name, reference->name);
    if (depth >= SETTINGS_DEPTH_MAX)
        return tree_fail(heir->error, reference->place,
                         "section '%s': references go deeper than %d sections", section->pub.name,
                         SETTINGS_DEPTH_MAX);
    return resolve(heir, from, depth + 1) &&
           inherit_all(heir, section, from, depth_of(&section->pub));
}

/*
 * First what is inside, so that a section's own references come before inherited ones. `depth`
 * counts references, so recursion is bounded by its limit times that of sections.
 */
static bool resolve(const struct heir *heir, struct tree_section *section, unsigned depth)
{
    if (section->state == TREE_RESOLVED)
        return true;
    section->state = TREE_RESOLVING;
    for (const struct settings_section *sub = section->pub.sections; sub; sub = sub->next) {
        if (!resolve(heir, tree_section_of(sub), depth))
            return false;
    }
    const struct settings_reference *reference = section->pub.references;
    for (; reference; reference = reference->next) {
        if (!follow(heir, section, reference, depth))
            return false;
    }
    section->state = TREE_RESOLVED;
    return true;
}

bool tree_inherit(struct tree *tree, struct settings_error *error)
{
    const struct heir heir = {tree, error, tree->nodes * SETTINGS_INHERIT_MAX};
    return resolve(&heir, tree->root, 0);
}
