/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CONTROL_VICI_PRINT_H
#define TESTS_UNIT_CONTROL_VICI_PRINT_H

/*
 * A message of the control socket as text: name{key=value list[item]}.
 */

#include <stdio.h>

#include "shard/control/vici_message.h"

#define TEXT_MAX 4096

static inline void print(x4s_chunk message, char text[TEXT_MAX])
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    size_t used = 0;
    text[0] = '\0';
    while (vici_read(&reader, &element)) {
        static const char *const formats[] = {
            [VICI_SECTION_START] = "%.*s{",  [VICI_SECTION_END] = "}",
            [VICI_KEY_VALUE] = "%.*s=%.*s ", [VICI_LIST_START] = "%.*s[",
            [VICI_LIST_ITEM] = "%.*s%.*s",   [VICI_LIST_END] = "]",
        };
        used += (size_t)snprintf(text + used, TEXT_MAX - used, formats[element.type],
                                 (int)element.name.len, (const char *)element.name.data,
                                 (int)element.value.len, (const char *)element.value.data);
    }
    assert_true(vici_reader_done(&reader));
}

#endif
