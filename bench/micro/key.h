/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MICRO_KEY_H
#define BENCH_MICRO_KEY_H

/*
 * A key pair that OpenSSL makes anew, in DER.
 */

#include "x4/core/types.h"

struct micro_key;

/* "RSA-2048", or a curve by OpenSSL's name; never NULL. */
struct micro_key *micro_key_new(const char *name);
void micro_key_free(struct micro_key *key);

x4s_chunk micro_key_private(const struct micro_key *key);
x4s_chunk micro_key_public(const struct micro_key *key); /* SubjectPublicKeyInfo */
x4s_chunk micro_key_cert(const struct micro_key *key);   /* of its own, for peer.example */

#endif
