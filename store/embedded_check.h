/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_EMBEDDED_CHECK_H
#define STORE_EMBEDDED_CHECK_H

/*
 * Whether the pages of an LMDB database are whole. LMDB trusts them: where a disk has spoilt one it
 * reads, and writes, what is not there. So a process of its own goes through all of them first, and
 * may die of it.
 *
 * Blocks for as long as it takes to read the file; a process that does not come to an end is ended
 * after a minute. The child allocates memory, which POSIX forbids where there are other threads,
 * and which the C library and jemalloc both provide for.
 */

#include <stdbool.h>

/* A file that is not there, or that LMDB refuses by itself, is sound: who opens it is told so. */
bool store_check_is_sound(const char *file);

#endif
