/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_FOLDERS_H
#define SHARD_PRIVILEGE_FOLDERS_H

/*
 * The folders of what was read at start, from which files may be read later. Not for several
 * threads.
 */

#include <limits.h>
#include <stdbool.h>

/* The folder of this path or pattern is one of them. */
void hub_folders_note(const char *path);

/* Nothing in this folder is read, wherever it lies; it need not be there yet. */
void hub_folders_forbid(const char *folder);

/*
 * Where the path really is, if that is in one of the folders, or in one that is in it. False:
 * errno.
 */
bool hub_folders_find(const char *path, char real[PATH_MAX]);

/* For tests. */
void hub_folders_forget(void);

#endif
