/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SIDE_H
#define SHARD_CONFIG_SIDE_H

/*
 * The sections local and remote of a connection, as they are written. Each side has one by which it
 * authenticates, one for a user, or both.
 */

#include "shard/config/config.h"
#include "shard/config/schema.h"

enum hub_side_auth {
    HUB_SIDE_PSK,
    HUB_SIDE_PUBKEY,       /* a key of any kind */
    HUB_SIDE_RSA,          /* the same, but this kind */
    HUB_SIDE_ECDSA,        /* likewise */
    HUB_SIDE_XAUTH,        /* a user, whose password section secrets has */
    HUB_SIDE_XAUTH_RADIUS, /* a user, whose password RADIUS servers know */
};

struct hub_side {
    const struct settings_section *section; /* NULL: there is none */
    struct hub_identity id;
    bool id_refused; /* and told */
    enum hub_side_auth auth;
    uint32_t round;
    const char *xauth_id;
    const char *groups;
    const char *certs;   /* those of its sections cert as well */
    const char *cacerts; /* likewise */
    const char *pubkeys;
    unsigned revocation; /* enum hub_revocation */
};

/* The sections of one side. */
struct hub_sides {
    struct hub_side key;  /* preshared, or a certificate's */
    struct hub_side user; /* with auth = xauth */
};

/* A section of this side's was found; a second one of the same kind is an error. */
void hub_side_read_local(struct hub_build *build, const struct settings_section *section,
                         struct hub_sides *sides);
void hub_side_read_remote(struct hub_build *build, const struct settings_section *section,
                          struct hub_sides *sides);

/* Whether it authenticates by a certificate or a raw key. */
bool hub_side_signs(const struct hub_side *side);

/* Tells what does not go together within a side, and between both. */
void hub_side_check(struct hub_build *build, const struct hub_sides *sides);
void hub_side_check_both(struct hub_build *build, const struct settings_section *connection,
                         const struct hub_sides *local, const struct hub_sides *remote);

#endif
