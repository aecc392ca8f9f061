/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/vici_packet.h"

#include <assert.h>
#include <string.h>

struct shape {
    bool name;
    bool message;
};

static const struct shape shapes[] = {
    [VICI_CMD_REQUEST] = {true, true},       [VICI_CMD_RESPONSE] = {false, true},
    [VICI_CMD_UNKNOWN] = {false, false},     [VICI_EVENT_REGISTER] = {true, false},
    [VICI_EVENT_UNREGISTER] = {true, false}, [VICI_EVENT_CONFIRM] = {false, false},
    [VICI_EVENT_UNKNOWN] = {false, false},   [VICI_EVENT] = {true, true},
};

static bool is_name(x4s_chunk name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] <= ' ' || name.data[i] > '~')
            return false;
    }
    return name.len > 0;
}

bool vici_packet_read(x4s_chunk segment, struct vici_packet *packet)
{
    x4s_reader reader = x4_reader(segment.data, segment.len);
    const uint8_t type = x4_reader_u8(&reader);
    if (type >= x4m_countof(shapes))
        return false;
    *packet = (struct vici_packet){.type = (enum vici_packet_type)type};
    if (shapes[type].name) {
        packet->name = x4_reader_chunk(&reader, x4_reader_u8(&reader));
        if (!is_name(packet->name))
            return false;
    }
    if (shapes[type].message)
        packet->message = x4_reader_rest(&reader);
    return x4_reader_done(&reader) && vici_message_valid(packet->message);
}

struct vici_writer vici_packet_begin(void *buffer, size_t size, enum vici_packet_type type,
                                     const char *name)
{
    struct vici_writer writer = vici_writer(buffer, size);
    assert(shapes[type].name == (name != NULL));
    x4_writer_zeros(&writer.bytes, VICI_LENGTH_SIZE);
    x4_writer_u8(&writer.bytes, (uint8_t)type);
    if (name) {
        assert(*name && strlen(name) <= VICI_NAME_MAX);
        x4_writer_u8(&writer.bytes, (uint8_t)strlen(name));
        x4_writer_bytes(&writer.bytes, name, strlen(name));
    }
    return writer;
}

bool vici_packet_end(struct vici_writer *writer, x4s_chunk *segment)
{
    if (!vici_writer_message(writer, segment))
        return false;
    const size_t len = segment->len - VICI_LENGTH_SIZE;
    x4_writer_patch_u16(&writer->bytes, 0, len >> 16);
    x4_writer_patch_u16(&writer->bytes, 2, len & UINT16_MAX);
    return len <= VICI_SEGMENT_MAX;
}
