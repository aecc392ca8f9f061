/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What is found in a store, in the place of a sealed record: up to the first byte 0xff as it is,
 * what follows as changes of one that is right: an offset and what is there changed. Only what was
 * not changed opens.
 */

#include <stdlib.h>
#include <string.h>

#include "store/seal.h"
#include "tests/fuzz/input.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bval draw(void *context, void *data, size_t len)
{
    (void)context;
    memset(data, 0x5a, len);
    return btrue;
}

static struct store_sealer *sealer(void)
{
    static struct store_sealer *made;
    static const struct store_keys keys = {2, {{0x01020304, {1}}, {0x05060708, {2}}}};
    const char *error;
    if (!made)
        made = store_sealer_new(&keys, draw, NULL, &error);
    must(made != NULL);
    return made;
}

static void try(const uint8_t *data, size_t size, bool opens)
{
    static uint8_t record[STORE_RECORD_MAX];
    const struct store_place place = {"node", 5, store_name_child(0x1000)};
    size_t len;
    must((store_unseal(sealer(), &place, (x4s_chunk){data, size}, record, &len) == STORE_none) ==
         opens);
}

static void change(struct input *input)
{
    static const uint8_t record[64] = "a record";
    const struct store_place place = {"node", 5, store_name_child(0x1000)};
    uint8_t sealed[STORE_SEALED_MAX];
    uint8_t before[STORE_SEALED_MAX];
    const size_t len = store_seal(sealer(), &place, (x4s_chunk){record, sizeof(record)}, sealed);
    must(len > 0);
    memcpy(before, sealed, len);
    while (input->left) {
        const size_t at = input_u8(input) % len;
        sealed[at] ^= input_u8(input);
    }
    try(sealed, len, memcmp(sealed, before, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *mark = size ? memchr(data, 0xff, size) : NULL;
    const size_t raw = mark ? (size_t)(mark - data) : size;
    if (size > 2 * STORE_SEALED_MAX)
        return 0;
    try(data, raw, false);
    if (mark) {
        struct input input = {mark + 1, size - raw - 1};
        change(&input);
    }
    return 0;
}
