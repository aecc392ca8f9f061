/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/config.h"

#include <string.h>

#include "shard/config/credentials.h"
#include "shard/config/numbers.h"
#include "shard/config/sections.h"
#include "shard/config/source.h"

/* The public part stands first in its own arena. */
struct snapshot {
    struct hub_config config;
    struct hub_arena *arena;
};

/* The sections at the root. They are read in an order of their own: one looks at another. */
struct root {
    const struct settings_section *ikehub;
    const struct settings_section *connections;
    const struct settings_section *secrets;
    const struct settings_section *pools;
    const struct settings_section *authorities;
};

static void note_ikehub(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    (void)build;
    ((struct root *)target)->ikehub = section;
}

static void note_connections(struct hub_build *build, const struct settings_section *section,
                             void *target)
{
    (void)build;
    ((struct root *)target)->connections = section;
}

static void note_secrets(struct hub_build *build, const struct settings_section *section,
                         void *target)
{
    (void)build;
    ((struct root *)target)->secrets = section;
}

static void note_pools(struct hub_build *build, const struct settings_section *section,
                       void *target)
{
    (void)build;
    ((struct root *)target)->pools = section;
}

static void note_authorities(struct hub_build *build, const struct settings_section *section,
                             void *target)
{
    (void)build;
    ((struct root *)target)->authorities = section;
}

static void note_loaded(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    (void)target;
    if (section->place.file->loaded)
        build->loaded = section;
    else
        hub_report_error(&build->report, section->place, "unknown section '%s'", section->name);
}

static const struct hub_subsection sections[] = {
    {"ikehub", note_ikehub, NULL},           {"connections", note_connections, NULL},
    {"secrets", note_secrets, NULL},         {"pools", note_pools, NULL},
    {"authorities", note_authorities, NULL}, {"loaded", note_loaded, NULL},
};

static const struct hub_schema schema = {
    .sections = sections,
    .section_count = x4m_countof(sections),
};

static bool is_single(const struct hub_addresses *addresses)
{
    return !addresses->any && addresses->range_count == 1 && addresses->first.family;
}

/* Sections are in the order of their connections; some have none, because they were left out. */
static const struct settings_section *section_of(const struct settings_section *from,
                                                 const struct hub_connection *connection)
{
    while (from && strcmp(from->name, connection->name) != 0)
        from = from->next;
    return from;
}

/* Where it is certain beforehand that a connection cannot authenticate. */
static void warn_without_secret(struct hub_build *build, const struct settings_section *connections)
{
    const struct hub_config *config = build->config;
    const struct settings_section *section = connections ? connections->sections : NULL;

    for (size_t i = 0; section && i < config->connection_count; i++) {
        const struct hub_connection *connection = &config->connections[i];
        section = section_of(section, connection);
        if (!section)
            return;
        const x4s_net_addr *remote = &connection->remote_addrs.first;
        x4s_net_addr local = connection->local_addrs.first;
        if (!local.family)
            local.family = remote->family;
        if (connection->auth)
            continue;
        const bool certain = !config->secret_count || is_single(&connection->remote_addrs);
        if (certain && !hub_connection_secret(config, connection, &local, remote))
            hub_report_warning(&build->report, section->place,
                               "connection '%s' has no secret: section secrets has none for its "
                               "peer",
                               connection->name);
    }
}

static void read_all(struct hub_build *build, const struct settings_section *tree)
{
    struct root root = {0};
    hub_schema_read(build, &schema, tree, &root);
    hub_config_read_daemon(build, root.ikehub);
    hub_config_read_pools(build, root.pools);
    hub_config_read_authorities(build, root.authorities);
    hub_config_read_secrets(build, root.secrets);
    hub_config_read_connections(build, root.connections);
    if (build->alone || build->report.errors || hub_arena_exhausted(build->arena))
        return;
    if (!hub_numbers_alone(build->config, build->arena))
        return;
    build->config->index = hub_config_index_new(build);
    if (build->config->index)
        warn_without_secret(build, root.connections);
}

static struct snapshot *snapshot_new(const char *path)
{
    struct hub_arena *arena = hub_arena_new();
    if (!arena)
        return NULL;
    struct snapshot *snapshot = hub_arena_alloc(arena, sizeof(*snapshot));
    const char *copy = hub_arena_text(arena, path, strlen(path));
    if (!snapshot || !copy) {
        hub_arena_free(arena);
        return NULL;
    }
    snapshot->arena = arena;
    snapshot->config.path = copy;
    return snapshot;
}

static void tell_exhausted(struct hub_report *report, const char *path)
{
    const struct settings_file file = {.name = path};
    hub_report_error(report, (struct settings_place){&file, 0}, "out of memory");
}

static struct hub_config *build_snapshot(struct hub_build *build, const char *path,
                                         const struct settings_section *tree)
{
    struct snapshot *snapshot = snapshot_new(path);
    if (!snapshot) {
        tell_exhausted(&build->report, path);
        return NULL;
    }
    build->arena = snapshot->arena;
    build->config = &snapshot->config;
    read_all(build, tree);
    hub_config_credentials_free(build);
    if (hub_arena_exhausted(build->arena))
        tell_exhausted(&build->report, path);
    if (!build->report.errors)
        return build->config;
    hub_config_free(build->config);
    return NULL;
}

struct hub_config *hub_config_build(const char *path, const struct settings_section *tree,
                                    hub_config_told told, void *context)
{
    struct hub_build build = {.report = {.told = told, .context = context}, .resolve = true};
    return build_snapshot(&build, path, tree);
}

bool hub_config_check(const char *path, const struct settings_section *tree, hub_config_told told,
                      void *context)
{
    struct hub_build build = {
        .report = {.told = told, .context = context, .strict = true},
        .alone = true,
    };
    struct hub_config *config = build_snapshot(&build, path, tree);
    hub_config_free(config);
    return config != NULL;
}

/* Of a file, or of text where that is not NULL. */
static struct hub_config *read_config(const char *path, const char *text, size_t size,
                                      hub_config_told told, void *context)
{
    struct hub_source *source = hub_source_read(path, text, size, told, context);
    if (!source)
        return NULL;
    struct hub_build build = {.report = {.told = told, .context = context}, .resolve = !text};
    struct hub_config *config = build_snapshot(&build, path, hub_source_tree(source));
    if (config)
        config->source = source;
    else
        hub_source_let_go(source);
    return config;
}

struct hub_config *hub_config_load(const char *path, hub_config_told told, void *context)
{
    return read_config(path, NULL, 0, told, context);
}

struct hub_config *hub_config_parse(const char *name, const char *text, size_t size,
                                    hub_config_told told, void *context)
{
    return read_config(name, text, size, told, context);
}

struct hub_arena *hub_config_arena(struct hub_config *config)
{
    return x4m_container(config, struct snapshot, config)->arena;
}

void hub_config_free(struct hub_config *config)
{
    if (!config)
        return;
    hub_source_let_go(config->source);
    hub_arena_free(x4m_container(config, struct snapshot, config)->arena);
}
