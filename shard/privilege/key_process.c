/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_process.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/config/config.h"
#include "shard/privilege/key_sandbox.h"
#include "shard/privilege/key_server.h"
#include "shard/privilege/rights.h"
#include "shard/privilege/wire.h"

/* The shards', and a few desks. */
#define SERVERS_MAX (HUB_SHARDS_MAX + 8)

#define STACK_SIZE (size_t)(256 << 10)

/* A socket and its thread. */
struct served {
    struct key_server server;
    const char *memory; /* what could not be done about it */
    atomic_bool busy;
};

static void *serve(void *context)
{
    struct served *served = context;
    struct key_server *server = &served->server;
    uint8_t bytes[KEY_MESSAGE_MAX];
    ssize_t len;
    key_server_hello(server, (uint64_t)getpid(), served->memory);
    do {
        len = recv(server->fd, bytes, sizeof(bytes), MSG_TRUNC);
        if (len > 0 && (size_t)len <= sizeof(bytes)) {
            key_server_take(server, (x4s_chunk){bytes, (size_t)len});
            x4_wipe(bytes, (size_t)len);
        }
    } while (len > 0 || (len < 0 && errno == EINTR));
    key_server_fini(server);
    close(server->fd);
    atomic_store(&served->busy, false);
    return NULL;
}

/* The thread ends by itself when the socket's other end is gone. */
static bool begin(struct served *served)
{
    pthread_t thread;
    pthread_attr_t attr;
    atomic_store(&served->busy, true);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    const bool begun = pthread_create(&thread, &attr, serve, served) == 0;
    pthread_attr_destroy(&attr);
    if (!begun)
        atomic_store(&served->busy, false);
    return begun;
}

/* False: too many are served, or there is no such role. */
static bool take(struct served all[SERVERS_MAX], struct key_vault *vault, const char *memory,
                 const struct key_server *wanted)
{
    if (wanted->role != KEY_ROLE_SIGNER && wanted->role != KEY_ROLE_DESK)
        return false;
    unsigned i = 0;
    while (i < SERVERS_MAX && atomic_load(&all[i].busy))
        i++;
    if (i == SERVERS_MAX)
        return false;
    all[i].server = *wanted;
    all[i].server.vault = vault;
    all[i].server.thread = i;
    all[i].memory = memory;
    return begin(&all[i]);
}

int key_process_run(int wire, void *charter)
{
    static struct served all[SERVERS_MAX];
    const struct hub_charter *own = charter;
    struct ring_error error = {.text = "out of memory"};
    struct key_vault *vault = key_vault_new(own->daemon->config, SERVERS_MAX);
    const char *memory = vault ? key_sandbox_enter(&error) : NULL;
    uint32_t role = 0;
    int fd;
    if (!memory) {
        fprintf(stderr, "ikehubd: the process that holds private keys: %s\n", error.text);
        return 1;
    }
    ssize_t size;
    while ((size = hub_wire_receive(wire, &role, sizeof(role), &fd)) > 0 ||
           (size < 0 && errno == EMSGSIZE)) {
        const struct key_server server = {.role = (enum key_role)role, .fd = fd};
        if (fd >= 0 && (size != (ssize_t)sizeof(role) || !take(all, vault, memory, &server)))
            close(fd);
    }
    return 0;
}
