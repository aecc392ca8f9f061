/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "x4/core/memory.h"

enum {
    ROOM_MIN = 256,
    NUMBER_TEXT = 24,
};

void *redis_alloc(size_t size)
{
    void *memory = x4_alloc(&x4_libc_allocator, size);

    if (!memory)
        abort();
    return memory;
}

static void reserve(struct redis_request *request, size_t more)
{
    const size_t wanted = request->len + more + 1;

    if (wanted <= request->room)
        return;
    const size_t room = x4m_max(2 * request->room, x4m_max(wanted, (size_t)ROOM_MIN));
    uint8_t *data = redis_alloc(room);
    if (request->len)
        memcpy(data, request->data, request->len);
    x4_free(&x4_libc_allocator, request->data, request->room);
    request->data = data;
    request->room = room;
}

static void append(struct redis_request *request, const void *data, size_t len)
{
    reserve(request, len);
    if (len)
        memcpy(request->data + request->len, data, len);
    request->len += len;
    request->data[request->len] = '\0';
}

static void append_length(struct redis_request *request, char kind, size_t length)
{
    char text[NUMBER_TEXT];
    append(request, text, (size_t)snprintf(text, sizeof(text), "%c%zu\r\n", kind, length));
}

void redis_request_bytes(struct redis_request *request, const void *data, size_t len)
{
    append_length(request, '$', len);
    append(request, data, len);
    append(request, "\r\n", 2);
    request->words++;
}

void redis_request_text(struct redis_request *request, const char *text)
{
    redis_request_bytes(request, text, strlen(text));
}

void redis_request_number(struct redis_request *request, uint64_t number)
{
    char text[NUMBER_TEXT];
    const int len = snprintf(text, sizeof(text), "%" PRIu64, number);
    redis_request_bytes(request, text, (size_t)len);
}

void redis_request_join(struct redis_request *request, const x4s_chunk *words, size_t count,
                        const struct redis_request *tail)
{
    *request = (struct redis_request){0};
    append_length(request, '*', count + tail->words);
    for (size_t i = 0; i < count; i++)
        redis_request_bytes(request, words[i].data, words[i].len);
    append(request, tail->data, tail->len);
}

void redis_request_free(struct redis_request *request)
{
    x4_free(&x4_libc_allocator, request->data, request->room);
    *request = (struct redis_request){0};
}
