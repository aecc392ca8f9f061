/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/error.h"

#include <stdio.h>
#include <string.h>

bool ring_error_set(struct ring_error *error, const char *what, int code)
{
    error->code = code;
    snprintf(error->text, sizeof(error->text), "%s: %s", what, strerrordesc_np(code));
    return false;
}
