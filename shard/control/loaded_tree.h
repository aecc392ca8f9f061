/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_LOADED_TREE_H
#define SHARD_CONTROL_LOADED_TREE_H

/*
 * What was loaded as sections of settings, as the file's reader would have made them: so there is
 * one reader of options. Lists become values with commas, and what is bytes and not text becomes
 * hexadecimal digits.
 */

#include "shard/control/loaded.h"

/* What is not bytes, is text without control characters; `key` is the first that is not, or NULL.
 */
bool control_loaded_readable(x4s_chunk message, x4s_chunk *key);

/* Adds the section. False: no memory. */
bool control_loaded_plant(struct tree *tree, const struct control_wanted *wanted);

#endif
