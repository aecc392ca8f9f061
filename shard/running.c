/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------------- what is kept */

static const char *copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

bool hub_running_init(struct hub_running *running, const struct hub_daemon *daemon)
{
    struct hub_daemon *own = &running->daemon;
    const size_t size = daemon->listen_count * sizeof(daemon->listen[0]);
    x4s_net_addr *listen = malloc(size);
    *own = *daemon;
    own->listen = listen;
    own->socket = copy_text(daemon->socket);
    own->socket_group = copy_text(daemon->socket_group);
    own->user = copy_text(daemon->user);
    own->config = copy_text(daemon->config);
    if (listen)
        memcpy(listen, daemon->listen, size);
    const bool copied = hub_store_copy(&running->store, &daemon->store);
    own->store = running->store.store;
    return copied && listen && !own->socket == !daemon->socket &&
           !own->socket_group == !daemon->socket_group && !own->user == !daemon->user &&
           !own->config == !daemon->config;
}

void hub_running_fini(struct hub_running *running)
{
    free((void *)(uintptr_t)running->daemon.listen);
    free((void *)(uintptr_t)running->daemon.socket);
    free((void *)(uintptr_t)running->daemon.socket_group);
    free((void *)(uintptr_t)running->daemon.user);
    free((void *)(uintptr_t)running->daemon.config);
    hub_store_copy_fini(&running->store);
}

/* -------------------------------------------------------------------------- what differs */

static bool shards_differ(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->shards != b->shards;
}

static bool listen_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    if (a->listen_count != b->listen_count)
        return true;
    for (size_t i = 0; i < a->listen_count; i++) {
        if (!x4_net_addr_equal(&a->listen[i], &b->listen[i]))
            return true;
    }
    return false;
}

static bool port_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->port != b->port;
}

static bool port_nat_t_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->port_nat_t != b->port_nat_t;
}

static bool backend_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->backend != b->backend;
}

static bool crypto_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->crypto != b->crypto;
}

static bool kernel_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->kernel != b->kernel;
}

static bool privileges_differ(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->privileges != b->privileges;
}

static bool text_differs(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) != 0 : a != b;
}

static bool socket_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return text_differs(a->socket, b->socket);
}

static bool user_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return text_differs(a->user, b->user);
}

static bool socket_mode_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->socket_mode != b->socket_mode;
}

static bool socket_group_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return text_differs(a->socket_group, b->socket_group);
}

static bool log_keys_differ(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return a->log_keys != b->log_keys;
}

static bool metrics_differ(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return !x4_net_addr_equal(&a->metrics.listen, &b->metrics.listen) ||
           a->metrics.page != b->metrics.page || a->metrics.sas != b->metrics.sas;
}

static bool store_differs(const struct hub_daemon *a, const struct hub_daemon *b)
{
    return !hub_store_same(&a->store, &b->store);
}

static const struct {
    const char *name;
    bool (*differs)(const struct hub_daemon *a, const struct hub_daemon *b);
} options[] = {
    {"shards", shards_differ},
    {"listen", listen_differs},
    {"port", port_differs},
    {"port_nat_t", port_nat_t_differs},
    {"backend", backend_differs},
    {"crypto", crypto_differs},
    {"kernel", kernel_differs},
    {"privileges", privileges_differ},
    {"user", user_differs},
    {"socket", socket_differs},
    {"socket_mode", socket_mode_differs},
    {"socket_group", socket_group_differs},
    {"log_keys", log_keys_differ},
    {"metrics", metrics_differ},
    {"store", store_differs},
};

void hub_running_adapt(const struct hub_running *running, struct hub_daemon *daemon,
                       char needs[HUB_RUNNING_TEXT])
{
    const struct hub_daemon *own = &running->daemon;
    size_t used = 0;
    *needs = '\0';
    for (size_t i = 0; i < x4m_countof(options); i++) {
        if (options[i].differs(own, daemon))
            used += (size_t)snprintf(needs + used, HUB_RUNNING_TEXT - used, "%s%s",
                                     used ? ", " : "", options[i].name);
    }
    daemon->shards = own->shards;
    daemon->listen = own->listen;
    daemon->listen_count = own->listen_count;
    daemon->port = own->port;
    daemon->port_nat_t = own->port_nat_t;
    daemon->backend = own->backend;
    daemon->crypto = own->crypto;
    daemon->kernel = own->kernel;
    daemon->privileges = own->privileges;
    daemon->user = own->user;
    daemon->socket = own->socket;
    daemon->socket_default = own->socket_default;
    daemon->socket_mode = own->socket_mode;
    daemon->socket_group = own->socket_group;
    daemon->log_keys = own->log_keys;
    daemon->metrics = own->metrics;
    daemon->store = own->store;
}
