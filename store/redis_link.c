/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_link.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/redis_request.h"
#include "x4/misc/siphash.h"

/* Commands that one has room for at first. */
#define WAITS_FIRST 16

/* ------------------------------------------------------------------------------- the epoll */

bool redis_poll_open(struct redis_poll *poll)
{
    *poll = (struct redis_poll){.fd = epoll_create1(EPOLL_CLOEXEC)};
    return poll->fd >= 0;
}

void redis_poll_close(struct redis_poll *poll)
{
    close(poll->fd);
    poll->fd = -1;
}

static void set_events(struct redis_link *link, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = link};

    if (link->events == events)
        return;
    link->events = events;
    (void)epoll_ctl(link->poll->fd, EPOLL_CTL_MOD, link->context->fd, &event);
}

/* ---------------------------------------------------------------------------- who waits */

/* Room for one more. */
static bool waits_reserve(struct redis_waits *waits)
{
    if (waits->count < waits->size)
        return true;
    const size_t size = waits->size ? 2 * waits->size : WAITS_FIRST;
    struct redis_wait **all = calloc(size, sizeof(*all));

    if (!all)
        return false;
    for (size_t i = 0; i < waits->count; i++)
        all[i] = waits->wait[(waits->first + i) & (waits->size - 1)];
    free(waits->wait);
    *waits = (struct redis_waits){.wait = all, .size = size, .count = waits->count};
    return true;
}

static void waits_add(struct redis_waits *waits, struct redis_wait *wait)
{
    waits->wait[(waits->first + waits->count++) & (waits->size - 1)] = wait;
}

static struct redis_wait *waits_take(struct redis_waits *waits)
{
    struct redis_wait *wait = waits->wait[waits->first];

    waits->first = (waits->first + 1) & (waits->size - 1);
    waits->count--;
    return wait;
}

static void waits_free(struct redis_waits *waits)
{
    free(waits->wait);
    *waits = (struct redis_waits){0};
}

/* NULL: there is none any more. */
static void give_answer(struct redis_link *link, const redisReply *reply)
{
    struct redis_wait *wait = waits_take(&link->waits);

    if (wait)
        wait->answer(wait, link, reply);
}

/* -------------------------------------------------------------------------- bounded replies */

static struct redis_link *link_of(const redisReadTask *task)
{
    return task->privdata;
}

/* What a subscriber gets. */
static bool fits_message(const redisReadTask *task, const char *text, size_t len)
{
    static const char *const kinds[] = {"subscribe", "message"};

    if (task->idx != 0)
        return task->idx == 2 || task->type == REDIS_REPLY_STRING;
    if (task->type != REDIS_REPLY_STRING)
        return false;
    for (size_t i = 0; i < x4m_countof(kinds); i++)
        if (strlen(kinds[i]) == len && memcmp(kinds[i], text, len) == 0)
            return true;
    return false;
}

/*
 * A reply, or an element of one, begins. An error may come without a command, for instance from a
 * server that has too many clients; it ends the connection.
 */
static bool admit(const redisReadTask *task, const char *text, size_t len)
{
    struct redis_link *link = link_of(task);
    const bool pushed = link->options->channel && link->expected == 0;

    if (task->parent && pushed)
        return !task->parent->parent && fits_message(task, text, len);
    if (task->parent)
        return true;
    link->elements = REDIS_LINK_ELEMENTS_MAX;
    if (link->expected) {
        link->expected--;
        link->timed = false;
        return true;
    }
    return task->type == REDIS_REPLY_ERROR || (pushed && task->type == REDIS_REPLY_ARRAY);
}

static void *create_string(const redisReadTask *task, char *text, size_t len)
{
    return admit(task, text, len) ? link_of(task)->create->createString(task, text, len) : NULL;
}

static void *create_array(const redisReadTask *task, int elements)
{
    struct redis_link *link = link_of(task);
    const bool pushed = link->options->channel && link->expected == 0;

    if (!admit(task, "", 0) || (size_t)elements > link->elements || (pushed && elements != 3))
        return NULL;
    link->elements -= (size_t)elements;
    return link->create->createArray(task, elements);
}

static void *create_integer(const redisReadTask *task, long long number)
{
    return admit(task, "", 0) ? link_of(task)->create->createInteger(task, number) : NULL;
}

/* Of an array that is none the type is an array's. */
static void *create_nil(const redisReadTask *task)
{
    const struct redis_link *link = link_of(task);
    const bool pushed = link->options->channel && link->expected == 0;

    if (pushed)
        return NULL;
    return admit(task, "", 0) ? link_of(task)->create->createNil(task) : NULL;
}

static redisReplyObjectFunctions bounded = {
    create_string, create_array, create_integer, create_nil, freeReplyObject,
};

/* ---------------------------------------------------------------------------------- its end */

static void remember(struct redis_link *link, const char *why)
{
    snprintf(link->error, sizeof(link->error), "%s", why);
}

/* What we refuse hiredis takes for a lack of memory. */
static const char *reason(const redisContext *context)
{
    return context->err == REDIS_ERR_OOM ? "a reply that was not asked for, or too long"
                                         : context->errstr;
}

static void gone(struct redis_link *link)
{
    link->state = REDIS_LINK_DOWN;
    link->doomed = false;
    link->left = link->client ? link->client : link->left;
    link->client = 0;
    link->retry_ms = link->poll->now + redis_backoff_next(&link->backoff);
    link->on.down(link->on.user, link);
}

static void disconnect(struct redis_link *link)
{
    while (link->waits.count)
        give_answer(link, NULL);
    waits_free(&link->waits);
    (void)epoll_ctl(link->poll->fd, EPOLL_CTL_DEL, link->context->fd, NULL);
    redisFree(link->context);
    link->context = NULL;
}

static void end(struct redis_link *link)
{
    link->state = REDIS_LINK_DOWN;
    link->doomed = true;
    if (link->serving || !link->context)
        return;
    disconnect(link);
    gone(link);
}

void redis_link_fail(struct redis_link *link, const char *why)
{
    if (!link->context || link->doomed)
        return;
    remember(link, why);
    end(link);
}

void redis_link_stop(struct redis_link *link)
{
    link->address.host[0] = '\0';
    redis_link_fail(link, "no more wanted");
}

/* -------------------------------------------------------------------------------- events */

static bool is_message(const struct redis_link *link, const redisReply *reply)
{
    return strcmp(reply->element[0]->str, "message") == 0 &&
           strcmp(reply->element[1]->str, link->options->channel) == 0 &&
           reply->element[2]->type == REDIS_REPLY_STRING;
}

/* Nobody has asked for it: an error, or what a channel brings (see admit). */
static void pushed(struct redis_link *link, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR)
        redis_link_fail(link, reply->str);
    else if (is_message(link, reply))
        link->on.message(link->on.user, link, reply->element[2]->str);
}

/* False: there is none, or the reader has failed. */
static bool take_reply(struct redis_link *link)
{
    void *reply = NULL;

    if (redisGetReplyFromReader(link->context, &reply) != REDIS_OK || !reply)
        return false;
    if (link->waits.count)
        give_answer(link, reply);
    else
        pushed(link, reply);
    freeReplyObject(reply);
    return true;
}

static void read_some(struct redis_link *link)
{
    bool good = redisBufferRead(link->context) == REDIS_OK;

    while (good && !link->doomed && take_reply(link))
        continue;
    if (link->context->err)
        redis_link_fail(link, reason(link->context));
}

static void write_some(struct redis_link *link)
{
    int done = 0;

    if (redisBufferWrite(link->context, &done) != REDIS_OK)
        redis_link_fail(link, reason(link->context));
    else if (done)
        set_events(link, EPOLLIN);
}

/* The first event of a socket tells what became of it. */
static void find_connected(struct redis_link *link)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(link->context->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error)
        redis_link_fail(link, strerror(error));
    link->connected = !error;
}

static void left(struct redis_link *link)
{
    link->serving = false;
    if (link->doomed)
        end(link);
    else if (link->context->reader->len - link->context->reader->pos > REDIS_LINK_REPLY_MAX)
        redis_link_fail(link, "the reply is too long");
}

static void serve(struct redis_link *link, uint32_t events)
{
    link->serving = true;
    if (!link->connected)
        find_connected(link);
    if (!link->doomed && events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        read_some(link);
    if (!link->doomed && events & EPOLLOUT)
        write_some(link);
    left(link);
}

void redis_poll_turn(struct redis_poll *poll)
{
    struct epoll_event event;

    poll->turns++;
    /* One by one: serving a link may end another. */
    for (int i = 0; i < REDIS_POLL_EVENTS && epoll_wait(poll->fd, &event, 1, 0) == 1; i++) {
        poll->events++;
        serve(event.data.ptr, event.events);
    }
}

/* --------------------------------------------------------------------------------- commands */

static bool append(struct redis_link *link, const uint8_t *command, size_t len)
{
    if (redisAppendFormattedCommand(link->context, (const char *)command, len) != REDIS_OK)
        return false;
    set_events(link, EPOLLIN | EPOLLOUT);
    return true;
}

static bool submit(struct redis_link *link, const uint8_t *command, size_t len,
                   struct redis_wait *wait)
{
    if (!waits_reserve(&link->waits) || !append(link, command, len))
        return false;
    waits_add(&link->waits, wait);
    if (!link->expected++)
        link->timed = false;
    return true;
}

bool redis_link_send(struct redis_link *link, const uint8_t *command, size_t len,
                     struct redis_wait *wait)
{
    return link->state == REDIS_LINK_READY && !link->doomed && !link->options->channel &&
           sdslen(link->context->obuf) <= REDIS_LINK_UNSENT_MAX && submit(link, command, len, wait);
}

static struct redis_request join(const char *const *words, size_t count)
{
    static const struct redis_request none;
    struct redis_request request;
    x4s_chunk chunks[REDIS_GREETING_WORDS];

    for (size_t i = 0; i < count; i++)
        chunks[i] = (x4s_chunk){(const uint8_t *)words[i], strlen(words[i])};
    redis_request_join(&request, chunks, count, &none);
    return request;
}

static bool submit_words(struct redis_link *link, const char *const *words, size_t count,
                         struct redis_wait *wait)
{
    struct redis_request request = join(words, count);
    const bool sent = submit(link, request.data, request.len, wait);
    redis_request_free(&request);
    return sent;
}

/* -------------------------------------------------------------------------------- greetings */

static void greeted(struct redis_link *link)
{
    link->state = REDIS_LINK_READY;
    link->client = link->told;
    link->left = 0;
    link->connects++;
    redis_backoff_reset(&link->backoff);
    link->on.ready(link->on.user, link);
}

/* The reply is no error; the rest of it matters. */
static bool good(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    (void)wait;
    if (!reply || link->doomed)
        return false;
    if (reply->type != REDIS_REPLY_ERROR)
        return true;
    redis_link_fail(link, reply->str);
    return false;
}

static void accepted(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    (void)good(wait, link, reply);
}

static void told_role(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    if (!good(wait, link, reply))
        return;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        strcmp(reply->element[0]->str, "master") != 0)
        redis_link_fail(link, "the server is no primary");
}

static void told_client(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    if (good(wait, link, reply) && reply->type == REDIS_REPLY_INTEGER)
        link->told = (uint64_t)reply->integer;
}

static void told_forgotten(struct redis_wait *wait, struct redis_link *link,
                           const redisReply *reply)
{
    if (good(wait, link, reply))
        greeted(link);
}

/* Numbers of connections begin anew when the server does. */
static void part_from(struct redis_link *link, uint64_t server)
{
    char number[24];
    const char *const words[] = {"CLIENT", "KILL", "ID", number};
    const bool same = link->server == server && link->left;

    link->server = server;
    snprintf(number, sizeof(number), "%" PRIu64, link->left);
    link->part.answer = told_forgotten;
    if (!same)
        greeted(link);
    else if (!submit_words(link, words, x4m_countof(words), &link->part))
        redis_link_fail(link, "nothing can be sent");
}

static void told_run(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    static const uint8_t key[x4c_siphash_key];
    static const char field[] = "\nrun_id:";

    if (!good(wait, link, reply))
        return;
    const char *run = reply->type == REDIS_REPLY_STRING ? strstr(reply->str, field) : NULL;
    if (!run) {
        redis_link_fail(link, "the server does not tell its run_id");
        return;
    }
    run += strlen(field);
    part_from(link, x4_siphash(key, run, strcspn(run, "\r\n")) | 1);
}

static void told_presence(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    if (good(wait, link, reply))
        greeted(link);
}

static bool greet_with(struct redis_link *link, struct redis_wait **next,
                       void (*answer)(struct redis_wait *, struct redis_link *,
                                      const struct redisReply *),
                       const char *const *words, size_t count)
{
    struct redis_wait *wait = (*next)++;
    wait->answer = answer;
    return submit_words(link, words, count, wait);
}

static bool authenticate(struct redis_link *link, struct redis_wait **next)
{
    const struct redis_link_options *options = link->options;
    const char *const both[] = {"AUTH", options->user, options->password};
    const char *const one[] = {"AUTH", options->password};

    if (!options->password)
        return true;
    return options->user ? greet_with(link, next, accepted, both, x4m_countof(both))
                         : greet_with(link, next, accepted, one, x4m_countof(one));
}

static bool choose_database(struct redis_link *link, struct redis_wait **next)
{
    char number[16];
    const char *const words[] = {"SELECT", number};

    snprintf(number, sizeof(number), "%u", link->options->database);
    return !link->options->database || greet_with(link, next, accepted, words, x4m_countof(words));
}

/* The last one that has an answer of its own makes the link ready. */
static bool identify(struct redis_link *link, struct redis_wait **next)
{
    static const char *const ping[] = {"PING"};
    static const char *const role[] = {"ROLE"};
    static const char *const client[] = {"CLIENT", "ID"};
    static const char *const info[] = {"INFO", "server"};

    if (link->options->sentinel)
        return greet_with(link, next, told_presence, ping, x4m_countof(ping));
    return (!link->options->primary ||
            greet_with(link, next, told_role, role, x4m_countof(role))) &&
           greet_with(link, next, told_client, client, x4m_countof(client)) &&
           greet_with(link, next, told_run, info, x4m_countof(info));
}

/* Has no answer like others: what comes is the channel's. */
static bool subscribe(struct redis_link *link)
{
    const char *const words[] = {"SUBSCRIBE", link->options->channel};

    if (!link->options->channel)
        return true;
    struct redis_request request = join(words, x4m_countof(words));
    const bool sent = append(link, request.data, request.len);
    redis_request_free(&request);
    return sent;
}

static bool greet(struct redis_link *link)
{
    struct redis_wait *next = link->greetings;
    return authenticate(link, &next) && choose_database(link, &next) && identify(link, &next) &&
           subscribe(link);
}

/* ----------------------------------------------------------------------------------- connect */

/* Takes the socket over. False: it is not watched. */
static bool attach(struct redis_link *link, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = link};
    redisContext *context = redisConnectFd(fd);

    if (!context) {
        close(fd);
        return false;
    }
    context->flags &= ~REDIS_BLOCK;
    link->context = context;
    link->connected = false;
    link->events = event.events;
    link->create = context->reader->fn;
    context->reader->fn = &bounded;
    context->reader->privdata = link;
    context->reader->maxbuf = REDIS_LINK_KEEP;
    return epoll_ctl(link->poll->fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Not even begun, for instance because there is no route. */
static void give_up(struct redis_link *link, const char *why)
{
    remember(link, why);
    link->state = REDIS_LINK_DOWN;
    link->doomed = true;
    if (link->context)
        disconnect(link);
    gone(link);
}

static void connect_now(struct redis_link *link)
{
    const redis_connect_fn connect =
        link->options->connect ? link->options->connect : redis_socket_connect;

    link->doomed = false;
    link->expected = 0;
    link->timed = true;
    link->since_ms = link->poll->now;
    link->state = REDIS_LINK_CONNECTING;
    const int fd = connect(&link->address);
    if (fd < 0)
        give_up(link, strerror(errno));
    else if (!attach(link, fd) || !greet(link))
        give_up(link, "it cannot be begun");
}

void redis_link_init(struct redis_link *link, struct redis_poll *poll,
                     const struct redis_link_options *options,
                     const struct redis_link_events *events, uint64_t seed)
{
    *link = (struct redis_link){
        .poll = poll, .options = options, .on = *events, .backoff = redis_backoff(seed)};
}

void redis_link_target(struct redis_link *link, const struct redis_address *address)
{
    if (redis_address_is(&link->address, address))
        return;
    redis_link_fail(link, "the server is another one now");
    link->address = *address;
    link->retry_ms = 0;
    redis_backoff_reset(&link->backoff);
}

/* -------------------------------------------------------------------------------------- tick */

static void ping_answered(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    (void)wait;
    (void)link;
    (void)reply;
}

static void ping(struct redis_link *link)
{
    static const char *const words[] = {"PING"};

    link->ping.answer = ping_answered;
    if (!submit_words(link, words, x4m_countof(words), &link->ping))
        redis_link_fail(link, "nothing can be sent");
}

/* How long the current state of affairs may last; x4c_never. */
static x4_msec patience(const struct redis_link *link)
{
    const struct redis_link_options *options = link->options;

    if (link->state == REDIS_LINK_CONNECTING)
        return options->connect_ms;
    if (link->expected)
        return options->answer_ms;
    return options->idle_ms && !options->channel ? options->idle_ms : x4c_never;
}

static void lose_patience(struct redis_link *link)
{
    if (link->state == REDIS_LINK_CONNECTING)
        redis_link_fail(link, "no connection in time");
    else if (link->expected)
        redis_link_fail(link, "no answer in time");
    else
        ping(link);
}

static x4_msec tick_connected(struct redis_link *link)
{
    const x4_msec now = link->poll->now;

    /* Connecting is timed as a whole. */
    if (!link->timed && link->state == REDIS_LINK_READY)
        link->since_ms = now;
    link->timed = true;
    const x4_msec limit = patience(link);
    if (limit == x4c_never)
        return x4c_never;
    if (now - link->since_ms < limit)
        return link->since_ms + limit;
    lose_patience(link);
    return now;
}

x4_msec redis_link_tick(struct redis_link *link)
{
    if (link->context)
        return tick_connected(link);
    if (!link->address.host[0])
        return x4c_never;
    if (link->poll->now >= link->retry_ms)
        connect_now(link);
    return link->context ? link->since_ms + link->options->connect_ms : link->retry_ms;
}
