/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/shard.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ioring/backend.h"
#include "shard/post.h"
#include "shard/statistics.h"

/* Two shards in two threads of this process, over loopback. */

#define TEXT_MAX 65536

/* All of them draw from it. */
static struct shard_cpis cpis;

/* One of them: it watches its own log, and is stopped when it says what it waits for. */
struct side {
    struct shard_options options;
    struct hub_daemon daemon;
    struct shard *shard;
    struct hub_config *own_config; /* of one that is alone */
    struct ring_mail *own_mail;
    int log_read;
    const char *stop_at;
    char text[TEXT_MAX];
    size_t used;
    bool worked;
};

static void told(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    (void)severity;
    fprintf(stderr, "%s\n", text);
}

static void read_log(struct side *side)
{
    ssize_t got =
        read(side->log_read, side->text + side->used, sizeof(side->text) - 1 - side->used);
    if (got > 0)
        side->used += (size_t)got;
    side->text[side->used] = '\0';
}

static void on_log(void *user, int fd)
{
    struct side *side = user;
    (void)fd;
    read_log(side);
    if (side->stop_at && strstr(side->text, side->stop_at))
        shard_stop(side->shard);
}

static struct hub_config *parse(const char *conf)
{
    struct hub_config *config = hub_config_parse("test", conf, strlen(conf), told, NULL);
    assert_non_null(config);
    return config;
}

/*
 * Opens a member of a group, which has one configuration, on a port of loopback, or a free one, in
 * this thread.
 */
static void open_member(struct side *side, const struct hub_config *config,
                        enum hub_backend backend, const char *stop_at,
                        const struct ring_steer *steer, struct ring_mail *mail, uint16_t port)
{
    static const x4s_net_addr loopback = {.family = x4c_net_ipv4, .ip = {127, 0, 0, 1}};
    int log[2];
    struct ring_error error;
    assert_int_equal(pipe(log), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(fcntl(log[i], F_SETFL, O_NONBLOCK), 0);
    *side = (struct side){.stop_at = stop_at, .log_read = log[0]};
    side->daemon = config->daemon;
    side->daemon.listen = &loopback;
    side->daemon.listen_count = 1;
    side->daemon.port = port;
    side->daemon.port_nat_t = 0;
    side->daemon.backend = backend;
    side->options = (struct shard_options){
        .config = config,
        .daemon = &side->daemon,
        .kernel = &hub_kernel_null,
        .log_fd = log[1],
        .index = steer->index,
        .count = steer->count,
        .steer_key = {steer->key[0], steer->key[1]},
        .mail = mail,
        .cpis = &cpis,
    };
    side->shard = shard_open(&side->options, &error);
    if (!side->shard)
        fail_msg("%s", error.text);
    assert_int_equal(shard_watch(side->shard, side->log_read, on_log, side), 0);
}

/* The same for a shard that is alone, on a free port. */
static void open_side(struct side *side, const char *conf, enum hub_backend backend,
                      const char *stop_at)
{
    static const struct ring_steer alone = {.count = 1};
    struct ring_mail *mail = ring_mail_new(alone.count + 1);
    struct hub_config *config = parse(conf);
    assert_non_null(mail);
    open_member(side, config, backend, stop_at, &alone, mail, 0);
    side->own_config = config;
    side->own_mail = mail;
}

static void log_statistics(struct side *side)
{
    struct shard_tally tally;
    struct hub_log *log = shard_log(side->shard);
    shard_tally_take(side->shard, &tally);
    assert_true(hub_log_begin(log, x4c_trace_notice, "stopped"));
    hub_statistics_put(log, &tally);
    hub_log_end(log);
}

static void close_side(struct side *side)
{
    shard_close(side->shard);
    ring_mail_free(side->own_mail, free);
    read_log(side);
    close(side->log_read);
    close(side->options.log_fd);
    hub_config_free(side->own_config);
}

#define SIDE(name, other, more)                                                                    \
    "connections { " name " { version = 1\n local_addrs = 127.0.0.1\n remote_addrs = 127.0.0.1\n"  \
    "proposals = aes128-sha256-ecp256\n" more "\n local { auth = psk\n id = " name                 \
    ".example.org\n }\n"                                                                           \
    "remote { auth = psk\n id = " other ".example.org\n }\n"

#define SECRET "secrets { ike { secret = \"a shared secret\"\n } }\n"

static const char responder_conf[] =
    SIDE("hub", "spoke", "") "children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
                             "esp_proposals = aes128gcm16-ecp256\n } } } }\n" SECRET;

/* The ports are filled in. Of a group's connections the second is the second shard's to begin. */
static const char initiator_conf[] = SIDE("other", "hub", "remote_port = %u") "} }\n" SIDE(
    "spoke", "hub",
    "remote_port = %u") "children { net { local_ts = 10.1.0.0/16\n remote_ts = 10.0.0.0/8\n"
                        "esp_proposals = aes128gcm16-ecp256\n start_action = start\n } } } "
                        "}\n" SECRET;

/* -------------------------------------------------------------------------- the responder's thread
 */

struct responder {
    struct side side;
    enum hub_backend backend;
    pthread_t thread;
    pthread_barrier_t opened;
    uint16_t port;
    bool breaks; /* its ring, at once */
};

/* Before io_uring has looked at the descriptor of the socket; epoll has by then. */
static bool break_ring(struct shard *shard)
{
    if (strcmp(ring_backend_name(shard_ring(shard)), "io_uring") != 0)
        return false;
    int nothing = open("/dev/null", O_RDONLY);
    assert_true(nothing >= 0);
    assert_true(dup2(nothing, shard_ring(shard)->sockets[0].fd) >= 0);
    close(nothing);
    return true;
}

static void *respond(void *context)
{
    struct responder *responder = context;
    open_side(&responder->side, responder_conf, responder->backend, "event=ph1-down");
    responder->port = ring_socket_addr(shard_ring(responder->side.shard), 0).port;
    if (responder->breaks)
        responder->breaks = break_ring(responder->side.shard);
    pthread_barrier_wait(&responder->opened);
    responder->side.worked = shard_run(responder->side.shard);
    close_side(&responder->side);
    return NULL;
}

static void start_responder(struct responder *responder, enum hub_backend backend)
{
    responder->backend = backend;
    pthread_barrier_init(&responder->opened, NULL, 2);
    assert_int_equal(pthread_create(&responder->thread, NULL, respond, responder), 0);
    pthread_barrier_wait(&responder->opened);
}

/* It leaves when its peer has said farewell. */
static void join_responder(struct responder *responder)
{
    pthread_join(responder->thread, NULL);
    pthread_barrier_destroy(&responder->opened);
}

/* Field `key` of the line `event`, in memory of its own. */
static char *field(const struct side *side, const char *event, const char *key)
{
    const char *line = strstr(side->text, event);
    assert_non_null(line);
    const char *value = strstr(line, key);
    assert_non_null(value);
    value += strlen(key);
    return strndup(value, strcspn(value, " \n"));
}

static void expect_same(const struct side *a, const char *a_key, const struct side *b,
                        const char *b_key)
{
    char *of_a = field(a, "event=ph2-up", a_key);
    char *of_b = field(b, "event=ph2-up", b_key);
    assert_string_equal(of_a, of_b);
    free(of_a);
    free(of_b);
}

/* With `breaks` the responder's ring fails first. */
static void tunnel(enum hub_backend backend, bool breaks)
{
    struct responder *responder = calloc(1, sizeof(*responder));
    struct side *initiator = calloc(1, sizeof(*initiator));
    char conf[2048];
    responder->breaks = breaks;
    start_responder(responder, backend);
    const unsigned port = responder->port;
    snprintf(conf, sizeof(conf), initiator_conf, port, port);
    open_side(initiator, conf, backend, "event=ph2-up");
    shard_begin(initiator->shard);
    assert_true(shard_run(initiator->shard));
    log_statistics(initiator);
    close_side(initiator);
    join_responder(responder);

    assert_true(responder->side.worked);
    assert_int_equal(strstr(responder->side.text, "event=ring-broken") != NULL, responder->breaks);
    assert_int_equal(strstr(responder->side.text, "event=ring-reopened") != NULL,
                     responder->breaks);
    expect_same(initiator, "spi_in=", &responder->side, "spi_out=");
    expect_same(initiator, "local_ts=", &responder->side, "remote_ts=");
    expect_same(initiator, "suite=", &responder->side, "suite=");
    assert_non_null(strstr(initiator->text, "reason=shut_down"));
    assert_non_null(strstr(initiator->text, "event=stopped handshakes=1 isakmp_sas=0 children=0"));
    free(responder);
    free(initiator);
}

static void test_tunnel_over_epoll(void **state)
{
    (void)state;
    tunnel(HUB_BACKEND_EPOLL, false);
}

/* io_uring where it is allowed. */
static void test_tunnel_over_the_best_backend(void **state)
{
    (void)state;
    tunnel(HUB_BACKEND_AUTO, false);
}

static void test_tunnel_over_a_mended_ring(void **state)
{
    (void)state;
    tunnel(HUB_BACKEND_AUTO, true);
}

/* -------------------------------------------------------------------------- a group */

enum { GROUP = 2 };

static const uint32_t steer_key[2] = {0x5eed, 0xca11};

/* One of two responders on one port: the second is opened when there is a letter for it. */
struct member {
    struct side side;
    struct ring_steer steer;
    const struct hub_config *config;
    struct ring_mail *mail;
    enum hub_backend backend;
    const char *stop_at;
    pthread_t thread;
    pthread_barrier_t *opened; /* NULL: nobody waits for that */
    uint16_t port;
};

static void wait_for_letter(struct ring_mail *mail, uint32_t me)
{
    struct pollfd fd = {.fd = ring_mail_fd(mail, me), .events = POLLIN};
    if (ring_mail_sleep(mail, me)) {
        assert_int_equal(poll(&fd, 1, 10000), 1);
        ring_mail_drain(mail, me);
    }
    ring_mail_awake(mail, me);
}

static void *serve_member(void *context)
{
    struct member *member = context;
    if (member->steer.index != 0)
        wait_for_letter(member->mail, member->steer.index);
    open_member(&member->side, member->config, member->backend, member->stop_at, &member->steer,
                member->mail, member->port);
    member->port = ring_socket_addr(shard_ring(member->side.shard), 0).port;
    if (member->opened)
        pthread_barrier_wait(member->opened);
    member->side.worked = shard_run(member->side.shard);
    log_statistics(&member->side);
    close_side(&member->side);
    return NULL;
}

static void start_member(struct member *member)
{
    assert_int_equal(pthread_create(&member->thread, NULL, serve_member, member), 0);
}

static void stop(void *member, struct shard_letter *letter)
{
    free(letter);
    shard_stop(member);
}

/* As the control thread does. */
static void send_stop(struct ring_mail *mail)
{
    struct shard_letter *letter = calloc(1, sizeof(*letter));
    letter->deliver = stop;
    assert_true(ring_mail_send(mail, GROUP, 0, letter));
}

/*
 * The initiator has the key, so that its cookies steer to the second member. Its first message is
 * there before that is open: the first member gets it and hands it over.
 */
static void handover(enum hub_backend backend)
{
    struct ring_mail *mail = ring_mail_new(GROUP + 1);
    struct ring_mail *own_mail = ring_mail_new(GROUP + 1);
    struct hub_config *config = parse(responder_conf);
    struct hub_config *initiator_config;
    struct member *members = calloc(GROUP, sizeof(*members));
    struct side *initiator = calloc(1, sizeof(*initiator));
    pthread_barrier_t opened;
    char conf[2048];
    pthread_barrier_init(&opened, NULL, 2);
    for (uint32_t i = 0; i < GROUP; i++)
        members[i] = (struct member){
            .config = config, .mail = mail, .backend = backend, .steer.count = GROUP};
    for (uint32_t i = 0; i < GROUP; i++) {
        members[i].steer.index = i;
        memcpy(members[i].steer.key, steer_key, sizeof(steer_key));
    }
    members[0].opened = &opened;
    members[1].stop_at = "event=ph1-down";
    start_member(&members[0]);
    pthread_barrier_wait(&opened);
    members[1].port = members[0].port;
    start_member(&members[1]);

    snprintf(conf, sizeof(conf), initiator_conf, (unsigned)members[0].port,
             (unsigned)members[0].port);
    initiator_config = parse(conf);
    open_member(initiator, initiator_config, backend, "event=ph2-up", &members[1].steer, own_mail,
                0);
    shard_begin(initiator->shard);
    assert_true(shard_run(initiator->shard));
    close_side(initiator);
    pthread_join(members[1].thread, NULL);
    send_stop(mail);
    pthread_join(members[0].thread, NULL);

    for (uint32_t i = 0; i < GROUP; i++)
        assert_true(members[i].side.worked);
    assert_non_null(strstr(members[0].side.text, "event=stopped handshakes=0"));
    assert_non_null(strstr(members[0].side.text, "handed_over="));
    assert_non_null(strstr(members[1].side.text, "event=stopped handshakes=1"));
    assert_non_null(strstr(members[1].side.text, "taken_over="));
    expect_same(initiator, "spi_in=", &members[1].side, "spi_out=");
    pthread_barrier_destroy(&opened);
    ring_mail_free(mail, free);
    ring_mail_free(own_mail, free);
    hub_config_free(config);
    hub_config_free(initiator_config);
    free(members);
    free(initiator);
}

static void test_handover_over_epoll(void **state)
{
    (void)state;
    handover(HUB_BACKEND_EPOLL);
}

static void test_handover_over_the_best_backend(void **state)
{
    (void)state;
    handover(HUB_BACKEND_AUTO);
}

static void test_port_in_use_names_itself(void **state)
{
    (void)state;
    struct side first;
    open_side(&first, responder_conf, HUB_BACKEND_EPOLL, NULL);
    struct hub_daemon daemon = first.daemon;
    struct shard_options options = first.options;
    struct ring_error error;
    char port[16];
    daemon.port = ring_socket_addr(shard_ring(first.shard), 0).port;
    options.daemon = &daemon;
    snprintf(port, sizeof(port), ":%u:", (unsigned)daemon.port);
    assert_null(shard_open(&options, &error));
    assert_non_null(strstr(error.text, "127.0.0.1"));
    assert_non_null(strstr(error.text, port));
    close_side(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tunnel_over_epoll),
        cmocka_unit_test(test_tunnel_over_the_best_backend),
        cmocka_unit_test(test_tunnel_over_a_mended_ring),
        cmocka_unit_test(test_handover_over_epoll),
        cmocka_unit_test(test_handover_over_the_best_backend),
        cmocka_unit_test(test_port_in_use_names_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
