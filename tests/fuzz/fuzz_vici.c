/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A segment of the control socket. What is read lies within it, and written anew it is the same
 * bytes.
 */

#include <stdlib.h>
#include <string.h>

#include "shard/control/vici_packet.h"
#include "tests/fuzz/input.h"

#define SEGMENT_SIZE (VICI_LENGTH_SIZE + VICI_SEGMENT_MAX)

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Names have no NUL in them, so they can be handed over as text; those of sections may be empty. */
static const char *text_of(x4s_chunk name, char text[VICI_NAME_MAX + 1])
{
    must(name.len <= VICI_NAME_MAX);
    if (name.len)
        memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    must(strlen(text) == name.len);
    return text;
}

static void write_element(struct vici_writer *writer, const struct vici_element *element)
{
    char name[VICI_NAME_MAX + 1];
    switch (element->type) {
    case VICI_SECTION_START:
        vici_section(writer, text_of(element->name, name));
        break;
    case VICI_SECTION_END:
        vici_section_end(writer);
        break;
    case VICI_KEY_VALUE:
        vici_bytes(writer, text_of(element->name, name), element->value.data, element->value.len);
        break;
    case VICI_LIST_START:
        vici_list(writer, text_of(element->name, name));
        break;
    case VICI_LIST_ITEM:
        vici_item_bytes(writer, element->value.data, element->value.len);
        break;
    case VICI_LIST_END:
        vici_list_end(writer);
        break;
    }
}

static void write_message(struct vici_writer *writer, x4s_chunk message)
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    while (vici_read(&reader, &element))
        write_element(writer, &element);
    must(vici_reader_done(&reader));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t buffer[SEGMENT_SIZE];
    char name[VICI_NAME_MAX + 1];
    struct vici_packet packet;
    x4s_chunk segment;
    x4s_chunk value;
    if (size > VICI_SEGMENT_MAX || !vici_packet_read((x4s_chunk){data, size}, &packet))
        return 0;
    struct vici_writer writer = vici_packet_begin(
        buffer, sizeof(buffer), packet.type, packet.name.len ? text_of(packet.name, name) : NULL);
    write_message(&writer, packet.message);
    must(vici_packet_end(&writer, &segment));
    must(segment.len == VICI_LENGTH_SIZE + size);
    must(memcmp(segment.data + VICI_LENGTH_SIZE, data, size) == 0);
    (void)vici_find(packet.message, "ike", &value);
    return 0;
}
