/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_VICI_STREAM_H
#define SHARD_CONTROL_VICI_STREAM_H

/*
 * The two directions of a stream of segments (vici_packet.h) over a descriptor that does not block,
 * for servers and clients alike. Memory grows with what came and with what waits, not with what a
 * length says, and both are bounded.
 */

#include "shard/control/vici_packet.h"

/* What a call did. */
enum vici_progress {
    VICI_NOTHING, /* the descriptor has nothing, or takes nothing, at the moment */
    VICI_MOVED,   /* bytes were read or written */
    VICI_ENDED,   /* the other side sends no more */
    VICI_BROKEN,  /* the descriptor fails, or there is no memory */
};

/* ------------------------------------------------------------------ input */

struct vici_input {
    uint8_t *data;
    size_t size;
    size_t begin; /* of the first segment that was not taken */
    size_t end;
    size_t wiped; /* of what was taken: not beyond begin */
};

void vici_input_free(struct vici_input *input);

/* Reads once from the descriptor. */
enum vici_progress vici_input_fill(struct vici_input *input, int fd);

/*
 * Takes the next segment, without its length; it is valid until the next call of either function.
 * False: it has not come whole; vici_input_refused() tells whether it ever will.
 */
bool vici_input_next(struct vici_input *input, x4s_chunk *segment);

/* The segment that comes next is longer than VICI_SEGMENT_MAX, or empty. */
bool vici_input_refused(const struct vici_input *input);

/* A segment has begun. */
bool vici_input_pending(const struct vici_input *input);

/* ------------------------------------------------------------------ output */

struct vici_output {
    uint8_t *data;
    size_t size;
    size_t begin;
    size_t end;
    size_t max; /* bytes that may wait */
};

void vici_output_free(struct vici_output *output);

/* Bytes that wait. */
size_t vici_output_pending(const struct vici_output *output);

/* Queues a copy. False: there is no memory, or more than `max` would wait. */
bool vici_output_put(struct vici_output *output, x4s_chunk segment);

/* Writes once to the descriptor; VICI_NOTHING if nothing waits. */
enum vici_progress vici_output_flush(struct vici_output *output, int fd);

#endif
