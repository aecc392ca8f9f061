/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_USAGE_H
#define SHARD_RADIUS_USAGE_H

/*
 * What the children of a session have carried, for accounting: those that there are and those that
 * there were. Who counts is the kernel, which is asked and answers later; so a record waits for the
 * answers, even if its session is gone by then.
 */

#include "shard/radius/question.h"

struct shard;

struct shard_usage;

/* NULL: no memory. After shard_usage_free() what waits is sent all the same. */
struct shard_usage *shard_usage_new(struct shard *shard);
void shard_usage_free(struct shard_usage *usage);

/*
 * A child, named by its inbound SPI, is the session's from now on. What it has carried before is
 * not: with `fresh` that is nothing.
 */
void shard_usage_begin(struct shard_usage *usage, uint32_t spi_in, bool fresh);

/* And is not any more, if it was: it goes to another session, or its SAs are deleted next. */
void shard_usage_end(struct shard_usage *usage, uint32_t spi_in);

/* Asks about the children that there are. */
void shard_usage_ask(struct shard_usage *usage);

/* Records wait for answers. */
bool shard_usage_is_waiting(const struct shard_usage *usage);

/*
 * Sends a record when all is answered that was asked before. With `counts` it says how much there
 * was in both directions (RFC 2866 5.3, 5.4, 5.8, 5.9, RFC 2869 5.1, 5.2), if the kernel counts.
 */
void shard_usage_send(struct shard_usage *usage, const struct radius_writer *record, bool counts);

#endif
