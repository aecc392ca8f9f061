/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keeper.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/hub_state.h"
#include "shard/privilege/key_desk.h"
#include "shard/privilege/key_process.h"
#include "shard/privilege/keys.h"
#include "shard/privilege/open.h"

#define AGAIN_MS 200

static void connect_keeper(struct hub *hub);

/* -------------------------------------------------------------------------- what it says */

static void put_chunk(struct hub_log *log, const char *key, x4s_chunk chunk)
{
    char text[KEY_TEXT_MAX + 1];
    const size_t len = x4m_min(chunk.len, sizeof(text) - 1);
    if (len)
        memcpy(text, chunk.data, len);
    text[len] = '\0';
    hub_log_text(log, key, text);
}

static void on_hello(struct hub *hub, const struct key_message *message)
{
    if (!hub_log_begin(&hub->log, x4c_trace_notice, "key-process"))
        return;
    hub_log_number(&hub->log, "pid", message->id);
    if (message->text.len)
        put_chunk(&hub->log, "text", message->text);
    hub_log_end(&hub->log);
}

static void on_found(struct hub *hub, const struct key_message *message)
{
    hub->keeper.found += message->data.len > 0;
    if (!message->text.len || !hub_log_begin(&hub->log, x4c_trace_error, "key-not-read"))
        return;
    put_chunk(&hub->log, "file", message->path);
    put_chunk(&hub->log, "text", message->text);
    hub_log_end(&hub->log);
}

static void on_done(struct hub *hub, const struct key_message *message)
{
    if (message->id != KEY_QUESTION_LOAD)
        return;
    if (message->status != KEY_DONE_WELL &&
        hub_log_begin(&hub->log, x4c_trace_error, "key-not-read")) {
        put_chunk(&hub->log, "text", message->text);
        hub_log_end(&hub->log);
    }
    if (!hub_log_begin(&hub->log, x4c_trace_notice, "keys-read"))
        return;
    hub_log_number(&hub->log, "keys", hub->keeper.found);
    hub_log_end(&hub->log);
}

static void take(struct hub *hub, x4s_chunk bytes)
{
    struct key_message message;
    if (!key_message_read(bytes, &message))
        return;
    hub->keeper.heard = true;
    if (message.type == KEY_HELLO)
        on_hello(hub, &message);
    else if (message.type == KEY_FOUND)
        on_found(hub, &message);
    else if (message.type == KEY_DONE)
        on_done(hub, &message);
}

/* -------------------------------------------------------------------------- life */

static void disconnect(struct hub *hub)
{
    struct hub_keeper *keeper = &hub->keeper;
    if (!keeper->connected)
        return;
    hub_watch_remove(hub, &keeper->watch);
    close(keeper->watch.fd);
    keeper->connected = false;
}

static void on_ended(struct hub *hub)
{
    struct hub_keeper *keeper = &hub->keeper;
    const bool heard = keeper->heard;
    disconnect(hub);
    if (heard && keeper->lost)
        keeper->lost(keeper->context);
    if (heard)
        connect_keeper(hub);
    else
        hub_timer_set(hub, &keeper->again, AGAIN_MS);
}

static void on_readable(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    uint8_t bytes[KEY_MESSAGE_MAX];
    const ssize_t len = recv(watch->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    (void)events;
    if (len > 0)
        take(hub, (x4s_chunk){bytes, (size_t)len});
    else if (len == 0 || (errno != EAGAIN && errno != EINTR))
        on_ended(hub);
}

/* Where the configuration has no use for keys nobody reads them. */
static void connect_keeper(struct hub *hub)
{
    struct hub_keeper *keeper = &hub->keeper;
    const struct hub_config *config = hub_config_now(hub);
    keeper->watch =
        (struct hub_watch){hub_open_helper(HUB_HELPER_KEYS, KEY_ROLE_DESK), on_readable};
    keeper->heard = false;
    keeper->found = 0;
    keeper->connected = keeper->watch.fd >= 0 && hub_watch_add(hub, &keeper->watch, EPOLLIN);
    if (!keeper->connected) {
        if (keeper->watch.fd >= 0)
            close(keeper->watch.fd);
        hub_timer_set(hub, &keeper->again, AGAIN_MS);
        return;
    }
    if (config->keys_elsewhere)
        (void)key_desk_begin_load(keeper->watch.fd, config->passphrases);
}

static void on_again(struct hub *hub, struct hub_timer *timer)
{
    (void)timer;
    connect_keeper(hub);
}

void hub_keeper_open(struct hub *hub)
{
    hub->keeper.again.fire = on_again;
    if (hub_keys_supervised())
        connect_keeper(hub);
}

void hub_keeper_close(struct hub *hub)
{
    hub_timer_cancel(hub, &hub->keeper.again);
    disconnect(hub);
}

void hub_keeper_commit(struct hub *hub)
{
    if (hub->keeper.connected)
        (void)key_desk_begin_commit(hub->keeper.watch.fd);
}

void hub_keeper_tell(struct hub *hub, void (*lost)(void *context), void *context)
{
    hub->keeper.lost = lost;
    hub->keeper.context = context;
}
