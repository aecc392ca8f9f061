/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A record of a store. What is read can be written, and is the same bytes again.
 */

#include <stdlib.h>
#include <string.h>

#include "store/record.h"
#include "tests/fuzz/input.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(const uint8_t *data, size_t size, const uint8_t *again, size_t len)
{
    if (data[1] != STORE_MINOR)
        return;
    must(len == size);
    must(memcmp(again, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[STORE_RECORD_MAX];
    struct store_isakmp sa;
    struct store_child child;
    if (size > STORE_RECORD_MAX)
        return 0;
    if (store_isakmp_read((x4s_chunk){data, size}, 0, &sa) == STORE_none)
        same(data, size, again, store_isakmp_write(&sa, again));
    if (store_child_read((x4s_chunk){data, size}, 0, &child) == STORE_none)
        same(data, size, again, store_child_write(&child, again));
    return 0;
}
