/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SHARD_FOLDER_CONFIG_H
#define TESTS_UNIT_SHARD_FOLDER_CONFIG_H

/*
 * Configurations that are read from a folder with credentials.
 */

#include "tests/unit/config/config_text.h"
#include "tests/unit/config/credential_folder.h"

static inline struct hub_config *load(const struct folder *folder, const char *text,
                                      struct told *told)
{
    char path[128];
    told->text[0] = 0;
    folder_write(folder, "ikehub.conf", text, strlen(text), 0600);
    snprintf(path, sizeof(path), "%s/ikehub.conf", folder->path);
    return hub_config_load(path, tell, told);
}

/* What is told has this in it, and there is no snapshot. */
static inline void assert_refused(const struct folder *folder, const char *text,
                                  const char *expected)
{
    struct told told;
    assert_null(load(folder, text, &told));
    if (!strstr(told.text, expected))
        fail_msg("not told: %s\nbut: %s", expected, told.text);
}

#endif
