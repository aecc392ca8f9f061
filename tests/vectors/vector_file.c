/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/vectors/vector_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hex.h"

_Noreturn void vector_fail(const vector_file *file, const char *what)
{
    fail_msg("%s:%u: %s", file->path, file->number, what);
    abort();
}

bval vector_open(vector_file *file, const char *path)
{
    *file = (vector_file){.path = path, .stream = fopen(path, "r")};
    return file->stream != NULL;
}

void vector_close(vector_file *file)
{
    free(file->line);
    fclose(file->stream);
}

char *vector_line(vector_file *file)
{
    if (getline(&file->line, &file->size, file->stream) < 0)
        return NULL;
    file->line[strcspn(file->line, "\r\n")] = '\0';
    file->number++;
    return file->line;
}

static char *data_line(vector_file *file)
{
    char *line = vector_line(file);
    while (line && (*line == '#' || *line == '\0'))
        line = vector_line(file);
    return line;
}

bval vector_case(vector_file *file, char *fields[], size_t count)
{
    char *line = data_line(file);
    if (!line)
        return bfalse;
    size_t found = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (found < count)
            fields[found] = word;
        found++;
    }
    if (found != count)
        vector_fail(file, "wrong number of fields");
    return btrue;
}

void vector_hex(const vector_file *file, const char *field, vector_bytes *bytes)
{
    bytes->len = 0;
    if (!strcmp(field, "-"))
        return;
    bytes->len = hex_read(field, bytes->data, sizeof(bytes->data));
    if (bytes->len * 2 != strlen(field))
        vector_fail(file, "not hexadecimal, or too long");
}

x4s_chunk vector_chunk(const vector_bytes *bytes)
{
    return (x4s_chunk){.data = bytes->data, .len = bytes->len};
}

x4e_hash vector_hash(const vector_file *file, const char *field)
{
    static const struct {
        const char *name;
        x4e_hash hash;
    } names[] = {
        {"md5", x4c_hash_md5},       {"sha1", x4c_hash_sha1},     {"sha256", x4c_hash_sha256},
        {"sha384", x4c_hash_sha384}, {"sha512", x4c_hash_sha512},
    };
    for (size_t i = 0; i < x4m_countof(names); i++)
        if (!strcmp(names[i].name, field))
            return names[i].hash;
    vector_fail(file, "unknown hash");
}
