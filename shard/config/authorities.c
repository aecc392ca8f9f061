/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "shard/config/credentials.h"
#include "shard/config/sections.h"
#include "shard/config/value.h"

/* authorities.NAME, as it is written. */
struct raw_authority {
    const char *cacert;
    const char *file;
};

#define FIELD(member) offsetof(struct raw_authority, member)
#define TOKEN         "certificates come from files, not from tokens"
#define NO_FETCHING   "nothing is fetched: put lists and responses into x509crl and x509ocsp"

static const struct hub_option options[] = {
    {"cacert", hub_read_text, FIELD(cacert), NULL},
    {"file", hub_read_text, FIELD(file), NULL},
    {"handle", HUB_IGNORE(NULL, TOKEN)},
    {"slot", HUB_IGNORE(NULL, TOKEN)},
    {"module", HUB_IGNORE(NULL, TOKEN)},
    {"crl_uris", HUB_IGNORE(NULL, NO_FETCHING)},
    {"ocsp_uris", HUB_IGNORE(NULL, NO_FETCHING)},
    {"cert_uri_base", HUB_IGNORE(NULL, "IKEv1 sends certificates, not where they are")},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
};

static void read_authority(struct hub_build *build, const struct settings_section *section,
                           void *target)
{
    struct raw_authority raw = {0};
    (void)target;
    hub_schema_read(build, &schema, section, &raw);
    if (raw.cacert && raw.file)
        hub_schema_error(build, section, "file", "expected no cacert beside it");
    const char *option = raw.cacert ? "cacert" : "file";
    const struct settings_value *value = hub_schema_value(section, option);
    struct hub_authority *authority = hub_arena_alloc(build->arena, sizeof(*authority));
    if (!value || !authority)
        return;
    *authority = (struct hub_authority){
        .name = hub_arena_text(build->arena, section->name, strlen(section->name)),
        .option = option,
        .file = raw.cacert ? raw.cacert : raw.file,
        .section = section,
        .next = build->authorities,
    };
    build->authorities = authority;
    build->authority_count++;
}

static const struct hub_subsection sections[] = {{"*", read_authority, NULL}};

static const struct hub_schema authorities_schema = {
    .sections = sections,
    .section_count = x4m_countof(sections),
};

void hub_config_read_authorities(struct hub_build *build,
                                 const struct settings_section *authorities)
{
    if (authorities)
        hub_schema_read(build, &authorities_schema, authorities, NULL);
    if (build->authorities && !build->alone)
        hub_config_folders(build);
}
