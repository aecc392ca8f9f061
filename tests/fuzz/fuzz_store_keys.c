/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A key file. What is read are different keys, and a refusal names the file.
 */

#include <stdlib.h>
#include <string.h>

#include "store/key_file.h"
#include "tests/fuzz/input.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store_keys keys;
    struct store_error error;
    if (!store_keys_parse((const char *)data, size, "keys", &keys, &error)) {
        must(memcmp(error.text, "keys:", 5) == 0);
        must(keys.count == 0);
        return 0;
    }
    must(keys.count > 0 && keys.count <= STORE_KEYS_MAX);
    for (size_t i = 0; i < keys.count; i++)
        must(store_keys_find(&keys, keys.keys[i].id) == &keys.keys[i]);
    return 0;
}
