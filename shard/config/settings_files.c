/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/settings_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shard/config/settings_tree.h"
#include "shard/privilege/open.h"
#include "x4/core/memory.h"

/* Told of the including file's line, or of the file itself where it was not included. */
static bool fail_open(struct settings_error *error, struct settings_place place, const char *path,
                      const char *why)
{
    if (place.line)
        return tree_fail(error, place, "include of %s: %s", path, why);
    return tree_fail(error, place, "%s", why);
}

static bool file_new(struct settings_files *files, const char *name, bool others,
                     struct settings_source *source)
{
    struct settings_file *file = hub_arena_alloc(files->arena, sizeof(*file));
    const char *copy = hub_arena_text(files->arena, name, strlen(name));
    if (!file || !copy)
        return false;
    *file = (struct settings_file){.name = copy, .others = others};
    *source = (struct settings_source){.file = file};
    return true;
}

static bool is_open(const struct settings_files *files, const struct stat *status)
{
    for (unsigned i = 0; i < files->open_count; i++) {
        if (files->open[i].device == status->st_dev && files->open[i].inode == status->st_ino)
            return true;
    }
    return false;
}

/* NULL: it may be read. */
static const char *refusal(const struct settings_files *files, const struct stat *status)
{
    if (S_ISDIR(status->st_mode))
        return "expected a file, found a directory";
    if (!S_ISREG(status->st_mode))
        return "expected a regular file";
    if ((uintmax_t)status->st_size > SETTINGS_FILE_MAX)
        return "expected a file of at most 64 MiB";
    if (files->count == SETTINGS_FILES_MAX)
        return "expected at most 1000 files in one configuration";
    if (is_open(files, status))
        return "the file includes itself";
    return NULL;
}

_Static_assert(SETTINGS_FILE_MAX == (size_t)64 << 20, "the text above names it");
_Static_assert(SETTINGS_FILES_MAX == 1000, "the text above names it");

/* Less than `size` if the file has become shorter meanwhile; -1: errno. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, buffer + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (!got)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static bool read_file(struct settings_files *files, struct settings_place place, const char *path,
                      int fd, struct settings_source *source, struct settings_error *error)
{
    struct stat status;
    if (fstat(fd, &status))
        return fail_open(error, place, path, strerror(errno));
    const char *refused = refusal(files, &status);
    if (refused)
        return fail_open(error, place, path, refused);

    bool others = (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
    size_t size = (size_t)status.st_size;
    if (!file_new(files, path, others, source))
        return fail_open(error, place, path, "out of memory");
    char *buffer = x4_alloc(&x4_libc_allocator, size + 1);
    if (!buffer)
        return fail_open(error, place, path, "out of memory");
    ssize_t got = read_all(fd, buffer, size);
    if (got != (ssize_t)size) {
        x4_free(&x4_libc_allocator, buffer, size + 1);
        return fail_open(error, place, path,
                         got < 0 ? strerror(errno) : "the file changed while it was read");
    }
    source->buffer = buffer;
    source->text = buffer;
    source->size = size;
    files->open[files->open_count].device = status.st_dev;
    files->open[files->open_count].inode = status.st_ino;
    files->open_count++;
    files->count++;
    return true;
}

bool settings_files_open(struct settings_files *files, struct settings_place place,
                         const char *path, struct settings_source *source,
                         struct settings_error *error)
{
    int fd = hub_open_file(path);
    if (fd < 0)
        return fail_open(error, place, path, strerror(errno));
    bool good = read_file(files, place, path, fd, source, error);
    close(fd);
    return good;
}

bool settings_files_memory(struct settings_files *files, const char *name, const char *text,
                           size_t size, struct settings_source *source)
{
    if (!file_new(files, name, false, source))
        return false;
    source->text = text;
    source->size = size;
    return true;
}

void settings_files_close(struct settings_files *files, const struct settings_source *source)
{
    if (!source->buffer)
        return;
    x4_free(&x4_libc_allocator, source->buffer, source->size + 1);
    files->open_count--;
}

/* The pattern from the directory of the file that includes it. */
static bool absolute(const char *including, const char *pattern, char path[PATH_MAX])
{
    const char *slash = strrchr(including, '/');
    int directory = slash && *pattern != '/' ? (int)(slash - including) + 1 : 0;
    int len = snprintf(path, PATH_MAX, "%.*s%s", directory, including, pattern);
    return len > 0 && len < PATH_MAX;
}

bool settings_files_match(const struct settings_files *files, struct settings_place place,
                          const char *pattern, struct hub_names *paths,
                          struct settings_error *error)
{
    char path[PATH_MAX];
    *paths = (struct hub_names){0};
    if (!files->may_include)
        return fail_open(error, place, pattern, "this text may not include files");
    if (!absolute(place.file->name, pattern, path))
        return fail_open(error, place, pattern, "expected a shorter path");

    return hub_open_pattern(path, paths) ||
           fail_open(error, place, pattern, "the pattern cannot be expanded");
}
