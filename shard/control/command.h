/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_COMMAND_H
#define SHARD_CONTROL_COMMAND_H

/*
 * Commands of the control socket. One that can answer at once puts its response and is done; one
 * that asks shards has a struct of its own, which begins with a control_command, and lives until
 * the response is put and no question of it is under way.
 */

#include "shard/control/client.h"

struct control_command {
    struct control_client *client; /* NULL: it is gone, or has its response */
    struct control *control;
    uint32_t asked; /* questions under way */
    x4s_list of_control;

    /* The client has room again. NULL: nothing waits for that. */
    void (*resume)(struct control_command *command);

    /* The client is going. NULL: nothing is to be done. */
    void (*abandoned)(struct control_command *command);

    /* The memory goes now. NULL: there is nothing in it to be released. */
    void (*released)(struct control_command *command);
};

/* A question of a command; the questions of the commands begin with it. */
struct control_question {
    struct hub_question question;
    struct control_command *command;
};

/* Begins a command that a client asked for. False: there is none of that name. */
bool control_command_begin(struct control_client *client, x4s_chunk name, x4s_chunk message);

/*
 * A command of this client that takes its time: memory of that size, zeroed but for `client`. NULL:
 * none is left, and the client has been told.
 */
void *control_command_new(struct control_client *client, size_t size);

/* After its response was put. The memory may be gone then. */
void control_command_end(struct control_command *command);

/* Asks a shard; hub_question.ask and answered are set. */
void control_command_ask(struct control_command *command, uint32_t shard,
                         struct control_question *question);

/*
 * To be called first in answered(). False: nobody wants the answer any more, and the command's
 * memory may be gone.
 */
bool control_command_answered(struct control_question *question);

/* When no answer will come any more: releases those that still wait for one. */
void control_command_forget(struct control *control);

/* For client.c. */
void control_command_resume(struct control_command *command);
void control_command_abandon(struct control_command *command);

/* ------------------------------------------------------------------ the commands */

typedef void (*control_begin_fn)(struct control_client *client, x4s_chunk message);

void control_begin_version(struct control_client *client, x4s_chunk message);
void control_begin_stats(struct control_client *client, x4s_chunk message);
void control_begin_list_sas(struct control_client *client, x4s_chunk message);
void control_begin_terminate(struct control_client *client, x4s_chunk message);
void control_begin_initiate(struct control_client *client, x4s_chunk message);
void control_begin_drain(struct control_client *client, x4s_chunk message);
void control_begin_reload(struct control_client *client, x4s_chunk message);
void control_begin_adopt(struct control_client *client, x4s_chunk message);
void control_begin_handover(struct control_client *client, x4s_chunk message);
void control_begin_load_conn(struct control_client *client, x4s_chunk message);
void control_begin_load_pool(struct control_client *client, x4s_chunk message);
void control_begin_load_authority(struct control_client *client, x4s_chunk message);
void control_begin_load_shared(struct control_client *client, x4s_chunk message);
void control_begin_load_key(struct control_client *client, x4s_chunk message);
void control_begin_load_cert(struct control_client *client, x4s_chunk message);
void control_begin_load_token(struct control_client *client, x4s_chunk message);
void control_begin_unload_conn(struct control_client *client, x4s_chunk message);
void control_begin_unload_pool(struct control_client *client, x4s_chunk message);
void control_begin_unload_authority(struct control_client *client, x4s_chunk message);
void control_begin_unload_shared(struct control_client *client, x4s_chunk message);
void control_begin_unload_key(struct control_client *client, x4s_chunk message);
void control_begin_clear_creds(struct control_client *client, x4s_chunk message);
void control_begin_flush_certs(struct control_client *client, x4s_chunk message);
void control_begin_get_conns(struct control_client *client, x4s_chunk message);
void control_begin_get_authorities(struct control_client *client, x4s_chunk message);
void control_begin_get_shared(struct control_client *client, x4s_chunk message);
void control_begin_get_keys(struct control_client *client, x4s_chunk message);
void control_begin_get_pools(struct control_client *client, x4s_chunk message);
void control_begin_list_conns(struct control_client *client, x4s_chunk message);
void control_begin_list_certs(struct control_client *client, x4s_chunk message);
void control_begin_list_authorities(struct control_client *client, x4s_chunk message);
void control_begin_list_policies(struct control_client *client, x4s_chunk message);
void control_begin_rekey(struct control_client *client, x4s_chunk message);
void control_begin_get_counters(struct control_client *client, x4s_chunk message);
void control_begin_reset_counters(struct control_client *client, x4s_chunk message);
void control_begin_trace(struct control_client *client, x4s_chunk message);
void control_begin_install(struct control_client *client, x4s_chunk message);
void control_begin_uninstall(struct control_client *client, x4s_chunk message);
void control_begin_redirect(struct control_client *client, x4s_chunk message);

/* ------------------------------------------------------------------ arguments */

/* Text of a request, with its NUL. False: it is longer than that, or has a NUL within. */
bool control_argument_text(x4s_chunk message, const char *key, char *text, size_t size);

/* A decimal number; `without` where there is none. False: it is none. */
bool control_argument_number(x4s_chunk message, const char *key, uint32_t without,
                             uint32_t *number);

/* The same from 1 on; 0 where there is none. */
bool control_argument_id(x4s_chunk message, const char *key, uint32_t *number);

/* yes, true, enabled or 1. */
bool control_argument_flag(x4s_chunk message, const char *key);

#endif
