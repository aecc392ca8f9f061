/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons in text: what was tried, and what the system said. */
#ifndef IORING_ERROR_H
#define IORING_ERROR_H

#include "ioring/ring.h"

/* "WHAT: strerror(code)", for a positive errno. Always false, for `return ring_error_set(...)`. */
bool ring_error_set(struct ring_error *error, const char *what, int code);

#endif
