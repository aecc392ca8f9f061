/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/vici_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "x4/core/memory.h"

#define ROOM_MIN 4096

/* What a buffer has grown to beyond this is given back when it is empty. */
#define ROOM_KEPT (64 * 1024)

static enum vici_progress progress_of(ssize_t moved)
{
    if (moved > 0)
        return VICI_MOVED;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? VICI_NOTHING : VICI_BROKEN;
}

static void give_back(uint8_t **data, size_t *size)
{
    if (*data)
        x4_wipe(*data, *size);
    free(*data);
    *data = NULL;
    *size = 0;
}

/*
 * Room for `wanted` more bytes behind the end: moves what is there to the front, or grows. Nothing
 * is left where it was: it may be a private key.
 */
static bool make_room(uint8_t **data, size_t *size, size_t *begin, size_t *end, size_t wanted)
{
    if (*size - *end >= wanted)
        return true;
    const size_t used = *end - *begin;
    if (used && *begin) {
        memmove(*data, *data + *begin, used);
        x4_wipe(*data + used, *begin);
    }
    *begin = 0;
    *end = used;
    if (*size - used >= wanted)
        return true;
    const size_t grown = x4m_max(*size * 2, used + wanted);
    uint8_t *more = malloc(grown);
    if (!more)
        return false;
    if (used)
        memcpy(more, *data, used);
    give_back(data, size);
    *data = more;
    *size = grown;
    return true;
}

/* ------------------------------------------------------------------ input */

void vici_input_free(struct vici_input *input)
{
    give_back(&input->data, &input->size);
    input->begin = input->end = input->wiped = 0;
}

/* What was taken is not looked at any more. */
static void wipe_taken(struct vici_input *input)
{
    if (input->begin > input->wiped)
        x4_wipe(input->data + input->wiped, input->begin - input->wiped);
    input->wiped = input->begin;
}

enum vici_progress vici_input_fill(struct vici_input *input, int fd)
{
    wipe_taken(input);
    if (!make_room(&input->data, &input->size, &input->begin, &input->end, ROOM_MIN))
        return VICI_BROKEN;
    const ssize_t got = read(fd, input->data + input->end, input->size - input->end);
    if (got == 0)
        return VICI_ENDED;
    input->wiped = input->begin;
    if (got > 0)
        input->end += (size_t)got;
    return progress_of(got);
}

/* False: the length itself has not come whole. */
static bool read_length(const struct vici_input *input, size_t *len)
{
    x4s_reader reader = x4_reader(input->data + input->begin, input->end - input->begin);
    *len = x4_reader_u32(&reader);
    return !reader.failed;
}

bool vici_input_pending(const struct vici_input *input)
{
    return input->end > input->begin;
}

bool vici_input_refused(const struct vici_input *input)
{
    size_t len;
    return vici_input_pending(input) && read_length(input, &len) &&
           (len == 0 || len > VICI_SEGMENT_MAX);
}

bool vici_input_next(struct vici_input *input, x4s_chunk *segment)
{
    size_t len;
    wipe_taken(input);
    if (!vici_input_pending(input)) {
        if (input->size > ROOM_KEPT)
            vici_input_free(input);
        return false;
    }
    if (!read_length(input, &len) || vici_input_refused(input) ||
        input->end - input->begin - VICI_LENGTH_SIZE < len)
        return false;
    *segment = (x4s_chunk){input->data + input->begin + VICI_LENGTH_SIZE, len};
    input->begin += VICI_LENGTH_SIZE + len;
    return true;
}

/* ------------------------------------------------------------------ output */

void vici_output_free(struct vici_output *output)
{
    give_back(&output->data, &output->size);
    output->begin = output->end = 0;
}

size_t vici_output_pending(const struct vici_output *output)
{
    return output->end - output->begin;
}

bool vici_output_put(struct vici_output *output, x4s_chunk segment)
{
    if (segment.len > output->max - vici_output_pending(output) ||
        !make_room(&output->data, &output->size, &output->begin, &output->end, segment.len))
        return false;
    memcpy(output->data + output->end, segment.data, segment.len);
    output->end += segment.len;
    return true;
}

enum vici_progress vici_output_flush(struct vici_output *output, int fd)
{
    if (!vici_output_pending(output))
        return VICI_NOTHING;
    const ssize_t put =
        send(fd, output->data + output->begin, vici_output_pending(output), MSG_NOSIGNAL);
    if (put > 0)
        output->begin += (size_t)put;
    if (!vici_output_pending(output) && output->size > ROOM_KEPT)
        vici_output_free(output);
    return progress_of(put);
}
