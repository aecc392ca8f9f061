/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_EXPIRY_H
#define SHARD_METRICS_EXPIRY_H

/*
 * When the certificates of a configuration end: our own, and those of authorities. They are looked
 * at once for each configuration, and not too many, because that is public-key parsing in the
 * control thread.
 */

#include "shard/config/config.h"

/* Certificates that are looked at, our own first. */
#define METRICS_CERTS_MAX 512

#define METRICS_FINGERPRINT 17 /* 8 bytes of the certificate's SHA-256 as text */

struct metrics_cert {
    char *subject;
    char fingerprint[METRICS_FINGERPRINT];
    bool own;          /* we have its private key */
    int64_t not_after; /* seconds since 1970 */
};

struct metrics_expiry {
    uint64_t load; /* the configuration that it is of; 0: none yet */
    size_t count;
    size_t untold;             /* certificates that were not looked at */
    struct metrics_cert *list; /* what ends first comes first */
};

/* Looks at the certificates of the configuration, unless they were of that load already. */
void metrics_expiry_update(struct metrics_expiry *expiry, const struct hub_config *config,
                           uint64_t load);

void metrics_expiry_fini(struct metrics_expiry *expiry);

#endif
