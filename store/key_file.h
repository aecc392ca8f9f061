/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_KEY_FILE_H
#define STORE_KEY_FILE_H

/*
 * The keys that records are sealed with, as a file that all nodes of a cluster have:
 *
 *     # comment
 *     6f1d...   64 hexadecimal digits: 32 bytes of a random generator
 *
 * The first key seals, and all open. To change the key, first add the new one at the end of the
 * file on every node, then make it the first one on every node; the old one may go when no record
 * is left that it sealed.
 *
 * Only the file's owner may have any permission.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/error.h"

enum {
    STORE_KEY_SIZE = 32,
    STORE_KEYS_MAX = 16,
    STORE_KEY_FILE_MAX = 8192, /* bytes of the file */
};

/* `id` stands in the clear before what the key has sealed, and tells nothing about it. */
struct store_key {
    uint32_t id;
    uint8_t secret[STORE_KEY_SIZE];
};

/* At least one. */
struct store_keys {
    size_t count;
    struct store_key keys[STORE_KEYS_MAX];
};

/* False: *error says why, with the line where one is to blame; no secret is in it or in `keys`. */
bool store_key_file_read(const char *path, struct store_keys *keys, struct store_error *error);

/*
 * Makes a file with one random key for its owner alone, if there is no file of that name; it is on
 * the disk then. False: *error says why.
 */
bool store_key_file_make(const char *path, struct store_error *error);

/* The key of that id, or NULL. */
const struct store_key *store_keys_find(const struct store_keys *keys, uint32_t id);

/* Reads keys from the text of a file; `path` is for the error. */
bool store_keys_parse(const char *text, size_t len, const char *path, struct store_keys *keys,
                      struct store_error *error);

#endif
