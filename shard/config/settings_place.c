/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/settings_place.h"

#include <stdio.h>

char *settings_message(char *text, size_t size, struct settings_place place, const char *format,
                       va_list arguments)
{
    int used = place.line ? snprintf(text, size, "%s:%u: ", place.file->name, place.line)
                          : snprintf(text, size, "%s: ", place.file->name);
    if (used >= 0 && (size_t)used < size)
        vsnprintf(text + used, size - (size_t)used, format, arguments);

    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    }
    return text;
}
