/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_EMBEDDED_H
#define STORE_EMBEDDED_H

/*
 * The back end that needs nothing installed: an LMDB database in a directory of this machine
 * (store/embedded_env.h), of which one thread reads and writes for all instances with the same
 * path. So nothing that the disk does is waited for in a shard.
 *
 * Instances give their batches to that thread by a stack without locks; whatever has gathered while
 * it was at work becomes one commit. A batch is answered when it is on the disk: a crash of the
 * daemon loses nothing that was answered, and a loss of power at most the last commit, if that was
 * answered less than a moment before.
 *
 * A disk that is full or fails is answered with STORE_AWAY, and host.trouble() tells why.
 *
 * Ownership is that of the directory: a claim always succeeds, and a second daemon cannot open it.
 *
 * An instance answers up to 80 loads and questions of ownership at once.
 *
 * close() waits for what was given before, which is as long as the disk takes.
 */

#include "store/backend.h"

extern const struct store_backend_ops store_embedded_ops;

#endif
