/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/grant.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shard/config/key_files.h"
#include "shard/control/listener.h"
#include "shard/endpoint.h"
#include "shard/privilege/direct.h"
#include "shard/privilege/folders.h"
#include "shard/privilege/wire.h"
#include "store/redis_socket.h"

/* Private keys are for the process that holds them. */
static void forbid_keys(const struct hub_daemon *daemon)
{
    struct hub_arena *arena = hub_arena_new();
    for (size_t i = 0; arena && i < HUB_KEY_FOLDERS; i++) {
        const char *folder = hub_beside(arena, daemon->config, hub_key_folders[i], "");
        if (folder)
            hub_folders_forbid(folder);
    }
    hub_arena_free(arena);
}

void hub_grant_init(struct hub_grant *grant, const struct hub_daemon *daemon,
                    const struct hub_rights *rights)
{
    *grant = (struct hub_grant){.daemon = daemon, .rights = rights};
    forbid_keys(daemon);
}

/* -------------------------------------------------------------------------- answers */

static void answer_with(int to, const struct hub_answer *answer, int passed)
{
    (void)hub_wire_send(to, answer, sizeof(*answer), passed);
}

static void refuse(int to, int error)
{
    const struct hub_answer answer = {.error = error ? error : EIO};
    answer_with(to, &answer, -1);
}

/* Closes it here: it is the asker's now. */
static void give(int to, int fd)
{
    const struct hub_answer answer = {.error = 0};
    if (fd < 0) {
        refuse(to, errno);
        return;
    }
    answer_with(to, &answer, fd);
    close(fd);
}

/* -------------------------------------------------------------------------- files */

static int open_regular(const char *path)
{
    struct stat status;
    const int fd = hub_direct_file(path);
    if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
        return fd;
    close(fd);
    errno = EACCES;
    return -1;
}

static void give_file(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    char real[PATH_MAX];
    (void)grant;
    give(to, hub_folders_find(ask->text, real) ? open_regular(real) : -1);
}

static void tell_names(int to, const struct hub_names *names)
{
    struct hub_answer answer = {.error = 0};
    for (size_t i = 0; i < names->count; i++) {
        if (!*names->name[i] || strlen(names->name[i]) >= sizeof(answer.text))
            continue;
        strcpy(answer.text, names->name[i]);
        answer_with(to, &answer, -1);
    }
    *answer.text = '\0';
    answer_with(to, &answer, -1);
}

/* What leads out of the folders is as if it were not there. */
static void tell_pattern(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    char real[PATH_MAX];
    struct hub_names all;
    struct hub_names names = {0};
    (void)grant;
    if (!hub_direct_pattern(ask->text, &all)) {
        refuse(to, errno);
        return;
    }
    for (size_t i = 0; i < all.count; i++) {
        if (hub_folders_find(all.name[i], real) || errno == ENOENT)
            (void)hub_names_add(&names, all.name[i]);
    }
    tell_names(to, &names);
    hub_names_free(&names);
    hub_names_free(&all);
}

static void tell_folder(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    char real[PATH_MAX];
    struct hub_names names;
    (void)grant;
    if (!hub_folders_find(ask->text, real) || !hub_direct_folder(real, &names)) {
        refuse(to, errno);
        return;
    }
    tell_names(to, &names);
    hub_names_free(&names);
}

/* -------------------------------------------------------------------------- addresses */

/* What strangers answer is parsed here: with no right, and no descriptor but the one to answer to.
 */
static bool confine_resolver(const struct hub_rights *rights, int to)
{
    struct ring_error error;
    if (to > STDERR_FILENO + 1)
        (void)close_range(STDERR_FILENO + 1, (unsigned)to - 1, 0);
    (void)close_range((unsigned)to + 1, UINT_MAX, 0);
    return hub_rights_keep(rights, -1, &error) &&
           prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0; /* a change of user clears it */
}

/* In a process of its own: servers of names are waited for. */
static void tell_host(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    struct hub_answer answer = {.error = 0};
    const pid_t pid = fork();
    if (pid < 0)
        refuse(to, errno);
    if (pid != 0)
        return;
    if (!confine_resolver(grant->rights, to))
        _exit(1);
    if (hub_direct_host(ask->text, &answer.addr))
        answer_with(to, &answer, -1);
    else
        refuse(to, ENOENT);
    _exit(0);
}

static bool is_family(const struct ring_addr *addr)
{
    return ring_addr_ip_size(addr) != 0;
}

static void give_bound(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    (void)grant;
    if (is_family(&ask->addr) && ask->addr.port >= IPPORT_RESERVED)
        give(to, hub_direct_bound(&ask->addr));
    else
        refuse(to, EACCES);
}

static void give_connected(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    (void)grant;
    if (is_family(&ask->addr))
        give(to, hub_direct_connected(&ask->addr));
    else
        refuse(to, EACCES);
}

static void tell_source(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    struct hub_answer answer = {.error = 0};
    (void)grant;
    if (is_family(&ask->addr) && hub_direct_source(&ask->addr, &answer.addr))
        answer_with(to, &answer, -1);
    else
        refuse(to, errno);
}

static bool is_server(const struct hub_store *store, const struct redis_address *server)
{
    if (!store->used || store->backend == HUB_STORE_EMBEDDED ||
        !memchr(server->host, '\0', sizeof(server->host)))
        return false;
    for (size_t i = 0; i < store->redis.address_count; i++) {
        if (redis_address_is(&store->redis.addresses[i], server))
            return true;
    }
    return store->redis.mode != REDIS_STANDALONE && server->port;
}

static void give_redis(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    if (is_server(&grant->daemon->store, &ask->server))
        give(to, redis_socket_connect(&ask->server));
    else
        refuse(to, EACCES);
}

static bool is_listened_on(const struct hub_grant *grant, const struct ring_socket *spec)
{
    const x4s_net_addr wanted = shard_addr_from_ring(&spec->bind);
    const struct hub_daemon *daemon = grant->daemon;
    const uint16_t port = spec->marker ? daemon->port_nat_t : daemon->port;
    for (size_t i = 0; i < daemon->listen_count; i++) {
        if (x4_net_addr_same_ip(&daemon->listen[i], &wanted))
            return port && wanted.port == port;
    }
    return false;
}

static void give_ring_socket(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    struct hub_answer answer = {.error = 0};
    struct ring_error error = {.code = EACCES, .text = "it is not configured"};
    struct ring_udp udp;
    const struct hub_ask_ring_socket *wanted = &ask->socket;
    const struct ring_steer *steer = wanted->grouped ? &wanted->steer : NULL;
    if (is_listened_on(grant, &wanted->spec) &&
        ring_udp_open(&udp, &wanted->spec, wanted->receive_queue, steer, &error)) {
        answer.udp = udp;
        answer_with(to, &answer, udp.fd);
        ring_udp_close(&udp);
        return;
    }
    answer.error = error.code ? error.code : EIO;
    answer.reason = error;
    answer_with(to, &answer, -1);
}

static void give_control(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    struct hub_answer answer = {.error = EACCES};
    struct ring_error error = {.code = EACCES, .text = "there is no control socket"};
    (void)ask;
    const int fd = grant->daemon->socket ? control_listener_open(grant->daemon, &error) : -1;
    if (fd >= 0) {
        grant->listens = true;
        give(to, fd);
        return;
    }
    answer.reason = error;
    answer_with(to, &answer, -1);
}

/*
 * Only when it is asked for: where the packet process was killed, the file may be that of the next
 * one by now.
 */
static void remove_control(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    const struct hub_answer answer = {.error = grant->listens ? 0 : EACCES};
    (void)ask;
    if (grant->listens)
        control_listener_remove(grant->daemon->socket);
    grant->listens = false;
    answer_with(to, &answer, -1);
}

/* The text of those that have one ends. */
static bool is_whole(const struct hub_ask *ask)
{
    return ask->kind > HUB_ASK_HOST || memchr(ask->text, '\0', sizeof(ask->text));
}

void hub_grant_answer(struct hub_grant *grant, const struct hub_ask *ask, int to)
{
    static void (*const answers[])(struct hub_grant *, const struct hub_ask *, int) = {
        [HUB_ASK_FILE] = give_file,
        [HUB_ASK_PATTERN] = tell_pattern,
        [HUB_ASK_FOLDER] = tell_folder,
        [HUB_ASK_HOST] = tell_host,
        [HUB_ASK_BOUND] = give_bound,
        [HUB_ASK_CONNECTED] = give_connected,
        [HUB_ASK_SOURCE] = tell_source,
        [HUB_ASK_REDIS] = give_redis,
        [HUB_ASK_RING_SOCKET] = give_ring_socket,
        [HUB_ASK_CONTROL] = give_control,
        [HUB_ASK_NO_CONTROL] = remove_control,
    };
    if (ask->kind < x4m_countof(answers) && is_whole(ask))
        answers[ask->kind](grant, ask, to);
    else
        refuse(to, EINVAL);
}
