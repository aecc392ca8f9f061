/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "x4/core/types.h"

/* RFC 3629 4: the first byte, and what the second may be; those that follow are 80 to BF. */
static const struct {
    uint8_t first;
    uint8_t last;
    uint8_t low;
    uint8_t high;
    uint8_t length;
} rows[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* The NUL at the end is no such byte, so nothing behind it is looked at. */
static size_t length_of(const uint8_t *bytes, size_t row)
{
    if (bytes[1] < rows[row].low || bytes[1] > rows[row].high)
        return 0;
    for (size_t i = 2; i < rows[row].length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return rows[row].length;
}

size_t hub_utf8_length(const char *text)
{
    const uint8_t *bytes = (const uint8_t *)text;
    if (bytes[0] < 0x80)
        return 1;
    for (size_t i = 0; i < x4m_countof(rows); i++)
        if (bytes[0] >= rows[i].first && bytes[0] <= rows[i].last)
            return length_of(bytes, i);
    return 0;
}

char *hub_utf8_clean(const char *text)
{
    static const char replacement[] = HUB_UTF8_REPLACEMENT;
    char *clean = malloc(strlen(text) * (sizeof(replacement) - 1) + 1);
    char *end = clean;
    if (!clean)
        return NULL;
    while (*text) {
        const size_t len = hub_utf8_length(text);
        const char *from = len ? text : replacement;
        const size_t bytes = len ? len : sizeof(replacement) - 1;
        memcpy(end, from, bytes);
        end += bytes;
        text += len ? len : 1;
    }
    *end = '\0';
    return clean;
}
