/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/source.h"

#include <stdatomic.h>
#include <string.h>

#include "shard/config/report.h"

/* In its own arena. */
struct hub_source {
    struct hub_arena *arena;
    const char *path;
    const struct settings_section *tree;
    atomic_uint users;
};

static struct hub_source *source_new(const char *path)
{
    struct hub_arena *arena = hub_arena_new();
    if (!arena)
        return NULL;
    struct hub_source *source = hub_arena_alloc(arena, sizeof(*source));
    const char *copy = hub_arena_text(arena, path, strlen(path));
    if (!source || !copy) {
        hub_arena_free(arena);
        return NULL;
    }
    source->arena = arena;
    source->path = copy;
    atomic_init(&source->users, 1);
    return source;
}

struct hub_source *hub_source_read(const char *path, const char *text, size_t size,
                                   hub_config_told told, void *context)
{
    struct settings_error error;
    struct hub_report report = {.told = told, .context = context};
    const struct settings_file file = {.name = path};
    struct hub_source *source = source_new(path);
    if (!source) {
        hub_report_error(&report, (struct settings_place){&file, 0}, "out of memory");
        return NULL;
    }
    source->tree = text ? settings_parse(source->arena, path, text, size, &error)
                        : settings_load(source->arena, path, &error);
    if (source->tree)
        return source;
    hub_report_text(&report, error.text);
    hub_source_let_go(source);
    return NULL;
}

const char *hub_source_path(const struct hub_source *source)
{
    return source->path;
}

const struct settings_section *hub_source_tree(const struct hub_source *source)
{
    return source->tree;
}

struct hub_source *hub_source_hold(struct hub_source *source)
{
    if (source)
        atomic_fetch_add(&source->users, 1);
    return source;
}

void hub_source_let_go(struct hub_source *source)
{
    if (source && atomic_fetch_sub(&source->users, 1) == 1)
        hub_arena_free(source->arena);
}
