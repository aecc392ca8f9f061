/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_KERNEL_FAKE_KERNEL_H
#define TESTS_UNIT_KERNEL_FAKE_KERNEL_H

/*
 * The other side of the back end's sockets: reads requests when it is told to, answers them in
 * order, and refuses those of one type if that is wanted.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "shard/kernel/xfrm_state.h"

enum { FAKE_MESSAGES_MAX = 512 };

struct fake_message {
    uint16_t type;
    uint8_t dir;   /* of a policy */
    uint8_t proto; /* of an SA */
    uint32_t spi;  /* and its SPI, host order */
};

struct fake_kernel {
    int requests; /* our end */
    int events;
    uint16_t refuse; /* a type, with this errno; 0: none */
    int error;
    struct nlmsghdr *state; /* what GETSA brings, or NULL */
    uint64_t used_at;       /* what GETPOLICY brings; 0: nothing */
    size_t count;
    struct fake_message messages[FAKE_MESSAGES_MAX];

    /* What the shard heard. */
    size_t done;
    enum hub_kernel_op op;
    uint32_t spi_in;
    int done_error;
    size_t told;
    struct hub_kernel_event event;
    struct xfrm_backend backend;
    struct hub_kernel *kernel;
};

static inline int fake_pair(int *ours)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds) != 0)
        abort();
    *ours = fds[1];
    return fds[0];
}

static inline int fake_requests(void *user)
{
    return fake_pair(&((struct fake_kernel *)user)->requests);
}

static inline int fake_events(void *user)
{
    return fake_pair(&((struct fake_kernel *)user)->events);
}

static inline void fake_on_done(void *user, enum hub_kernel_op op, uint32_t spi_in, int error)
{
    struct fake_kernel *fake = user;
    fake->done++;
    fake->op = op;
    fake->spi_in = spi_in;
    fake->done_error = error;
}

static inline void fake_on_told(void *user, const struct hub_kernel_event *event)
{
    struct fake_kernel *fake = user;
    fake->told++;
    fake->event = *event;
}

/* A kernel of a shard; the backend has all algorithms and is not asked. */
static inline void fake_open(struct fake_kernel *fake)
{
    *fake = (struct fake_kernel){0};
    fake->backend.head = xfrm_functions;
    fake->backend.head.shared = &fake->backend;
    fake->backend.sockets =
        (struct xfrm_sockets){.requests = fake_requests, .events = fake_events, .user = fake};
    assert_true(xfrm_policies_init(&fake->backend.policies));
    const struct hub_kernel_user user = {fake, fake_on_done, fake_on_told};
    fake->kernel = fake->backend.head.open(&fake->backend.head, &user);
    assert_non_null(fake->kernel);
}

static inline void fake_note(struct fake_kernel *fake, const struct nlmsghdr *message)
{
    struct fake_message *note = &fake->messages[fake->count++];
    struct xfrm_usersa_info info;
    struct xfrm_usersa_id id;
    struct xfrm_userpolicy_info policy;
    struct xfrm_userpolicy_id no_policy;
    note->type = message->nlmsg_type;
    assert_true(fake->count < FAKE_MESSAGES_MAX);
    if (message->nlmsg_type == XFRM_MSG_NEWSA || message->nlmsg_type == XFRM_MSG_UPDSA) {
        memcpy(&info, mnl_nlmsg_get_payload(message), sizeof(info));
        note->spi = ntohl(info.id.spi);
        note->proto = info.id.proto;
    } else if (message->nlmsg_type == XFRM_MSG_DELSA || message->nlmsg_type == XFRM_MSG_GETSA) {
        memcpy(&id, mnl_nlmsg_get_payload(message), sizeof(id));
        note->spi = ntohl(id.spi);
        note->proto = id.proto;
    } else if (message->nlmsg_type == XFRM_MSG_UPDPOLICY) {
        memcpy(&policy, mnl_nlmsg_get_payload(message), sizeof(policy));
        note->dir = policy.dir;
    } else if (message->nlmsg_type == XFRM_MSG_DELPOLICY) {
        memcpy(&no_policy, mnl_nlmsg_get_payload(message), sizeof(no_policy));
        note->dir = no_policy.dir;
    }
}

static inline void fake_send(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, 0), (ssize_t)size);
}

static inline void fake_tell_policy(const struct fake_kernel *fake, uint32_t number)
{
    _Alignas(struct nlmsghdr) char bytes[256] = {0};
    const struct xfrm_userpolicy_info info = {.curlft.use_time = fake->used_at};
    struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
    message->nlmsg_type = XFRM_MSG_NEWPOLICY;
    message->nlmsg_seq = number;
    memcpy(mnl_nlmsg_put_extra_header(message, sizeof(info)), &info, sizeof(info));
    fake_send(fake->requests, message, message->nlmsg_len);
}

static inline void fake_answer(const struct fake_kernel *fake, const struct nlmsghdr *message)
{
    _Alignas(struct nlmsghdr) char bytes[256] = {0};
    struct nlmsghdr *answer = mnl_nlmsg_put_header(bytes);
    struct nlmsgerr *error = mnl_nlmsg_put_extra_header(answer, sizeof(*error));
    if (message->nlmsg_type == XFRM_MSG_GETSA && fake->state) {
        fake->state->nlmsg_seq = message->nlmsg_seq;
        fake_send(fake->requests, fake->state, fake->state->nlmsg_len);
    }
    if (message->nlmsg_type == XFRM_MSG_GETPOLICY && fake->refuse != XFRM_MSG_GETPOLICY)
        fake_tell_policy(fake, message->nlmsg_seq);
    answer->nlmsg_type = NLMSG_ERROR;
    answer->nlmsg_seq = message->nlmsg_seq;
    error->error = fake->refuse == message->nlmsg_type ? -fake->error : 0;
    error->msg = *message;
    fake_send(fake->requests, answer, answer->nlmsg_len);
}

/* Reads all requests that were sent and answers them. */
static inline void fake_serve(struct fake_kernel *fake)
{
    static _Alignas(struct nlmsghdr) char bytes[65536];
    ssize_t size;
    while ((size = recv(fake->requests, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)bytes;
        int left = (int)size;
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            fake_note(fake, message);
            fake_answer(fake, message);
        }
        assert_int_equal(left, 0);
    }
}

/* Until nothing more comes of it. */
static inline void fake_round(struct fake_kernel *fake)
{
    for (int i = 0; i < 6; i++) {
        hub_kernel_poll(fake->kernel);
        fake_serve(fake);
    }
    hub_kernel_poll(fake->kernel);
}

/* How many messages of a type there were. */
static inline size_t fake_count(const struct fake_kernel *fake, uint16_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < fake->count; i++)
        count += fake->messages[i].type == type;
    return count;
}

static inline void fake_close(struct fake_kernel *fake)
{
    hub_kernel_close(fake->kernel, true);
    assert_int_equal(fake->backend.policies.by_key.count, 0);
    xfrm_backend_fini(&fake->backend);
    close(fake->requests);
    close(fake->events);
    free(fake->state);
}

/* -------------------------------------------------------------------------- what is asked for */

static const struct hub_kernel_options fake_options = {.replay_window = HUB_KERNEL_WINDOW_DEFAULT};

static const x4s_net_link fake_link = {
    .local = {.ip = {192, 0, 2, 1}, .port = 4500, .family = x4c_net_ipv4},
    .remote = {.ip = {198, 51, 100, 7}, .port = 30001, .family = x4c_net_ipv4},
    .encap = btrue,
};

static inline x4s_net_selector fake_subnet(uint8_t second)
{
    return (x4s_net_selector){
        .from = {10, second, 0, 0},
        .to = {10, second, 0, 255},
        .family = x4c_net_ipv4,
        .form = x4c_net_subnet,
    };
}

/* A pair in tunnel mode between 10.1.0.0/24 and 10.2.0.0/24. */
static inline x4s_ike_keys2 fake_keys(uint32_t spi_in, uint32_t spi_out)
{
    x4s_ike_keys2 keys = {
        .transform = {.protocol = x4c_ike_protocol_esp,
                      .esp = x4c_ike_esp_aes_cbc,
                      .integ = x4c_ike_integ_hmac_sha256,
                      .mode = x4c_ike_tunnel,
                      .key_bits = 128},
        .encr_len = 16,
        .integ_len = 32,
        .in.spi = spi_in,
        .out.spi = spi_out,
        .selectors = btrue,
        .local = fake_subnet(1),
        .remote = fake_subnet(2),
    };
    for (size_t i = 0; i < sizeof(keys.in.encr); i++) {
        keys.in.encr[i] = (uint8_t)(0x10 + i);
        keys.out.encr[i] = (uint8_t)(0x50 + i);
    }
    memset(keys.in.integ, 0xa1, sizeof(keys.in.integ));
    memset(keys.out.integ, 0xb2, sizeof(keys.out.integ));
    return keys;
}

static inline void fake_submit(struct fake_kernel *fake, enum hub_kernel_op op,
                               const x4s_ike_keys2 *keys)
{
    const struct hub_kernel_request request = {
        .op = op,
        .spi_in = keys->in.spi,
        .spi_out = keys->out.spi,
        .pair = {.link = &fake_link, .keys = keys, .options = &fake_options},
    };
    assert_true(hub_kernel_submit(fake->kernel, &request));
}

/* A pair that is there. */
static inline x4s_ike_keys2 fake_add(struct fake_kernel *fake, uint32_t spi_in, uint32_t spi_out)
{
    const x4s_ike_keys2 keys = fake_keys(spi_in, spi_out);
    fake_submit(fake, HUB_KERNEL_ADD, &keys);
    fake_round(fake);
    assert_int_equal(fake->op, HUB_KERNEL_ADD);
    assert_int_equal(fake->done_error, 0);
    fake->count = 0;
    fake->done = 0;
    return keys;
}

#endif
