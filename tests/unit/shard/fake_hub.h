/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SHARD_FAKE_HUB_H
#define TESTS_UNIT_SHARD_FAKE_HUB_H

/*
 * A control thread without threads: descriptors are looked at and questions are answered when the
 * test says so, by the shards that it was given. And clients of a control socket, of which the test
 * has the other end.
 *
 * This defines the hub's functions, so it is for one file of a test program.
 */

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/control/client.h"
#include "shard/control/state.h"
#include "shard/hub.h"
#include "shard/keep/ownership.h"
#include "shard/keeper.h"
#include "shard/reload.h"

enum { FAKE_WATCHES = 8, FAKE_QUESTIONS = 64, FAKE_SHARDS = 4 };

struct hub {
    struct hub_log log;
    struct {
        struct hub_watch *watch;
        uint32_t events;
    } watches[FAKE_WATCHES];
    struct hub_question *questions[FAKE_QUESTIONS];
    size_t question_count;
    struct shard *shards[FAKE_SHARDS];
    uint32_t shard_count;
    x4s_wheel wheel;
    x4_msec now;
    bool stopped;
    const struct hub_config *config;
    int held;                           /* uses of it */
    struct hub_reload_request *request; /* the last one that asked for a reload */
    struct possession possession;       /* the one estate, without a name at first */
    int went_on;
    unsigned overlays; /* how often that was for the overlay alone */
    struct hub_overlay *(*overlay)(void *context);
    void *overlay_context;
};

bool hub_watch_add(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    for (size_t i = 0; i < FAKE_WATCHES; i++) {
        if (hub->watches[i].watch)
            continue;
        hub->watches[i].watch = watch;
        hub->watches[i].events = events;
        return true;
    }
    return false;
}

void hub_watch_change(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    for (size_t i = 0; i < FAKE_WATCHES; i++) {
        if (hub->watches[i].watch == watch)
            hub->watches[i].events = events;
    }
}

void hub_watch_remove(struct hub *hub, struct hub_watch *watch)
{
    for (size_t i = 0; i < FAKE_WATCHES; i++) {
        if (hub->watches[i].watch == watch)
            hub->watches[i].watch = NULL;
    }
}

void hub_timer_set(struct hub *hub, struct hub_timer *timer, x4_msec delay)
{
    x4_wheel_set(&hub->wheel, &timer->timer, hub->now + delay);
}

void hub_timer_cancel(struct hub *hub, struct hub_timer *timer)
{
    x4_wheel_cancel(&hub->wheel, &timer->timer);
}

void hub_ask(struct hub *hub, uint32_t shard, struct hub_question *question)
{
    if (hub->question_count == FAKE_QUESTIONS || shard >= hub->shard_count)
        abort();
    question->shard = shard;
    hub->questions[hub->question_count++] = question;
}

/* Who asks looks at the question. */
void hub_answer(struct shard *shard, struct hub_question *question)
{
    (void)shard;
    question->later = false;
}

struct hub_log *hub_log(struct hub *hub)
{
    return &hub->log;
}

uint32_t hub_shard_count(const struct hub *hub)
{
    return hub->shard_count;
}

const char *hub_modp_method(const struct hub *hub)
{
    (void)hub;
    return "openssl";
}

void hub_stop(struct hub *hub)
{
    hub->stopped = true;
}

const struct hub_config *hub_config_now(const struct hub *hub)
{
    return hub->config;
}

void hub_config_hold(struct hub *hub, const struct hub_config *config)
{
    hub->held += config == hub->config;
}

void hub_config_let_go(struct hub *hub, const struct hub_config *config)
{
    hub->held -= config == hub->config;
}

void hub_reload(struct hub *hub, struct hub_reload_request *request)
{
    hub->request = request;
}

void hub_reload_overlay(struct hub *hub, struct hub_reload_request *request)
{
    hub->request = request;
    hub->overlays++;
}

void hub_keeper_tell(struct hub *hub, void (*lost)(void *context), void *context)
{
    (void)hub;
    (void)lost;
    (void)context;
}

void hub_reload_lay_over(struct hub *hub, struct hub_overlay *(*overlay)(void *context),
                         void *context)
{
    hub->overlay = overlay;
    hub->overlay_context = context;
}

void hub_reload_forget(struct hub_reload_request *request)
{
    x4_list_remove(&request->of_reload);
}

struct possession *hub_ownership_possession(struct hub *hub, uint32_t number)
{
    (void)number;
    (void)hub;
    return NULL;
}

const char *possession_phase_name(enum possession_phase phase)
{
    (void)phase;
    return "";
}

struct possession *hub_ownership_named(struct hub *hub, const char *estate)
{
    return strcmp(estate, hub->possession.lease.held.name) == 0 ? &hub->possession : NULL;
}

void hub_ownership_go_on(struct hub *hub)
{
    hub->went_on++;
}

void possession_adopt(struct possession *possession, struct hub_estate_request *request)
{
    if (possession->phase == POSSESSION_AWAY)
        possession->request = request;
    else
        request->done(request, "it is served here");
}

void possession_hand_over(struct possession *possession, struct hub_estate_request *request)
{
    if (possession->phase == POSSESSION_SERVED)
        possession->request = request;
    else
        request->done(request, "it is not served here");
}

void possession_forget(struct hub_estate_request *request)
{
    (void)request;
}

struct hub_reload_report hub_reload_report(const struct hub *hub)
{
    (void)hub;
    return (struct hub_reload_report){.loads = 3, .configurations = 2, .old_sas = 7};
}

/* -------------------------------------------------------------------------- what the test says */

static inline struct hub *fake_hub_new(void)
{
    struct hub *hub = calloc(1, sizeof(*hub));
    hub_log_init(&hub->log, open("/dev/null", O_WRONLY), x4c_trace_debug);
    x4_wheel_init(&hub->wheel, 0);
    return hub;
}

/* Answers the oldest question. False: there is none. */
static inline bool fake_hub_answer(struct hub *hub)
{
    if (hub->question_count == 0)
        return false;
    struct hub_question *question = hub->questions[0];
    memmove(hub->questions, hub->questions + 1, --hub->question_count * sizeof(question));
    question->ask(hub->shards[question->shard], question);
    question->answered(hub, question);
    free(question);
    return true;
}

/* Calls the watches whose descriptors have what they are watched for. */
static inline bool fake_hub_look(struct hub *hub)
{
    bool found = false;
    for (size_t i = 0; i < FAKE_WATCHES; i++) {
        struct hub_watch *watch = hub->watches[i].watch;
        if (!watch)
            continue;
        struct pollfd poll_fd = {.fd = watch->fd, .events = (short)hub->watches[i].events};
        if (poll(&poll_fd, 1, 0) < 1)
            continue;
        found = true;
        watch->ready(hub, watch, (uint32_t)poll_fd.revents);
    }
    return found;
}

/* Goes on until nothing is to be done any more. */
static inline void fake_hub_run(struct hub *hub)
{
    while (fake_hub_look(hub) || fake_hub_answer(hub))
        ;
}

static inline void fake_hub_pass(struct hub *hub, x4_msec ms)
{
    x4s_timer *timer;
    hub->now += ms;
    x4_wheel_advance(&hub->wheel, hub->now);
    while ((timer = x4_wheel_pop(&hub->wheel))) {
        struct hub_timer *mine = x4m_container(timer, struct hub_timer, timer);
        mine->fire(hub, mine);
    }
}

/* Questions that were not answered are lost, as with the real one. */
static inline void fake_hub_free(struct hub *hub)
{
    while (hub->question_count)
        free(hub->questions[--hub->question_count]);
    hub_log_flush(&hub->log);
    close(hub->log.sink.fd);
    free(hub);
}

/* -------------------------------------------------------------------------- clients */

/* A control socket that nothing is bound to. */
static inline struct control *fake_control_new(struct hub *hub)
{
    struct control *control = calloc(1, sizeof(*control));
    control->hub = hub;
    control->listener.fd = -1;
    x4_list_init(&control->clients);
    x4_list_init(&control->commands);
    control_commit_init(control);
    if (!control_loaded_init(&control->loaded))
        abort();
    return control;
}

/* The other end of a client, and what was read of its answers. */
struct fake_client {
    int fd;
    struct vici_input input;
    struct vici_packet packet; /* the last one; valid until the next */
};

static inline struct fake_client fake_client_new(struct control *control)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0 ||
        !control_client_open(control, fds[0]))
        abort();
    return (struct fake_client){.fd = fds[1]};
}

static inline void fake_client_close(struct fake_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    vici_input_free(&client->input);
}

static inline void fake_client_send(struct fake_client *client, struct vici_writer *writer)
{
    x4s_chunk segment;
    if (!vici_packet_end(writer, &segment) ||
        write(client->fd, segment.data, segment.len) != (ssize_t)segment.len)
        abort();
}

/* A packet with an argument; NULL: none. */
static inline void fake_client_say(struct fake_client *client, enum vici_packet_type type,
                                   const char *name, const char *key, const char *value)
{
    uint8_t buffer[1024];
    struct vici_writer writer = vici_packet_begin(buffer, sizeof(buffer), type, name);
    if (key)
        vici_text(&writer, key, value);
    fake_client_send(client, &writer);
}

/* The next packet. False: there is none at the moment, or the stream has ended. */
static inline bool fake_client_next(struct fake_client *client)
{
    x4s_chunk segment;
    while (!vici_input_next(&client->input, &segment)) {
        if (vici_input_fill(&client->input, client->fd) != VICI_MOVED)
            return false;
    }
    if (!vici_packet_read(segment, &client->packet))
        abort();
    return true;
}

/* The daemon has closed it. */
static inline bool fake_client_ended(struct fake_client *client)
{
    while (fake_client_next(client))
        ;
    return vici_input_fill(&client->input, client->fd) == VICI_ENDED;
}

#endif
