/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SCHEMA_H
#define SHARD_CONFIG_SCHEMA_H

/*
 * Sections as data: which options and sections one may have, who reads each, and where it goes.
 * Whatever a table does not name is an error, and so is what it names as not supported.
 */

#include "shard/config/arena.h"
#include "shard/config/report.h"
#include "shard/config/settings.h"

/* Bytes of the text that tells what is wrong with a value. */
#define HUB_PROBLEM 320

struct hub_folders;

/* secrets.privateNAME and the like: what an encrypted private key is opened with. */
struct hub_passphrase {
    const char *folder;
    const char *file;
    x4s_chunk secret;
    struct settings_place place;
    bool used;
    struct hub_passphrase *next;
};

/* One configuration that is being built. */
struct hub_build {
    struct hub_arena *arena;
    struct hub_report report;
    struct hub_config *config;
    bool own_order;              /* ikehub.prefer_configured_proposals */
    struct hub_folders *folders; /* certificates and keys beside it; NULL: nobody asked */
    struct hub_passphrase *passphrases;
    uint32_t fragment_size; /* ikehub.fragment_size */
    bool aggressive_psk;    /* ikehub.i_dont_care_about_security_and_use_aggressive_mode_psk */
};

/* A value that is being read. */
struct hub_reading {
    struct hub_arena *arena;
    const char *text;  /* not empty */
    const void *about; /* as in the option */
    char *problem;     /* HUB_PROBLEM bytes: "expected ...", without what was found */
    bool secret;       /* it must not be shown */
};

/* Reads a value into `field`. False: the problem is set. */
typedef bool (*hub_read)(struct hub_reading *reading, void *field);

struct hub_option {
    const char *name;
    hub_read read;     /* NULL: known, but not supported other than as what `about` says */
    size_t offset;     /* of the field in the section's target */
    const void *about; /* the reader's; read is NULL: values that change nothing, "no|0", or NULL */
};

/* A section was found: reads it, whatever it is. `target` is that of the section around it. */
typedef void (*hub_read_section)(struct hub_build *build, const struct settings_section *section,
                                 void *target);

/* `name` may end with an asterisk, which stands for anything; read is NULL: not supported. */
struct hub_subsection {
    const char *name;
    hub_read_section read;
};

struct hub_schema {
    const struct hub_option *options;
    size_t option_count;
    const struct hub_subsection *sections;
    size_t section_count;
    bool secret; /* values must not be shown */
};

/* Reads a section into the target, telling every error in it. */
void hub_schema_read(struct hub_build *build, const struct hub_schema *schema,
                     const struct settings_section *section, void *target);

/* The value of an option if it is set, or NULL: to say where something was written. */
const struct settings_value *hub_schema_value(const struct settings_section *section,
                                              const char *name);

/* Tells an error of an option, or of the section if it is not set: "NAME in PATH: text". */
void hub_schema_error(struct hub_build *build, const struct settings_section *section,
                      const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The number of a section's sections. */
size_t hub_schema_count(const struct settings_section *section);

/* Sets the problem; returns false. */
bool hub_expected(struct hub_reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
