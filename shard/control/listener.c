/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/listener.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

static bool fail(struct ring_error *error, const struct sockaddr_un *address, const char *what)
{
    error->code = errno;
    snprintf(error->text, sizeof(error->text), "%s: %s", address->sun_path, what);
    return false;
}

/* A socket is stale if nobody accepts; connecting to one that is served changes nothing there. */
static bool is_served(const struct sockaddr_un *address)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    const bool refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                         errno == ECONNREFUSED;
    close(fd);
    return !refused;
}

static bool make_way(const struct sockaddr_un *address, struct ring_error *error)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0)
        return errno == ENOENT || fail(error, address, strerror(errno));
    if (!S_ISSOCK(found.st_mode))
        return fail(error, address, "exists and is no socket");
    if (is_served(address))
        return fail(error, address, "another process serves this socket");
    return unlink(address->sun_path) == 0 || fail(error, address, strerror(errno));
}

/* The folder of the socket, if it is not there: for /run, which is empty after a boot. */
static void make_folder(const struct sockaddr_un *address)
{
    char path[sizeof(address->sun_path)];
    memcpy(path, address->sun_path, sizeof(path));
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

static bool set_owner(const struct sockaddr_un *address, const struct hub_daemon *daemon,
                      struct ring_error *error)
{
    gid_t group;
    if (!daemon->socket_group)
        return true;
    if (!find_group(daemon->socket_group, &group)) {
        errno = 0;
        return fail(error, address, "socket_group: there is no such group");
    }
    return chown(address->sun_path, (uid_t)-1, group) == 0 || fail(error, address, strerror(errno));
}

/* Nobody else can connect before owner and mode are what they shall be. */
static bool bind_socket(int fd, const struct sockaddr_un *address, struct ring_error *error)
{
    const mode_t mask = umask(0177);
    const bool bound = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    const int code = errno;
    umask(mask);
    return bound || fail(error, address, strerror(code));
}

/* The file is there: it goes again if this fails. */
static bool finish(int fd, const struct sockaddr_un *address, const struct hub_daemon *daemon,
                   struct ring_error *error)
{
    if (!set_owner(address, daemon, error))
        return false;
    return (chmod(address->sun_path, daemon->socket_mode) == 0 && listen(fd, BACKLOG) == 0) ||
           fail(error, address, strerror(errno));
}

int control_listener_open(const struct hub_daemon *daemon, struct ring_error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon->socket);
    make_folder(&address);
    if (!make_way(&address, error))
        return -1;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail(error, &address, strerror(errno));
        return -1;
    }
    const bool bound = bind_socket(fd, &address, error);
    if (bound && finish(fd, &address, daemon, error))
        return fd;
    if (bound)
        control_listener_remove(address.sun_path);
    close(fd);
    return -1;
}

void control_listener_remove(const char *path)
{
    unlink(path);
}
