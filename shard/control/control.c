/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/control.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shard/control/command.h"
#include "shard/control/event.h"
#include "shard/control/state.h"
#include "shard/state.h"

#define BACKLOG 16

static bool fail(struct ring_error *error, const struct control *control, const char *what)
{
    error->code = errno;
    snprintf(error->text, sizeof(error->text), "%s: %s", control->address.sun_path, what);
    return false;
}

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

/* -------------------------------------------------------------------------- the socket */

/* A socket is stale if nobody accepts; connecting to one that is served changes nothing there. */
static bool is_served(const struct control *control)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    const bool refused =
        connect(fd, (const struct sockaddr *)&control->address, sizeof(control->address)) != 0 &&
        errno == ECONNREFUSED;
    close(fd);
    return !refused;
}

static bool make_way(const struct control *control, struct ring_error *error)
{
    struct stat found;
    if (lstat(control->address.sun_path, &found) != 0)
        return errno == ENOENT || fail(error, control, strerror(errno));
    if (!S_ISSOCK(found.st_mode))
        return fail(error, control, "exists and is no socket");
    if (is_served(control))
        return fail(error, control, "another process serves this socket");
    return unlink(control->address.sun_path) == 0 || fail(error, control, strerror(errno));
}

/* The folder of the socket, if it is not there: for /run, which is empty after a boot. */
static void make_folder(const struct control *control)
{
    char path[sizeof(control->address.sun_path)];
    memcpy(path, control->address.sun_path, sizeof(path));
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return;
    *slash = '\0';
    (void)mkdir(path, 0755);
}

static bool find_group(const char *name, gid_t *group)
{
    const struct group *found = getgrnam(name);
    if (found)
        *group = found->gr_gid;
    return found != NULL;
}

static bool set_owner(const struct control *control, const struct hub_daemon *daemon,
                      struct ring_error *error)
{
    gid_t group;
    if (!daemon->socket_group)
        return true;
    if (!find_group(daemon->socket_group, &group)) {
        errno = 0;
        return fail(error, control, "socket_group: there is no such group");
    }
    return chown(control->address.sun_path, (uid_t)-1, group) == 0 ||
           fail(error, control, strerror(errno));
}

/* Nobody else can connect before owner and mode are what they shall be. */
static bool bind_socket(struct control *control, const struct hub_daemon *daemon,
                        struct ring_error *error)
{
    const mode_t mask = umask(0177);
    control->bound = bind(control->listener.fd, (const struct sockaddr *)&control->address,
                          sizeof(control->address)) == 0;
    const int code = errno;
    umask(mask);
    if (!control->bound)
        return fail(error, control, strerror(code));
    if (!set_owner(control, daemon, error))
        return false;
    if (chmod(control->address.sun_path, daemon->socket_mode) != 0)
        return fail(error, control, strerror(errno));
    return true;
}

static bool open_socket(struct control *control, const struct hub_daemon *daemon,
                        struct ring_error *error)
{
    control->address.sun_family = AF_UNIX;
    snprintf(control->address.sun_path, sizeof(control->address.sun_path), "%s", daemon->socket);
    make_folder(control);
    if (!make_way(control, error))
        return false;
    control->listener.ready = on_connection;
    control->listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (control->listener.fd < 0)
        return fail(error, control, strerror(errno));
    if (!bind_socket(control, daemon, error))
        return false;
    if (listen(control->listener.fd, BACKLOG) != 0 ||
        !hub_watch_add(control->hub, &control->listener, EPOLLIN))
        return fail(error, control, strerror(errno));
    return true;
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
    if (control_loaded_init(&control->loaded) && open_socket(control, daemon, error))
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
    }
    if (control->bound)
        unlink(control->address.sun_path);
    free(control);
}
