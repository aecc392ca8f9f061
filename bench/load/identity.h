/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_IDENTITY_H
#define BENCH_LOAD_IDENTITY_H

/*
 * Identities of phase 1 (RFC 2407 4.6.2) by number, and those that arrive in a payload.
 */

#include <stdbool.h>
#include <stdint.h>

#include "x4/ike/charon.h"

/* Characters of a prefix. */
#define LOAD_IDENTITY_PREFIX_MAX 100

/* The longest name: prefix, "-", the ten digits of a 32-bit number, ".example", NUL. */
#define LOAD_IDENTITY_NAME_MAX (LOAD_IDENTITY_PREFIX_MAX + 20)

/* The FQDN of tunnel n: "peer-000123.example" for the prefix "peer". It points into `name`. */
x4s_ike_id load_identity_numbered(const char *prefix, uint32_t n,
                                  char name[LOAD_IDENTITY_NAME_MAX]);

/*
 * The identity in the body of an identification payload: type, protocol, port, data. It points into
 * the body. False if the body is too short.
 */
bool load_identity_from_body(x4s_chunk body, x4s_ike_id *id);

#endif
