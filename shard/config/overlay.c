/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/overlay.h"

#include <string.h>

#include "shard/config/report.h"
#include "shard/config/sections.h"
#include "shard/config/source.h"

static const struct settings_file overlay_file = {.name = HUB_OVERLAY_NAME, .loaded = true};
static const struct settings_place overlay_place = {&overlay_file, 0};

bool hub_overlay_told(const char *text)
{
    static const char prefix[] = HUB_OVERLAY_NAME ": ";
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* -------------------------------------------------------------------------- the file below */

/* Appends what the overlay does not have, as copies: a section can be in one list only. */
static bool lay_under(struct tree *tree, struct tree_section *over,
                      const struct settings_section *below)
{
    const struct settings_section *first = NULL;
    const struct settings_section **end = &first;
    for (const struct settings_section *it = below->sections; it; it = it->next) {
        if (tree_section_find(tree, over, it->name))
            continue;
        struct settings_section *copy = hub_arena_alloc(tree->arena, sizeof(*copy));
        if (!copy)
            return false;
        *copy = *it;
        copy->next = NULL;
        *end = copy;
        end = &copy->next;
    }
    *over->sections_end = first;
    *over->values_end = below->values;
    return true;
}

static bool lay_all_under(struct tree *tree, const struct settings_section *file)
{
    for (const struct settings_section *it = file->sections; it; it = it->next) {
        struct tree_section *over = tree_section_open(tree, tree->root, it->name, it->place);
        if (!over || !lay_under(tree, over, it))
            return false;
        over->pub.referred = it->referred;
    }
    *tree->root->values_end = file->values;
    return true;
}

/* -------------------------------------------------------------------------- both */

static void tell_no_memory(hub_config_told told, void *context)
{
    struct hub_report report = {.told = told, .context = context, .strict = true};
    hub_report_error(&report, overlay_place, "out of memory");
}

static struct hub_config *build(struct hub_source *source, const struct hub_overlay *overlay,
                                struct tree *tree, hub_config_told told, void *context)
{
    const struct settings_section *file = hub_source_tree(source);
    if (overlay && (!overlay->plant(overlay, tree) || !lay_all_under(tree, file))) {
        tell_no_memory(told, context);
        return NULL;
    }
    struct hub_config *config =
        hub_config_build(hub_source_path(source), overlay ? &tree->root->pub : file, told, context);
    if (config)
        config->source = hub_source_hold(source);
    return config;
}

struct hub_config *hub_overlay_load(const char *path, const struct hub_config *before,
                                    const struct hub_overlay *overlay, hub_config_told told,
                                    void *context)
{
    struct tree tree = {0};
    struct hub_config *config = NULL;
    struct hub_source *source = before && before->source
                                    ? hub_source_hold(before->source)
                                    : hub_source_read(path, NULL, 0, told, context);
    struct hub_arena *arena = source ? hub_arena_new() : NULL;
    if (arena && tree_init(&tree, arena, overlay_place))
        config = build(source, overlay, &tree, told, context);
    else if (source)
        tell_no_memory(told, context);
    tree_fini(&tree);
    hub_arena_free(arena);
    hub_source_let_go(source);
    return config;
}

/* -------------------------------------------------------------------------- one by itself */

static bool add_daemon(struct tree *tree, const struct hub_config *config)
{
    static const char name[] = "ikehub";
    const struct settings_section *it =
        config->source ? hub_source_tree(config->source)->sections : NULL;
    for (; it; it = it->next) {
        if (strcmp(it->name, name) != 0)
            continue;
        struct tree_section *section = tree_section_open(tree, tree->root, name, it->place);
        return section && lay_under(tree, section, it);
    }
    return true;
}

bool hub_overlay_check(const struct hub_config *config, const struct hub_overlay *overlay,
                       hub_config_told told, void *context)
{
    struct tree tree = {0};
    bool good = false;
    struct hub_arena *arena = hub_arena_new();
    if (arena && tree_init(&tree, arena, overlay_place) && overlay->plant(overlay, &tree) &&
        add_daemon(&tree, config))
        good = hub_config_check(config->path, &tree.root->pub, told, context);
    else
        tell_no_memory(told, context);
    tree_fini(&tree);
    hub_arena_free(arena);
    return good;
}
