/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_LOG_SINK_H
#define SHARD_LOG_SINK_H

/*
 * Where log lines go: a descriptor whose reader may be slow, stuck or gone. Nothing here waits for
 * it, and nothing it does harms anybody.
 *
 * With systemd's journal at the other end each line begins with its priority, as in
 * sd-daemon(3): `<5>ts=...`. The journal's native protocol would make a field of each key, but it
 * needs a socket of its own, in each thread's sandbox, for what `journalctl --grep` and lines in
 * JSON give as well; and lines stay what they are elsewhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "x4/core/trace.h"

#define HUB_LOG_SINK_PREFIX 3 /* bytes of a priority */

struct hub_log_sink {
    int fd;
    bool socket;
    bool journal;
    size_t chunk_max; /* bytes that are written whole, or not at all */
};

/* The descriptor stays the caller's. */
void hub_log_sink_init(struct hub_log_sink *sink, int fd);

/*
 * Bytes of whole lines that are to be written with one call: so lines of several threads do not mix
 * where it can be helped. `len` is not 0.
 */
size_t hub_log_sink_chunk(const struct hub_log_sink *sink, const char *lines, size_t len);

/* As write(2), without waiting. */
ssize_t hub_log_sink_write(const struct hub_log_sink *sink, const void *data, size_t len);

/* The priority of a line, HUB_LOG_SINK_PREFIX bytes; NULL: the reader wants none. */
const char *hub_log_sink_prefix(const struct hub_log_sink *sink, x4e_trace_level level);

/*
 * A descriptor of the same pipe or terminal that does not wait when it is full, the caller's; for
 * others a duplicate. The flag is an open file's, so setting it on `fd` would set it for whoever
 * else has it, a shell, say. -1: errno.
 */
int hub_log_sink_dup(int fd);

/* A line of a process that has no log yet, on standard error: `label`, and what there is to say. */
void hub_log_sink_say(x4e_trace_level level, const char *label, const char *text);

/* Sees that 0, 1 and 2 are open: a file that got 2 would receive what is meant for stderr. */
void hub_log_sink_fill_standard(void);

#endif
