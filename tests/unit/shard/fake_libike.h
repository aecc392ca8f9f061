/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SHARD_FAKE_LIBIKE_H
#define TESTS_UNIT_SHARD_FAKE_LIBIKE_H

/*
 * A shard without sockets and with a libike that only does what it is told: exchanges begin, are
 * completed and end when the test says so. The callbacks under test are the shard's own.
 *
 * This defines libike's entry points, so it is for one file of a test program.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shard/connection.h"
#include "shard/peer.h"
#include "shard/phase1.h"
#include "shard/phase2.h"
#include "shard/shard.h"
#include "shard/state.h"

struct x4s_charon {
    int begun1; /* x4_charon_init1 */
    int begun2;
    int pushed; /* x4_charon_init2 with a mode config */
    x4s_ike_mode_config push;
    int told; /* Deletes that were asked for */
    bval refuse;
    int received; /* x4_charon_recv, and what it returns */
    uint8_t last_byte;
    x4e_ike_reason reason;
    uint8_t cookie;          /* of the last ISAKMP SA that was complete */
    x4s_ike_config1 config1; /* of the last x4_charon_init1 */
    x4s_ike_config2 config2;
    x4s_ike_xchg1 *xchg1; /* made by the last one */
    x4s_ike_xchg2 *xchg2;
};

struct x4s_ike_xchg1 {
    struct x4s_charon *charon;
    void *user;
};

struct x4s_ike_xchg2 {
    struct x4s_charon *charon;
    void *user;
};

/* The one that all exchanges of a test belong to. */
static struct x4s_charon fake;

/* Of all shards of a test. */
static struct shard_cpis fake_cpis;

bval x4_charon_init1(x4s_charon *charon, const x4s_ike_config1 *config)
{
    if (charon->refuse)
        return bfalse;
    charon->begun1++;
    charon->config1 = *config;
    charon->xchg1 = calloc(1, sizeof(*charon->xchg1));
    *charon->xchg1 = (struct x4s_ike_xchg1){charon, config->userdata};
    shard_calls1.initiated(config->userdata, charon->xchg1);
    return btrue;
}

bval x4_charon_init2(x4s_ike_xchg1 *xchg, const x4s_ike_config2 *config)
{
    struct x4s_charon *charon = xchg->charon;
    if (charon->refuse)
        return bfalse;
    if (config->mode_config) {
        charon->pushed++;
        charon->push = *config->mode_config;
        return btrue;
    }
    charon->begun2++;
    charon->config2 = *config;
    charon->xchg2 = calloc(1, sizeof(*charon->xchg2));
    *charon->xchg2 = (struct x4s_ike_xchg2){charon, config->userdata};
    shard_calls2.initiated(config->userdata, charon->xchg2);
    return btrue;
}

static void fake_dispose1(x4s_ike_xchg1 *xchg, x4e_ike_reason reason)
{
    shard_calls1.disposed(xchg->user, reason);
    free(xchg);
}

static void fake_dispose2(x4s_ike_xchg2 *xchg, x4e_ike_reason reason)
{
    shard_calls2.disposed(xchg->user, reason);
    free(xchg);
}

/* Counts; what a datagram does is the test's own affair. */
x4e_ike_reason x4_charon_recv(x4s_charon *charon, const x4s_net_link *link, const void *data,
                              size_t len)
{
    (void)link;
    charon->received++;
    charon->last_byte = ((const uint8_t *)data)[len - 1];
    return charon->reason;
}

void x4_charon_term1(x4s_ike_xchg1 *xchg, bval tell)
{
    xchg->charon->told += tell;
    fake_dispose1(xchg, x4c_ike_terminated);
}

void x4_charon_term2(x4s_ike_xchg2 *xchg, bval tell)
{
    xchg->charon->told += tell;
    fake_dispose2(xchg, x4c_ike_terminated);
}

/* -------------------------------------------------------------------------- a shard */

struct fixture {
    struct shard shard;
    struct hub_config *config;
    struct ring_mail *mail; /* the first of a group frees it and the configuration */
    int log_fd;
    char text[65536];
};

static inline void fake_told(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    (void)severity;
    fprintf(stderr, "%s\n", text);
}

/* A shard of a group, on an unconnected ring of a free port. */
static inline struct fixture *fixture_member(struct hub_config *config, struct ring_mail *mail,
                                             uint32_t index, uint32_t count)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char path[] = "/tmp/test_shard.XXXXXX";
    f->log_fd = mkstemp(path);
    unlink(path);
    f->config = config;
    f->mail = mail;
    const struct shard_options options = {
        .config = config,
        .daemon = &config->daemon,
        .log_fd = f->log_fd,
        .index = index,
        .count = count,
        .mail = mail,
        .cpis = &fake_cpis,
    };
    if (!shard_state_init(&f->shard, &options))
        abort();
    const struct ring_socket socket = {.bind = ring_addr_any(4, 0)};
    struct ring_error error;
    f->shard.ring = ring_open(&(struct ring_options){.backend = RING_BACKEND_EPOLL,
                                                     .sockets = &socket,
                                                     .socket_count = 1},
                              &error);
    const struct hub_kernel_user user = {&f->shard, shard_phase2_kernel_done,
                                         shard_phase2_kernel_told};
    f->shard.kernel = hub_kernel_null.open(&hub_kernel_null, &user);
    f->shard.charon = &fake;
    return f;
}

#define FIXTURE_GROUP_MAX 4

/* So many shards with that configuration. */
static inline void fixture_group(const char *conf, struct fixture **members, uint32_t count)
{
    fake = (struct x4s_charon){0};
    memset(&fake_cpis, 0, sizeof(fake_cpis));
    struct hub_config *config = hub_config_parse("test", conf, strlen(conf), fake_told, NULL);
    struct ring_mail *mail = ring_mail_new(count + 1);
    if (!config || !mail)
        abort();
    for (uint32_t i = 0; i < count; i++)
        members[i] = fixture_member(config, mail, i, count);
    for (uint32_t i = 0; i < count; i++) { /* one clock */
        members[i]->shard.now = members[count - 1]->shard.now;
        x4_wheel_advance(&members[i]->shard.wheel, members[i]->shard.now);
    }
}

/* A shard that is alone. */
static inline struct fixture *fixture_new(const char *conf)
{
    struct fixture *alone[1];
    fixture_group(conf, alone, 1);
    return alone[0];
}

/* Letters are delivered until there are none. */
static inline void fixture_deliver(struct fixture **members, uint32_t count)
{
    bool any = true;
    while (any) {
        any = false;
        for (uint32_t i = 0; i < count; i++) {
            struct shard *shard = &members[i]->shard;
            any = shard_post_serve(&shard->post, shard) == 0 || any;
            shard_post_awake(&shard->post);
            hub_kernel_poll(shard->kernel);
        }
        for (uint32_t i = 0; i < count; i++) {
            struct shard_post *post = &members[i]->shard.post;
            any = !ring_mail_sleep(post->mail, post->me) || any;
            shard_post_awake(post);
        }
    }
}

/* What was logged so far. */
static inline const char *fixture_log(struct fixture *f)
{
    hub_log_flush(&f->shard.log);
    ssize_t size = pread(f->log_fd, f->text, sizeof(f->text) - 1, 0);
    f->text[size > 0 ? size : 0] = '\0';
    return f->text;
}

/* Lets so many milliseconds pass, and what is due happen. */
static inline void fixture_pass(struct fixture *f, x4_msec ms)
{
    x4s_timer *timer;
    f->shard.now += ms;
    x4_wheel_advance(&f->shard.wheel, f->shard.now);
    while ((timer = x4_wheel_pop(&f->shard.wheel))) {
        struct shard_timer *mine = x4m_container(timer, struct shard_timer, timer);
        mine->fire(&f->shard, mine);
    }
    hub_kernel_poll(f->shard.kernel);
}

static inline void fixture_end_all(struct fixture *f)
{
    for (uint32_t i = 0; i < shard_connections_limit(&f->shard); i++) {
        x4s_list *sas = &shard_connection_numbered(&f->shard, i)->sas;
        while (!x4_list_empty(sas))
            shard_sa_end(x4m_container(sas->next, struct shard_sa, of_connection),
                         SHARD_END_shut_down, btrue);
    }
}

static inline void fixture_close(struct fixture *f)
{
    f->shard.stopping = true;
    fixture_end_all(f);
    hub_kernel_poll(f->shard.kernel);
    hub_kernel_close(f->shard.kernel, false);
    ring_close(f->shard.ring);
    shard_state_fini(&f->shard);
    close(f->log_fd);
    free(f);
}

/* Everything of the test must have ended or be up. */
static inline void fixture_group_free(struct fixture **members, uint32_t count)
{
    struct hub_config *config = members[0]->config;
    struct ring_mail *mail = members[0]->mail;
    for (uint32_t i = 0; i < count; i++)
        fixture_close(members[i]);
    ring_mail_free(mail, free);
    hub_config_free(config);
}

static inline void fixture_free(struct fixture *f)
{
    fixture_group_free(&f, 1);
}

/* -------------------------------------------------------------------------- peers */

static inline x4s_net_addr an_addr(const char *ip, uint16_t port)
{
    x4s_net_addr addr;
    if (!x4_net_addr_parse(ip, &addr))
        abort();
    addr.port = port;
    return addr;
}

static inline x4s_ike_id a_name(const char *name)
{
    return (x4s_ike_id){x4c_ike_id_fqdn, {(const uint8_t *)name, strlen(name)}};
}

/* A peer at `ip` begins and proposes one transform; NULL if it is refused. */
static inline struct shard_sa *peer_offers(struct fixture *f, const char *ip,
                                           const x4s_ike_transform1 *transform)
{
    const x4s_net_link link = {.local = an_addr("192.0.2.1", 500), .remote = an_addr(ip, 500)};
    const x4s_ike_offer1 offer = {.link = &link, .transforms = transform, .transform_count = 1};
    const x4s_ike_config1 *config = shard_calls1.policy(&f->shard, &offer);
    if (!config)
        return NULL;
    x4s_ike_xchg1 *xchg = calloc(1, sizeof(*xchg));
    xchg->charon = &fake;
    xchg->user = shard_calls1.responded(&f->shard, xchg, config, &offer);
    return xchg->user;
}

/* The same with what the first connection wants. */
static inline struct shard_sa *peer_begins(struct fixture *f, const char *ip)
{
    return peer_offers(f, ip, &f->config->connections[0].phase1.transforms[0]);
}

/* The shard's answer to the peer's identity. */
static inline bval peer_says(struct shard_sa *sa, const char *name)
{
    uint8_t body[256] = {x4c_ike_id_fqdn};
    x4s_chunk psk;
    memcpy(body + 4, name, strlen(name));
    return shard_calls1.get_psk(sa, &psk) &&
           shard_calls1.validate(sa, (x4s_chunk){body, 4 + strlen(name)}, 5);
}

/* The exchange is complete: the peer is `name`. The SA may be gone afterwards. */
static inline void peer_is(struct shard_sa *sa, const char *name)
{
    const x4s_ike_keys1 keys = {
        .cookie_i = {++fake.cookie},
        .role = (x4e_ike_role)sa->role,
        .link = sa->link,
        .suite = sa->connection->phase1.transforms[0],
        .local_id = sa->connection->phase1.id,
        .remote_id = a_name(name),
    };
    shard_calls1.completed(sa, &keys);
}

/* All of that. */
static inline struct shard_sa *peer_up(struct fixture *f, const char *ip, const char *name)
{
    struct shard_sa *sa = peer_begins(f, ip);
    if (!sa || !peer_says(sa, name))
        abort();
    peer_is(sa, name);
    return sa;
}

/* The quick mode of a child is complete. */
static inline void child_completes(struct shard_child *child, uint32_t spi_out)
{
    const x4s_ike_transform2 *transform = &child->config->phase2.transforms[0];
    const x4s_ike_keys2 keys = {
        .transform = *transform,
        .role = (x4e_ike_role)child->role,
        .in = {.spi = shard_calls2.get_spi(child->sa->shard)},
        .out = {.spi = spi_out},
        .cpi_in = transform->ipcomp ? shard_calls2.get_cpi(child->sa->shard) : 0,
        .cpi_out = transform->ipcomp ? 0x4321 : 0,
        .selectors = btrue,
        .local = child->local,
        .remote = child->remote,
    };
    shard_calls2.completed(child, &keys);
}

/* The peer begins the first child of its connection. */
static inline struct shard_child *peer_child_begins(struct shard_sa *sa)
{
    x4s_ike_offer2 offer = {.selectors = btrue};
    hub_child_selectors(&sa->connection->children[0], &sa->link.local,
                        shard_sa_remote(sa, x4c_net_none), &offer.local, &offer.remote);
    const x4s_ike_config2 *config = shard_calls2.policy(sa, &offer);
    if (!config)
        abort();
    x4s_ike_xchg2 *xchg = calloc(1, sizeof(*xchg));
    xchg->charon = &fake;
    xchg->user = shard_calls2.responded(sa, xchg, config, &offer);
    return xchg->user;
}

/* And brings it up. */
static inline struct shard_child *peer_child(struct shard_sa *sa, uint32_t spi_out)
{
    struct shard_child *child = peer_child_begins(sa);
    child_completes(child, spi_out);
    return child;
}

static inline size_t count_list(const x4s_list *list)
{
    size_t count = 0;
    for (const x4s_list *link = list->next; link != list; link = link->next)
        count++;
    return count;
}

#endif
