/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_CONN_H
#define SHARD_CONTROL_CONN_H

/*
 * A connection as the message of event list-conn.
 */

#include "shard/config/config.h"
#include "shard/control/vici_message.h"

void control_conn_put(struct vici_writer *writer, const struct hub_connection *connection);

#endif
