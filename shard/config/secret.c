/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "shard/config/credential_names.h"
#include "shard/config/sections.h"
#include "shard/config/value.h"

/* secrets.ikeNAME. Options whose names begin with id add an owner each. */
struct raw_secret {
    x4s_chunk key;
    struct hub_identity *owners;
    size_t owner_count;
};

static bool read_owner(struct hub_reading *reading, void *field)
{
    struct raw_secret *raw = field;
    if (!hub_read_identity(reading, &raw->owners[raw->owner_count]))
        return false;
    raw->owner_count++;
    return true;
}

static const struct hub_option options[] = {
    {"secret", hub_read_key, offsetof(struct raw_secret, key), NULL},
    {"id*", read_owner, 0, NULL},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
    .secret = true,
};

static void warn_readable(struct hub_build *build, struct settings_place place)
{
    if (place.file->others)
        hub_report_warning(&build->report, place,
                           "this file holds a secret and others than its owner and group may read "
                           "or write it: expected mode 0640 or less");
}

static size_t count_values(const struct settings_section *section)
{
    size_t count = 0;
    for (const struct settings_value *value = section->values; value; value = value->next)
        count++;
    return count;
}

struct secret_list {
    struct hub_secret *items;
    size_t count;
    struct hub_user *users;
    size_t user_count;
};

/* secrets.xauthNAME: a user name in each option that begins with id, and one password for them. */
struct raw_user {
    x4s_chunk password;
    x4s_chunk *names;
    size_t name_count;
};

static bool read_user_name(struct hub_reading *reading, void *field)
{
    struct raw_user *raw = field;
    const char *name;
    if (!hub_read_text(reading, &name))
        return false;
    raw->names[raw->name_count++] = (x4s_chunk){(const uint8_t *)name, strlen(name)};
    return true;
}

static const struct hub_option user_options[] = {
    {"secret", hub_read_key, offsetof(struct raw_user, password), NULL},
    {"id*", read_user_name, 0, NULL},
};

static const struct hub_schema user_schema = {
    .options = user_options,
    .option_count = x4m_countof(user_options),
    .secret = true,
};

static void read_user(struct hub_build *build, const struct settings_section *section, void *target)
{
    struct secret_list *list = target;
    struct raw_user raw = {
        .names = hub_arena_array(build->arena, count_values(section), sizeof(*raw.names)),
    };
    if (!raw.names || !section->values)
        return;
    hub_schema_read(build, &user_schema, section, &raw);
    const struct settings_value *secret = hub_schema_value(section, "secret");
    if (secret)
        warn_readable(build, secret->place);
    else
        hub_schema_error(build, section, "secret", "expected a password that is not empty");
    if (raw.name_count == 0)
        hub_schema_error(build, section, "id", "expected the name of a user");
    for (size_t i = 0; i < raw.name_count; i++)
        list->users[list->user_count++] = (struct hub_user){raw.names[i], raw.password};
}

/* Options of all sections: there are no more users than these. */
static size_t count_users(const struct settings_section *secrets)
{
    size_t count = 0;
    for (const struct settings_section *sub = secrets->sections; sub; sub = sub->next)
        count += count_values(sub);
    return count;
}

static void read_ike(struct hub_build *build, const struct settings_section *section, void *target)
{
    struct secret_list *list = target;
    struct raw_secret raw = {
        .owners = hub_arena_array(build->arena, count_values(section), sizeof(*raw.owners)),
    };
    const char *name = hub_arena_text(build->arena, section->name, strlen(section->name));
    if (!raw.owners || !name)
        return;

    const unsigned before = build->report.errors;
    hub_schema_read(build, &schema, section, &raw);
    const struct settings_value *secret = hub_schema_value(section, "secret");
    if (secret)
        warn_readable(build, secret->place);
    else
        hub_schema_error(build, section, "secret", "expected a secret that is not empty");
    if (build->report.errors != before)
        return;
    list->items[list->count++] = (struct hub_secret){
        .name = name,
        .key = raw.key,
        .owners = raw.owners,
        .owner_count = raw.owner_count,
    };
}

/* secrets.privateNAME, rsaNAME, ecdsaNAME, pkcs8NAME: the key of a file in the folder of that name.
 */
struct raw_passphrase {
    x4s_chunk secret;
    const char *file;
};

static const struct hub_option passphrase_options[] = {
    {"secret", hub_read_key, offsetof(struct raw_passphrase, secret), NULL},
    {"file", hub_read_text, offsetof(struct raw_passphrase, file), NULL},
};

static const struct hub_schema passphrase_schema = {
    .options = passphrase_options,
    .option_count = x4m_countof(passphrase_options),
    .secret = true,
};

static void read_passphrase(struct hub_build *build, const struct settings_section *section,
                            const char *folder)
{
    struct raw_passphrase raw = {0};
    if (!section->values)
        return;
    hub_schema_read(build, &passphrase_schema, section, &raw);
    const struct settings_value *secret = hub_schema_value(section, "secret");
    if (secret)
        warn_readable(build, secret->place);
    else
        hub_schema_error(build, section, "secret", "expected a passphrase that is not empty");
    if (!raw.file)
        hub_schema_error(build, section, "file", "expected the file of a private key");
    struct hub_passphrase *passphrase = hub_arena_alloc(build->arena, sizeof(*passphrase));
    const char *path = raw.file ? hub_credential_path(build, folder, raw.file) : NULL;
    if (!passphrase || !secret || !path)
        return;
    *passphrase = (struct hub_passphrase){.folder = folder,
                                          .file = raw.file,
                                          .path = path,
                                          .secret = raw.secret,
                                          .place = secret->place,
                                          .next = build->passphrases};
    build->passphrases = passphrase;
}

static void read_private(struct hub_build *build, const struct settings_section *section,
                         void *target)
{
    (void)target;
    read_passphrase(build, section, "private");
}

static void read_rsa(struct hub_build *build, const struct settings_section *section, void *target)
{
    (void)target;
    read_passphrase(build, section, "rsa");
}

static void read_ecdsa(struct hub_build *build, const struct settings_section *section,
                       void *target)
{
    (void)target;
    read_passphrase(build, section, "ecdsa");
}

static void read_pkcs8(struct hub_build *build, const struct settings_section *section,
                       void *target)
{
    (void)target;
    read_passphrase(build, section, "pkcs8");
}

static const struct hub_subsection sections[] = {
    {"ike*", read_ike, NULL},
    {"eap*", read_user, NULL},
    {"xauth*", read_user, NULL},
    {"ntlm*", NULL, "EAP belongs to IKEv2"},
    {"ppk*", NULL, "it belongs to IKEv2"},
    {"private*", read_private, NULL},
    {"rsa*", read_rsa, NULL},
    {"ecdsa*", read_ecdsa, NULL},
    {"pkcs8*", read_pkcs8, NULL},
    {"pkcs12*", NULL, "the folder pkcs12 is not read: 'openssl pkcs12' takes such files apart"},
    {"token*", NULL, "keys come from files, not from tokens"},
};

static const struct hub_schema secrets_schema = {
    .sections = sections,
    .section_count = x4m_countof(sections),
};

void hub_config_read_secrets(struct hub_build *build, const struct settings_section *secrets)
{
    if (!secrets)
        return;
    struct secret_list list = {
        .items = hub_arena_array(build->arena, hub_schema_count(secrets), sizeof(*list.items)),
        .users = hub_arena_array(build->arena, count_users(secrets), sizeof(*list.users)),
    };
    if (!list.items || !list.users)
        return;
    hub_schema_read(build, &secrets_schema, secrets, &list);
    build->config->secrets = list.items;
    build->config->secret_count = list.count;
    build->config->users = list.users;
    build->config->user_count = list.user_count;
}
