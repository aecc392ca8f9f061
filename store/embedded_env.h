/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_EMBEDDED_ENV_H
#define STORE_EMBEDDED_ENV_H

/*
 * The files of the embedded store: a directory with `records`, an LMDB database, and `lock`, which
 * its one user holds. Everything here blocks, and is for one thread at a time.
 *
 * A commit is on the disk when it is answered. Should the machine lose its power right then, the
 * last commit may be undone as a whole; store_env_sync() makes that impossible as well. Whatever
 * happens, what is found afterwards is the state after one of the last two commits.
 */

#include "store/backend.h"

struct store_env;

enum {
    STORE_ENV_VALUE_MAX = 65536,  /* bytes of a record that is taken */
    STORE_ENV_SLICE = 128 * 1024, /* bytes that are read at once */
};

/*
 * Makes the directory if it is not there. NULL: *error says why, a second user and damaged pages
 * among others.
 */
struct store_env *store_env_open(const char *folder, struct store_error *error);

void store_env_close(struct store_env *env);

/*
 * Does all writes of the batches, or none of them, and sets their results. False: nothing was done,
 * *why says why; it is worth trying again, because the file grows and is opened anew as needed.
 */
bool store_env_write(struct store_env *env, struct store_batch *const *batches, size_t count,
                     struct store_error *why);

/* Makes what was written last as certain as what was written before it. */
void store_env_sync(struct store_env *env);

/* A part of a partition: records one after the other, as store_slice_next() reads them. */
struct store_slice {
    struct store_name last; /* where it ended */
    bool end;               /* nothing comes after it */
    size_t len;
    uint8_t bytes[STORE_ENV_SLICE];
};

/*
 * Reads on behind slice->last; len of 0 is from the beginning. Records whose time is over come like
 * all others, so that the reader may erase them. False: *why says why.
 */
bool store_env_read(struct store_env *env, const char *estate, unsigned partition,
                    struct store_slice *slice, struct store_error *why);

/* The next record; *at is 0 for the first. False: there is none. */
bool store_slice_next(const struct store_slice *slice, size_t *at, struct store_name *name,
                      x4s_chunk *data);

#endif
