/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_CERTS_H
#define SHARD_CONTROL_CERTS_H

/*
 * The certificates of a snapshot, and those that clients loaded, each once.
 */

#include "shard/config/config.h"
#include "shard/control/vici_message.h"

struct control;

/* What clients call them. */
struct control_cert_kind {
    const char *type;
    const char *flag; /* NULL: it has none */
};

struct control_cert {
    const struct control_cert_kind *kind;
    bool own; /* we have its private key */
    x4s_chunk der;
};

struct control_certs {
    struct control_cert *list;
    size_t count;
    uint8_t *copies; /* of those that may be unloaded meanwhile */
};

/*
 * Those of a type and flag; empty and "any" stand for all. Where `control` is NULL, those of the
 * snapshot alone. False: no memory; call free then too.
 */
bool control_certs_gather(struct control_certs *certs, struct control *control,
                          const struct hub_config *config, const char *type, const char *flag);
void control_certs_free(struct control_certs *certs);

/* Subject and validity, in seconds since 1970, of what is a certificate; not of strongSwan. */
void control_certs_describe(struct control *control, x4s_chunk der, struct vici_writer *writer);

/* The subject of one as text; empty where it has none. Returns text. */
const char *control_certs_subject(struct control *control, x4s_chunk der,
                                  char text[HUB_IDENTITY_TEXT]);

#endif
