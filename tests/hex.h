/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

/*
 * Hexadecimal text of test vectors.
 */

#include <stddef.h>
#include <stdint.h>

static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The bytes of the text, `size` at most. Ends at what is no digit; returns how many bytes. */
static inline size_t hex_read(const char *text, uint8_t *bytes, size_t size)
{
    size_t len = 0;
    for (; len < size && hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0; text += 2)
        bytes[len++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
    return len;
}

#endif
