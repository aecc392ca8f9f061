/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/random.h"

#include <string.h>

static uint64_t next(struct load_random *source)
{
    uint64_t z = source->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void load_random_fill(struct load_random *source, void *data, size_t len)
{
    uint8_t *to = data;
    while (len > 0) {
        uint64_t value = next(source);
        size_t part = len < sizeof(value) ? len : sizeof(value);
        memcpy(to, &value, part);
        to += part;
        len -= part;
    }
}
