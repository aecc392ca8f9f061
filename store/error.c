/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/error.h"

#include <stdarg.h>
#include <stdio.h>

void store_error_set(struct store_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
}
