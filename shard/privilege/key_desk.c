/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_desk.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "x4/core/memory.h"

/* The longest that one file takes is a second or two: RSA of 8192 bits, a passphrase's rounds. */
#define PATIENCE_MS 30000

const char key_desk_gone[] = "the process that holds private keys does not answer";

/* A number is the socket's, and one question at a time is asked. */
#define QUESTION 1

struct question {
    int fd;
    key_desk_told told;
    void *context;
    char *problem;
};

/* It may be a private key, or what opens one. */
static bool ask(int fd, struct key_message *message)
{
    uint8_t bytes[KEY_MESSAGE_MAX];
    message->id = QUESTION;
    const size_t len = key_message_write(message, bytes, sizeof(bytes));
    const bool sent = len && send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
    x4_wipe(bytes, sizeof(bytes));
    return sent;
}

static ssize_t receive(int fd, uint8_t bytes[KEY_MESSAGE_MAX])
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    ssize_t len = -1;
    int ready;
    do
        ready = poll(&wait, 1, PATIENCE_MS);
    while (ready < 0 && errno == EINTR);
    if (ready > 0)
        len = recv(fd, bytes, KEY_MESSAGE_MAX, 0);
    return len;
}

static const char *outcome(const struct question *question, const struct key_message *message)
{
    if (message->status == KEY_DONE_WELL)
        return NULL;
    memcpy(question->problem, message->text.data, message->text.len);
    question->problem[message->text.len] = '\0';
    return question->problem;
}

/* Until its end. */
static const char *await(const struct question *question)
{
    uint8_t bytes[KEY_MESSAGE_MAX];
    struct key_message message;
    for (;;) {
        const ssize_t len = receive(question->fd, bytes);
        if (len <= 0)
            return key_desk_gone;
        if (!key_message_read((x4s_chunk){bytes, (size_t)len}, &message))
            return key_desk_gone;
        if (message.type == KEY_FOUND && question->told)
            question->told(question->context, &message);
        else if (message.type == KEY_DONE)
            return outcome(question, &message);
    }
}

static const char *ask_and_await(const struct question *question, struct key_message *message)
{
    return ask(question->fd, message) ? await(question) : key_desk_gone;
}

const char *key_desk_load(int fd, const struct hub_passphrase *passphrases, key_desk_told told,
                          void *context, char problem[KEY_PROBLEM])
{
    const struct question question = {fd, told, context, problem};
    for (; passphrases; passphrases = passphrases->next) {
        struct key_message message = {
            .type = KEY_PASSPHRASE,
            .path = {(const uint8_t *)passphrases->path, strlen(passphrases->path)},
            .data = passphrases->secret,
        };
        if (!ask(fd, &message))
            return key_desk_gone;
    }
    return ask_and_await(&question, &(struct key_message){.type = KEY_LOAD});
}

const char *key_desk_add(int fd, x4s_chunk der, key_desk_told told, void *context,
                         char problem[KEY_PROBLEM])
{
    const struct question question = {fd, told, context, problem};
    if (der.len > KEY_DATA_MAX)
        return "it is too long";
    return ask_and_await(&question, &(struct key_message){.type = KEY_ADD, .data = der});
}

const char *key_desk_remove(int fd, const uint8_t name[KEY_NAME], char problem[KEY_PROBLEM])
{
    const struct question question = {.fd = fd, .problem = problem};
    struct key_message message = {.type = KEY_REMOVE};
    memcpy(message.name, name, KEY_NAME);
    return ask_and_await(&question, &message);
}

const char *key_desk_commit(int fd, char problem[KEY_PROBLEM])
{
    const struct question question = {.fd = fd, .problem = problem};
    return ask_and_await(&question, &(struct key_message){.type = KEY_COMMIT});
}
