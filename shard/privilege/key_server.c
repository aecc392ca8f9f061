/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_server.h"

#include <string.h>
#include <sys/socket.h>

/* A passphrase for each of so many keys, until the LOAD that they belong to. */
#define PASSPHRASES_MAX 4096

/* After a restart a signature waits so long for the keys to be read. */
#define PATIENCE_MS 5000

/* -------------------------------------------------------------------------- answers */

/* Waits for room: who does not read its answers keeps only itself waiting. */
static void answer(const struct key_server *server, const struct key_message *message)
{
    uint8_t bytes[KEY_MESSAGE_MAX];
    const size_t len = key_message_write(message, bytes, sizeof(bytes));
    if (len)
        (void)!send(server->fd, bytes, len, MSG_NOSIGNAL);
}

static void done(const struct key_server *server, uint64_t id, const char *why)
{
    answer(server, &(struct key_message){
                       .type = KEY_DONE,
                       .id = id,
                       .status = why ? KEY_FAILED : KEY_DONE_WELL,
                       .text = key_message_text(why),
                   });
}

static void on_found(void *context, const struct key_message *found)
{
    struct key_server *server = context;
    struct key_message message = *found;
    message.id = server->asked;
    answer(server, &message);
}

/* -------------------------------------------------------------------------- requests */

static void forget_passphrases(struct key_server *server)
{
    hub_arena_free(server->arena);
    server->arena = NULL;
    server->passphrases = NULL;
    server->passphrase_count = 0;
}

/* Those of another number were for a LOAD that did not come. */
static void begin(struct key_server *server, uint64_t id)
{
    if (server->asked != id)
        forget_passphrases(server);
    server->asked = id;
}

static void on_passphrase(struct key_server *server, const struct key_message *message)
{
    begin(server, message->id);
    if (!server->arena)
        server->arena = hub_arena_new();
    if (!server->arena || server->passphrase_count == PASSPHRASES_MAX)
        return;
    struct hub_passphrase *it = hub_arena_alloc(server->arena, sizeof(*it));
    const char *path =
        hub_arena_text(server->arena, (const char *)message->path.data, message->path.len);
    const char *secret =
        hub_arena_text(server->arena, (const char *)message->data.data, message->data.len);
    if (!it || !path || !secret)
        return;
    it->path = path;
    it->secret = (x4s_chunk){(const uint8_t *)secret, message->data.len};
    it->next = server->passphrases;
    server->passphrases = it;
    server->passphrase_count++;
}

static void on_load(struct key_server *server, const struct key_message *message)
{
    begin(server, message->id);
    const char *why =
        key_vault_load(server->vault, server->thread, server->passphrases, on_found, server);
    forget_passphrases(server);
    done(server, message->id, why);
}

static void on_add(struct key_server *server, const struct key_message *message)
{
    server->asked = message->id;
    done(server, message->id,
         key_vault_add(server->vault, server->thread, message->data, on_found, server));
}

static void on_remove(struct key_server *server, const struct key_message *message)
{
    const bool removed = key_vault_remove(server->vault, message->name);
    done(server, message->id, removed ? NULL : "there is no such key");
}

static void on_commit(struct key_server *server, const struct key_message *message)
{
    key_vault_commit(server->vault);
    done(server, message->id, NULL);
}

static void on_sign(struct key_server *server, const struct key_message *message)
{
    uint8_t signature[x4c_signature_max];
    size_t len = 0;
    struct key_message made = {.type = KEY_SIGNED, .id = message->id};
    made.status = key_vault_sign(server->vault, server->thread, message->name, message->data,
                                 signature, &len, PATIENCE_MS);
    if (made.status == KEY_DONE_WELL)
        made.data = (x4s_chunk){signature, len};
    answer(server, &made);
}

static const struct {
    enum key_role role;
    void (*serve)(struct key_server *server, const struct key_message *message);
} requests[KEY_TYPE_COUNT] = {
    [KEY_SIGN] = {KEY_ROLE_SIGNER, on_sign},   [KEY_PASSPHRASE] = {KEY_ROLE_DESK, on_passphrase},
    [KEY_LOAD] = {KEY_ROLE_DESK, on_load},     [KEY_ADD] = {KEY_ROLE_DESK, on_add},
    [KEY_REMOVE] = {KEY_ROLE_DESK, on_remove}, [KEY_COMMIT] = {KEY_ROLE_DESK, on_commit},
};

/* What is none, or not this socket's to ask for, gets no answer. */
void key_server_take(struct key_server *server, x4s_chunk bytes)
{
    struct key_message message;
    if (key_message_read(bytes, &message) && requests[message.type].serve &&
        requests[message.type].role == server->role)
        requests[message.type].serve(server, &message);
}

void key_server_hello(const struct key_server *server, uint64_t pid, const char *text)
{
    answer(server,
           &(struct key_message){.type = KEY_HELLO, .id = pid, .text = key_message_text(text)});
}

void key_server_fini(struct key_server *server)
{
    forget_passphrases(server);
}
