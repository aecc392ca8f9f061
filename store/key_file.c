/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "x4/core/memory.h"
#include "x4/misc/siphash.h"

#define DIGITS (2 * STORE_KEY_SIZE)

_Static_assert(STORE_KEY_SIZE == 2 * x4c_siphash_key, "an id is made of both halves");

/* -------------------------------------------------------------------------- text */

struct reading {
    const char *path;
    unsigned line;
    struct store_error *error;
};

static bool refuse(const struct reading *reading, const char *why)
{
    store_error_set(reading->error, "%s:%u: %s", reading->path, reading->line, why);
    return false;
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)((found - digits) % 16) : -1;
}

/* One half of the key hashes the other: to whom has neither it says nothing. */
static uint32_t id_of(const uint8_t secret[STORE_KEY_SIZE])
{
    return (uint32_t)x4_siphash(secret, secret + x4c_siphash_key, x4c_siphash_key);
}

const struct store_key *store_keys_find(const struct store_keys *keys, uint32_t id)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->keys[i].id == id)
            return &keys->keys[i];
    return NULL;
}

static bool parse_key(const struct reading *reading, const char *text, size_t len,
                      struct store_keys *keys)
{
    if (len != DIGITS)
        return refuse(reading, "expected a key of 64 hexadecimal digits");
    if (keys->count == STORE_KEYS_MAX)
        return refuse(reading, "more keys than are taken");
    struct store_key *key = &keys->keys[keys->count];
    for (size_t i = 0; i < STORE_KEY_SIZE; i++) {
        const int high = digit(text[2 * i]);
        const int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return refuse(reading, "expected hexadecimal digits");
        key->secret[i] = (uint8_t)(high << 4 | low);
    }
    key->id = id_of(key->secret);
    if (store_keys_find(keys, key->id))
        return refuse(reading, "this key was there before");
    keys->count++;
    return true;
}

/* Without what is white around it. */
static void strip(const char **text, size_t *len)
{
    static const char white[] = " \t\r";
    while (*len && strchr(white, (*text)[0])) {
        (*text)++;
        (*len)--;
    }
    while (*len && strchr(white, (*text)[*len - 1]))
        (*len)--;
}

static bool parse_line(const struct reading *reading, const char *text, size_t len,
                       struct store_keys *keys)
{
    if (memchr(text, 0, len))
        return refuse(reading, "not a text");
    strip(&text, &len);
    return len == 0 || text[0] == '#' || parse_key(reading, text, len, keys);
}

static bool parse_lines(struct reading *reading, const char *text, size_t len,
                        struct store_keys *keys)
{
    const char *const end = text + len;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *const stop = newline ? newline : end;
        reading->line++;
        if (!parse_line(reading, text, (size_t)(stop - text), keys))
            return false;
        text = newline ? newline + 1 : end;
    }
    return keys->count > 0 || refuse(reading, "no key up to here");
}

bool store_keys_parse(const char *text, size_t len, const char *path, struct store_keys *keys,
                      struct store_error *error)
{
    struct reading reading = {.path = path, .error = error};
    *keys = (struct store_keys){0};
    if (parse_lines(&reading, text, len, keys))
        return true;
    x4_wipe(keys, sizeof(*keys));
    return false;
}

/* -------------------------------------------------------------------------- the file */

static bool fail(struct store_error *error, const char *path)
{
    store_error_set(error, "%s: %s", path, strerror(errno));
    return false;
}

static bool may_use(int fd, const char *path, struct store_error *error)
{
    struct stat found;
    if (fstat(fd, &found) < 0)
        return fail(error, path);
    if (!S_ISREG(found.st_mode)) {
        store_error_set(error, "%s: not a file", path);
        return false;
    }
    if (found.st_mode & (S_IRWXG | S_IRWXO)) {
        store_error_set(error, "%s: others than its owner have permissions, mode %04o", path,
                        (unsigned)(found.st_mode & 07777));
        return false;
    }
    return true;
}

/* -1: errno. */
static ssize_t read_all(int fd, char *text, size_t size)
{
    size_t len = 0;
    while (len < size) {
        const ssize_t got = read(fd, text + len, size - len);
        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0)
            break;
        len += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)len;
}

static bool read_keys(int fd, const char *path, struct store_keys *keys, struct store_error *error)
{
    char text[STORE_KEY_FILE_MAX + 1];
    const ssize_t len = read_all(fd, text, sizeof(text));
    bool done = false;
    if (len < 0)
        (void)fail(error, path);
    else if (len > STORE_KEY_FILE_MAX)
        store_error_set(error, "%s: longer than %d bytes", path, STORE_KEY_FILE_MAX);
    else
        done = store_keys_parse(text, (size_t)len, path, keys, error);
    x4_wipe(text, sizeof(text));
    return done;
}

bool store_key_file_read(const char *path, struct store_keys *keys, struct store_error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(error, path);
    const bool done = may_use(fd, path, error) && read_keys(fd, path, keys, error);
    (void)close(fd);
    return done;
}

/* -------------------------------------------------------------------------- a new one */

/* False: errno. */
static bool write_all(int fd, const char *text, size_t len)
{
    while (len) {
        const ssize_t done = write(fd, text, len);
        if (done < 0 && errno != EINTR)
            return false;
        text += done > 0 ? done : 0;
        len -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* False: errno. */
static bool write_key(int fd)
{
    uint8_t secret[STORE_KEY_SIZE];
    char text[DIGITS + 2];
    bool done = getrandom(secret, sizeof(secret), 0) == (ssize_t)sizeof(secret);
    for (size_t i = 0; i < STORE_KEY_SIZE; i++)
        (void)snprintf(text + 2 * i, sizeof(text) - 2 * i, "%02x", secret[i]);
    text[DIGITS] = '\n';
    done = done && write_all(fd, text, DIGITS + 1) && fsync(fd) == 0;
    x4_wipe(secret, sizeof(secret));
    x4_wipe(text, sizeof(text));
    return done;
}

/* The name of a file lasts when its directory was synced. False: errno. */
static bool sync_directory(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof(copy), "%s", path);
    const int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool done = fsync(fd) == 0;
    (void)close(fd);
    return done;
}

/* It gets its name when it is complete, so that a crash leaves no half of a key. False: errno. */
static bool make(const char *path, const char *unfinished)
{
    if (unlink(unfinished) < 0 && errno != ENOENT)
        return false;
    const int fd = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return false;
    const bool done = write_key(fd) && link(unfinished, path) == 0;
    const int why = errno;
    (void)close(fd);
    (void)unlink(unfinished);
    errno = why;
    return done && sync_directory(path);
}

bool store_key_file_make(const char *path, struct store_error *error)
{
    char unfinished[PATH_MAX];
    const int len = snprintf(unfinished, sizeof(unfinished), "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof(unfinished)) {
        errno = ENAMETOOLONG;
        return fail(error, path);
    }
    return make(path, unfinished) || fail(error, path);
}
