/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_ANSWER_H
#define SHARD_CTL_ANSWER_H

/*
 * What becomes of a question: the exit status, and a line on standard error where there is none to
 * be had, or the daemon refuses.
 */

#include "shard/ctl/commands.h"
#include "shard/ctl/tree.h"

/* The status of an outcome, which is told unless it is CTL_ANSWERED. */
enum ctl_status ctl_answer_status(enum ctl_outcome outcome, const char *command);

/* Of a response with success and errmsg; one without them is a success. */
enum ctl_status ctl_answer_success(const json_t *response);

/* Asks without arguments and events; *response is the caller's to json_decref(), or NULL. */
enum ctl_status ctl_answer_get(struct ctl_client *client, const char *command, json_t **response);

/* ctl_message_fn: sets a json_t *. */
void ctl_answer_keep(void *user, x4s_chunk message);

#endif
