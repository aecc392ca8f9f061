/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PROOF_H
#define SHARD_PROOF_H

/*
 * Whether the certificates that a peer shows make it who it says to be: what is collected of them
 * while phase 1 goes on, and the authorities that are believed.
 *
 * libike verifies the signature with the certificate of the claimed identity and shows all that
 * came, that one last. Here each that is of the identity has to be believed, and at the end there
 * must have been one.
 */

#include "shard/peer.h"

/* What a shard believes by: one for each set of authorities that connections name. */
struct shard_belief;

/*
 * Where certificates are read, by libike as well, so that each is read once and those of peers that
 * come again not at all. NULL: no memory.
 */
x4s_cert_cache *shard_proof_certs(struct shard *shard);

/*
 * The peer says who it is; certificates follow, to be judged by the rules of `auth`, which is that
 * of the connection that the identity leads to. False: no memory.
 */
bool shard_proof_begin(struct shard_sa *sa, const x4s_ike_id *id, const struct hub_auth *auth);

/*
 * No certificate came, and the signature will be verified with the key that the connection has for
 * its peer; false: it has none.
 */
bool shard_proof_key(struct shard_sa *sa, const struct hub_auth *auth, x4s_chunk *der);

/* A CERT payload's body. False: it is refused, and that was reported. */
bool shard_proof_take(struct shard_sa *sa, x4s_chunk body);

/* Whether the peer's certificate was believed, or its key verified, as the connection wants it. */
bool shard_proof_holds(const struct shard_sa *sa);

/* Forgets what was collected. */
void shard_proof_end(struct shard_sa *sa);

/* No SA uses the snapshot any more, whose authorities are believed no longer. */
void shard_proof_forget(struct shard *shard, const struct hub_config *config);

/* Of a shard; the SAs are gone before. */
void shard_proof_fini(struct shard *shard);

#endif
