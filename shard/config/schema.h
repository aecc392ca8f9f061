/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SCHEMA_H
#define SHARD_CONFIG_SCHEMA_H

/*
 * Sections as data: which options and sections one may have, who reads each, and where it goes.
 * Whatever a table does not name is an error. What it names without a reader is known from
 * swanctl.conf: a warning where nothing is lost by going on without it, and an error where somebody
 * would be let in that it keeps out.
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
    const char *path; /* where that is */
    x4s_chunk secret;
    struct settings_place place;
    bool used;
    struct hub_passphrase *next;
};

/* authorities.NAME: a certification authority that is in the folder x509ca, or elsewhere. */
struct hub_authority {
    const char *name;
    const char *option; /* that has its certificate */
    const char *file;
    const struct settings_section *section;
    struct hub_authority *next;
};

/* One configuration that is being built. */
struct hub_build {
    struct hub_arena *arena;
    struct hub_report report;
    struct hub_config *config;
    bool own_order;              /* ikehub.prefer_configured_proposals */
    struct hub_folders *folders; /* certificates and keys beside it; NULL: nobody asked */
    struct hub_passphrase *passphrases;
    struct hub_authority *authorities;
    size_t authority_count;
    const struct settings_section *loaded; /* keys and certificates that lie over the file */
    bool resolve;                          /* host names may be asked for */
    bool alone;             /* a section by itself: what it refers to elsewhere is not looked at */
    uint32_t fragment_size; /* ikehub.fragment_size */
    bool aggressive_psk;    /* ikehub.i_dont_care_about_security_and_use_aggressive_mode_psk */
};

/* A value that is being read. */
struct hub_reading {
    struct hub_arena *arena;
    const char *name;  /* of the option */
    const char *text;  /* not empty */
    const void *about; /* as in the option */
    char *problem;     /* HUB_PROBLEM bytes: "expected ...", without what was found */
    bool secret;       /* it must not be shown */
    bool resolve;      /* host names may be asked for */

    /* The value was read, and its author should know this: a warning, unless it is empty. */
    char note[HUB_PROBLEM];
};

/* Reads a value into `field`. False: the problem is set. */
typedef bool (*hub_read)(struct hub_reading *reading, void *field);

/* What becomes of an option that nobody reads. */
enum hub_fate {
    HUB_IGNORED, /* a warning */
    HUB_REFUSED, /* an error */
};

/* Of an option or a section that is known and has no reader. */
struct hub_unread {
    const char *words; /* values that say what happens anyway, "no|0"; NULL: none */
    const char *why;   /* goes on after a colon */
    enum hub_fate fate;
};

/* `name` may end with an asterisk, which stands for anything; "#" is any number. */
struct hub_option {
    const char *name;
    hub_read read;     /* NULL: nobody */
    size_t offset;     /* of the field in the section's target */
    const void *about; /* the reader's; read is NULL: struct hub_unread */
};

/* A row's rest: {"ppk_id", HUB_IGNORE(NULL, "IKEv1 has none")} */
#define HUB_IGNORE(words, why)                                                                     \
    NULL, 0, &(const struct hub_unread)                                                            \
    {                                                                                              \
        words, why, HUB_IGNORED                                                                    \
    }
#define HUB_REFUSE(words, why)                                                                     \
    NULL, 0, &(const struct hub_unread)                                                            \
    {                                                                                              \
        words, why, HUB_REFUSED                                                                    \
    }

/* A section was found: reads it, whatever it is. `target` is that of the section around it. */
typedef void (*hub_read_section)(struct hub_build *build, const struct settings_section *section,
                                 void *target);

/* `name` may end with an asterisk, which stands for anything. */
struct hub_subsection {
    const char *name;
    hub_read_section read;
    const char *unread; /* read is NULL: why it changes nothing, a warning */
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

/* Notes something about a value that is read all the same; returns true. */
bool hub_note(struct hub_reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets the problem; returns false. */
bool hub_expected(struct hub_reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
