/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_VICI_MESSAGE_H
#define SHARD_CONTROL_VICI_MESSAGE_H

/*
 * Messages of the Versatile IKE Control Interface: a tree of sections with key/values and lists.
 *
 *     SECTION_START name   SECTION_END   KEY_VALUE name value
 *     LIST_START name      LIST_ITEM value      LIST_END
 *
 * An element is one byte that names it, a name with a length of one byte, and a value with a length
 * of two. Values are bytes; all that we write is text, numbers in decimal digits.
 *
 * A message is read element by element. The reader refuses what is not balanced, nested deeper than
 * VICI_DEPTH_MAX, a list within a list, anything but items in a list, and names that have control
 * characters, or are empty; that of a section may be, because strongSwan has one such. It allocates
 * nothing; what it yields points into the message.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x4/core/types.h"
#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

#define VICI_DEPTH_MAX 16  /* sections in sections */
#define VICI_NAME_MAX  255 /* bytes of a name */

enum vici_type {
    VICI_SECTION_START = 1,
    VICI_SECTION_END,
    VICI_KEY_VALUE,
    VICI_LIST_START,
    VICI_LIST_ITEM,
    VICI_LIST_END,
};

/* ------------------------------------------------------------------ reading */

struct vici_element {
    enum vici_type type;
    x4s_chunk name;  /* of a section, a key/value and a list */
    x4s_chunk value; /* of a key/value and an item */
};

struct vici_reader {
    x4s_reader bytes;
    unsigned depth;
    bool in_list;
};

struct vici_reader vici_reader(x4s_chunk message);

/* The next element. False: the end, or malformed; vici_reader_done() tells which. */
bool vici_read(struct vici_reader *reader, struct vici_element *element);

/* The message was read to its end, and is balanced. */
bool vici_reader_done(const struct vici_reader *reader);

/* Reads it all. */
bool vici_message_valid(x4s_chunk message);

/* The first value of a key outside all sections. False: there is none. */
bool vici_find(x4s_chunk message, const char *key, x4s_chunk *value);

/* Both have the same bytes. */
bool vici_is(x4s_chunk bytes, const char *text);

/* ------------------------------------------------------------------ writing */

/*
 * Into a buffer of fixed size. One that runs out of room fails and stays failed, and so does one
 * that is given a name or a value that is too long: check vici_writer_message() once. The order of
 * calls is ours to get right, and asserted.
 */
struct vici_writer {
    x4s_writer bytes;
    unsigned depth;
    bool in_list;
};

struct vici_writer vici_writer(void *buffer, size_t size);

void vici_section(struct vici_writer *writer, const char *name);
void vici_section_end(struct vici_writer *writer);
void vici_list(struct vici_writer *writer, const char *name);
void vici_list_end(struct vici_writer *writer);

void vici_bytes(struct vici_writer *writer, const char *key, const void *data, size_t len);
void vici_text(struct vici_writer *writer, const char *key, const char *text);
void vici_number(struct vici_writer *writer, const char *key, uint64_t number);
void vici_flag(struct vici_writer *writer, const char *key, bool flag); /* yes or no */
void vici_printf(struct vici_writer *writer, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void vici_item(struct vici_writer *writer, const char *text);
void vici_item_bytes(struct vici_writer *writer, const void *data, size_t len);

/* What was written. False: it did not fit. All that was opened has to be closed. */
bool vici_writer_message(const struct vici_writer *writer, x4s_chunk *message);

#endif
