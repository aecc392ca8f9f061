/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/open.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ioring/error.h"
#include "shard/control/listener.h"
#include "shard/privilege/ask.h"
#include "shard/privilege/direct.h"
#include "shard/privilege/folders.h"
#include "shard/privilege/wire.h"
#include "store/redis_socket.h"
#include "x4/core/types.h"

/* One for the process, as its rights are. */
static int supervisor = -1;

void hub_open_through(int wire)
{
    supervisor = wire;
}

int hub_open_wire(void)
{
    return supervisor;
}

static bool is_asked(void)
{
    return supervisor >= 0;
}

/* -------------------------------------------------------------------------- asking */

/* The end on which answers come. -1: errno. */
static int begin(const struct hub_ask *ask)
{
    int ends[2];
    if (!hub_wire_pair(ends))
        return -1;
    const bool sent = hub_wire_send(supervisor, ask, sizeof(*ask), ends[1]);
    const int error = errno;
    close(ends[1]);
    if (sent)
        return ends[0];
    close(ends[0]);
    errno = error;
    return -1;
}

/* False, and errno: refused, or nobody is there. */
static bool next(int fd, struct hub_answer *answer, int *passed)
{
    const ssize_t size = hub_wire_receive(fd, answer, sizeof(*answer), passed);
    if (size == (ssize_t)sizeof(*answer) && !answer->error)
        return true;
    if (size >= 0)
        errno = size == (ssize_t)sizeof(*answer) ? answer->error : EPIPE;
    return false;
}

static bool ask_once(const struct hub_ask *ask, struct hub_answer *answer, int *passed)
{
    *passed = -1;
    const int fd = begin(ask);
    if (fd < 0)
        return false;
    const bool good = next(fd, answer, passed);
    const int error = errno;
    close(fd);
    errno = error;
    return good;
}

static int ask_descriptor(const struct hub_ask *ask)
{
    struct hub_answer answer;
    int passed;
    return ask_once(ask, &answer, &passed) ? passed : -1;
}

static bool set_text(struct hub_ask *ask, const char *text)
{
    if (strlen(text) >= sizeof(ask->text)) {
        errno = ENAMETOOLONG;
        return false;
    }
    strcpy(ask->text, text);
    return true;
}

/* The last answer is one without a name. */
static bool take_names(int fd, struct hub_names *names)
{
    struct hub_answer answer;
    int passed;
    while (next(fd, &answer, &passed)) {
        if (!*answer.text)
            return true;
        answer.text[sizeof(answer.text) - 1] = '\0';
        if (!hub_names_add(names, answer.text))
            return false;
    }
    return false;
}

static bool ask_names(struct hub_ask *ask, const char *text, struct hub_names *names)
{
    *names = (struct hub_names){0};
    const int fd = set_text(ask, text) ? begin(ask) : -1;
    if (fd < 0)
        return false;
    const bool good = take_names(fd, names);
    const int error = errno;
    close(fd);
    if (!good)
        hub_names_free(names);
    errno = error;
    return good;
}

/* -------------------------------------------------------------------------- files */

int hub_open_file(const char *path)
{
    struct hub_ask ask = {.kind = HUB_ASK_FILE};
    if (is_asked())
        return set_text(&ask, path) ? ask_descriptor(&ask) : -1;
    hub_folders_note(path);
    return hub_direct_file(path);
}

bool hub_open_pattern(const char *pattern, struct hub_names *names)
{
    struct hub_ask ask = {.kind = HUB_ASK_PATTERN};
    if (is_asked())
        return ask_names(&ask, pattern, names);
    hub_folders_note(pattern);
    return hub_direct_pattern(pattern, names);
}

bool hub_open_folder(const char *folder, struct hub_names *names)
{
    struct hub_ask ask = {.kind = HUB_ASK_FOLDER};
    if (is_asked())
        return ask_names(&ask, folder, names);
    return hub_direct_folder(folder, names);
}

/* -------------------------------------------------------------------------- addresses */

bool hub_open_host(const char *name, struct ring_addr *addr)
{
    struct hub_ask ask = {.kind = HUB_ASK_HOST};
    struct hub_answer answer;
    int passed;
    if (!is_asked())
        return hub_direct_host(name, addr);
    if (!set_text(&ask, name) || !ask_once(&ask, &answer, &passed))
        return false;
    *addr = answer.addr;
    return true;
}

int hub_open_bound(const struct ring_addr *addr)
{
    const struct hub_ask ask = {.kind = HUB_ASK_BOUND, .addr = *addr};
    return is_asked() ? ask_descriptor(&ask) : hub_direct_bound(addr);
}

int hub_open_connected(const struct ring_addr *addr)
{
    const struct hub_ask ask = {.kind = HUB_ASK_CONNECTED, .addr = *addr};
    return is_asked() ? ask_descriptor(&ask) : hub_direct_connected(addr);
}

int hub_open_redis(const struct redis_address *address)
{
    const struct hub_ask ask = {.kind = HUB_ASK_REDIS, .server = *address};
    return is_asked() ? ask_descriptor(&ask) : redis_socket_connect(address);
}

bool hub_open_source(const struct ring_addr *remote, struct ring_addr *source)
{
    const struct hub_ask ask = {.kind = HUB_ASK_SOURCE, .addr = *remote};
    struct hub_answer answer;
    int passed;
    if (!is_asked())
        return hub_direct_source(remote, source);
    if (!ask_once(&ask, &answer, &passed))
        return false;
    *source = answer.addr;
    return true;
}

/* Why there is no socket. */
static bool explain(const struct hub_answer *answer, struct ring_error *error)
{
    if (!answer->error)
        return ring_error_set(error, "the supervisor", errno);
    *error = answer->reason;
    return false;
}

bool hub_open_ring_socket(struct ring_udp *udp, const struct ring_socket *spec,
                          uint32_t receive_queue, const struct ring_steer *steer,
                          struct ring_error *error)
{
    struct hub_ask ask = {
        .kind = HUB_ASK_RING_SOCKET,
        .socket = {.spec = *spec, .receive_queue = receive_queue, .grouped = steer != NULL},
    };
    struct hub_answer answer = {.error = 0};
    int passed;
    if (!is_asked())
        return ring_udp_open(udp, spec, receive_queue, steer, error);
    if (steer)
        ask.socket.steer = *steer;
    if (!ask_once(&ask, &answer, &passed))
        return explain(&answer, error);
    *udp = answer.udp;
    udp->fd = passed;
    return true;
}

int hub_open_control(const struct hub_daemon *daemon, struct ring_error *error)
{
    const struct hub_ask ask = {.kind = HUB_ASK_CONTROL};
    struct hub_answer answer = {.error = 0};
    int passed;
    if (!is_asked())
        return control_listener_open(daemon, error);
    if (ask_once(&ask, &answer, &passed))
        return passed;
    explain(&answer, error);
    return -1;
}

void hub_close_control(const char *path)
{
    const struct hub_ask ask = {.kind = HUB_ASK_NO_CONTROL};
    struct hub_answer answer;
    int passed;
    if (is_asked())
        (void)ask_once(&ask, &answer, &passed);
    else
        control_listener_remove(path);
}

/* -------------------------------------------------------------------------- helpers */

int hub_open_helper(enum hub_helper helper, uint32_t what)
{
    const struct hub_ask ask = {.kind = HUB_ASK_HELPER, .helper = {helper, what}};
    return begin(&ask);
}
