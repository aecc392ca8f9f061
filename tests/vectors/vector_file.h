/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_VECTOR_FILE_H
#define TESTS_VECTOR_FILE_H

/*
 * Test vectors in files: a line per case, fields separated by blanks, '#' begins a comment line.
 * What is wrong with a file fails the running test and names file and line.
 */

#include <stdio.h>

#include "x4/crypto/algorithms.h"

#define VECTOR_FIELDS_MAX 12
#define VECTOR_BYTES_MAX  1024 /* g^xy of 8192 bits */

typedef struct vector_file {
    const char *path;
    FILE *stream;
    char *line;
    size_t size;
    unsigned number;
} vector_file;

/* The bytes of one field. */
typedef struct vector_bytes {
    size_t len;
    uint8_t data[VECTOR_BYTES_MAX];
} vector_bytes;

/* Paths are relative to the top of the tree. bfalse if there is no such file. */
bval vector_open(vector_file *file, const char *path);
void vector_close(vector_file *file);

/* The next line without its end, or NULL after the last. Valid until the next call. */
char *vector_line(vector_file *file);

/* The next case, which has exactly `count` fields; bfalse after the last. */
bval vector_case(vector_file *file, char *fields[], size_t count);

/* A field in hexadecimal; "-" is none. */
void vector_hex(const vector_file *file, const char *field, vector_bytes *bytes);
x4s_chunk vector_chunk(const vector_bytes *bytes);

/* "sha1", "sha256" ... */
x4e_hash vector_hash(const vector_file *file, const char *field);

/* Fails the test: a file holds what it should not, or a result differs. */
_Noreturn void vector_fail(const vector_file *file, const char *what);

#endif
