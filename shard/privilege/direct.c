/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/direct.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* -------------------------------------------------------------------------- names */

bool hub_names_add(struct hub_names *names, const char *name)
{
    char **all = reallocarray(names->name, names->count + 1, sizeof(*all));
    if (!all)
        return false;
    names->name = all;
    all[names->count] = strdup(name);
    if (!all[names->count])
        return false;
    names->count++;
    return true;
}

void hub_names_free(struct hub_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->name[i]);
    free(names->name);
    *names = (struct hub_names){0};
}

/* -------------------------------------------------------------------------- files */

int hub_direct_file(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static int match(const char *pattern, glob_t *found)
{
    const int result = glob(pattern, 0, NULL, found);
    if (result != GLOB_NOMATCH || strpbrk(pattern, "*?["))
        return result;
    return glob(pattern, GLOB_NOCHECK, NULL, found);
}

bool hub_direct_pattern(const char *pattern, struct hub_names *names)
{
    glob_t found;
    bool good = true;
    *names = (struct hub_names){0};
    const int result = match(pattern, &found);
    if (result == GLOB_NOMATCH)
        return true;
    if (result) {
        errno = EIO;
        return false;
    }
    for (size_t i = 0; i < found.gl_pathc && good; i++)
        good = hub_names_add(names, found.gl_pathv[i]);
    globfree(&found);
    if (!good)
        hub_names_free(names);
    return good;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

bool hub_direct_folder(const char *folder, struct hub_names *names)
{
    struct dirent **entries;
    bool good = true;
    *names = (struct hub_names){0};
    const int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 0)
        return false;
    for (int i = 0; i < count; i++) {
        good = good && hub_names_add(names, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (!good)
        hub_names_free(names);
    return good;
}

/* -------------------------------------------------------------------------- addresses */

bool hub_direct_host(const char *name, struct ring_addr *addr)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(name, NULL, &hints, &list) != 0)
        return false;
    const bool found = ring_addr_from_sockaddr(addr, list->ai_addr, list->ai_addrlen);
    freeaddrinfo(list);
    return found;
}

typedef int (*attach_fn)(int fd, const struct sockaddr *addr, socklen_t size);

static int open_udp(const struct ring_addr *addr, attach_fn attach)
{
    union ring_sockaddr to;
    const socklen_t size = ring_addr_to_sockaddr(addr, &to);
    const int fd = socket(to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
    if (fd < 0 || attach(fd, &to.any, size) == 0)
        return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int hub_direct_bound(const struct ring_addr *addr)
{
    return open_udp(addr, bind);
}

int hub_direct_connected(const struct ring_addr *addr)
{
    return open_udp(addr, connect);
}

/* Connecting a UDP socket sends nothing. */
bool hub_direct_source(const struct ring_addr *remote, struct ring_addr *source)
{
    union ring_sockaddr addr;
    socklen_t size = sizeof(addr);
    const int fd = hub_direct_connected(remote);
    if (fd < 0)
        return false;
    const bool found =
        getsockname(fd, &addr.any, &size) == 0 && ring_addr_from_sockaddr(source, &addr.any, size);
    close(fd);
    source->port = 0;
    return found;
}
