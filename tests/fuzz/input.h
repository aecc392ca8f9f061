/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

/*
 * A fuzzer's input as a script: it is read piece by piece, and yields zeros when it is used up.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x4/ike/mode_config.h"

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

/* What a node answers to mode config. */
static inline const x4s_ike_cfg *fuzz_reply(void)
{
    static const uint8_t address[] = {10, 3, 0, 1};
    static const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_cfg_ip4_address, .value = {address, sizeof(address)}},
        {.type = x4c_ike_cfg_unity_pfs, .basic = btrue, .value = {address, 2}},
    };
    static const x4s_ike_cfg reply = {items, x4m_countof(items)};
    return &reply;
}

/* Of libFuzzer, or of replay.c: must be there under this name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
