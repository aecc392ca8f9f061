/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/folders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shard/privilege/direct.h"

/* Of the process, as its rights are. */
static struct hub_names folders;
static struct hub_names forbidden;

static bool is_in(const char *real, const char *folder)
{
    const size_t len = strlen(folder);
    return strncmp(real, folder, len) == 0 && (real[len] == '/' || real[len] == '\0');
}

static bool is_noted(const char *real)
{
    for (size_t i = 0; i < folders.count; i++) {
        if (is_in(real, folders.name[i]))
            return true;
    }
    return false;
}

/* The folder before the first part that is a pattern, or the name of a file. */
static bool folder_of(const char *path, char folder[PATH_MAX])
{
    char parts[PATH_MAX];
    if (strlen(path) >= sizeof(parts))
        return false;
    strcpy(parts, path);
    parts[strcspn(parts, "*?[")] = '\0';
    char *slash = strrchr(parts, '/');
    if (slash == parts)
        slash++;
    if (slash)
        *slash = '\0';
    return realpath(slash ? parts : ".", folder) != NULL;
}

/* Everything is in the root: it is not meant. */
void hub_folders_note(const char *path)
{
    char folder[PATH_MAX];
    if (folder_of(path, folder) && strcmp(folder, "/") != 0 && !is_noted(folder))
        (void)hub_names_add(&folders, folder);
}

void hub_folders_forbid(const char *folder)
{
    (void)hub_names_add(&forbidden, folder);
}

/* Looked up each time: it may be made later, or be a link to another place by now. */
static bool is_forbidden(const char *real)
{
    char folder[PATH_MAX];
    for (size_t i = 0; i < forbidden.count; i++) {
        if (realpath(forbidden.name[i], folder) && is_in(real, folder))
            return true;
    }
    return false;
}

bool hub_folders_find(const char *path, char real[PATH_MAX])
{
    if (!realpath(path, real))
        return false;
    const bool may = is_noted(real) && !is_forbidden(real);
    errno = EACCES;
    return may;
}

void hub_folders_forget(void)
{
    hub_names_free(&folders);
    hub_names_free(&forbidden);
}
