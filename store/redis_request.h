/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_REQUEST_H
#define STORE_REDIS_REQUEST_H

/*
 * A command in the form in which it goes to the server: an array of strings of any bytes. It is
 * kept until it is answered, so that it can be sent again.
 *
 * Of a script only the arguments are kept. What goes in front of them is its digest where the
 * server may have it, or all of it.
 *
 * hiredis 0.14 ends the process when it gets no memory. What is allocated beside it does the same,
 * since the next call of it would.
 */

#include "x4/core/types.h"

struct redis_request {
    uint8_t *data; /* always with a NUL behind it */
    size_t len;
    size_t room;
    uint32_t words;
};

/* Zeroed. */
void *redis_alloc(size_t size);

/* Appends one argument. */
void redis_request_bytes(struct redis_request *request, const void *data, size_t len);
void redis_request_text(struct redis_request *request, const char *text);
void redis_request_number(struct redis_request *request, uint64_t number);

/*
 * The whole command: the number of words, `words` of its beginning (each with its length), and what
 * `tail` has. The caller releases `request`.
 */
void redis_request_join(struct redis_request *request, const x4s_chunk *words, size_t count,
                        const struct redis_request *tail);

/* Wiped; zeroed is as good as new. */
void redis_request_free(struct redis_request *request);

#endif
