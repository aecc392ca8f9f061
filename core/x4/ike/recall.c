/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/recall.h"

#include <string.h>

#include "x4/ike/engine.h"
#include "x4/ike/message.h"

#define TIMES_BITS 4
#define TIMES_MAX  ((1u << TIMES_BITS) - 1)

_Static_assert((x4c_recall_pieces & (x4c_recall_pieces - 1)) == 0, "a piece is some bits");

/* Of the hash the lowest bits tell the piece, the next ones the line, the highest the message. */
#define PIECE_BITS 6
#define TAG_SHIFT  36

_Static_assert(x4c_recall_pieces == 1 << PIECE_BITS, "bits of a piece");

static uint64_t key_of(const x4s_charon *charon, const x4s_ike_message *message)
{
    const x4s_net_addr *from = &message->link->remote;
    struct {
        uint64_t digest;
        uint8_t ip[sizeof(from->ip)];
        uint64_t port;
    } key = {.digest = message->digest, .port = from->port};
    memcpy(key.ip, from->ip, sizeof(key.ip));
    return x4_engine_hash(charon, &key, sizeof(key));
}

static uint32_t lines_of_piece(const x4s_charon *charon)
{
    uint32_t whole = charon->config.limits.remembered;
    return x4m_max(whole / (x4c_recall_pieces * x4c_recall_line), 1u);
}

static size_t piece_size(const x4s_charon *charon)
{
    return lines_of_piece(charon) * sizeof(uint32_t[x4c_recall_line]);
}

/* NULL: it is not there, and was not made. */
static uint32_t *line_of(x4s_charon *charon, uint64_t key, bval make)
{
    uint32_t(**piece)[x4c_recall_line] = &charon->recall.pieces[key % x4c_recall_pieces];
    uint64_t place = key >> PIECE_BITS & UINT32_MAX;
    if (!*piece && make)
        *piece = x4_alloc(charon->allocator, piece_size(charon));
    return *piece ? (*piece)[place * lines_of_piece(charon) >> 32] : NULL;
}

static uint32_t tag_of(uint64_t key)
{
    return (uint32_t)(key >> TAG_SHIFT) << TIMES_BITS;
}

/* Where the message is, or the first free place, or the oldest message. */
static size_t find(const uint32_t *line, uint32_t tag)
{
    size_t i = 0;
    while (i < x4c_recall_line - 1 && line[i] != 0 && (line[i] & ~TIMES_MAX) != tag)
        i++;
    return i;
}

static uint32_t times_at(uint32_t cell, uint32_t tag)
{
    return (cell & ~TIMES_MAX) == tag ? cell & TIMES_MAX : 0;
}

unsigned x4_recall_count(x4s_charon *charon, const x4s_ike_message *message)
{
    uint64_t key = key_of(charon, message);
    uint32_t tag = tag_of(key);
    uint32_t *line = line_of(charon, key, btrue);
    if (!line)
        return 1;
    size_t at = find(line, tag);
    uint32_t times = x4m_min(times_at(line[at], tag) + 1, TIMES_MAX);
    memmove(line + 1, line, at * sizeof(*line));
    line[0] = tag | times;
    return times;
}

void x4_recall_forget(x4s_charon *charon, const x4s_ike_message *message)
{
    uint64_t key = key_of(charon, message);
    uint32_t tag = tag_of(key);
    uint32_t *line = line_of(charon, key, bfalse);
    if (!line)
        return;
    size_t at = find(line, tag);
    if (times_at(line[at], tag) == 0)
        return;
    memmove(line + at, line + at + 1, (x4c_recall_line - 1 - at) * sizeof(*line));
    line[x4c_recall_line - 1] = 0;
}

void x4_recall_clear(x4s_charon *charon)
{
    for (size_t i = 0; i < x4c_recall_pieces; i++) {
        x4_free(charon->allocator, charon->recall.pieces[i], piece_size(charon));
        charon->recall.pieces[i] = NULL;
    }
}
