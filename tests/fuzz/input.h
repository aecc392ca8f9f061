/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

/*
 * A fuzzer's input as a script: it is read piece by piece, and yields zeros when it is used up.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    const uint8_t *pos;
    size_t left;
};

static inline uint8_t input_u8(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->pos++;
}

static inline uint16_t input_u16(struct input *input)
{
    uint8_t high = input_u8(input);
    return (uint16_t)(high << 8 | input_u8(input));
}

/* Up to `wanted` bytes; *got tells how many. */
static inline const uint8_t *input_bytes(struct input *input, size_t wanted, size_t *got)
{
    const uint8_t *bytes = input->pos;
    *got = wanted < input->left ? wanted : input->left;
    input->pos += *got;
    input->left -= *got;
    return bytes;
}

/* Of libFuzzer, or of replay.c: must be there under this name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
