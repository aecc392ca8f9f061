/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/micro/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void micro_must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "micro: %s failed\n", what);
    exit(1);
}

void *micro_alloc(size_t size)
{
    void *memory = calloc(1, size);
    micro_must(memory != NULL, "allocation");
    return memory;
}

x4s_crypto *micro_crypto(void)
{
    const char *error = NULL;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    micro_must(crypto != NULL, "x4_crypto_new");
    return crypto;
}

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
uint64_t micro_next(uint64_t *sequence)
{
    uint64_t z = *sequence += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void micro_fill(uint64_t *sequence, void *data, size_t len)
{
    for (size_t done = 0; done < len; done += sizeof(uint64_t)) {
        const uint64_t number = micro_next(sequence);
        memcpy((uint8_t *)data + done, &number, x4m_min(sizeof(number), len - done));
    }
}
