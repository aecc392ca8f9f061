/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KEY_SANDBOX_H
#define SHARD_PRIVILEGE_KEY_SANDBOX_H

/*
 * What the key process gives up before it reads a key: its memory is neither swapped, nor dumped,
 * nor read by a debugger; of capabilities it keeps the one to read files; and of system calls those
 * that the rest of its life needs. It can begin no program, open no socket, and open files for
 * reading only.
 *
 * Why it may still open files: keys are read again when the configuration is, and links in the
 * folders lead to wherever a certificate's renewal has put the key, so that neither descriptors of
 * the folders nor Landlock's rules for them would do. What bounds it is that nobody can name a file
 * to it: the protocol has no such message.
 *
 * It stays the user that it was started as, be that root: private keys are that user's files, and
 * where a service manager takes the capability to read others' files away nobody else reads them.
 */

#include "ioring/error.h"

/*
 * Enters. NULL: *error says what the kernel refuses. Else a text that says what could not be done
 * about the memory, or "".
 */
const char *key_sandbox_enter(struct ring_error *error);

#endif
