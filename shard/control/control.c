/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/control/command.h"
#include "shard/control/event.h"
#include "shard/control/state.h"
#include "shard/privilege/open.h"
#include "shard/state.h"

/* -------------------------------------------------------------------------- clients */

static void turn_away(struct control *control, int fd)
{
    struct hub_log *log = hub_log(control->hub);
    close(fd);
    if (!hub_log_begin_limited(log, x4c_trace_notice, "control-refused", "", shard_clock()))
        return;
    hub_log_number(log, "clients", control->client_count);
    hub_log_end(log);
}

static void on_connection(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct control *control = x4m_container(watch, struct control, listener);
    (void)hub;
    (void)events;
    const int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (control->client_count == CONTROL_CLIENTS_MAX)
        turn_away(control, fd);
    else
        (void)control_client_open(control, fd);
}

static bool listen_to(struct control *control, const struct hub_daemon *daemon,
                      struct ring_error *error)
{
    snprintf(control->path, sizeof(control->path), "%s", daemon->socket);
    control->listener = (struct hub_watch){hub_open_control(daemon, error), on_connection};
    if (control->listener.fd < 0)
        return false;
    if (hub_watch_add(control->hub, &control->listener, EPOLLIN))
        return true;
    return ring_error_set(error, daemon->socket, errno);
}

/* -------------------------------------------------------------------------- open and close */

struct control *control_open(struct hub *hub, const struct hub_daemon *daemon,
                             struct ring_error *error)
{
    struct control *control = calloc(1, sizeof(*control));
    snprintf(error->text, sizeof(error->text), "out of memory");
    if (!control)
        return NULL;
    control->hub = hub;
    control->listener.fd = -1;
    control->since = time(NULL);
    control->begun = shard_clock();
    x4_list_init(&control->clients);
    x4_list_init(&control->commands);
    control_commit_init(control);
    if (control_loaded_init(&control->loaded) && listen_to(control, daemon, error))
        return control;
    control_close(control);
    return NULL;
}

x4s_crypto *control_crypto(struct control *control)
{
    const char *why;
    if (!control->crypto)
        control->crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    return control->crypto;
}

void control_close(struct control *control)
{
    if (!control)
        return;
    control_event_close(control);
    x4m_list_each(link, &control->clients)
        control_client_close(x4m_container(link, struct control_client, of_control));
    control_command_forget(control);
    control_commit_fini(control);
    control_loaded_fini(&control->loaded);
    x4_crypto_free(control->crypto);
    hub_timer_cancel(control->hub, &control->drain.look);
    if (control->listener.fd >= 0) {
        hub_watch_remove(control->hub, &control->listener);
        close(control->listener.fd);
        hub_close_control(control->path);
    }
    free(control);
}
