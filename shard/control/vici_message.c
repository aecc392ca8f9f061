/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/vici_message.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a value that vici_printf makes. */
#define PRINTED_MAX 512

/* ------------------------------------------------------------------ reading */

struct vici_reader vici_reader(x4s_chunk message)
{
    return (struct vici_reader){.bytes = x4_reader(message.data, message.len)};
}

static bool is_plain(x4s_chunk name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < ' ' || name.data[i] == 0x7f)
            return false;
    }
    return true;
}

static bool refuse(struct vici_reader *reader)
{
    reader->bytes.failed = btrue;
    return false;
}

static bool read_name(struct vici_reader *reader, struct vici_element *element)
{
    element->name = x4_reader_chunk(&reader->bytes, x4_reader_u8(&reader->bytes));
    const bool may_be_empty = element->type == VICI_SECTION_START;
    return (is_plain(element->name) && (may_be_empty || element->name.len > 0)) || refuse(reader);
}

static bool read_value(struct vici_reader *reader, struct vici_element *element)
{
    element->value = x4_reader_chunk(&reader->bytes, x4_reader_u16(&reader->bytes));
    return !reader->bytes.failed;
}

static bool start_section(struct vici_reader *reader, struct vici_element *element)
{
    if (reader->in_list || reader->depth == VICI_DEPTH_MAX)
        return refuse(reader);
    reader->depth++;
    return read_name(reader, element);
}

static bool end_section(struct vici_reader *reader)
{
    if (reader->in_list || reader->depth == 0)
        return refuse(reader);
    reader->depth--;
    return true;
}

static bool read_pair(struct vici_reader *reader, struct vici_element *element)
{
    if (reader->in_list)
        return refuse(reader);
    return read_name(reader, element) && read_value(reader, element);
}

static bool start_list(struct vici_reader *reader, struct vici_element *element)
{
    if (reader->in_list)
        return refuse(reader);
    reader->in_list = true;
    return read_name(reader, element);
}

static bool read_item(struct vici_reader *reader, struct vici_element *element)
{
    return reader->in_list ? read_value(reader, element) : refuse(reader);
}

static bool end_list(struct vici_reader *reader)
{
    if (!reader->in_list)
        return refuse(reader);
    reader->in_list = false;
    return true;
}

bool vici_read(struct vici_reader *reader, struct vici_element *element)
{
    if (reader->bytes.failed || x4_reader_left(&reader->bytes) == 0)
        return false;
    *element = (struct vici_element){.type = (enum vici_type)x4_reader_u8(&reader->bytes)};
    switch (element->type) {
    case VICI_SECTION_START:
        return start_section(reader, element);
    case VICI_SECTION_END:
        return end_section(reader);
    case VICI_KEY_VALUE:
        return read_pair(reader, element);
    case VICI_LIST_START:
        return start_list(reader, element);
    case VICI_LIST_ITEM:
        return read_item(reader, element);
    case VICI_LIST_END:
        return end_list(reader);
    }
    return refuse(reader);
}

bool vici_reader_done(const struct vici_reader *reader)
{
    return x4_reader_done(&reader->bytes) && reader->depth == 0 && !reader->in_list;
}

bool vici_message_valid(x4s_chunk message)
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    while (vici_read(&reader, &element))
        ;
    return vici_reader_done(&reader);
}

bool vici_is(x4s_chunk bytes, const char *text)
{
    const size_t len = strlen(text);
    return bytes.len == len &&
           memcmp(bytes.data ? bytes.data : (const uint8_t *)"", text, len) == 0;
}

bool vici_find(x4s_chunk message, const char *key, x4s_chunk *value)
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    while (vici_read(&reader, &element)) {
        if (element.type != VICI_KEY_VALUE || reader.depth || !vici_is(element.name, key))
            continue;
        *value = element.value;
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ writing */

struct vici_writer vici_writer(void *buffer, size_t size)
{
    return (struct vici_writer){.bytes = x4_writer(buffer, size)};
}

static void put_type(struct vici_writer *writer, enum vici_type type)
{
    x4_writer_u8(&writer->bytes, (uint8_t)type);
}

static void put_name(struct vici_writer *writer, const char *name)
{
    const size_t len = strlen(name);
    if (len > VICI_NAME_MAX)
        writer->bytes.failed = btrue;
    x4_writer_u8(&writer->bytes, (uint8_t)len);
    x4_writer_bytes(&writer->bytes, name, len);
}

static void put_value(struct vici_writer *writer, const void *data, size_t len)
{
    if (len > UINT16_MAX)
        writer->bytes.failed = btrue;
    x4_writer_u16(&writer->bytes, (uint16_t)len);
    x4_writer_bytes(&writer->bytes, data, len);
}

void vici_section(struct vici_writer *writer, const char *name)
{
    assert(!writer->in_list && writer->depth < VICI_DEPTH_MAX);
    writer->depth++;
    put_type(writer, VICI_SECTION_START);
    put_name(writer, name);
}

void vici_section_end(struct vici_writer *writer)
{
    assert(!writer->in_list && writer->depth > 0);
    writer->depth--;
    put_type(writer, VICI_SECTION_END);
}

void vici_list(struct vici_writer *writer, const char *name)
{
    assert(!writer->in_list);
    writer->in_list = true;
    put_type(writer, VICI_LIST_START);
    put_name(writer, name);
}

void vici_list_end(struct vici_writer *writer)
{
    assert(writer->in_list);
    writer->in_list = false;
    put_type(writer, VICI_LIST_END);
}

void vici_bytes(struct vici_writer *writer, const char *key, const void *data, size_t len)
{
    assert(!writer->in_list);
    put_type(writer, VICI_KEY_VALUE);
    put_name(writer, key);
    put_value(writer, data, len);
}

void vici_text(struct vici_writer *writer, const char *key, const char *text)
{
    vici_bytes(writer, key, text, strlen(text));
}

void vici_number(struct vici_writer *writer, const char *key, uint64_t number)
{
    vici_printf(writer, key, "%" PRIu64, number);
}

void vici_flag(struct vici_writer *writer, const char *key, bool flag)
{
    vici_text(writer, key, flag ? "yes" : "no");
}

void vici_printf(struct vici_writer *writer, const char *key, const char *format, ...)
{
    char text[PRINTED_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    assert(len >= 0 && len < PRINTED_MAX);
    vici_bytes(writer, key, text, (size_t)len);
}

void vici_item_bytes(struct vici_writer *writer, const void *data, size_t len)
{
    assert(writer->in_list);
    put_type(writer, VICI_LIST_ITEM);
    put_value(writer, data, len);
}

void vici_item(struct vici_writer *writer, const char *text)
{
    vici_item_bytes(writer, text, strlen(text));
}

bool vici_writer_message(const struct vici_writer *writer, x4s_chunk *message)
{
    assert(!writer->in_list && writer->depth == 0);
    *message = (x4s_chunk){writer->bytes.base, writer->bytes.len};
    return !writer->bytes.failed;
}
