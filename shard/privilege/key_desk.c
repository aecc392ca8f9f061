/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_desk.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "x4/core/memory.h"

/*
 * The longest that one file takes is a second or two: RSA of 8192 bits, a passphrase's rounds. One
 * key is answered about by a thread of its own; who reads all files may wait for others to do so.
 */
#define PATIENCE_MS     5000
#define PATIENCE_ALL_MS 30000

const char key_desk_gone[] = "the process that holds private keys has ended";
static const char stuck[] = "the process that holds private keys does not answer";

struct question {
    int fd;
    uint64_t id;
    key_desk_told told;
    void *context;
    char *problem;
};

/* It may be a private key, or what opens one. */
static bool ask(int fd, const struct key_message *message)
{
    uint8_t bytes[KEY_MESSAGE_MAX];
    const size_t len = key_message_write(message, bytes, sizeof(bytes));
    const bool sent = len && send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
    x4_wipe(bytes, sizeof(bytes));
    return sent;
}

/* Its length; 0: there is nobody any more; -1: it takes too long. */
static ssize_t receive(const struct question *question, uint8_t bytes[KEY_MESSAGE_MAX])
{
    const int patience = question->id == KEY_QUESTION_LOAD ? PATIENCE_ALL_MS : PATIENCE_MS;
    struct pollfd wait = {.fd = question->fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&wait, 1, patience);
    while (ready < 0 && errno == EINTR);
    if (ready < 1)
        return -1;
    const ssize_t len = recv(question->fd, bytes, KEY_MESSAGE_MAX, 0);
    return x4m_max(len, (ssize_t)0); /* ECONNRESET: it has not read all */
}

static const char *outcome(const struct question *question, const struct key_message *message)
{
    if (message->status == KEY_DONE_WELL)
        return NULL;
    snprintf(question->problem, KEY_PROBLEM, "%.*s", (int)message->text.len,
             (const char *)message->text.data);
    return question->problem;
}

/* Until its end. */
static const char *await(const struct question *question)
{
    uint8_t bytes[KEY_MESSAGE_MAX];
    struct key_message message;
    for (;;) {
        const ssize_t len = receive(question, bytes);
        if (len <= 0)
            return len ? stuck : key_desk_gone;
        if (!key_message_read((x4s_chunk){bytes, (size_t)len}, &message))
            return stuck;
        if (message.id != question->id)
            continue;
        if (message.type == KEY_FOUND && question->told)
            question->told(question->context, &message);
        else if (message.type == KEY_DONE)
            return outcome(question, &message);
    }
}

static const char *ask_and_await(const struct question *question, const struct key_message *message)
{
    return ask(question->fd, message) ? await(question) : key_desk_gone;
}

bool key_desk_begin_load(int fd, const struct hub_passphrase *passphrases)
{
    for (; passphrases; passphrases = passphrases->next) {
        const struct key_message message = {
            .type = KEY_PASSPHRASE,
            .id = KEY_QUESTION_LOAD,
            .path = {(const uint8_t *)passphrases->path, strlen(passphrases->path)},
            .data = passphrases->secret,
        };
        if (!ask(fd, &message))
            return false;
    }
    return ask(fd, &(struct key_message){.type = KEY_LOAD, .id = KEY_QUESTION_LOAD});
}

bool key_desk_begin_commit(int fd)
{
    return ask(fd, &(struct key_message){.type = KEY_COMMIT, .id = KEY_QUESTION_COMMIT});
}

const char *key_desk_load(int fd, const struct hub_passphrase *passphrases, key_desk_told told,
                          void *context, char problem[KEY_PROBLEM])
{
    const struct question question = {fd, KEY_QUESTION_LOAD, told, context, problem};
    return key_desk_begin_load(fd, passphrases) ? await(&question) : key_desk_gone;
}

const char *key_desk_add(int fd, x4s_chunk der, key_desk_told told, void *context,
                         char problem[KEY_PROBLEM])
{
    const struct question question = {fd, KEY_QUESTION, told, context, problem};
    if (der.len > KEY_DATA_MAX)
        return "it is too long";
    return ask_and_await(&question,
                         &(struct key_message){.type = KEY_ADD, .id = KEY_QUESTION, .data = der});
}

const char *key_desk_remove(int fd, const uint8_t name[KEY_NAME], char problem[KEY_PROBLEM])
{
    const struct question question = {.fd = fd, .id = KEY_QUESTION, .problem = problem};
    struct key_message message = {.type = KEY_REMOVE, .id = KEY_QUESTION};
    memcpy(message.name, name, KEY_NAME);
    return ask_and_await(&question, &message);
}
