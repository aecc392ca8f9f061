/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_CREDENTIALS_H
#define SHARD_CONFIG_CREDENTIALS_H

/*
 * Certificates and keys of a configuration: the folders beside it, with swanctl's names (x509,
 * x509ca, x509crl, x509ocsp, pubkey, private, rsa, ecdsa, pkcs8), and what one connection takes of
 * them.
 */

#include "shard/config/config.h"
#include "shard/config/schema.h"

/* What a connection's local and remote section say about it; NULL: that side has none. */
struct hub_wanted_credentials {
    const struct settings_section *local;
    const struct settings_section *remote;
    const char *certs;          /* local.certs */
    const char *pubkeys;        /* local.pubkeys; one of the two */
    const char *remote_pubkeys; /* NULL: certificates */
    const char *remote_certs;   /* NULL: any that is believed */
    const char *remote_cacerts; /* NULL: all */
    bool cert_always;           /* send_cert = always */
    bool cert_never;            /* send_cert = never */
    enum hub_revocation revocation;
};

/*
 * What they mean; *method is the x4e_ike_auth of our key, if we have one. NULL: errors were told.
 * All folders are read when the first connection asks.
 */
const struct hub_auth *hub_config_credentials(struct hub_build *build,
                                              const struct hub_wanted_credentials *wanted,
                                              uint16_t *method);

/*
 * Reads all folders, unless that was done, and the certificates of section authorities. False:
 * errors were told.
 */
bool hub_config_folders(struct hub_build *build);

/* Whether our certificate is one of this identity; and its subject as an identity. */
bool hub_auth_speaks_for(const struct hub_build *build, const struct hub_auth *auth,
                         const x4s_ike_id *id);
bool hub_auth_subject(const struct hub_build *build, const struct hub_auth *auth, x4s_ike_id *id);

/* What only the building needs. */
void hub_config_credentials_free(struct hub_build *build);

#endif
