/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REASON_H
#define STORE_REASON_H

/*
 * Why a record was not taken. Each is a counter, and none stops the records after it.
 *
 * X(name, text)
 */

#define STORE_REASONS(X)                                                                           \
    X(none, "no failure")                                                                          \
    X(truncated, "ends too early")                                                                 \
    X(trailing, "bytes follow its end")                                                            \
    X(too_new, "of a newer version than this daemon reads")                                        \
    X(unknown_key, "sealed with a key that the key file does not have")                            \
    X(forged, "does not open: changed, of another name, or not ours")                              \
    X(wrong_kind, "of another kind than its name says")                                            \
    X(bad_value, "a value that cannot be")                                                         \
    X(expired, "its lifetime is over")

enum store_reason {
#define X(name, text) STORE_##name,
    STORE_REASONS(X)
#undef X
        STORE_REASON_COUNT,
};

/* "unknown_key", for names of counters. */
const char *store_reason_name(enum store_reason reason);

/* For people. */
const char *store_reason_text(enum store_reason reason);

#endif
