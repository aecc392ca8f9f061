/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_ERROR_H
#define STORE_ERROR_H

/* Why something could not be opened, for people. */
struct store_error {
    char text[512];
};

__attribute__((format(printf, 2, 3))) void store_error_set(struct store_error *error,
                                                           const char *format, ...);

#endif
