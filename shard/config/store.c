/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shard/config/sections.h"
#include "shard/config/value.h"
#include "store/name.h"

/* ikehub.store, as it is written. */
struct raw_store {
    unsigned backend;
    const char *estate;
    const char *servers;
    const char *master;
    bool cluster;
    const char *user;
    const char *password;
    const char *sentinel_user;
    const char *sentinel_password;
    uint32_t database;
    uint32_t lease_ms;
    const char *directory;
    const char *key_file;
    const char *node;
    uint32_t queue;
    uint32_t ack_timeout_ms;
    unsigned stop;
    unsigned takeover;
    unsigned isolated;
    uint32_t replicas;
    bool tls;
    const struct settings_section *estates;
};

enum { STOP_KEEP, STOP_FAREWELL };
enum { TAKEOVER_MANUAL, TAKEOVER_AUTO };
enum { ISOLATED_SERVE, ISOLATED_STOP };

static const struct hub_word stops[] = {
    {"keep", STOP_KEEP},
    {"farewell", STOP_FAREWELL},
    {NULL, 0},
};

static const struct hub_word takeovers[] = {
    {"manual", TAKEOVER_MANUAL},
    {"auto", TAKEOVER_AUTO},
    {NULL, 0},
};

static const struct hub_word isolations[] = {
    {"serve", ISOLATED_SERVE},
    {"stop", ISOLATED_STOP},
    {NULL, 0},
};

static const struct hub_word backends[] = {
    {"embedded", HUB_STORE_EMBEDDED},
    {"redis", HUB_STORE_REDIS},
    {NULL, 0},
};

static const struct hub_bounds database_bounds = {0, 1000000};
static const struct hub_bounds lease_bounds = {1000, 600000};
static const struct hub_bounds queue_bounds = {1, 10000000};
static const struct hub_bounds replica_bounds = {0, 16};
static const struct hub_bounds ack_bounds = {100, 60000};

#define FIELD(member) offsetof(struct raw_store, member)

static const struct hub_option options[] = {
    {"backend", hub_read_word, FIELD(backend), backends},
    {"estate", hub_read_text, FIELD(estate), NULL},
    {"servers", hub_read_text, FIELD(servers), NULL},
    {"master", hub_read_text, FIELD(master), NULL},
    {"cluster", hub_read_flag, FIELD(cluster), NULL},
    {"user", hub_read_text, FIELD(user), NULL},
    {"password", hub_read_text, FIELD(password), NULL},
    {"sentinel_user", hub_read_text, FIELD(sentinel_user), NULL},
    {"sentinel_password", hub_read_text, FIELD(sentinel_password), NULL},
    {"database", hub_read_number, FIELD(database), &database_bounds},
    {"lease", hub_read_milliseconds, FIELD(lease_ms), &lease_bounds},
    {"directory", hub_read_text, FIELD(directory), NULL},
    {"key_file", hub_read_text, FIELD(key_file), NULL},
    {"node", hub_read_text, FIELD(node), NULL},
    {"queue", hub_read_number, FIELD(queue), &queue_bounds},
    {"ack_timeout", hub_read_milliseconds, FIELD(ack_timeout_ms), &ack_bounds},
    {"stop", hub_read_word, FIELD(stop), stops},
    {"takeover", hub_read_word, FIELD(takeover), takeovers},
    {"isolated", hub_read_word, FIELD(isolated), isolations},
    {"replicas", hub_read_number, FIELD(replicas), &replica_bounds},
    {"tls", hub_read_flag, FIELD(tls), NULL},
};

/* Read when the node has its name. */
static void find_estates(struct hub_build *build, const struct settings_section *section,
                         void *target)
{
    (void)build;
    ((struct raw_store *)target)->estates = section;
}

static const struct hub_subsection sections[] = {{"estates", find_estates, NULL}};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
    .sections = sections,
    .section_count = x4m_countof(sections),
};

/* What a key of the store, a line of the log and a shell may have in it. */
bool hub_config_is_node(const char *node)
{
    const size_t len = strlen(node);
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)node[i]) && !strchr("-_.", node[i]))
            return false;
    return len > 0 && len <= STORE_ESTATE_MAX;
}

static const char *host_name(struct hub_build *build)
{
    char name[STORE_ESTATE_MAX + 1] = "";
    if (gethostname(name, sizeof(name) - 1) != 0 || !hub_config_is_node(name))
        return "localhost";
    char *copy = hub_arena_array(build->arena, strlen(name) + 1, 1);
    return copy ? strcpy(copy, name) : "localhost";
}

static const char *in_folder(struct hub_build *build, const char *folder, const char *file)
{
    const size_t size = strlen(folder) + strlen(file) + 2;
    char *path = hub_arena_array(build->arena, size, 1);
    if (path)
        snprintf(path, size, "%s/%s", folder, file);
    return path;
}

/* The next of a list with commas and spaces between, or false. */
static bool next_word(const char **list, char *word, size_t size)
{
    *list += strspn(*list, ", \t\n");
    const size_t len = strcspn(*list, ", \t\n");
    snprintf(word, size, "%.*s", (int)x4m_min(len, size - 1), *list);
    *list += len;
    return len > 0;
}

static void read_servers(struct hub_build *build, const struct settings_section *section,
                         const struct raw_store *raw, struct redis_options *redis)
{
    const uint16_t port = raw->master ? REDIS_SENTINEL_PORT : REDIS_PORT;
    const char *list = raw->servers ? raw->servers : "127.0.0.1";
    char word[REDIS_ADDRESS_TEXT];
    while (next_word(&list, word, sizeof(word))) {
        struct redis_address *address = &redis->addresses[redis->address_count];
        if (redis->address_count == REDIS_ADDRESSES_MAX ||
            !redis_address_parse(word, port, address)) {
            hub_schema_error(build, section, "servers",
                             "expected up to %d addresses with or without ports, or paths",
                             REDIS_ADDRESSES_MAX);
            return;
        }
        redis->address_count++;
    }
}

static struct redis_options read_redis(struct hub_build *build,
                                       const struct settings_section *section,
                                       const struct raw_store *raw)
{
    struct redis_options redis = {
        .mode = raw->master    ? REDIS_SENTINEL
                : raw->cluster ? REDIS_CLUSTER
                               : REDIS_STANDALONE,
        .user = raw->user,
        .password = raw->password,
        .database = raw->database,
        .master = raw->master,
        .sentinel_user = raw->sentinel_user,
        .sentinel_password = raw->sentinel_password,
        .lease_ms = raw->lease_ms,
        .replicas = raw->replicas,
    };
    struct store_error error;
    if (raw->backend != HUB_STORE_REDIS)
        return redis;
    read_servers(build, section, raw, &redis);
    if (redis.address_count && !redis_options_check(&redis, &error))
        hub_schema_error(build, section, "backend", "%s", error.text);
    return redis;
}

/* What the embedded store has no use for is a mistake, not something to pass over. */
static void check_redis_only(struct hub_build *build, const struct settings_section *section,
                             const struct raw_store *raw)
{
    const struct {
        const char *name;
        bool used;
    } redis_only[] = {
        {"estate", raw->estate},
        {"servers", raw->servers},
        {"master", raw->master},
        {"cluster", raw->cluster},
        {"user", raw->user},
        {"password", raw->password},
        {"sentinel_user", raw->sentinel_user},
        {"sentinel_password", raw->sentinel_password},
        {"database", raw->database},
        {"lease", raw->lease_ms},
        {"takeover", raw->takeover},
        {"isolated", raw->isolated},
        {"replicas", raw->replicas},
        {"tls", raw->tls},
    };
    for (size_t i = 0; i < x4m_countof(redis_only); i++)
        if (redis_only[i].used && raw->backend != HUB_STORE_REDIS)
            hub_schema_error(build, section, redis_only[i].name,
                             "expected backend = redis with it");
}

/* Better no daemon than one whose records travel in the clear where somebody wants them not to. */
static void check_tls(struct hub_build *build, const struct settings_section *section,
                      const struct raw_store *raw)
{
    if (raw->tls)
        hub_schema_error(build, section, "tls",
                         "the installed hiredis has no TLS: expected a proxy on this machine that "
                         "has, whose address is in servers, and no tls");
}

static void check_estates(struct hub_build *build, const struct settings_section *section,
                          const struct raw_store *raw)
{
    if (raw->estates && raw->backend != HUB_STORE_REDIS)
        hub_schema_error(build, raw->estates, "estates", "expected backend = redis with it");
    if (raw->estates && raw->estate)
        hub_schema_error(build, section, "estate", "expected either estate or estates");
    if (raw->takeover && !raw->estates)
        hub_schema_error(build, section, "takeover", "expected estates with it");
}

static void check(struct hub_build *build, const struct settings_section *section,
                  const struct raw_store *raw)
{
    if (*raw->directory != '/')
        hub_schema_error(build, section, "directory", "expected a path that begins with /");
    if (raw->key_file && *raw->key_file != '/')
        hub_schema_error(build, section, "key_file", "expected a path that begins with /");
    if (raw->estate && !hub_config_is_node(raw->estate))
        hub_schema_error(build, section, "estate",
                         "expected up to %d letters, digits and characters of -_.",
                         STORE_ESTATE_MAX);
    if (raw->node && !hub_config_is_node(raw->node))
        hub_schema_error(build, section, "node",
                         "expected up to %d letters, digits and characters of -_.",
                         STORE_ESTATE_MAX);
}

void hub_config_read_store(struct hub_build *build, const struct settings_section *section,
                           struct hub_store *store)
{
    struct raw_store raw = {
        .directory = HUB_STORE_DIRECTORY,
        .ack_timeout_ms = 10000,
    };
    hub_schema_read(build, &schema, section, &raw);
    check(build, section, &raw);
    check_redis_only(build, section, &raw);
    check_tls(build, section, &raw);
    check_estates(build, section, &raw);
    const char *node = raw.node ? raw.node : host_name(build);
    *store = (struct hub_store){
        .used = true,
        .backend = (enum hub_store_backend)raw.backend,
        .estate = raw.estate ? raw.estate : node,
        .redis = read_redis(build, section, &raw),
        .directory = raw.directory,
        .key_file = raw.key_file ? raw.key_file : in_folder(build, raw.directory, "keys"),
        .node = node,
        .queue = raw.queue,
        .ack_timeout_ms = raw.ack_timeout_ms,
        .farewell = raw.stop == STOP_FAREWELL,
        .takeover = raw.takeover == TAKEOVER_AUTO,
        .isolated_stop = raw.isolated == ISOLATED_STOP,
    };
    if (raw.estates)
        hub_config_read_estates(build, raw.estates, store);
}
