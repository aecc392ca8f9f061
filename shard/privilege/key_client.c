/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/privilege/key_protocol.h"
#include "x4/crypto/hash.h"
#include "x4/crypto/sign.h"
#include "x4/misc/list.h"

/* So many processes one signature is asked of. */
#define TRIES 2

/* Answers that one call takes, so that datagrams do not wait for all of them. */
#define ANSWERS_A_ROUND 64

struct slot {
    x4s_list link;       /* in free, unsent or sent */
    uint32_t generation; /* so that an answer which comes too late finds nobody */
    unsigned tries;
    uint8_t name[KEY_NAME];
};

struct key_client {
    int fd; /* -1: there is no process */
    bool heard;
    x4s_crypto *crypto;
    x4s_key_holder holder;
    x4s_list free;
    x4s_list unsent; /* the socket was full */
    x4s_list sent;
    struct key_client_counters counters;
    x4s_sign_job *jobs[KEY_CLIENT_WAITING_MAX]; /* of the slots; NULL: free */
    struct slot slots[KEY_CLIENT_WAITING_MAX];
};

static struct slot *slot_of(x4s_list *link)
{
    return x4m_container(link, struct slot, link);
}

static size_t index_of(const struct key_client *client, const struct slot *slot)
{
    return (size_t)(slot - client->slots);
}

static void put(x4s_list *list, struct slot *slot)
{
    x4_list_remove(&slot->link);
    x4_list_append(list, &slot->link);
}

static void release(struct key_client *client, struct slot *slot)
{
    client->jobs[index_of(client, slot)] = NULL;
    slot->generation++;
    put(&client->free, slot);
}

/* The job may be gone when this returns. */
static void end(struct key_client *client, struct slot *slot, x4e_sign_state state)
{
    x4s_sign_job *job = client->jobs[index_of(client, slot)];
    release(client, slot);
    job->state = state;
    if (job->completed)
        job->completed(job);
}

/* -------------------------------------------------------------------------- asking */

static bool send_one(struct key_client *client, const struct slot *slot)
{
    uint8_t bytes[KEY_NAME + x4c_hash_size_max + 32];
    const size_t index = index_of(client, slot);
    const x4s_sign_job *job = client->jobs[index];
    struct key_message message = {
        .type = KEY_SIGN,
        .id = (uint64_t)slot->generation << 32 | index,
        .data = {job->hash, job->hash_len},
    };
    memcpy(message.name, slot->name, KEY_NAME);
    const size_t len = key_message_write(&message, bytes, sizeof(bytes));
    return send(client->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

/* What the socket does not take goes when an answer has come: then there is room. */
static void flush(struct key_client *client)
{
    while (client->fd >= 0 && !x4_list_empty(&client->unsent)) {
        struct slot *slot = slot_of(client->unsent.next);
        if (!send_one(client, slot))
            return;
        slot->tries++;
        put(&client->sent, slot);
    }
}

static bool name_of(struct key_client *client, const x4s_private_key *key, uint8_t name[KEY_NAME])
{
    const x4s_chunk public_key = x4_public_key_der(x4_private_key_public(key));
    return x4_hash(client->crypto, x4c_hash_sha256, &public_key, 1, name);
}

/* libike looks at the state of what ends here, and wants no call. */
static void on_sign(void *context, x4s_sign_job *job)
{
    struct key_client *client = context;
    uint8_t name[x4c_hash_size_max];
    x4s_list *link = name_of(client, job->key, name) ? x4_list_pop(&client->free) : NULL;
    if (!link) {
        client->counters.busy++;
        job->state = x4c_sign_failed;
        return;
    }
    struct slot *slot = slot_of(link);
    memcpy(slot->name, name, KEY_NAME);
    slot->tries = 0;
    client->jobs[index_of(client, slot)] = job;
    x4_list_append(&client->unsent, link);
    flush(client);
}

static void on_cancel(void *context, x4s_sign_job *job)
{
    struct key_client *client = context;
    size_t i = 0;
    while (i < KEY_CLIENT_WAITING_MAX && client->jobs[i] != job)
        i++;
    if (i < KEY_CLIENT_WAITING_MAX)
        release(client, &client->slots[i]);
}

/* -------------------------------------------------------------------------- answers */

static struct slot *asked_by(struct key_client *client, uint64_t id)
{
    const uint32_t index = (uint32_t)id;
    if (index >= KEY_CLIENT_WAITING_MAX || !client->jobs[index])
        return NULL;
    struct slot *slot = &client->slots[index];
    return slot->generation == (uint32_t)(id >> 32) ? slot : NULL;
}

static void on_signed(struct key_client *client, const struct key_message *message)
{
    struct slot *slot = asked_by(client, message->id);
    if (!slot)
        return;
    x4s_sign_job *job = client->jobs[index_of(client, slot)];
    if (message->status == KEY_DONE_WELL && message->data.len == job->signature_size) {
        memcpy(job->signature, message->data.data, message->data.len);
        client->counters.made++;
        end(client, slot, x4c_sign_done);
        return;
    }
    *(message->status == KEY_UNKNOWN ? &client->counters.unknown : &client->counters.refused) += 1;
    end(client, slot, x4c_sign_failed);
}

static void take(struct key_client *client, x4s_chunk bytes)
{
    struct key_message message;
    if (!key_message_read(bytes, &message))
        return;
    client->heard = true;
    if (message.type == KEY_SIGNED)
        on_signed(client, &message);
}

bool key_client_ready(struct key_client *client)
{
    uint8_t bytes[KEY_TEXT_MAX + x4c_signature_max];
    for (int i = 0; i < ANSWERS_A_ROUND; i++) {
        const ssize_t len = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (len > 0)
            take(client, (x4s_chunk){bytes, (size_t)len});
        else if (len < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        else
            return false;
    }
    flush(client);
    return true;
}

/* -------------------------------------------------------------------------- processes */

void key_client_connect(struct key_client *client, int fd)
{
    client->fd = fd;
    client->heard = false;
    flush(client);
}

/* What waits for nobody yet comes after what was asked. */
int key_client_disconnect(struct key_client *client)
{
    const int fd = client->fd;
    x4s_list asked;
    x4_list_init(&asked);
    x4_list_splice(&asked, &client->sent);
    x4_list_splice(&asked, &client->unsent);
    client->fd = -1;
    /* A completion may cancel others: those are not in `asked` any more then. */
    for (x4s_list *link; (link = x4_list_pop(&asked));) {
        struct slot *slot = slot_of(link);
        client->counters.again += slot->tries == 1;
        client->counters.lost += slot->tries == TRIES;
        if (slot->tries < TRIES)
            x4_list_append(&client->unsent, link);
        else
            end(client, slot, x4c_sign_failed);
    }
    return fd;
}

bool key_client_heard(const struct key_client *client)
{
    return client->heard;
}

/* -------------------------------------------------------------------------- life */

struct key_client *key_client_new(void)
{
    const char *error;
    struct key_client *client = calloc(1, sizeof(*client));
    if (!client)
        return NULL;
    client->crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    if (!client->crypto) {
        free(client);
        return NULL;
    }
    client->fd = -1;
    client->holder = (x4s_key_holder){on_sign, on_cancel, client};
    x4_list_init(&client->free);
    x4_list_init(&client->unsent);
    x4_list_init(&client->sent);
    for (size_t i = 0; i < KEY_CLIENT_WAITING_MAX; i++)
        x4_list_append(&client->free, &client->slots[i].link);
    return client;
}

void key_client_free(struct key_client *client)
{
    if (!client)
        return;
    x4_crypto_free(client->crypto);
    if (client->fd >= 0)
        close(client->fd);
    free(client);
}

const x4s_key_holder *key_client_holder(const struct key_client *client)
{
    return &client->holder;
}

const struct key_client_counters *key_client_counters(const struct key_client *client)
{
    return &client->counters;
}
