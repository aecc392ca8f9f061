/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_UTF8_H
#define SHARD_METRICS_UTF8_H

/*
 * Names are bytes that somebody chose; readers of metrics and JSON insist on UTF-8.
 */

#include <stddef.h>

#define HUB_UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Bytes of the character that the text begins with, as of RFC 3629 (no surrogates, nothing that is
 * longer than it need be); 0: it is none. The text ends with a NUL and is not empty.
 */
size_t hub_utf8_length(const char *text);

/* A copy in which what is no UTF-8 is replaced: free() releases it. NULL: no memory. */
char *hub_utf8_clean(const char *text);

#endif
