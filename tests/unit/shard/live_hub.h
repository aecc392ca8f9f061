/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SHARD_LIVE_HUB_H
#define TESTS_UNIT_SHARD_LIVE_HUB_H

/*
 * A control thread, which is the test's, and real shards on a port of loopback, with a file of
 * configuration that the test writes. The test goes on from one thing that happens to the next.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shard/hub_state.h"

enum { LIVE_SHARDS = 3 };

struct live {
    struct hub *hub;
    char path[64];
    int log_fd;
    char text[65536];
    struct hub_timer timer;             /* that looks, again and again */
    bool (*reached)(struct live *live); /* true: the test goes on */
    struct hub_reload_request request;
    int done; /* reloads that were answered */
    char error[256];
    char told[256];
};

#define LIVE_CONNECTION(name)                                                                      \
    "connections { " name " { version = 1\n remote_addrs = 192.0.2.1\n"                            \
    "local { auth = psk\n id = hub\n }\n remote { auth = psk\n } } }\n"                            \
    "secrets { ike { secret = x\n } }\n"

/* At once: who reads it meanwhile has what was there, or this. */
static inline void live_write(struct live *live, const char *text)
{
    char fresh[sizeof(live->path) + 4];
    snprintf(fresh, sizeof(fresh), "%s.new", live->path);
    FILE *file = fopen(fresh, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(fresh, live->path), 0);
}

static inline uint16_t live_port(void)
{
    const struct ring_socket socket = {.bind = ring_addr_any(4, 0)};
    struct ring_error error;
    struct ring *ring = ring_open(&(struct ring_options){.backend = RING_BACKEND_EPOLL,
                                                         .sockets = &socket,
                                                         .socket_count = 1},
                                  &error);
    assert_non_null(ring);
    const uint16_t port = ring_socket_addr(ring, 0).port;
    ring_close(ring);
    return port;
}

static inline void live_ignore(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    (void)severity;
    (void)text;
}

static inline int live_setup(void **state)
{
    static const x4s_net_addr loopback = {.family = x4c_net_ipv4, .ip = {127, 0, 0, 1}};
    struct live *live = calloc(1, sizeof(*live));
    char log[] = "/tmp/live_hub.XXXXXX";
    struct ring_error error;
    live->log_fd = mkstemp(log);
    unlink(log);
    strcpy(live->path, "/tmp/live_hub.XXXXXX");
    close(mkstemp(live->path));
    live_write(live, LIVE_CONNECTION("first"));
    struct hub_config *config = hub_config_load(live->path, live_ignore, NULL);
    assert_non_null(config);
    struct hub_daemon daemon = config->daemon;
    daemon.listen = &loopback;
    daemon.listen_count = 1;
    daemon.port = live_port();
    daemon.port_nat_t = 0;
    daemon.shards = LIVE_SHARDS;
    const struct hub_options options = {
        .config = config,
        .daemon = &daemon,
        .kernel = &hub_kernel_null,
        .log_fd = live->log_fd,
    };
    live->hub = hub_open(&options, &error);
    if (!live->hub)
        fail_msg("%s", error.text);
    *state = live;
    return 0;
}

static inline int live_teardown(void **state)
{
    struct live *live = *state;
    hub_stop(live->hub);
    assert_true(hub_run(live->hub));
    hub_close(live->hub);
    unlink(live->path);
    close(live->log_fd);
    free(live);
    return 0;
}

static inline const char *live_log(struct live *live)
{
    const ssize_t size = pread(live->log_fd, live->text, sizeof(live->text) - 1, 0);
    live->text[size > 0 ? size : 0] = '\0';
    return live->text;
}

static inline void live_look(struct hub *hub, struct hub_timer *timer)
{
    struct live *live = x4m_container(timer, struct live, timer);
    if (live->reached(live))
        hub_stop(hub);
    else
        hub_timer_set(hub, timer, 5);
}

/* Runs until that is reached; then the hub is stopped, so it is the last thing of a test. */
static inline void live_run(struct live *live, bool (*reached)(struct live *live))
{
    live->reached = reached;
    live->timer.fire = live_look;
    hub_timer_set(live->hub, &live->timer, 0);
    assert_true(hub_run(live->hub));
}

static inline void live_told(struct hub_reload_request *request, const char *text)
{
    struct live *live = x4m_container(request, struct live, request);
    snprintf(live->told, sizeof(live->told), "%s", text);
}

static inline void live_done(struct hub_reload_request *request, const char *error)
{
    struct live *live = x4m_container(request, struct live, request);
    live->done++;
    snprintf(live->error, sizeof(live->error), "%s", error ? error : "");
}

static inline void live_reload(struct live *live)
{
    live->request = (struct hub_reload_request){.told = live_told, .done = live_done};
    hub_reload(live->hub, &live->request);
}

#endif
