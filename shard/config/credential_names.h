/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_CREDENTIAL_NAMES_H
#define SHARD_CONFIG_CREDENTIAL_NAMES_H

/*
 * What options say of certificates and keys: names of files in the folders beside the
 * configuration, or 0x and hexadecimal digits, or 0s and Base64, of what would be in such a file.
 */

#include "shard/config/credential_files.h"
#include "shard/config/schema.h"

/* A folder, the label of what is in it where that is PEM, and what one of them is called. */
struct hub_credential_kind {
    const char *folder;
    const char *label;
    const char *noun;
};

extern const struct hub_credential_kind hub_end_certs;
extern const struct hub_credential_kind hub_ca_certs;
extern const struct hub_credential_kind hub_public_keys;

/* Where a file is; of a folder itself where `name` is empty. NULL: no memory. */
const char *hub_credential_path(struct hub_build *build, const char *folder, const char *name);

/* Tells what is wrong with a file; `error`: so wrong that there is no configuration. */
void hub_credential_tell(struct hub_build *build, bool error, const char *path, const char *why);

/* Adds all that is in a folder, telling errors. */
void hub_credential_folder(struct hub_build *build, const char *folder, const char *label,
                           struct hub_ders *list);

/* Reads what a list of names with commas between says. False: told. */
bool hub_credential_files(struct hub_build *build, const struct settings_section *section,
                          const char *option, const char *names,
                          const struct hub_credential_kind *kind, struct hub_ders *list);

/* The one that an option names, of our certificates the first; NULL: told. */
const struct hub_der *hub_credential_file(struct hub_build *build,
                                          const struct settings_section *section,
                                          const char *option, const char *names,
                                          const struct hub_credential_kind *kind);

/* Adds those of section loaded (overlay.h) whose names begin with `kind`. */
void hub_credential_loaded(struct hub_build *build, const char *kind, const char *label,
                           struct hub_ders *list);

#endif
