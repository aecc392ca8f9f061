/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_OVERLAY_H
#define SHARD_CONFIG_OVERLAY_H

/*
 * Sections that lie over those of the file: what was loaded while the daemon runs. They are read by
 * the same readers. A section of connections, pools, secrets or authorities is in the place of the
 * file's of the same name, and comes before all of the file's.
 *
 * One that cannot be used, because what it refers to is not there, is left out, with a warning; the
 * others are used, and so is it as soon as a later snapshot has what it needs.
 *
 * Beside them there may be, in an overlay only:
 *
 *     loaded {
 *         key-NAME  { data = 0x... }    a private key, in PEM or DER
 *         ca-NAME   { data = 0x... }    the certificate of an authority
 *         crl-NAME  { data = 0x... }
 *         ocsp-NAME { data = 0x... }    an OCSP response
 *     }
 */

#include "shard/config/config.h"
#include "shard/config/settings_tree.h"

/* Stands for the file in messages. */
#define HUB_OVERLAY_NAME "loaded"

struct hub_overlay {
    /* Adds the sections to a tree whose root is of the overlay's place. False: no memory. */
    bool (*plant)(const struct hub_overlay *overlay, struct tree *tree);

    /* Nobody uses it any more. */
    void (*release)(struct hub_overlay *overlay);
};

/*
 * The snapshot of a file with what lies over it, as hub_config_load(). `before` is NULL, and the
 * file is read; or a snapshot of the file, from which the file's sections are taken as they were
 * when it was read. `overlay` may be NULL.
 */
struct hub_config *hub_overlay_load(const char *path, const struct hub_config *before,
                                    const struct hub_overlay *overlay, hub_config_told told,
                                    void *context);

/*
 * Whether the overlay's sections can be read, by themselves and with the section ikehub of
 * `config`; what they refer to is not looked at. Tells errors only.
 */
bool hub_overlay_check(const struct hub_config *config, const struct hub_overlay *overlay,
                       hub_config_told told, void *context);

/* A finding is about an overlay, and not about the file. */
bool hub_overlay_told(const char *text);

#endif
