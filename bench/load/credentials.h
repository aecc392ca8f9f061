/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_CREDENTIALS_H
#define BENCH_LOAD_CREDENTIALS_H

/*
 * What the peers of a fleet sign with: one key for all, and either one certificate from a file, or
 * one for each identity that an authority of ours issues as soon as it is needed the first time.
 *
 * An issued certificate has the identity as subject's CN and as subjectAltName, and is valid from
 * yesterday on for a month. The key of the fleet is then a weak one (bench/load/weak_rsa.h) unless
 * a file says which. All that is given out is the credentials' own until they are freed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "x4/ike/charon.h"

/* Paths of PEM files, or NULL. */
struct load_credential_files {
    const char *cert;   /* of all peers, with those between it and an authority behind it */
    const char *key;    /* the private key of all peers */
    const char *ca;     /* an authority: asked for, and the issuer if there is ca_key */
    const char *ca_key; /* its private key: certificates are issued */
};

#define LOAD_CREDENTIAL_ERROR 256

struct load_credentials;

/* `count` is how many certificates may be issued. NULL with a reason in `error`. */
struct load_credentials *load_credentials_new(const struct load_credential_files *files,
                                              uint32_t count, char error[LOAD_CREDENTIAL_ERROR]);
void load_credentials_free(struct load_credentials *credentials);

/* Certificates are issued; else all peers have the one of the file, or none. */
bool load_credentials_issue(const struct load_credentials *credentials);

/* Issues what is missing of the first `count`, each for load_identity_numbered(prefix, n). */
bool load_credentials_prepare(struct load_credentials *credentials, const char *prefix,
                              uint32_t count);

/* The subject of the certificate from a file; empty if there is none. */
x4s_chunk load_credentials_subject(const struct load_credentials *credentials);

/* Of peer n. False: there is none. */
bool load_credentials_certs(const struct load_credentials *credentials, uint32_t n,
                            x4s_ike_certs *certs);
bool load_credentials_key(const struct load_credentials *credentials, x4s_ike_prikey *key);

/* Names for certificate requests: of `ca`, or an empty one, which asks for any. */
const x4s_chunk *load_credentials_authorities(const struct load_credentials *credentials,
                                              size_t *count);

#endif
