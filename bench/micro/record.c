/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of SAs: written, sealed, opened, read.
 */
#include "store/record.h"
#include "bench/micro/kit.h"
#include "bench/micro/tunnel_record.h"

#include <stdlib.h>

#define NOW UINT64_C(1700000000000) /* 2023-11-14 */

/* One of the two records of a tunnel. */
struct kind {
    size_t (*write)(const struct micro_tunnel *tunnel, uint8_t bytes[STORE_RECORD_MAX]);
    bool (*read)(x4s_chunk bytes);
    const struct store_place *(*place)(const struct micro_tunnel *tunnel);
};

struct state {
    const struct kind *kind;
    struct micro_tunnel tunnel;
    struct store_sealer *sealer;
    size_t len;
    size_t sealed_len;
    uint8_t bytes[STORE_RECORD_MAX];
    uint8_t sealed[STORE_SEALED_MAX];
};

static size_t write_isakmp(const struct micro_tunnel *tunnel, uint8_t bytes[STORE_RECORD_MAX])
{
    return store_isakmp_write(&tunnel->isakmp, bytes);
}

static bool read_isakmp(x4s_chunk bytes)
{
    struct store_isakmp sa;
    return store_isakmp_read(bytes, NOW, &sa) == STORE_none;
}

static const struct store_place *place_isakmp(const struct micro_tunnel *tunnel)
{
    return &tunnel->isakmp_place;
}

static size_t write_child(const struct micro_tunnel *tunnel, uint8_t bytes[STORE_RECORD_MAX])
{
    return store_child_write(&tunnel->child, bytes);
}

static bool read_child(x4s_chunk bytes)
{
    struct store_child child;
    return store_child_read(bytes, NOW, &child) == STORE_none;
}

static const struct store_place *place_child(const struct micro_tunnel *tunnel)
{
    return &tunnel->child_place;
}

static const struct kind isakmp = {write_isakmp, read_isakmp, place_isakmp};
static const struct kind child = {write_child, read_child, place_child};

static void run_write(void *user)
{
    struct state *state = user;
    state->len = state->kind->write(&state->tunnel, state->bytes);
    micro_must(state->len > 0, "writing a record");
}

static void run_seal(void *user)
{
    struct state *state = user;
    state->sealed_len = store_seal(state->sealer, state->kind->place(&state->tunnel),
                                   (x4s_chunk){state->bytes, state->len}, state->sealed);
    micro_must(state->sealed_len > 0, "sealing");
}

static void run_open(void *user)
{
    struct state *state = user;
    micro_must(store_unseal(state->sealer, state->kind->place(&state->tunnel),
                            (x4s_chunk){state->sealed, state->sealed_len}, state->bytes,
                            &state->len) == STORE_none,
               "opening a record");
}

static void run_read(void *user)
{
    const struct state *state = user;
    micro_must(state->kind->read((x4s_chunk){state->bytes, state->len}), "reading a record");
}

static void *open_record(const struct micro_case *self)
{
    static const struct store_keys keys = {.count = 1, .keys = {{.id = 1, .secret = {7}}}};
    const char *error;
    struct state *state = micro_alloc(sizeof(*state));
    state->kind = self->what;
    state->sealer = store_sealer_new(&keys, NULL, NULL, &error);
    micro_must(state->sealer != NULL, "store_sealer_new");
    micro_tunnel_make(&state->tunnel, "bench", 1, NOW);
    run_write(state);
    run_seal(state);
    return state;
}

static void close_record(void *user)
{
    struct state *state = user;
    store_sealer_free(state->sealer);
    free(state);
}

#define ROW(kind, operation)                                                                       \
    {                                                                                              \
        .name = "record/" #kind "/" #operation, .what = &(kind), .open = open_record,              \
        .run = run_##operation, .close = close_record                                              \
    }

static const struct micro_case cases[] = {
    ROW(isakmp, write), ROW(isakmp, seal), ROW(isakmp, open), ROW(isakmp, read),
    ROW(child, write),  ROW(child, seal),  ROW(child, open),  ROW(child, read),
};

MICRO_TABLE(micro_record_cases, cases);
