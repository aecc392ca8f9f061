/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_VICI_PACKET_H
#define SHARD_CONTROL_VICI_PACKET_H

/*
 * Packets of the Versatile IKE Control Interface. On a stream a packet is a segment: its length in
 * four bytes, which they do not count, then
 *
 *     type (1), of named types the length of a name (1) and the name, the message, if any
 */

#include "shard/control/vici_message.h"

#define VICI_LENGTH_SIZE 4
#define VICI_SEGMENT_MAX ((size_t)512 * 1024) /* without its length */

enum vici_packet_type {
    VICI_CMD_REQUEST,      /* name, message: the client asks */
    VICI_CMD_RESPONSE,     /* message: the server's answer, one for each request */
    VICI_CMD_UNKNOWN,      /* the same where it has no such command */
    VICI_EVENT_REGISTER,   /* name: the client wants events */
    VICI_EVENT_UNREGISTER, /* name: no more of them */
    VICI_EVENT_CONFIRM,    /* the answer to both */
    VICI_EVENT_UNKNOWN,    /* the same where there is no such event */
    VICI_EVENT,            /* name, message: may come at any time while registered */
};

struct vici_packet {
    enum vici_packet_type type;
    x4s_chunk name;    /* printable */
    x4s_chunk message; /* valid */
};

/* Reads a segment, whose bytes the packet points to. False: malformed. */
bool vici_packet_read(x4s_chunk segment, struct vici_packet *packet);

/*
 * Begins a segment in a buffer; `name` is NULL for types without one. What the message holds is
 * written to the writer, if the type has one.
 */
struct vici_writer vici_packet_begin(void *buffer, size_t size, enum vici_packet_type type,
                                     const char *name);

/* The whole segment with its length. False: it did not fit. */
bool vici_packet_end(struct vici_writer *writer, x4s_chunk *segment);

#endif
