/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_protocol.h"

#include <string.h>

#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

enum field {
    STATUS = 1,
    FLAGS = 2,
    NAME = 4,
    PATH = 8,
    DATA = 16,
    TEXT = 32,
};

static const uint8_t fields[KEY_TYPE_COUNT] = {
    [KEY_HELLO] = TEXT,
    [KEY_SIGN] = NAME | DATA,
    [KEY_SIGNED] = STATUS | DATA,
    [KEY_PASSPHRASE] = PATH | DATA,
    [KEY_LOAD] = 0,
    [KEY_ADD] = DATA,
    [KEY_REMOVE] = NAME,
    [KEY_COMMIT] = 0,
    [KEY_FOUND] = FLAGS | PATH | DATA | TEXT,
    [KEY_DONE] = STATUS | TEXT,
};

/* -------------------------------------------------------------------------- writing */

static void write_chunk(x4s_writer *writer, x4s_chunk chunk, size_t max)
{
    if (chunk.len > max)
        writer->failed = btrue;
    x4_writer_u16(writer, (uint16_t)chunk.len);
    x4_writer_bytes(writer, chunk.data, chunk.len);
}

x4s_chunk key_message_text(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, text ? strlen(text) : 0};
}

size_t key_message_write(const struct key_message *message, uint8_t *bytes, size_t size)
{
    const uint8_t has = fields[message->type];
    x4s_writer writer = x4_writer(bytes, size);
    x4_writer_u8(&writer, (uint8_t)message->type);
    x4_writer_u32(&writer, (uint32_t)(message->id >> 32));
    x4_writer_u32(&writer, (uint32_t)message->id);
    if (has & STATUS)
        x4_writer_u8(&writer, (uint8_t)message->status);
    if (has & FLAGS)
        x4_writer_u8(&writer, message->flags);
    if (has & NAME)
        x4_writer_bytes(&writer, message->name, sizeof(message->name));
    if (has & PATH)
        write_chunk(&writer, message->path, KEY_PATH_MAX);
    if (has & DATA)
        write_chunk(&writer, message->data, KEY_DATA_MAX);
    if (has & TEXT)
        write_chunk(&writer, message->text, KEY_TEXT_MAX);
    return writer.failed ? 0 : x4_writer_len(&writer);
}

/* -------------------------------------------------------------------------- reading */

static x4s_chunk read_chunk(x4s_reader *reader, size_t max)
{
    const uint16_t len = x4_reader_u16(reader);
    if (len > max)
        reader->failed = btrue;
    return x4_reader_chunk(reader, len);
}

static enum key_status read_status(x4s_reader *reader)
{
    const uint8_t status = x4_reader_u8(reader);
    if (status >= KEY_STATUSES)
        reader->failed = btrue;
    return (enum key_status)status;
}

static uint8_t read_flags(x4s_reader *reader)
{
    const uint8_t flags = x4_reader_u8(reader);
    if (flags & ~KEY_FLAGS)
        reader->failed = btrue;
    return flags;
}

static void read_name(x4s_reader *reader, uint8_t name[KEY_NAME])
{
    const uint8_t *bytes = x4_reader_bytes(reader, KEY_NAME);
    if (bytes)
        memcpy(name, bytes, KEY_NAME);
}

/* A path is a path on both sides: no byte of it ends it early. */
static bool is_text(x4s_chunk chunk)
{
    return !chunk.len || memchr(chunk.data, '\0', chunk.len) == NULL;
}

bool key_message_read(x4s_chunk bytes, struct key_message *message)
{
    x4s_reader reader = x4_reader(bytes.data, bytes.len);
    const uint8_t type = x4_reader_u8(&reader);
    *message = (struct key_message){.type = (enum key_message_type)type};
    if (type < KEY_HELLO || type >= KEY_TYPE_COUNT)
        return false;
    const uint8_t has = fields[type];
    message->id = (uint64_t)x4_reader_u32(&reader) << 32;
    message->id |= x4_reader_u32(&reader);
    if (has & STATUS)
        message->status = read_status(&reader);
    if (has & FLAGS)
        message->flags = read_flags(&reader);
    if (has & NAME)
        read_name(&reader, message->name);
    if (has & PATH)
        message->path = read_chunk(&reader, KEY_PATH_MAX);
    if (has & DATA)
        message->data = read_chunk(&reader, KEY_DATA_MAX);
    if (has & TEXT)
        message->text = read_chunk(&reader, KEY_TEXT_MAX);
    return x4_reader_done(&reader) && is_text(message->path) && is_text(message->text);
}
