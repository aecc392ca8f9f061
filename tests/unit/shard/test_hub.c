/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/hub.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#include "shard/state.h"
#include "shard/survey.h"

/* The control thread and real shards, on a port of loopback. */

enum { SHARDS = 3 };

static const x4s_net_addr loopback = {.family = x4c_net_ipv4, .ip = {127, 0, 0, 1}};

struct fixture {
    struct hub_config *config;
    struct hub_daemon daemon;
    struct hub *hub;
    int log_fd;
    char text[65536];
};

static uint16_t free_port(void)
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

static struct hub *open_hub(const struct fixture *f, struct ring_error *error)
{
    struct hub_config *config = hub_config_parse("test", "", 0, NULL, NULL);
    assert_non_null(config);
    const struct hub_options options = {
        .config = config,
        .daemon = &f->daemon,
        .kernel = &hub_kernel_null,
        .log_fd = f->log_fd,
    };
    return hub_open(&options, error);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char path[] = "/tmp/test_hub.XXXXXX";
    struct ring_error error;
    f->log_fd = mkstemp(path);
    unlink(path);
    f->config = hub_config_parse("test", "", 0, NULL, NULL);
    assert_non_null(f->config);
    f->daemon = f->config->daemon;
    f->daemon.listen = &loopback;
    f->daemon.listen_count = 1;
    f->daemon.port = free_port();
    f->daemon.port_nat_t = 0;
    f->daemon.shards = SHARDS;
    f->hub = open_hub(f, &error);
    if (!f->hub)
        fail_msg("%s", error.text);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    hub_close(f->hub);
    hub_config_free(f->config);
    close(f->log_fd);
    free(f);
    return 0;
}

static const char *read_log(struct fixture *f)
{
    const ssize_t size = pread(f->log_fd, f->text, sizeof(f->text) - 1, 0);
    f->text[size > 0 ? size : 0] = '\0';
    return f->text;
}

static void test_stops(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(hub_shard_count(f->hub), SHARDS);
    hub_stop(f->hub);
    assert_true(hub_run(f->hub));
}

/* -------------------------------------------------------------------------- questions */

struct counting {
    struct hub_question question;
    uint32_t index; /* what the shard says that it is */
    uint32_t *seen; /* bits of those that have answered */
};

static void say_index(struct shard *shard, struct hub_question *question)
{
    x4m_container(question, struct counting, question)->index = shard->steer.index;
}

static void count(struct hub *hub, struct hub_question *question)
{
    const struct counting *counting = x4m_container(question, struct counting, question);
    assert_int_equal(counting->index, question->shard);
    *counting->seen |= 1U << counting->index;
    if (*counting->seen == (1U << SHARDS) - 1)
        hub_stop(hub);
}

static void test_every_shard_answers(void **state)
{
    struct fixture *f = *state;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < SHARDS; i++) {
        struct counting *counting = calloc(1, sizeof(*counting));
        counting->question.ask = say_index;
        counting->question.answered = count;
        counting->seen = &seen;
        hub_ask(f->hub, i, &counting->question);
    }
    assert_true(hub_run(f->hub));
    assert_int_equal(seen, (1U << SHARDS) - 1);
}

/* -------------------------------------------------------------------------- descriptors, timers */

struct written {
    struct hub_watch watch;
    struct hub_timer timer;
    int fds[2];
    int read;
};

static void on_readable(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct written *written = x4m_container(watch, struct written, watch);
    char byte;
    assert_int_equal(events, EPOLLIN);
    assert_int_equal(read(watch->fd, &byte, 1), 1);
    written->read++;
    hub_watch_remove(hub, watch);
    hub_stop(hub);
}

static void on_time(struct hub *hub, struct hub_timer *timer)
{
    struct written *written = x4m_container(timer, struct written, timer);
    (void)hub;
    assert_int_equal(write(written->fds[1], "x", 1), 1);
}

static void test_a_timer_fires_and_a_descriptor_is_watched(void **state)
{
    struct fixture *f = *state;
    struct written written = {.watch.ready = on_readable, .timer.fire = on_time};
    struct hub_timer cancelled = {.fire = NULL};
    assert_int_equal(pipe(written.fds), 0);
    written.watch.fd = written.fds[0];
    assert_true(hub_watch_add(f->hub, &written.watch, EPOLLIN));
    hub_timer_set(f->hub, &cancelled, 1);
    hub_timer_cancel(f->hub, &cancelled);
    hub_timer_set(f->hub, &written.timer, 1);
    assert_true(hub_run(f->hub));
    assert_int_equal(written.read, 1);
    close(written.fds[0]);
    close(written.fds[1]);
}

/* -------------------------------------------------------------------------- stalls */

struct blocking {
    struct hub_question question;
    sem_t *released;
};

static void block(struct shard *shard, struct hub_question *question)
{
    (void)shard;
    while (sem_wait(x4m_container(question, struct blocking, question)->released) != 0)
        continue;
}

static void nothing(struct hub *hub, struct hub_question *question)
{
    (void)hub;
    (void)question;
}

struct waiting {
    struct hub_timer timer;
    struct fixture *fixture;
    sem_t *released;
    bool posted;
};

/* Looks at the log as often as the clock of the wheel lets it. */
static void look(struct hub *hub, struct hub_timer *timer)
{
    struct waiting *waiting = x4m_container(timer, struct waiting, timer);
    const char *text = read_log(waiting->fixture);
    if (!waiting->posted && strstr(text, "event=shard-stalled shard=1 ms=")) {
        waiting->posted = true;
        sem_post(waiting->released);
    }
    if (strstr(text, "event=shard-goes-on shard=1 ms="))
        hub_stop(hub);
    else
        hub_timer_set(hub, timer, 10);
}

static void test_a_shard_that_stalls_is_told(void **state)
{
    struct fixture *f = *state;
    sem_t released;
    struct blocking *blocking = calloc(1, sizeof(*blocking));
    struct waiting waiting = {.timer.fire = look, .fixture = f, .released = &released};
    sem_init(&released, 0, 0);
    blocking->question.ask = block;
    blocking->question.answered = nothing;
    blocking->released = &released;
    hub_ask(f->hub, 1, &blocking->question);
    hub_timer_set(f->hub, &waiting.timer, 10);
    assert_true(hub_run(f->hub));
    hub_survey(f->hub, "stopped");
    hub_log_flush(hub_log(f->hub));
    assert_non_null(strstr(read_log(f), "shard_stalls=1\n"));
    assert_null(strstr(f->text, "event=shard-stalled shard=0"));
    sem_destroy(&released);
}

/* -------------------------------------------------------------------------- failures */

/* All shards of the second are refused the port, and those that it had are closed again. */
static void test_a_port_in_use(void **state)
{
    struct fixture *f = *state;
    struct ring_error error;
    assert_null(open_hub(f, &error));
    assert_non_null(strstr(error.text, "127.0.0.1"));
    hub_stop(f->hub);
    assert_true(hub_run(f->hub));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stops, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_shard_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_timer_fires_and_a_descriptor_is_watched, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_shard_that_stalls_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_port_in_use, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
