/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/credential_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shard/privilege/open.h"
#include "x4/core/memory.h"
#include "x4/crypto/pem.h"

#define FILE_MAX (32U << 20) /* a CRL may be large */

void hub_ders_init(struct hub_ders *list)
{
    *list = (struct hub_ders){.end = &list->first};
}

static void link_der(struct hub_ders *list, struct hub_der *der)
{
    der->next = NULL;
    *list->end = der;
    list->end = &der->next;
    list->count++;
}

void hub_ders_append(struct hub_arena *arena, struct hub_ders *list, const struct hub_der *der)
{
    struct hub_der *copy = hub_arena_alloc(arena, sizeof(*copy));
    if (!copy)
        return;
    *copy = *der;
    link_der(list, copy);
}

static const char *no_memory = "out of memory";

static const char *add(struct hub_arena *arena, struct hub_ders *list, const char *path,
                       bool others, const void *data, size_t len)
{
    struct hub_der *der = hub_arena_alloc(arena, sizeof(*der));
    const char *copy = hub_arena_text(arena, data, len);
    if (!der || !copy)
        return no_memory;
    *der = (struct hub_der){path, others, {(const uint8_t *)copy, len}, NULL};
    link_der(list, der);
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);
    const size_t end_len = strlen(end);
    return len >= end_len && !strcmp(text + len - end_len, end);
}

static const char *add_pem(struct hub_arena *arena, struct hub_ders *list, const char *path,
                           bool others, x4s_chunk text, const char *label)
{
    const size_t size = text.len;
    const size_t before = list->count;
    uint8_t *der = malloc(size);
    char found[x4c_pem_label_max];
    const char *error = der ? NULL : no_memory;
    while (!error) {
        size_t len;
        x4e_pem pem = x4_pem_next(&text, found, der, size, &len);
        if (pem == x4c_pem_end)
            break;
        if (pem != x4c_pem_block)
            error = "its PEM is malformed, or encrypted";
        else if (ends_with(found, label))
            error = add(arena, list, path, others, der, len);
    }
    if (der)
        x4_wipe(der, size);
    free(der);
    if (!error && list->count == before)
        error = "it holds nothing of the kind that is expected there";
    return error;
}

static bool is_pem(x4s_chunk data)
{
    static const char begin[] = "-----BEGIN ";
    return memmem(data.data, data.len, begin, strlen(begin)) != NULL;
}

static bool read_all(int fd, uint8_t *data, size_t size)
{
    while (size > 0) {
        const ssize_t got = read(fd, data, size);
        if (got <= 0)
            return false;
        data += got;
        size -= (size_t)got;
    }
    return true;
}

static const char *read_file(int fd, const struct stat *info, uint8_t **data)
{
    if (!S_ISREG(info->st_mode))
        return "it is not a regular file";
    if (info->st_size == 0 || info->st_size > FILE_MAX)
        return "it is empty, or too large";
    *data = malloc((size_t)info->st_size);
    if (!*data)
        return no_memory;
    return read_all(fd, *data, (size_t)info->st_size) ? NULL : "it cannot be read";
}

const char *hub_ders_add_data(struct hub_arena *arena, const char *path, x4s_chunk data,
                              const char *label, struct hub_ders *list)
{
    return is_pem(data) ? add_pem(arena, list, path, false, data, label)
                        : add(arena, list, path, false, data.data, data.len);
}

const char *hub_ders_add_file(struct hub_arena *arena, const char *path, const char *label,
                              struct hub_ders *list)
{
    struct stat info;
    uint8_t *data = NULL;
    const char *name = hub_arena_text(arena, path, strlen(path));
    const int fd = hub_open_file(path);
    if (fd < 0)
        return errno == ENOENT ? "there is no such file" : "it cannot be opened";
    const char *error = fstat(fd, &info) ? "it cannot be read" : NULL;
    if (!error)
        error = name ? read_file(fd, &info, &data) : no_memory;
    close(fd);
    if (data && !error) {
        const x4s_chunk chunk = {data, (size_t)info.st_size};
        const bool others = (info.st_mode & (S_IROTH | S_IWOTH)) != 0;
        error = is_pem(chunk) ? add_pem(arena, list, name, others, chunk, label)
                              : add(arena, list, name, others, chunk.data, chunk.len);
    }
    if (data)
        x4_wipe(data, (size_t)info.st_size);
    free(data);
    return error;
}

const char *hub_ders_add_folder(struct hub_arena *arena, const char *folder, const char *label,
                                struct hub_ders *list, const char **path)
{
    struct hub_names names;
    const char *error = NULL;
    *path = folder;
    if (!hub_open_folder(folder, &names))
        return errno == ENOENT ? NULL : "it cannot be listed";
    for (size_t i = 0; i < names.count && !error; i++) {
        char name[PATH_MAX];
        snprintf(name, sizeof(name), "%s/%s", folder, names.name[i]);
        error = hub_ders_add_file(arena, name, label, list);
        if (error)
            *path = hub_arena_text(arena, name, strlen(name));
    }
    hub_names_free(&names);
    return error;
}
