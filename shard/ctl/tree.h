/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_TREE_H
#define SHARD_CTL_TREE_H

/*
 * Messages as JSON: sections are objects, lists arrays, and values strings, or numbers where the
 * key says that it is one. Bytes that are not UTF-8 come as \xHH.
 */

#include <jansson.h>

#include "shard/control/vici_message.h"

/* A new object, or NULL: no memory. */
json_t *ctl_tree(x4s_chunk message);

/* The string of a key, "" where there is none. */
const char *ctl_tree_text(const json_t *object, const char *key);

/* The number of a key, 0 where there is none. */
json_int_t ctl_tree_number(const json_t *object, const char *key);

#endif
