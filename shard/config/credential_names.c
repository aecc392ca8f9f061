/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/credential_names.h"

#include <string.h>

#include "shard/config/key_files.h"
#include "shard/config/overlay.h"
#include "shard/config/value.h"

const struct hub_credential_kind hub_end_certs = {"x509", "CERTIFICATE", "certificate"};
const struct hub_credential_kind hub_ca_certs = {"x509ca", "CERTIFICATE", "certificate"};
const struct hub_credential_kind hub_public_keys = {"pubkey", "PUBLIC KEY", "public key"};

const char *hub_credential_path(struct hub_build *build, const char *folder, const char *name)
{
    return hub_beside(build->arena, build->config->path, folder, name);
}

void hub_credential_tell(struct hub_build *build, bool error, const char *path, const char *why)
{
    const struct settings_file file = {.name = path};
    const struct settings_place place = {&file, 0};
    (error ? hub_report_error : hub_report_warning)(&build->report, place, "%s", why);
}

void hub_credential_folder(struct hub_build *build, const char *folder, const char *label,
                           struct hub_ders *list)
{
    const char *path;
    const char *where = hub_credential_path(build, folder, "");
    const char *why =
        where ? hub_ders_add_folder(build->arena, where, label, list, &path) : "out of memory";
    if (why)
        hub_credential_tell(build, true, where && path ? path : folder, why);
}

static bool is_encoded(const char *text)
{
    return strncmp(text, "0x", 2) == 0 || strncmp(text, "0s", 2) == 0;
}

/* What is written in digits in place of the name of a file. */
static const char *add_encoded(struct hub_build *build, const char *path, const char *text,
                               const char *label, struct hub_ders *list)
{
    char problem[HUB_PROBLEM];
    x4s_chunk data;
    struct hub_reading reading = {
        .arena = build->arena,
        .text = text,
        .problem = problem,
        .secret = true,
    };
    return hub_read_key(&reading, &data)
               ? hub_ders_add_data(build->arena, path, data, label, list)
               : "expected hexadecimal digits after 0x, or Base64 after 0s";
}

/* A name, of a file in the folder; or 0x or 0s and what would be in it. */
static const char *read_name(struct hub_build *build, const struct hub_credential_kind *kind,
                             const char *name, struct hub_ders *list, const char **path)
{
    if (is_encoded(name)) {
        *path = kind->folder;
        return add_encoded(build, *path, name, kind->label, list);
    }
    *path = hub_credential_path(build, kind->folder, name);
    return *path ? hub_ders_add_file(build->arena, *path, kind->label, list) : "out of memory";
}

bool hub_credential_files(struct hub_build *build, const struct settings_section *section,
                          const char *option, const char *names,
                          const struct hub_credential_kind *kind, struct hub_ders *list)
{
    hub_ders_init(list);
    while (*names) {
        names += strspn(names, ", \t");
        const size_t len = strcspn(names, ", \t");
        if (!len)
            break;
        const char *path = NULL;
        const char *name = hub_arena_text(build->arena, names, len);
        const char *why = name ? read_name(build, kind, name, list, &path) : "out of memory";
        if (why) {
            hub_schema_error(build, section, option, "%s: %s", path ? path : kind->folder, why);
            return false;
        }
        names += len;
    }
    return true;
}

/* A certificate is not selected by what the peer asks for. */
static void warn_of_others(struct hub_build *build, const struct settings_section *section,
                           const char *option, size_t count)
{
    const struct settings_value *value = hub_schema_value(section, option);
    hub_report_warning(&build->report, value ? value->place : section->place,
                       "%s: the first of %zu certificates is used in any case", option, count);
}

const struct hub_der *hub_credential_file(struct hub_build *build,
                                          const struct settings_section *section,
                                          const char *option, const char *names,
                                          const struct hub_credential_kind *kind)
{
    struct hub_ders list;
    if (!hub_credential_files(build, section, option, names, kind, &list))
        return NULL;
    if (list.count > 1 && kind == &hub_end_certs)
        warn_of_others(build, section, option, list.count);
    if (list.count == 1 || (list.count && kind == &hub_end_certs))
        return list.first;
    hub_schema_error(build, section, option, "expected one %s, found %zu", kind->noun, list.count);
    return NULL;
}

void hub_credential_loaded(struct hub_build *build, const char *kind, const char *label,
                           struct hub_ders *list)
{
    const struct settings_section *section = build->loaded ? build->loaded->sections : NULL;
    for (; section; section = section->next) {
        if (strncmp(section->name, kind, strlen(kind)) != 0)
            continue;
        const struct settings_value *data = hub_schema_value(section, "data");
        const char *why =
            data ? add_encoded(build, HUB_OVERLAY_NAME, data->text, label, list) : NULL;
        if (why)
            hub_report_error(&build->report, section->place, "%s: %s", section->name, why);
    }
}
